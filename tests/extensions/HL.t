*mangle
:FORWARD
-j HL --hl-set 1;;FAIL
%family 6
*filter
-j HL --hl-set 1;;FAIL
*mangle
-j HL --hl-set 10;=;OK
-j HL --hl-inc 1;=;OK
-j HL --hl-dec 1;=;OK
-j HL --hl-inc 0;;FAIL
-j HL --hl-set 0;=;OK
-j HL;;FAIL
-j HL --hl-set 1 --hl-dec 1;;FAIL
