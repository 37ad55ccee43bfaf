:FORWARD
-p tcp -j SYNPROXY --mss 1460 --wscale 7 --sack-perm --timestamp --ecn;-p tcp -j SYNPROXY --sack-perm --timestamp --wscale 7 --mss 1460 --ecn;OK
-p tcp -j SYNPROXY;=;OK
-p tcp -j SYNPROXY --mss 1460;=;OK
-p tcp -j SYNPROXY --wscale 15;=;OK
-p tcp -j SYNPROXY --wscale 14;=;OK
-p tcp -j SYNPROXY --mss 65536;-p tcp -j SYNPROXY --mss 0;OK
-p tcp -j SYNPROXY --mss 0;=;OK
-j SYNPROXY;;FAIL
-p udp -j SYNPROXY;;FAIL
! -p tcp -j SYNPROXY;;FAIL
-p tcp -j SYNPROXY --mss foo;;FAIL
-p tcp -j SYNPROXY --mss 70000;-p tcp -j SYNPROXY --mss 4464;OK
-p tcp -j SYNPROXY --wscale 256;-p tcp -j SYNPROXY --wscale 0;OK
-p tcp -j SYNPROXY --wscale foo;;FAIL
-p tcp -j SYNPROXY --wscale 0;=;OK
-p tcp -j SYNPROXY --wscale 7 --mss 1460 --timestamp --timestamp;;FAIL
:INPUT
-p tcp -j SYNPROXY --sack-perm;=;OK
:OUTPUT
-p tcp -j SYNPROXY;;FAIL
*mangle
:FORWARD
-p tcp -j SYNPROXY;=;OK
:PREROUTING
-p tcp -j SYNPROXY;;FAIL
*nat
:INPUT
-p tcp -j SYNPROXY;=;OK
*raw
:PREROUTING
-p tcp -j SYNPROXY;;FAIL
*security
:INPUT
-p tcp -j SYNPROXY;=;OK
%family 6
*filter
-p tcp -j SYNPROXY --mss 1460 --timestamp;-p tcp -j SYNPROXY --timestamp --mss 1460;OK
