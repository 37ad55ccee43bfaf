*mangle
:POSTROUTING
-j MASQUERADE;;FAIL
*nat
:INPUT
-j MASQUERADE;;FAIL
:POSTROUTING
-j MASQUERADE;=;OK
-j MASQUERADE --random;=;OK
-j MASQUERADE --random-fully --random;-j MASQUERADE --random --random-fully;OK
-p tcp -j MASQUERADE --to-ports 80;=;OK
-p tcp -j MASQUERADE --to-ports 80-90;=;OK
-p tcp -j MASQUERADE --to-ports 90-80;;FAIL
-p tcp -j MASQUERADE --to-ports 80-80;-p tcp -j MASQUERADE --to-ports 80;OK
-p tcp -j MASQUERADE --to-ports http;-p tcp -j MASQUERADE --to-ports 80;OK
-p tcp -j MASQUERADE --to-ports http-https;;FAIL
-p tcp -j MASQUERADE --to-ports 0;=;OK
-p tcp -j MASQUERADE --to-ports 80:90;;FAIL
-p tcp -j MASQUERADE --to-ports 80-;;FAIL
-p tcp -j MASQUERADE --to-ports 65536;;FAIL
-p tcp -j MASQUERADE --to-ports 1-2/3;-p tcp -j MASQUERADE --to-ports 1-2/0;OK
-p tcp -j MASQUERADE --to-ports foo;;FAIL
-p tcp -j MASQUERADE --to-ports "";;FAIL
-j MASQUERADE --to-ports 80;;FAIL
-p tcp -j MASQUERADE --persistent;;FAIL
-p tcp -j MASQUERADE --to-source 1.1.1.1;;FAIL
:PREROUTING
-j MASQUERADE;;FAIL
%family 6
:POSTROUTING
-p tcp -j MASQUERADE --to-ports 80-90 --random;=;OK
-p icmpv6 -j MASQUERADE --to-ports 80;;FAIL
-p icmp -j MASQUERADE --to-ports 80;=;OK
