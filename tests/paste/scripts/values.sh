#!/bin/bash
exec > /tmp/fw.log 2>&1
LOG="/var/log/fw-$(date +%F).log"
logger -t fw "starting"
sleep 0.1
iptables -A INPUT -p tcp --dport 22 -j ACCEPT && logger ok
SECONDS=0
RANDOM_PORT=$((20000 + 10#007))
iptables -A INPUT -p tcp --dport $RANDOM_PORT -j ACCEPT
select_port() { printf '%s' "$((1 + $1))"; }
iptables -A INPUT -p tcp --dport "$(select_port 5)" -j ACCEPT
printf -v V '%03d' 7; iptables -A INPUT -m comment --comment "v$V" -j ACCEPT
iptables -A INPUT -m comment --comment "$(echo a b  c | tr ' ' _ )$(echo -e 'x\ty' | cut -f2)" -j ACCEPT
echo $(basename /a/b.sh .sh) $(dirname /a/b) ; iptables -A OUTPUT -m comment --comment "$(basename /a/b.sh .sh)" -j ACCEPT
