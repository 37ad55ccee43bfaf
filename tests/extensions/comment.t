-m comment --comment "a b";=;OK
-m comment --comment a.b;-m comment --comment "a.b";OK
-m comment --comment a-b_c;=;OK
-m comment --comment "";=;OK
-m comment --comment "it's \"q\" \\ x";-m comment --comment "it\'s \"q\" \\ x";OK
-m comment --comment $x;-m comment --comment "$x";OK
-m comment --comment é;-m comment --comment "é";OK
-m comment;;FAIL
! -m comment --comment x;;FAIL
-m comment ! --comment x;;FAIL
-m comment --comment x --comment y;;FAIL
%family 6
-m comment --comment "a b";=;OK
