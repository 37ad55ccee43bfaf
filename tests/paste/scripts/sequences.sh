#!/bin/bash
for p in {1..3} {80,443}; do iptables -A INPUT -p tcp --dport $p -j ACCEPT; done
for p in $(seq 5 2 9); do iptables -A INPUT -p udp --dport $p -j ACCEPT; done
for ((i=0; i<3; i++)); do iptables -A OUTPUT -d 10.0.$i.0/24 -j DROP; done
for i in `seq -w 8 10`; do iptables -A OUTPUT -p tcp --dport 1$i -j DROP; done
iptables -A INPUT -p tcp -m multiport --dports 100{1,2} -j DROP
iptables -A FORWARD -s 10.{1,2}.0.0/16 -j DROP
