"""For each finding two scenarios: one that has it, one that looks like it and has not."""

from __future__ import annotations

from dataclasses import dataclass

ROUTER = """\
interface eth0 203.0.113.1/24
interface eth1 192.168.100.1/24
route default via 203.0.113.254 dev eth0
sysctl net.ipv4.ip_forward = 1
"""
CLIENT = "in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:443 syn\n"


@dataclass(frozen=True)
class Pair:
    """``has`` and ``has_not`` are (rules, host, packets). ``says``: words of the proof or text."""

    name: str
    has: tuple[str, str, str]
    has_not: tuple[str, str, str]
    says: str = ""


def _nat(*rules: str) -> str:
    return "*nat\n" + "\n".join(rules) + "\nCOMMIT\n"


def _filter(*rules: str, policy: str = "ACCEPT") -> str:
    chains = "".join(f":{name} {policy} [0:0]\n" for name in ("INPUT", "FORWARD", "OUTPUT"))
    return "*filter\n" + chains + "\n".join(rules) + "\nCOMMIT\n"


MASQUERADE = "-A POSTROUTING -s 192.168.100.0/24 -o eth0 -j MASQUERADE"
SNAT = "-A POSTROUTING -s 192.168.100.0/24 -o eth0 -j SNAT --to-source 203.0.113.1"
LEASED = ROUTER.replace("203.0.113.1/24", "203.0.113.1/24 dynamic")
SSH_HOST = (
    "interface eth0 192.0.2.10/24\nlisten tcp 0.0.0.0:22\nlisten tcp 0.0.0.0:80\n"
    "listen udp 0.0.0.0:53\n"
)
SSH = "in eth0 tcp 192.0.2.77:50000 -> 192.0.2.10:22 syn\n"
ANSWERS = "-A {} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
DUAL = "interface eth0 192.0.2.10/24 2001:db8::10/64\nlisten tcp [::]:22\nlisten tcp [::]:8080\n"
BRIDGE = """\
interface vnet0
interface vnet1
bridge br0 ports vnet0 vnet1 192.0.2.1/24
"""
TWO_UPLINKS = """\
listen tcp 0.0.0.0:80
interface eth0 203.0.113.2/24
interface eth1 198.51.100.2/24
interface eth2 192.168.1.1/24
route default via 203.0.113.1 dev eth0
route default via 198.51.100.1 dev eth1 metric 200
sysctl net.ipv4.ip_forward = 1
"""
TUNNEL = """\
interface eth0 203.0.113.1/24
interface eth1 192.168.100.1/24
interface wg0 10.9.0.1/24 mtu 1420 noarp
route default via 203.0.113.254 dev eth0
route 10.20.0.0/16 dev wg0
sysctl net.ipv4.ip_forward = 1
"""
INTO_TUNNEL = "in eth1 tcp 192.168.100.10:40000 -> 10.20.0.5:443 syn mss 1460\n"
VPN = ROUTER + "ipsec out 192.168.100.0/24 10.8.0.0/24 tunnel 203.0.113.1 198.51.100.1\n"
TO_VPN = "in eth1 tcp 192.168.100.10:40000 -> 10.8.0.5:443 syn\n"
PUBLISHED = (
    "*nat\n:PREROUTING ACCEPT [0:0]\n"
    "-A PREROUTING -i eth0 -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80\nCOMMIT\n"
    "*filter\n:FORWARD ACCEPT [0:0]\n:DOCKER-USER - [0:0]\n-A FORWARD -j DOCKER-USER\n"
    "-A DOCKER-USER -i eth0 -p tcp {} -j DROP\nCOMMIT\n"
)
DOCKER = """\
interface eth0 192.0.2.10/24
interface docker0 172.17.0.1/16
route default via 192.0.2.1 dev eth0
sysctl net.ipv4.ip_forward = 1
"""
TO_PUBLISHED = "in eth0 tcp 198.51.100.9:40000 -> 192.0.2.10:8080 syn\n"
UFW_DOCKER = """\
*nat
:PREROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:DOCKER-USER - [0:0]
:ufw-user-input - [0:0]
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -j ufw-user-input
-A FORWARD -j DOCKER-USER
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
-A DOCKER-USER {}
-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT
COMMIT
"""
PROXY = "interface eth0 192.0.2.10/24\nroute default via 192.0.2.1 dev eth0\nuser proxy 13\n" \
        "listen tcp 0.0.0.0:3128 uid 13\n"  # fmt: skip

