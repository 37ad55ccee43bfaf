%family 6
-m hl --hl-eq 64;=;OK
-m hl ! --hl-eq 64;=;OK
-m hl --hl 5;-m hl --hl-eq 5;OK
-m hl ! --hl 5;-m hl ! --hl-eq 5;OK
-m hl --hl-lt 5;=;OK
-m hl --hl-gt 5;=;OK
-m hl --hl-gt 256;;FAIL
-m hl;;FAIL
-m hl --hl-eq 1 --hl-lt 3;;FAIL
%family 4
-m hl --hl-eq 64;;FAIL
