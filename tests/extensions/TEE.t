:FORWARD
-j TEE --gateway 1.2.3.4;=;OK
-j TEE;;FAIL
-j TEE --gateway 1.2.3.4 --oif eth0;=;OK
-j TEE --gateway 0.0.0.0;;FAIL
-j TEE --oif eth0;;FAIL
-j TEE --gateway 1.2.3.4 --oif abcdefghijklmnopq;-j TEE --gateway 1.2.3.4 --oif abcdefghijklmno;OK
-j TEE --gateway 1.2.3.4 --oif abcdefghijklmno;=;OK
-j TEE --gateway 1.2.3.4 --oif "";-j TEE --gateway 1.2.3.4;OK
-j TEE --gateway 1.2.3.4 --oif "a b";-j TEE --gateway 1.2.3.4 --oif a b;OK
-j TEE --gateway 10.1;-j TEE --gateway 10.0.0.1;OK
-j TEE --gateway 1.2.3.4/24;;FAIL
*raw
:PREROUTING
-j TEE --gateway 1.2.3.4;=;OK
%family 6
*filter
:FORWARD
-j TEE --gateway 2001:db8::1;=;OK
-j TEE --gateway ::;;FAIL
-j TEE --gateway 2001:db8::1 --oif eth0;=;OK
