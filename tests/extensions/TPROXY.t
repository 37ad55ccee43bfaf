*mangle
:FORWARD
-p tcp -j TPROXY --on-port 80;;FAIL
:PREROUTING
-p tcp -j TPROXY --on-port 80;-p tcp -j TPROXY --on-port 80 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0;OK
-p udp -j TPROXY --on-port 80;-p udp -j TPROXY --on-port 80 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0;OK
-p tcp -j TPROXY --on-port 80 --on-ip 1.2.3.4;-p tcp -j TPROXY --on-port 80 --on-ip 1.2.3.4 --tproxy-mark 0x0/0x0;OK
-p tcp -j TPROXY --on-port 80 --tproxy-mark 1;-p tcp -j TPROXY --on-port 80 --on-ip 0.0.0.0 --tproxy-mark 0x1/0xffffffff;OK
-p tcp -j TPROXY --on-port 80 --tproxy-mark 1/0xff;-p tcp -j TPROXY --on-port 80 --on-ip 0.0.0.0 --tproxy-mark 0x1/0xff;OK
-p tcp -j TPROXY --on-port 80 --tproxy-mark 0x1ff/0xff;-p tcp -j TPROXY --on-port 80 --on-ip 0.0.0.0 --tproxy-mark 0x1ff/0xff;OK
-p tcp -j TPROXY --on-port http;-p tcp -j TPROXY --on-port 80 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0;OK
-p tcp -j TPROXY --on-port 0;-p tcp -j TPROXY --on-port 0 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0;OK
-p tcp -j TPROXY --on-port 65536;-p tcp -j TPROXY --on-port 0 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0;OK
-p tcp -j TPROXY;;FAIL
-p tcp -j TPROXY --on-ip 1.2.3.4;;FAIL
-j TPROXY --on-port 80;;FAIL
-p icmp -j TPROXY --on-port 80;;FAIL
! -p tcp -j TPROXY --on-port 80;;FAIL
-p tcp -j TPROXY --on-port 80 --on-ip 10.1;-p tcp -j TPROXY --on-port 80 --on-ip 10.0.0.1 --tproxy-mark 0x0/0x0;OK
-p tcp -j TPROXY --on-port 70000;-p tcp -j TPROXY --on-port 4464 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0;OK
-p tcp -j TPROXY --on-port -1;;FAIL
-p tcp -j TPROXY --on-port 0x50;;FAIL
-p tcp -j TPROXY --on-port 010;-p tcp -j TPROXY --on-port 10 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0;OK
-p tcp -j TPROXY --on-port foo;;FAIL
-p tcp -j TPROXY --on-port 80x;;FAIL
-p tcp -j TPROXY --on-port "";-p tcp -j TPROXY --on-port 0 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0;OK
-p tcp -j TPROXY --on-port syslog;-p tcp -j TPROXY --on-port 514 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0;OK
-p udp -j TPROXY --on-port syslog;-p udp -j TPROXY --on-port 514 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0;OK
-p udp -j TPROXY --on-port http;-p udp -j TPROXY --on-port 80 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0;OK
-p udplite -j TPROXY --on-port 80;;FAIL
-p tcp -j TPROXY --on-port 80 --tproxy-mark foo;;FAIL
-p tcp -j TPROXY --on-port 80 --tproxy-mark 1/2/3;;FAIL
-p tcp -j TPROXY --on-port 80 --on-ip 1.2.3.4/24;;FAIL
-p tcp -j TPROXY --on-port 80 --on-ip 2001::1;;FAIL
*raw
-p tcp -j TPROXY --on-port 80;;FAIL
%family 6
*mangle
-p tcp -j TPROXY --on-port 80 --on-ip ::1 --tproxy-mark 0x1/0x1;=;OK
-p tcp -j TPROXY --on-port 80;-p tcp -j TPROXY --on-port 80 --on-ip :: --tproxy-mark 0x0/0x0;OK
