:FORWARD
-m physdev --physdev-in eth0;=;OK
-m physdev --physdev-in eth+;=;OK
-m physdev --physdev-in +;=;OK
-m physdev --physdev-in "";-m physdev --physdev-in;OK
-m physdev --physdev-in abcdefghijklmnop;;FAIL
-m physdev --physdev-in abcdefghijklmno;=;OK
-m physdev --physdev-out eth0;=;OK
-m physdev --physdev-is-out;=;OK
-m physdev --physdev-is-in;=;OK
-m physdev --physdev-is-bridged;=;OK
-m physdev ! --physdev-is-in ! --physdev-in eth0;=;OK
-m physdev ! --physdev-is-bridged ! --physdev-out e ! --physdev-in d;-m physdev ! --physdev-in d ! --physdev-out e ! --physdev-is-bridged;OK
-m physdev --physdev-is-bridged --physdev-out eth1 --physdev-in eth0;-m physdev --physdev-in eth0 --physdev-out eth1 --physdev-is-bridged;OK
-m physdev;;FAIL
-m physdev --physdev-in a --physdev-in b;;FAIL
%family 6
:INPUT
-m physdev --physdev-in eth0;=;OK
%family 4
-m physdev --physdev-in eth0;=;OK
-m physdev --physdev-out eth0;=;OK
-m physdev --physdev-is-out;=;OK
-m physdev --physdev-is-bridged;=;OK
-m physdev --physdev-is-bridged --physdev-out eth0;-m physdev --physdev-out eth0 --physdev-is-bridged;OK
-m physdev --physdev-is-bridged --physdev-is-out;-m physdev --physdev-is-out --physdev-is-bridged;OK
-m physdev ! --physdev-is-bridged --physdev-is-out;-m physdev --physdev-is-out ! --physdev-is-bridged;OK
-m physdev ! --physdev-is-out;=;OK
-m physdev ! --physdev-out eth0;=;OK
:OUTPUT
-m physdev --physdev-in eth0;=;OK
-m physdev --physdev-out eth0;;FAIL
-m physdev --physdev-is-out;;FAIL
-m physdev --physdev-is-bridged;=;OK
-m physdev --physdev-is-bridged --physdev-out eth0;-m physdev --physdev-out eth0 --physdev-is-bridged;OK
-m physdev --physdev-is-bridged --physdev-is-out;-m physdev --physdev-is-out --physdev-is-bridged;OK
-m physdev ! --physdev-is-bridged --physdev-is-out;;FAIL
-m physdev ! --physdev-is-out;;FAIL
-m physdev ! --physdev-out eth0;;FAIL
*mangle
:PREROUTING
-m physdev --physdev-in eth0;=;OK
-m physdev --physdev-out eth0;=;OK
-m physdev --physdev-is-out;=;OK
-m physdev --physdev-is-bridged;=;OK
-m physdev --physdev-is-bridged --physdev-out eth0;-m physdev --physdev-out eth0 --physdev-is-bridged;OK
-m physdev --physdev-is-bridged --physdev-is-out;-m physdev --physdev-is-out --physdev-is-bridged;OK
-m physdev ! --physdev-is-bridged --physdev-is-out;-m physdev --physdev-is-out ! --physdev-is-bridged;OK
-m physdev ! --physdev-is-out;=;OK
-m physdev ! --physdev-out eth0;=;OK
:POSTROUTING
-m physdev --physdev-in eth0;=;OK
-m physdev --physdev-out eth0;=;OK
-m physdev --physdev-is-out;=;OK
-m physdev --physdev-is-bridged;=;OK
-m physdev --physdev-is-bridged --physdev-out eth0;-m physdev --physdev-out eth0 --physdev-is-bridged;OK
-m physdev --physdev-is-bridged --physdev-is-out;-m physdev --physdev-is-out --physdev-is-bridged;OK
-m physdev ! --physdev-is-bridged --physdev-is-out;-m physdev --physdev-is-out ! --physdev-is-bridged;OK
-m physdev ! --physdev-is-out;=;OK
-m physdev ! --physdev-out eth0;=;OK
