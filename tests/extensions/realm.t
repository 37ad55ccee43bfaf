:INPUT,FORWARD,OUTPUT
-m realm --realm 0x7;=;OK
-m realm ! --realm cosmos;=;OK
-m realm --realm 0;-m realm --realm cosmos;OK
-m realm --realm 5/3;-m realm --realm 0x5/0x3;OK
-m realm --realm nowhere;;FAIL
-m realm --realm 4294967296;;FAIL
-m realm;;FAIL
*mangle
:PREROUTING
-m realm --realm 1;;FAIL
%family 6
-m realm --realm 1;;FAIL
