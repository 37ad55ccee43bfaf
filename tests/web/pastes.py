"""What the people of the browser tests paste."""

from __future__ import annotations

# A port forward that is broken on purpose: the filter asks for the port from before DNAT.
RULES = """*nat
:PREROUTING ACCEPT
:POSTROUTING ACCEPT
-A PREROUTING -i eth0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.20.0.5:80
COMMIT
*filter
:INPUT DROP
:FORWARD DROP
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -d 10.20.0.5/32 -i eth0 -p tcp -m tcp --dport 8080 -j ACCEPT
COMMIT
"""
# The terminal of somebody who looked at the box at night.
BROKEN = f"""root@gw:~# iptables-save
{RULES}root@gw:~# ip -br addr
lo UNKNOWN 127.0.0.1/8
eth0 UP 203.0.113.9/24
eth1 UP 10.20.0.1/24
root@gw:~# ip route
default via 203.0.113.254 dev eth0
10.20.0.0/24 dev eth1 proto kernel scope link src 10.20.0.1
203.0.113.0/24 dev eth0 proto kernel scope link src 203.0.113.9
root@gw:~# sysctl net.ipv4.ip_forward
net.ipv4.ip_forward = 1
"""
# A script with a variable that nothing sets.
ASKING = """iptables -P INPUT DROP
iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables -A INPUT -i $WAN -p tcp --dport 22 -j ACCEPT
"""
# Sources and ports of a matrix in the example of a router at home.
MATRIX = ("192.168.100.10-192.168.100.13", "22, 25, 53, 80, 443, 8080")
