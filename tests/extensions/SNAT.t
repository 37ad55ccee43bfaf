:FORWARD
-j SNAT --to-source 1.2.3.4;;FAIL
*nat
:INPUT
-j SNAT --to-source 1.2.3.4;=;OK
:OUTPUT
-j SNAT --to-source 1.2.3.4;;FAIL
:POSTROUTING
-j SNAT --to-source 1.2.3.4;=;OK
-j SNAT --to 1.2.3.4;-j SNAT --to-source 1.2.3.4;OK
-j SNAT --to-source 1.2.3.4-1.2.3.9;=;OK
-j SNAT --to-source 1.2.3.9-1.2.3.4;=;OK
-j SNAT --to-source 1.2.3.4-1.2.3.4;-j SNAT --to-source 1.2.3.4;OK
-j SNAT --to-source 1.2.3.4:80;;FAIL
-p tcp -j SNAT --to-source 1.2.3.4:80;=;OK
-p tcp -j SNAT --to-source 1.2.3.4:80-90;=;OK
-p tcp -j SNAT --to-source 1.2.3.4:90-80;;FAIL
-p tcp -j SNAT --to-source 1.2.3.4:80-80;-p tcp -j SNAT --to-source 1.2.3.4:80;OK
-p tcp -j SNAT --to-source 1.2.3.4:0;=;OK
-p tcp -j SNAT --to-source 1.2.3.4:0-0;-p tcp -j SNAT --to-source 1.2.3.4:0;OK
-p tcp -j SNAT --to-source 1.2.3.4:0-100;=;OK
-p tcp -j SNAT --to-source 1.2.3.4:65536;;FAIL
-p tcp -j SNAT --to-source 1.2.3.4:http;-p tcp -j SNAT --to-source 1.2.3.4:80;OK
-p tcp -j SNAT --to-source 1.2.3.4:http-https;;FAIL
-p tcp -j SNAT --to-source 1.2.3.4:ftp-data-ssh;;FAIL
-p tcp -j SNAT --to-source 1.2.3.4:ftp-data;-p tcp -j SNAT --to-source 1.2.3.4:20;OK
-p tcp -j SNAT --to-source 1.2.3.4:80/90;;FAIL
-p tcp -j SNAT --to-source 1.2.3.4:80-90/100;-p tcp -j SNAT --to-source 1.2.3.4:80-90/0;OK
-p tcp -j SNAT --to-source 1.2.3.4:80:90;;FAIL
-p tcp -j SNAT --to-source 1.2.3.4:0x50;-p tcp -j SNAT --to-source 1.2.3.4:80;OK
-p tcp -j SNAT --to-source 1.2.3.4:010;-p tcp -j SNAT --to-source 1.2.3.4:8;OK
-p tcp -j SNAT --to-source 1.2.3.4:;;FAIL
-p tcp -j SNAT --to-source 1.2.3.4:-;;FAIL
-p tcp -j SNAT --to-source 1.2.3.4:5-;;FAIL
-p tcp -j SNAT --to-source 1.2.3.4:-5;;FAIL
-p tcp -j SNAT --to-source :80;=;OK
-p tcp -j SNAT --to-source :80-90;=;OK
-j SNAT --to-source "";;FAIL
-j SNAT --to-source foo;;FAIL
-j SNAT --to-source 1.2.3;;FAIL
-j SNAT --to-source 1.2.3.4-;;FAIL
-j SNAT --to-source 1.2.3.4-5;;FAIL
-j SNAT --to-source -1.2.3.4;;FAIL
-j SNAT --to-source 010.2.3.4;;FAIL
-j SNAT --to-source 1.2.3.4/24;;FAIL
-j SNAT --to-source 0.0.0.0;=;OK
-j SNAT;;FAIL
-j SNAT --random;;FAIL
-j SNAT --to-source 1.2.3.4 --random;=;OK
-j SNAT --to-source 1.2.3.4 --random-fully;=;OK
-j SNAT --to-source 1.2.3.4 --persistent --random-fully --random;-j SNAT --to-source 1.2.3.4 --random --random-fully --persistent;OK
-j SNAT --to-source 1.2.3.4 --to-source 1.2.3.5;;FAIL
! -p tcp -j SNAT --to-source 1.2.3.4:80;=;OK
-p sctp -j SNAT --to-source 1.2.3.4:80;=;OK
-p dccp -j SNAT --to-source 1.2.3.4:80;=;OK
-p icmp -j SNAT --to-source 1.2.3.4:80;=;OK
-p udplite -j SNAT --to-source 1.2.3.4:80;;FAIL
-j SNAT ! --to-source 1.2.3.4;;FAIL
-p tcp -j SNAT --to-source [1.2.3.4]:80;;FAIL
-p tcp -j SNAT --to-source x[1.2.3.4]:80;;FAIL
-p tcp -j SNAT --to-source [1.2.3.4-1.2.3.5]:80;;FAIL
-p tcp -j SNAT --to-source 1.2.3.4:80-90x;;FAIL
-p tcp -j SNAT --to-source "1.2.3.4: 80";-p tcp -j SNAT --to-source 1.2.3.4:80;OK
-p tcp -j SNAT --to-source 1.2.3.4:+80;-p tcp -j SNAT --to-source 1.2.3.4:80;OK
-p tcp -j SNAT --to-source 1.2.3.4:80x;;FAIL
:PREROUTING
-j SNAT --to-source 1.2.3.4;;FAIL
%family 6
:POSTROUTING
-j SNAT --to-source 2001:db8::1;=;OK
-j SNAT --to-source 2001:db8::1-2001:db8::9;=;OK
-p tcp -j SNAT --to-source [2001:db8::1]:80;=;OK
-p tcp -j SNAT --to-source [2001:db8::1]:80-90;=;OK
-p tcp -j SNAT --to-source [2001:db8::1];-p tcp -j SNAT --to-source 2001:db8::1;OK
-p tcp -j SNAT --to-source [2001:db8::1-2001:db8::9]:80-90;=;OK
-p tcp -j SNAT --to-source [2001:db8::1]-[2001:db8::9]:80-90;;FAIL
-p tcp -j SNAT --to-source 2001:db8::1:80;=;OK
-j SNAT --to-source 1.2.3.4;;FAIL
-p tcp -j SNAT --to-source :80;=;OK
-j SNAT --to-source [2001:db8::1;;FAIL
-p udp -j SNAT --to-source [2001:db8::1]x;-p udp -j SNAT --to-source 2001:db8::1;OK
-j SNAT --to-source 2001:db8::1 --random --persistent;=;OK
-p icmpv6 -j SNAT --to-source [2001:db8::1]:80;;FAIL
-p 1 -j SNAT --to-source [2001:db8::1]:80;-p icmp -j SNAT --to-source [2001:db8::1]:80;OK
