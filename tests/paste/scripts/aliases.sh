#!/bin/sh
alias ipt='iptables -w'
alias i6='ip6tables'
ipt -A INPUT -j ACCEPT
i6 -A INPUT -j DROP
sudo iptables -A OUTPUT -j ACCEPT
sudo -n sh -c 'iptables -A FORWARD -j DROP'
sudo bash -c "iptables -A FORWARD -p tcp -j ACCEPT && echo 1 > /proc/sys/net/ipv4/ip_forward"
echo 1 | sudo tee /proc/sys/net/ipv6/conf/all/forwarding
env LC_ALL=C iptables -A OUTPUT -p udp -j DROP
nice -n 5 iptables -A OUTPUT -p icmp -j DROP
\iptables -A OUTPUT -p gre -j DROP
