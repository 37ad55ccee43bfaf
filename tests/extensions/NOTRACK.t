*mangle
:PREROUTING
-j NOTRACK;;FAIL
*raw
-j NOTRACK;=;OK
-j NOTRACK --zone 1;;FAIL
%family 6
-j NOTRACK;=;OK
