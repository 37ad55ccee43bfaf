%family 6
*mangle
:FORWARD
-j DNPT --src-pfx dead::/64 --dst-pfx 1c3::/64;;FAIL
:INPUT
-j DNPT --src-pfx dead::/64 --dst-pfx 1c3::/64;;FAIL
:OUTPUT
-j DNPT --src-pfx dead::/64 --dst-pfx 1c3::/48;=;OK
:POSTROUTING
-j DNPT --src-pfx dead::/64 --dst-pfx 1c3::/64;;FAIL
:PREROUTING
-j DNPT --src-pfx dead::/64 --dst-pfx 1c3::/64;=;OK
-j DNPT --src-pfx dead::/64 --dst-pfx 1c3::/63;=;OK
-j DNPT --src-pfx dead::5/64 --dst-pfx 1c3::/64;;FAIL
-j DNPT --src-pfx dead:: --dst-pfx 1c3::/64;;FAIL
-j DNPT --src-pfx dead::/64;;FAIL
-j DNPT --dst-pfx dead::/64;;FAIL
-j DNPT;;FAIL
-j DNPT --src-pfx dead::/65 --dst-pfx 1c3::/65;;FAIL
-j DNPT --src-pfx dead::/0 --dst-pfx 1c3::/0;;FAIL
-j DNPT --src-pfx dead::/129 --dst-pfx 1c3::/0;;FAIL
-j DNPT --src-pfx foo --dst-pfx 1c3::/0;;FAIL
-j DNPT --src-pfx ::/0 --dst-pfx ::/0;-j DNPT;OK
-j DNPT --src-pfx 2001:db8::/32 --dst-pfx fd00::/ffff:ffff::;-j DNPT --src-pfx 2001:db8::/32 --dst-pfx fd00::/32;OK
-j DNPT --src-pfx 2001:db8::/32 --dst-pfx fd00::1/64;;FAIL
