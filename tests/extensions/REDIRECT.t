*nat
:OUTPUT
-j REDIRECT;=;OK
:POSTROUTING
-j REDIRECT;;FAIL
:PREROUTING
-j REDIRECT;=;OK
-p tcp -j REDIRECT --to-ports 80;=;OK
-p tcp -j REDIRECT --to-port 80;-p tcp -j REDIRECT --to-ports 80;OK
-p tcp -j REDIRECT --to-ports 80-90;=;OK
-p tcp -j REDIRECT --to-ports 90-80;;FAIL
-p tcp -j REDIRECT --to-ports http;-p tcp -j REDIRECT --to-ports 80;OK
-p tcp -j REDIRECT --to-ports http-https;;FAIL
-p tcp -j REDIRECT --to-ports 0;=;OK
-p tcp -j REDIRECT --to-ports 80-90/100;;FAIL
-p tcp -j REDIRECT --to-ports 65536;;FAIL
-p tcp -j REDIRECT --to-ports 80 --random;=;OK
-p tcp -j REDIRECT --to-ports 80 --persistent;;FAIL
-j REDIRECT --to-ports 80;;FAIL
-j REDIRECT --random;=;OK
-p icmp -j REDIRECT --to-ports 80;=;OK
-j REDIRECT --to-ports 80 -p tcp;;FAIL
%family 6
-p tcp -j REDIRECT --to-ports 80-90;=;OK
-p icmpv6 -j REDIRECT --to-ports 80;;FAIL
