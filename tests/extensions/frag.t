%family 6
:INPUT,FORWARD,OUTPUT
-m frag;=;OK
-m frag --fragid 1:42 --fraglen 42 --fragres --fragfirst --fragmore;=;OK
-m frag ! --fragid 0x10 --fraglast;-m frag ! --fragid 16 --fraglast;OK
-m frag --fragid : ! --fraglen 0;-m frag ! --fraglen 0;OK
-m frag --fragmore --fraglast;;FAIL
-m frag ! --fragfirst;;FAIL
-m frag --fragid 4294967296;;FAIL
%family 4
-m frag;;FAIL
