#!/bin/bash
cat > /tmp/99.conf <<E
net.ipv4.ip_forward = 1
net.ipv4.conf.all.rp_filter=2
# comment
net/ipv4/tcp_syncookies=1
E
sysctl -p /tmp/99.conf
echo 2048 > /proc/sys/net/ipv4/neigh/default/gc_thresh1 2>/dev/null
sysctl -e -q net.ipv4.conf.eth0.proxy_arp=1 net.ipv4.conf.eth1.proxy_arp=1
iptables -A INPUT -j ACCEPT
[ "$(cat /proc/sys/net/ipv4/ip_forward)" = 1 ] && iptables -A FORWARD -j ACCEPT
if sysctl -n net.ipv4.ip_forward | grep -q 1; then iptables -A FORWARD -p tcp -j DROP; fi
