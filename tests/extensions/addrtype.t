:FORWARD
-m addrtype --src-type LOCAL;=;OK
-m addrtype --src-type local,UNI;-m addrtype --src-type UNICAST,LOCAL;OK
-m addrtype --src-type UN;-m addrtype --src-type UNSPEC;OK
-m addrtype --dst-type B;-m addrtype --dst-type BROADCAST;OK
-m addrtype --dst-type L,;;FAIL
-m addrtype --dst-type ,L;;FAIL
-m addrtype --dst-type "";;FAIL
-m addrtype --dst-type FOO;;FAIL
-m addrtype ! --src-type LOCAL ! --dst-type BROADCAST;=;OK
-m addrtype --dst-type LOCAL --limit-iface-in;=;OK
-m addrtype --dst-type LOCAL --limit-iface-out;=;OK
-m addrtype --dst-type LOCAL --limit-iface-in --limit-iface-out;;FAIL
-m addrtype --limit-iface-in;;FAIL
-m addrtype;;FAIL
-m addrtype --dst-type XRESOLVE,NAT,THROW,PROHIBIT,UNREACHABLE,BLACKHOLE,MULTICAST,ANYCAST,BROADCAST,LOCAL,UNICAST,UNSPEC;-m addrtype --dst-type UNSPEC,UNICAST,LOCAL,BROADCAST,ANYCAST,MULTICAST,BLACKHOLE,UNREACHABLE,PROHIBIT,THROW,NAT,XRESOLVE;OK
-m addrtype ! --limit-iface-in --dst-type LOCAL;;FAIL
-m addrtype --dst-type LOCAL --dst-type UNICAST;;FAIL
%family 6
:INPUT
-m addrtype --dst-type LOCAL;=;OK
-m addrtype --dst-type BROADCAST;;FAIL
-m addrtype --dst-type BLACKHOLE;;FAIL
-m addrtype --dst-type PROHIBIT;;FAIL
-m addrtype --dst-type UNREACHABLE;=;OK
-m addrtype --dst-type ANYCAST;=;OK
-m addrtype --dst-type UNSPEC;=;OK
-m addrtype --dst-type LOCAL,BROADCAST;;FAIL
-m addrtype --src-type BROADCAST;;FAIL
-m addrtype ! --src-type MULTICAST;=;OK
-m addrtype --src-type LOCAL --limit-iface-in;=;OK
%family 4
-m addrtype --dst-type LOCAL --limit-iface-in;=;OK
-m addrtype --dst-type LOCAL --limit-iface-out;;FAIL
:OUTPUT
-m addrtype --dst-type LOCAL --limit-iface-in;;FAIL
-m addrtype --dst-type LOCAL --limit-iface-out;=;OK
*mangle
:PREROUTING
-m addrtype --dst-type LOCAL --limit-iface-in;=;OK
-m addrtype --dst-type LOCAL --limit-iface-out;;FAIL
:POSTROUTING
-m addrtype --dst-type LOCAL --limit-iface-in;;FAIL
-m addrtype --dst-type LOCAL --limit-iface-out;=;OK
%family 6
*raw
:OUTPUT
-m addrtype --dst-type LOCAL --limit-iface-in;;FAIL
-m addrtype --dst-type LOCAL --limit-iface-out;=;OK
