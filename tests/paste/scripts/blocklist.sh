#!/bin/sh
# block list inline
BLOCK="
192.0.2.1
192.0.2.2   # spammer
192.0.2.64/26
"
iptables -N BLOCK
echo "$BLOCK" | grep -v '^$' | sed 's/#.*//' | while read -r ip; do
  iptables -A BLOCK -s "$ip" -j DROP
done
echo "$BLOCK" | awk 'NF {print $1}' | sort -u | xargs -n1 -I{} iptables -A BLOCK -d {} -j REJECT
for ip in $(echo "$BLOCK" | egrep -o '^[0-9./]+' | tail -n 1); do iptables -A OUTPUT -d $ip -j DROP; done
iptables -I INPUT 1 -j BLOCK
