:FORWARD
-j NETMAP --to 1.2.3.0/24;;FAIL
*nat
:INPUT
-j NETMAP --to 1.2.3.0/24;=;OK
:OUTPUT
-j NETMAP --to 1.2.3.0/24;=;OK
:POSTROUTING
-j NETMAP --to 1.2.3.0/24;=;OK
:PREROUTING
-j NETMAP --to 1.2.3.0/24;=;OK
-j NETMAP --to 1.2.3.4/24;-j NETMAP --to 1.2.3.0/24;OK
-j NETMAP --to 1.2.3.4;-j NETMAP --to 1.2.3.4/32;OK
-j NETMAP --to 1.2.3.4/32;=;OK
-j NETMAP --to 1.2.3.0/255.255.255.0;-j NETMAP --to 1.2.3.0/24;OK
-j NETMAP --to 1.2.3.0/255.0.255.0;-j NETMAP --to 1.2.3.0/32;OK
-j NETMAP --to 1.2.3.0/0;-j NETMAP --to 0.0.0.0/0;OK
-j NETMAP --to 1.2.3.0/33;-j NETMAP --to 1.2.3.0/32;OK
-j NETMAP --to 10/8;-j NETMAP --to 0.0.0.0/8;OK
-j NETMAP;;FAIL
-j NETMAP --to 1.2.3.0/foo;;FAIL
-j NETMAP --to 1.2.3.0/300;-j NETMAP --to 1.2.3.0/32;OK
-j NETMAP --to 1.2.3.0/-1;;FAIL
-j NETMAP --to 1.2.3.0/;;FAIL
-j NETMAP --to 1.2.3.77/0xff;-j NETMAP --to 1.2.3.77/32;OK
-j NETMAP --to 1.2.3.77/010;-j NETMAP --to 1.0.0.0/8;OK
-j NETMAP --to 1.2.3.77/255.255.254.0;-j NETMAP --to 1.2.2.0/23;OK
-j NETMAP --to 1.2.3.77/255.255.0.255;-j NETMAP --to 1.2.3.77/32;OK
-j NETMAP --to 1.2.3.77/255.255;-j NETMAP --to 1.2.3.77/32;OK
-j NETMAP --to 1.2.3/24;-j NETMAP --to 1.2.0.0/24;OK
-j NETMAP --to 1.2.3.77/0.0.0.0;-j NETMAP --to 0.0.0.0/0;OK
-j NETMAP --to 010.2.3.77/24;-j NETMAP --to 8.2.3.0/24;OK
-j NETMAP ! --to 1.2.3.4;;FAIL
-j NETMAP --to 2001::/64;;FAIL
%family 6
-j NETMAP --to 2001:db8:1::/64;=;OK
-j NETMAP --to 2001:db8:1::5/64;-j NETMAP --to 2001:db8:1::/64;OK
-j NETMAP --to 2001:db8:1::5;-j NETMAP --to 2001:db8:1::5/128;OK
-j NETMAP --to 2001:db8:1::5/ffff:ffff::;-j NETMAP --to 2001:db8::/32;OK
-j NETMAP --to 2001:db8:1::5/ffff::ffff;-j NETMAP --to 2001:db8:1::5/128;OK
-j NETMAP --to 2001:db8:1::5/0;-j NETMAP --to ::/0;OK
-j NETMAP --to 2001:db8:1::5/129;;FAIL
-j NETMAP --to 2001:db8:1::5/foo;;FAIL
-j NETMAP --to 2001:db8:1::5/;;FAIL
-j NETMAP --to 2001:db8:1::5/010;-j NETMAP --to 2000::/8;OK
-j NETMAP --to 2001:db8:1::5/0x10;-j NETMAP --to 2001::/16;OK
-j NETMAP --to 1.2.3.4;;FAIL
