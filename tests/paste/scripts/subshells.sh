#!/bin/bash
PORT=1
( PORT=2; iptables -A INPUT -p tcp --dport $PORT -j ACCEPT )
{ PORT=3; iptables -A INPUT -p tcp --dport $PORT -j ACCEPT; }
iptables -A INPUT -p tcp --dport $PORT -j DROP
echo 4 5 | while read a b; do PORT=$b; done
iptables -A INPUT -p udp --dport $PORT -j DROP
while read a; do PORT=$a; done < <(echo 77)
iptables -A OUTPUT -p tcp --dport $PORT -j DROP
f() ( PORT=88; iptables -A OUTPUT -p udp --dport $PORT -j DROP ); f; iptables -A OUTPUT -p udp --sport $PORT -j DROP
readarray -t L <<< $'10.0.0.1\n10.0.0.2'
for x in "${L[@]}"; do iptables -A FORWARD -s $x -j DROP & done; wait
mapfile -t M < <(printf '%s\n' 7 8); iptables -A FORWARD -p tcp --dport ${M[1]} -j DROP
