%family 6
:INPUT,FORWARD
-m eui64;=;OK
! -m eui64;;FAIL
:OUTPUT
-m eui64;;FAIL
*raw
:PREROUTING
-m eui64;=;OK
%family 4
-m eui64;;FAIL
