*nat
-j DNAT --to-destination 1.2.3.4;;FAIL
:OUTPUT
-j DNAT --to-destination 1.2.3.4;=;OK
:POSTROUTING
-j DNAT --to-destination 1.2.3.4;;FAIL
:PREROUTING
-j DNAT --to-destination 1.2.3.4;=;OK
-j DNAT --to 1.2.3.4;-j DNAT --to-destination 1.2.3.4;OK
-j DNAT --to-destination 1.2.3.4-1.2.3.9;=;OK
-p tcp -j DNAT --to-destination 1.2.3.4:80;=;OK
-p tcp -j DNAT --to-destination 1.2.3.4:80-90;=;OK
-p tcp -j DNAT --to-destination 1.2.3.4:80-90/100;=;OK
-p tcp -j DNAT --to-destination 1.2.3.4:80/100;;FAIL
-p tcp -j DNAT --to-destination 1.2.3.4:80-90/http;-p tcp -j DNAT --to-destination 1.2.3.4:80-90/80;OK
-p tcp -j DNAT --to-destination 1.2.3.4:80-90/0;;FAIL
-p tcp -j DNAT --to-destination 1.2.3.4:80-90/100 --random;=;OK
-p tcp -j DNAT --to-destination 1.2.3.4:http-https/8000;;FAIL
-p tcp -j DNAT --to-destination 1.2.3.4:80-90/65536;;FAIL
-p tcp -j DNAT --to-destination :80;=;OK
-p tcp -j DNAT --to-destination :80-90;=;OK
-p tcp -j DNAT --to-destination 1.2.3.4:0;=;OK
-p tcp -j DNAT --to-destination 1.2.3.4:90-80;;FAIL
-j DNAT --to-destination 1.2.3.4:80;;FAIL
-p tcp -j DNAT --to-destination 1.2.3.4-1.2.3.9:80-90 --random --persistent;=;OK
-p tcp -j DNAT --to-destination 1.2.3.4 --random-fully;;FAIL
-j DNAT;;FAIL
-j DNAT --to-destination 1.2.3.4 --to-destination 1.2.3.5;;FAIL
-j DNAT --to-destination "";;FAIL
-j DNAT --to-destination -;;FAIL
-p tcp -j DNAT --to-destination 1.2.3.4:http;-p tcp -j DNAT --to-destination 1.2.3.4:80;OK
%family 6
-p tcp -j DNAT --to-destination [2001:db8::1]:80-90/100;=;OK
-p tcp -j DNAT --to-destination [2001:db8::1]:80;=;OK
-p tcp -j DNAT --to-destination 2001:db8::1;=;OK
-p tcp -j DNAT --to-destination [2001:db8::1];-p tcp -j DNAT --to-destination 2001:db8::1;OK
-p tcp -j DNAT --to-destination :80;=;OK
-p tcp -j DNAT --to-destination []:80;-p tcp -j DNAT --to-destination :80;OK
-p tcp -j DNAT --to-destination [2001:db8::1-2001:db8::2]:80;=;OK
-p tcp -j DNAT --to-destination 2001:db8::1-2001:db8::2;=;OK