PAIRS = (
    Pair(
        "masquerade-static",
        (_nat(MASQUERADE), ROUTER, CLIENT),
        (_nat(MASQUERADE), LEASED, CLIENT),
        "the same way",
    ),
    Pair("snat-dynamic", (_nat(SNAT), LEASED, CLIENT), (_nat(SNAT), ROUTER, CLIENT)),
    Pair(
        "nat-without-forwarding",
        (_nat(MASQUERADE), ROUTER.replace("forward = 1", "forward = 0"), CLIENT),
        (_nat(MASQUERADE), ROUTER, CLIENT),
        "forwarded out eth0, 203.0.113.1",
    ),
    Pair(
        "nat-not-accepted",
        (_nat(MASQUERADE) + _filter(ANSWERS.format("FORWARD"), policy="DROP"), ROUTER, CLIENT),
        (
            _nat(MASQUERADE)
            + _filter("-A FORWARD -i eth1 -j ACCEPT", ANSWERS.format("FORWARD"), policy="DROP"),
            ROUTER,
            CLIENT,
        ),
        "forwarded out eth0, 203.0.113.1",
    ),
    Pair(
        "no-established",
        (
            "*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n",
            SSH_HOST,
            "local tcp 192.0.2.10:50000 -> 192.0.2.77:443 syn\nreply\n",
        ),
        (
            "*filter\n:INPUT DROP [0:0]\n"
            + ANSWERS.format("INPUT")
            + "\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n",
            SSH_HOST,
            "local tcp 192.0.2.10:50000 -> 192.0.2.77:443 syn\nreply\n",
        ),
        "packet 2: dropped by the filter INPUT policy; with this, delivered",
    ),
    Pair(
        "never-matches",
        (_filter("-A INPUT -p tcp --tcp-flags SYN,RST SYN,ACK -j DROP"), "", ""),
        (_filter("-A INPUT -p tcp --tcp-flags SYN,ACK SYN,ACK -j DROP"), "", ""),
    ),
    Pair(
        "rule-shadowed",
        (
            _filter("-A INPUT -s 10.0.0.0/8 -j ACCEPT", "-A INPUT -s 10.1.0.0/16 -p tcp -j DROP"),
            "interface eth0 10.1.0.1/8\n",
            "in eth0 tcp 10.1.0.9:5000 -> 10.1.0.1:80 syn\n",
        ),
        (
            _filter(
                "-A INPUT -s 10.0.0.0/8 -m limit --limit 1/s -j ACCEPT",
                "-A INPUT -s 10.1.0.0/16 -p tcp -j DROP",
            ),
            "interface eth0 10.1.0.1/8\n",
            "",
        ),
        "with this, dropped by filter INPUT rule 1",
    ),
    Pair(
        "rule-redundant",
        (
            _filter(
                "-A INPUT -p tcp --dport 20:30 -j ACCEPT", "-A INPUT -p tcp --dport 22 -j ACCEPT"
            ),
            "",
            "",
        ),
        (
            _filter(
                "-A INPUT -p tcp --dport 20:30 -j ACCEPT", "-A INPUT -p udp --dport 22 -j ACCEPT"
            ),
            "",
            "",
        ),
    ),
    Pair(
        "append-after-final",
        (
            _filter(
                "-A INPUT -p tcp --dport 22 -j ACCEPT",
                "-A INPUT -j REJECT",
                "-A INPUT -p tcp --dport 80 -j ACCEPT",
            ),
            SSH_HOST,
            "in eth0 tcp 192.0.2.77:50000 -> 192.0.2.10:80 syn\n",
        ),
        (
            _filter(
                "-A INPUT -p tcp --dport 22 -j ACCEPT",
                "-A INPUT -p udp -j REJECT",
                "-A INPUT -p tcp --dport 80 -j ACCEPT",
            ),
            SSH_HOST,
            "",
        ),
        "delivered",
    ),
    Pair(
        "chain-unreached",
        ("*filter\n:LANS - [0:0]\n-A LANS -s 10.0.0.0/8 -j ACCEPT\nCOMMIT\n", "", ""),
        (
            "*filter\n:LANS - [0:0]\n-A INPUT -j LANS\n-A LANS -s 10.0.0.0/8 -j ACCEPT\nCOMMIT\n",
            "",
            "",
        ),
    ),
    Pair(
        "owner-nobody",
        (
            "iptables -A OUTPUT -p icmp --icmp-type echo-reply -m owner --uid-owner 0 -j ACCEPT\n",
            "",
            "",
        ),
        (
            "iptables -A OUTPUT -p icmp --icmp-type ping -m owner --uid-owner 0 -j ACCEPT\n",
            "",
            "",
        ),
    ),
    Pair(
        "ipsec-masqueraded",
        (_nat(MASQUERADE), VPN, TO_VPN),
        (_nat("-A POSTROUTING -m policy --dir out --pol ipsec -j ACCEPT", MASQUERADE), VPN, TO_VPN),
        "",
    ),
    Pair(
        "hairpin",
        (
            _nat(
                "-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -j DNAT --to-destination "
                "192.168.100.20"
            ),
            ROUTER,
            "in eth1 tcp 192.168.100.10:40000 -> 203.0.113.1:80 syn\n",
        ),
        (
            _nat(
                "-A PREROUTING -d 203.0.113.1 -i eth0 -p tcp --dport 80 -j DNAT --to-destination "
                "192.168.100.20"
            ),
            ROUTER,
            "",
        ),
        "with this, forwarded out eth1, 192.168.100.1 → 192.168.100.20",
    ),
    Pair(
        "answer-other-way",
        (
            _nat("-A PREROUTING -i eth1 -p tcp --dport 80 -j DNAT --to-destination 192.168.1.20"),
            TWO_UPLINKS,
            "in eth1 tcp 198.51.100.77:40000 -> 198.51.100.2:80 syn\nreply\n",
        ),
        (
            _nat("-A PREROUTING -i eth0 -p tcp --dport 80 -j DNAT --to-destination 192.168.1.20"),
            TWO_UPLINKS,
            "",
        ),
    ),
    Pair(
        "device-not-here",
        (
            "iptables -N LOCAL\niptables -A OUTPUT -j LOCAL\niptables -A LOCAL -i eth0 -j DROP\n",
            "",
            "",
        ),
        (
            "iptables -N LOCAL\niptables -A FORWARD -j LOCAL\niptables -A LOCAL -i eth0 -j DROP\n",
            "",
            "",
        ),
    ),
    Pair(
        "unknown-device",
        ("iptables -A INPUT -i eth0:1 -j ACCEPT\n", "", ""),
        ("iptables -A INPUT -i eth0 -j ACCEPT\n", "interface eth0 192.0.2.1/24\n", ""),
    ),
    Pair(
        "bridge-port",
        (
            "iptables -A FORWARD -i vnet0 -s 192.0.2.9 -j DROP\n",
            BRIDGE,
            "in vnet0 udp 192.0.2.9:1 -> 192.0.2.8:2\n",
        ),
        ("iptables -A FORWARD -m physdev --physdev-in vnet0 -s 192.0.2.9 -j DROP\n", BRIDGE, ""),
        "dropped by filter FORWARD rule 1",
    ),
    Pair(
        "bridge-nf-off",
        (
            "iptables -A FORWARD -m physdev --physdev-in vnet0 -j DROP\n",
            BRIDGE + "sysctl net.bridge.bridge-nf-call-iptables = 0\n",
            "in vnet0 udp 192.0.2.9:1 -> 192.0.2.8:2\n",
        ),
        ("iptables -A FORWARD -m physdev --physdev-in vnet0 -j DROP\n", BRIDGE, ""),
        "dropped by filter FORWARD rule 1",
    ),
    Pair(
        "state-after-notrack",
        (
            "*raw\n-A PREROUTING -p udp --dport 53 -j CT --notrack\nCOMMIT\n"
            "*filter\n:INPUT DROP [0:0]\n"
            "-A INPUT -p udp --dport 53 -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n",
            SSH_HOST,
            "in eth0 udp 192.0.2.77:5000 -> 192.0.2.10:53\n",
        ),
        (
            "*raw\n-A PREROUTING -p udp --dport 53 -j CT --notrack\nCOMMIT\n"
            "*filter\n:INPUT DROP [0:0]\n"
            "-A INPUT -p udp -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n",
            SSH_HOST,
            "",
        ),
        "delivered",
    ),
    Pair(
        "limit-no-drop",
        (_filter("-A INPUT -p icmp -m limit --limit 1/s -j ACCEPT"), "", ""),
        (
            _filter("-A INPUT -p icmp -m limit --limit 1/s -j ACCEPT", "-A INPUT -p icmp -j DROP"),
            "",
            "",
        ),
    ),
    Pair(
        "ssh-lockout",
        ("iptables -P INPUT DROP\niptables -A INPUT -p tcp --dport 80 -j ACCEPT\n", SSH_HOST, SSH),
        (
            "iptables -P INPUT DROP\niptables -A INPUT -s 192.0.2.0/24 -p tcp -j ACCEPT\n",
            SSH_HOST,
            SSH,
        ),
        "delivered",
    ),
    Pair(
        "ipv6-open",
        (
            "iptables -P INPUT DROP\niptables -A INPUT -p tcp --dport 22 -j ACCEPT\n",
            DUAL,
            "in eth0 tcp [2001:db8::9]:5000 -> [2001:db8::10]:8080 syn\n",
        ),
        (
            "iptables -P INPUT DROP\niptables -A INPUT -p tcp --dport 22 -j ACCEPT\n"
            "ip6tables -P INPUT DROP\n",
            DUAL,
            "",
        ),
        "dropped by the filter INPUT policy",
    ),
    Pair(
        "empty-set",
        (
            "iptables -A INPUT -m set --match-set bad src -j DROP\n",
            "ipset create bad hash:ip\n",
            "",
        ),
        (
            "iptables -A INPUT -m set --match-set bad src -j DROP\n",
            "ipset create bad hash:ip\nipset add bad 192.0.2.1\n",
            "",
        ),
    ),
    Pair(
        "deprecated",
        ("iptables -A INPUT -m state --state NEW,ESTABLISHED -j ACCEPT\n", "", ""),
        ("iptables -A INPUT -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT\n", "", ""),
    ),
    Pair(
        "forward-after-dnat",
        (PUBLISHED.format("--dport 8080"), DOCKER, TO_PUBLISHED),
        (PUBLISHED.format("-m conntrack --ctorigdstport 8080"), DOCKER, TO_PUBLISHED),
        "dropped by filter DOCKER-USER rule 1",
    ),
    Pair(
        "ufw-and-docker",
        (UFW_DOCKER.format("-j RETURN"), DOCKER, TO_PUBLISHED),
        (UFW_DOCKER.format("-i eth0 -m conntrack --ctstate NEW -j DROP"), DOCKER, TO_PUBLISHED),
        "dropped by filter DOCKER-USER rule 1",
    ),
    Pair(
        "loopback-published",
        (
            _nat("-A PREROUTING -d 127.0.0.1/32 -p tcp --dport 8080 -j DNAT --to 172.17.0.2:80"),
            DOCKER,
            "in eth0 tcp 203.0.113.66:40000 -> 127.0.0.1:8080 syn\n",
        ),
        (
            "*raw\n-A PREROUTING -d 127.0.0.0/8 ! -i lo -j DROP\nCOMMIT\n"
            + _nat("-A PREROUTING -d 127.0.0.1/32 -p tcp --dport 8080 -j DNAT --to 172.17.0.2:80"),
            DOCKER,
            "",
        ),
        "with this, dropped by raw PREROUTING rule 1",
    ),
    Pair(
        "recent-never-set",
        (
            "iptables -A INPUT -p tcp --dport 22 -m recent --name ssh --set\n"
            "iptables -A INPUT -p tcp --dport 22 -m recent --name sshd --update --seconds 60 "
            "--hitcount 4 -j DROP\n",
            "",
            "",
        ),
        (
            "iptables -A INPUT -p tcp --dport 22 -m recent --name ssh --set\n"
            "iptables -A INPUT -p tcp --dport 22 -m recent --name ssh --update --seconds 60 "
            "--hitcount 4 -j DROP\n",
            "",
            "",
        ),
    ),
    Pair(
        "rp-filter-uplink",
        (
            "",
            TWO_UPLINKS + "sysctl net.ipv4.conf.all.rp_filter = 1\n",
            "in eth1 tcp 198.18.0.9:5000 -> 198.51.100.2:80 syn\n",
        ),
        ("", TWO_UPLINKS + "sysctl net.ipv4.conf.all.rp_filter = 2\n", ""),
        "delivered",
    ),
    Pair(
        "redirect-loop",
        (
            _nat("-A OUTPUT -p tcp --dport 80 -j REDIRECT --to-ports 3128"),
            PROXY,
            "local uid 13 tcp 192.0.2.10:50000 -> 198.51.100.7:80 syn\n",
        ),
        (
            _nat(
                "-A OUTPUT -p tcp --dport 80 -m owner ! --uid-owner 13 -j REDIRECT --to-ports 3128"
            ),
            PROXY,
            "",
        ),
        "sent out eth0",
    ),
    Pair(
        "invalid-late",
        (
            _filter(
                "-A INPUT -p tcp --dport 22 -j ACCEPT",
                "-A INPUT -m conntrack --ctstate INVALID -j DROP",
            ),
            "",
            "",
        ),
        (
            _filter(
                "-A INPUT -m conntrack --ctstate INVALID -j DROP",
                "-A INPUT -p tcp --dport 22 -j ACCEPT",
            ),
            "",
            "",
        ),
    ),
    Pair(
        "bad-checksum",
        (_nat(MASQUERADE) + _filter(), ROUTER, f"{CLIENT.rstrip()} checksum bad # captured\n"),
        (_nat(MASQUERADE) + _filter(), ROUTER, CLIENT),
        "forwarded out eth0",
    ),
    Pair(
        "invalid-untranslated",
        (
            _nat(MASQUERADE) + _filter(),
            ROUTER,
            "in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:443 rst seq 1\n",
        ),
        (_nat(MASQUERADE) + _filter(), ROUTER, CLIENT),
        "dropped by filter FORWARD rule 1",
    ),
    Pair(
        "mss-too-large",
        ("", TUNNEL, INTO_TUNNEL),
        (
            "iptables -t mangle -A FORWARD -o wg0 -p tcp --tcp-flags SYN,RST SYN -j TCPMSS "
            "--clamp-mss-to-pmtu\n",
            TUNNEL,
            INTO_TUNNEL,
        ),
    ),
)
