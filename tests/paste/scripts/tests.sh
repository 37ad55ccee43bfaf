#!/bin/bash
A=5 B="" C=foo
test -z "$B" && iptables -A INPUT -p tcp --dport 1 -j ACCEPT
[ "$A" -gt 3 -a "$C" = foo ] && iptables -A INPUT -p tcp --dport 2 -j ACCEPT
[ ! -e /nonexistent ] && iptables -A INPUT -p tcp --dport 3 -j ACCEPT
[[ -n $C && ( $A -lt 3 || $C < goo ) ]] && iptables -A INPUT -p tcp --dport 4 -j ACCEPT
(( A > 4 && A % 2 )) && iptables -A INPUT -p tcp --dport 5 -j ACCEPT
if [ -n "$B" ]; then iptables -A INPUT -p tcp --dport 6 -j ACCEPT
elif [ "x$C" = "xfoo" ]; then iptables -A INPUT -p tcp --dport 7 -j ACCEPT
else iptables -A INPUT -p tcp --dport 8 -j ACCEPT; fi
[ -d /proc/sys/net ] && iptables -A INPUT -p tcp --dport 9 -j ACCEPT
[[ -v A ]] && iptables -A INPUT -p tcp --dport 10 -j ACCEPT
[[ "a.b.c" == *.b.* ]] && iptables -A INPUT -p tcp --dport 11 -j ACCEPT
[[ "10.2.3.4" =~ ^10\.([0-9]+)\. ]] && iptables -A INPUT -p tcp --dport ${BASH_REMATCH[1]} -j DROP
x=$(( 0x10 + 010 + (A<<2) )); iptables -A INPUT -p tcp --dport $x -j DROP
true && false || iptables -A INPUT -p tcp --dport 12 -j ACCEPT
