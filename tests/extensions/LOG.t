:FORWARD
-j LOG;=;OK
-j LOG --log-prefix "abc def ";=;OK
-j LOG --log-prefix abcdefghijklmnopqrstuvwxyz0123;-j LOG --log-prefix abcdefghijklmnopqrstuvwxyz012;OK
-j LOG --log-prefix abcdefghijklmnopqrstuvwxyz01;=;OK
-j LOG --log-prefix abcdefghijklmnopqrstuvwxyz012;=;OK
-j LOG --log-prefix "";;FAIL
-j LOG --log-prefix "a\"b\\c";=;OK
-j LOG --log-prefix "a'b";-j LOG --log-prefix "a\'b";OK
-j LOG --log-prefix "[x] y: ";=;OK
-j LOG --log-prefix x:;-j LOG --log-prefix "x:";OK
-j LOG --log-prefix [x];-j LOG --log-prefix "[x]";OK
-j LOG --log-prefix a<b>c;-j LOG --log-prefix "a<b>c";OK
-j LOG --log-prefix a|b&c!d*?;-j LOG --log-prefix "a|b&c!d*?";OK
-j LOG --log-level 4;-j LOG;OK
-j LOG --log-level 7;=;OK
-j LOG --log-level debug;-j LOG --log-level 7;OK
-j LOG --log-level DEBUG;;FAIL
-j LOG --log-level panic;-j LOG --log-level 0;OK
-j LOG --log-level warn;;FAIL
-j LOG --log-level error;-j LOG --log-level 3;OK
-j LOG --log-level 8;;FAIL
-j LOG --log-level foo;;FAIL
-j LOG --log-level 0x3;-j LOG --log-level 3;OK
-j LOG --log-level 07;-j LOG --log-level 7;OK
-j LOG --log-level -1;;FAIL
-j LOG --log-tcp-sequence --log-tcp-options --log-ip-options --log-uid --log-macdecode;=;OK
-j LOG --log-uid --log-prefix x --log-level info;-j LOG --log-prefix x --log-level 6 --log-uid;OK
-j LOG --log-uid --log-uid;;FAIL
-j LOG --log-prefix a --log-prefix b;;FAIL
-j LOG ! --log-uid;;FAIL
-j LOG --log-pre x;-j LOG --log-prefix x;OK
-j LOG --log-prefix=x;-j LOG --log-prefix x;OK
-j LOG --log-prefix a.b;-j LOG --log-prefix "a.b";OK
-j LOG --log-prefix a_b-c9;=;OK
-j LOG --log-prefix a/b;-j LOG --log-prefix "a/b";OK
-j LOG --log-prefix a%b;-j LOG --log-prefix "a%b";OK
*nat
:PREROUTING
-j LOG;=;OK
%family 6
*filter
:FORWARD
-j LOG --log-prefix "v6 " --log-level 3 --log-ip-options;=;OK
