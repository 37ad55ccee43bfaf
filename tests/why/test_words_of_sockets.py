"""What a fate says of sockets: where the one is that got the packet, or that did not."""

from __future__ import annotations

from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario
from sim.tools.why import explain

_TPROXY = (
    "iptables -t mangle -A PREROUTING -p tcp --dport 443 -j TPROXY --on-port 12345 "
    "--on-ip 127.0.0.1 --tproxy-mark 0x1"
)
_ETH0 = "interface eth0 192.0.2.1/24\nsysctl net.ipv4.ip_forward = 1\n"
_WAN = "interface eth1 203.0.113.1/24\n"
_LOCAL = "ip rule add fwmark 1 lookup 100\nip route add local 0.0.0.0/0 dev lo table 100\n"
_PROXY = "listen tcp 127.0.0.1:12345 transparent\n"
_SYN = "in eth0 tcp 192.0.2.9:40000 -> 203.0.113.9:443 syn"


def fate(rules: str, host: str, packets: str) -> str:
    compiled = compile_scenario(Scenario(rules=rules, host=host, packets=packets))
    return next(iter(explain(compiled, causes=False))).sentence


def test_a_socket_that_tproxy_chose_is_named_by_its_own_place() -> None:
    """Nobody listens on port 443 here."""
    assert fate(_TPROXY, _ETH0 + _LOCAL + _PROXY, _SYN).startswith(
        "Delivered to the listener on 127.0.0.1:12345"
    )


def test_what_tproxy_gave_away_is_not_forwarded() -> None:
    """ip_forward drops what has a socket (the kernel does: no ICMP, no FORWARD)."""
    assert "no route kept it on this host" in fate(_TPROXY, _ETH0 + _WAN + _PROXY, _SYN)


def test_a_port_that_listens_elsewhere_is_not_called_closed() -> None:
    """Two other addresses are both named."""
    host = _ETH0 + "listen udp 127.0.0.1:53\nlisten udp 127.0.0.2:53\n"
    told = fate("", host, "in eth0 udp 192.0.2.9:40000 -> 192.0.2.1:53")
    assert "UDP port 53 listens on 127.0.0.1 and 127.0.0.2 only" in told
