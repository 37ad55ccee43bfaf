#!/bin/bash
ssh root@192.0.2.1 <<'REMOTE'
iptables -A INPUT -s 1.2.3.4 -j DROP
REMOTE
cat <<'X' > /tmp/fw.rules
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp --dport 99 -j DROP
COMMIT
X
iptables-restore < /tmp/fw.rules
cat >> /tmp/more <<-X
	5.6.7.8
	9.9.9.9 # comment
	X
while read ip rest; do iptables -A OUTPUT -d $ip -j REJECT; done < /tmp/more
grep -c . /tmp/more
