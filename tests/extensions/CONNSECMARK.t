:FORWARD
-j CONNSECMARK --save;;FAIL
*mangle
-j CONNSECMARK --save;=;OK
-j CONNSECMARK --restore;=;OK
-j CONNSECMARK;;FAIL
-j CONNSECMARK --save --restore;;FAIL
*security
:INPUT
-j CONNSECMARK --save;=;OK
%family 6
*mangle
:FORWARD
-j CONNSECMARK --save;=;OK
