%family 6
:INPUT,FORWARD,OUTPUT
-m rt;=;OK
-m rt --rt-type 0 --rt-segsleft 1:23 --rt-len 42 --rt-0-res --rt-0-addrs ::1,::2 --rt-0-not-strict;=;OK
-m rt ! --rt-type 2 ! --rt-segsleft 5 ! --rt-len 24;=;OK
-m rt --rt-segsleft : --rt-type 4;-m rt --rt-type 4;OK
-m rt --rt-type 0 --rt-0-addrs 2001:db8::1,::ffff:192.0.2.1;=;OK
-m rt --rt-0-res;;FAIL
-m rt --rt-0-addrs ::1 --rt-type 0;;FAIL
-m rt --rt-type 2 --rt-0-addrs ::1;;FAIL
-m rt ! --rt-type 0 --rt-0-res;;FAIL
-m rt --rt-type 0 --rt-0-not-strict;;FAIL
-m rt --rt-type 0 --rt-0-addrs 192.0.2.1;;FAIL
-m rt --rt-type 0 --rt-0-addrs ::1,;;FAIL
-m rt --rt-type 0 --rt-0-addrs ::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1;=;OK
-m rt --rt-type 0 --rt-0-addrs ::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1;;FAIL
