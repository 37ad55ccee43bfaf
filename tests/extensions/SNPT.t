*mangle
:POSTROUTING
-j SNPT --src-pfx 10.0.0.0/24 --dst-pfx 10.0.1.0/24;;FAIL
%family 6
*filter
:INPUT
-j SNPT --src-pfx dead::/64 --dst-pfx 1c3::/64;;FAIL
*mangle
-j SNPT --src-pfx dead::/64 --dst-pfx 1c3::/64;=;OK
:POSTROUTING
-j SNPT --src-pfx dead::/64 --dst-pfx 1c3::/64;=;OK
:PREROUTING
-j SNPT --src-pfx dead::/64 --dst-pfx 1c3::/64;;FAIL
