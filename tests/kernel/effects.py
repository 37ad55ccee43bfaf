"""For each setting that acts: another value, and a scenario that tells the two apart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import IPv6Address

from sim.model.scenario import Scenario
from sim.packet.packet import sealed
from tests.kernel.drawn_talks import CHUNKS, _crc32c
from tests.kernel.settings import MAC, NEAR4, NEAR6, OUT4, OUT6, OWN4, OWN6, SOLICITATION, scenario
from tests.kernel.siblings import (
    ANSWER_HOST,
    AT_VNET1,
    BRIDGE_HOST,
    cut,
    echo,
    into,
    ip,
    restored,
    tcp,
    udp,
)

TRACKED = ["-A INPUT -m conntrack --ctstate NEW", "-A FORWARD -m conntrack --ctstate NEW"]
NETFILTER, IPV4, IPV6 = "net.netfilter.nf_conntrack_", "net.ipv4.", "net.ipv6."
SYN, ACK, RST, FIN = 2, 16, 4, 1
TO_MANY = "dst-mac 33:33:00:00:00:01"


@dataclass(frozen=True)
class Effect:
    """``elsewhere``: why the plain laboratory cannot ask the kernel; a golden case does."""

    value: str
    scenario: Scenario
    elsewhere: str = ""
    first: bool = False  # before the lines of the host that it acts on

    def with_setting(self, name: str) -> Scenario:
        line = f"sysctl {name} = {self.value}\n"
        host = self.scenario.host
        return replace(self.scenario, host=line + host if self.first else host + line)


def _four(*packets: bytes, host: str = "", macs: str = "", **tables: list[str]) -> Scenario:
    return scenario(4, *(into("eth1", p, macs) for p in packets), host=host, **tables)


def _six(*packets: bytes, host: str = "", macs: str = "", **tables: list[str]) -> Scenario:
    return scenario(6, *(into("eth1", p, macs) for p in packets), host=host, **tables)


# ---- conntrack's times -----------------------------------------------------------------------


def _there(flags: int, seq: int, ack: int = 0, data: int = 0) -> str:
    return into("eth1", ip(NEAR4, OUT4, 6, tcp(20 + data, flags, 40000, 80, seq, ack)))


def _back(flags: int, seq: int, ack: int = 0) -> str:
    return into("eth0", ip(OUT4, NEAR4, 6, tcp(20, flags, 80, 40000, seq, ack)))


OPENED = (_there(SYN, 999), _back(SYN | ACK, 4999, 1000), _there(ACK, 1000, 5000))
FINISHED = (*OPENED, _there(FIN | ACK, 1000, 5000))
CLOSED = (*FINISHED, _back(ACK, 5000, 1001), _back(FIN | ACK, 5000, 1001))
DATA = _there(ACK | 8, 1000, 5000, 6)
TCP = {
    "syn_sent": OPENED[:1], "syn_recv": OPENED[:2], "established": OPENED, "fin_wait": FINISHED,
    "close_wait": CLOSED[:5], "last_ack": CLOSED, "time_wait": (*CLOSED, _there(ACK, 1001, 5001)),
    "close": (*OPENED, _there(RST, 1000)), "unacknowledged": (*OPENED, DATA),
    "max_retrans": (*OPENED, *(DATA,) * 5),  # fewer than unacknowledged's, which it has had
}  # fmt: skip


def _sctp(name: str, back: bool = False) -> str:
    ends = (80, 40000) if back else (40000, 80)
    tag = 0 if name == "init" else 9 if not back else 7
    head = b"".join(port.to_bytes(2, "big") for port in ends) + tag.to_bytes(4, "big")
    part = head + bytes(4) + CHUNKS[name]
    part = head + _crc32c(part).to_bytes(4, "little") + CHUNKS[name]
    source, target, iface = (OUT4, NEAR4, "eth0") if back else (NEAR4, OUT4, "eth1")
    return into(iface, ip(source, target, 132, part))


ASKED = (_sctp("init"), _sctp("init ack", True))
JOINED = (*ASKED, _sctp("cookie echo"), _sctp("cookie ack", True))
SCTP = {
    "closed": (*JOINED, _sctp("abort")), "cookie_wait": ASKED, "cookie_echoed": JOINED[:3],
    "established": JOINED, "shutdown_sent": (*JOINED, _sctp("shutdown")),
    "shutdown_recd": (*JOINED, _sctp("shutdown", True)),
    "shutdown_ack_sent": (*JOINED, _sctp("shutdown"), _sctp("shutdown ack", True)),
    "heartbeat_sent": (_sctp("heartbeat"),),
}  # fmt: skip


def _tracked(*lines: str, family: int = 4) -> Scenario:
    return scenario(family, *lines, filter=TRACKED)


def _answered(protocol: int, part: bytes, back: bytes, wait: str = "") -> Scenario:
    there = into("eth1", ip(NEAR4, OUT4, protocol, part))
    lines = (there, into("eth0", ip(OUT4, NEAR4, protocol, back)), wait, there)
    return _tracked(*(line for line in lines if line))


def _sent(protocol: int, part: bytes) -> Scenario:
    return _tracked(into("eth1", ip(NEAR4, OUT4, protocol, part)))


def _waiting(family: int, *, tracked: bool) -> Scenario:
    """A fragment, and the others of its packet when the time is up."""
    near, own = (NEAR4, OWN4) if family == 4 else (NEAR6, OWN6)
    one, two = (into("eth1", p) for p in cut(ip(near, own, 17, udp(200)), 104))
    rules = TRACKED if tracked else ["-A INPUT -p udp"]
    return scenario(family, one, "wait 2500ms", two, filter=rules)


_GRE = bytes(4) + bytes(20)
TIMES: dict[str, Effect] = {
    **{f"{NETFILTER}tcp_timeout_{n}": Effect("7", _tracked(*p)) for n, p in TCP.items()},
    **{f"{NETFILTER}sctp_timeout_{n}": Effect("7", _tracked(*p)) for n, p in SCTP.items()},
    f"{NETFILTER}udp_timeout": Effect("77", _answered(17, udp(20), udp(20, 53, 40000))),
    f"{NETFILTER}udp_timeout_stream": Effect(
        "77", _answered(17, udp(20), udp(20, 53, 40000), "wait 2500ms")
    ),
    f"{NETFILTER}icmp_timeout": Effect("77", _sent(1, echo(20, 4))),
    f"{NETFILTER}icmpv6_timeout": Effect(
        "77", _tracked(into("eth1", ip(NEAR6, OUT6, 58, echo(20, 6))), family=6)
    ),
    f"{NETFILTER}generic_timeout": Effect("77", _sent(99, bytes(20))),
    f"{NETFILTER}gre_timeout": Effect("77", _tracked(into("eth1", ip(NEAR4, OUT4, 47, _GRE)))),
    f"{NETFILTER}gre_timeout_stream": Effect("77", _answered(47, _GRE, _GRE)),
    f"{NETFILTER}frag6_timeout": Effect("1", _waiting(6, tracked=True)),
    f"{IPV6}ip6frag_time": Effect("1", _waiting(6, tracked=False)),
    f"{IPV4}ipfrag_time": Effect("1", _waiting(4, tracked=True)),
}  # fmt: skip

# ---- conntrack -------------------------------------------------------------------------------

RETRANS = f"sysctl {NETFILTER}tcp_timeout_max_retrans = 9\n"
_WRONG = bytearray(ip(NEAR4, OUT4, 17, udp(20)))
_WRONG[26] ^= 1
_OUTSIDE = (*OPENED, _there(ACK | 8, 1000 + (1 << 24), 5000, 6))
TRACKING: dict[str, Effect] = {
    f"{NETFILTER}acct": Effect("1", _tracked(*OPENED)),
    f"{NETFILTER}checksum": Effect("0", _tracked(into("eth1", bytes(_WRONG)))),
    f"{NETFILTER}max": Effect("1", _tracked(OPENED[0], into("eth1", ip(NEAR4, OUT4, 17, udp(20)))),
                              "the kernel counts the whole machine's"),
    f"{NETFILTER}tcp_be_liberal": Effect("1", _tracked(*_OUTSIDE)),
    f"{NETFILTER}tcp_ignore_invalid_rst": Effect("1", _tracked(*OPENED, _there(RST, 0xFFFEFFFF))),
    f"{NETFILTER}tcp_loose": Effect("0", _tracked(_there(ACK, 1000, 5000))),
    f"{NETFILTER}tcp_max_retrans": Effect(
        "1", replace(_tracked(*OPENED, DATA, DATA, DATA), host=ANSWER_HOST + RETRANS)
    ),
}  # fmt: skip

# ---- IPv4 ------------------------------------------------------------------------------------

QUERY4, QUERY6 = ip(NEAR4, OWN4, 17, udp(20)), ip(NEAR6, OWN6, 17, udp(20))
PING4, PING6 = ip(NEAR4, OWN4, 1, echo(20, 4)), ip(NEAR6, OWN6, 58, echo(20, 6))
FAR4, FAR6 = ip(NEAR4, OUT4, 17, udp(20)), ip(NEAR6, OUT6, 17, udp(20))
MARKED = ["-A PREROUTING -j MARK --set-mark 5"]
TURNED = "ip route add 192.0.2.0/24 via 10.1.1.77 dev eth1\n"
STRANGE = "ip route add 192.0.2.0/24 via 172.20.0.1 dev eth1 onlink\n"
TURN = ip(NEAR4, "192.0.2.9", 17, udp(20))
IPSEC = "verify --vm"
BY_HOST = "the host text is read with it"
ROUTE_BACK = ip("172.30.0.9", OWN4, 17, udp(20))
BRIDGED = BRIDGE_HOST + AT_VNET1
MACS = "src-mac 02:00:00:00:02:00 dst-mac 02:00:00:00:02:01"


def _bridged(family: int) -> Scenario:
    ends = ("10.1.1.10", "10.1.1.11") if family == 4 else ("2001:db8:1::10", "2001:db8:1::11")
    return Scenario(
        host=BRIDGED, rules=restored(family, {"filter": ["-A FORWARD -j DROP"]}),
        packets=into("vnet0", ip(*ends, 17, udp(20)), MACS) + "\n",
    )  # fmt: skip


def _arp(asked: str) -> Scenario:
    return Scenario(host=ANSWER_HOST, packets=f"in eth1 arp {asked}\n")


POLICY = "ip xfrm policy add dir in src 10.1.1.0/24 dst 10.1.1.0/24 action block\n"
POLICY_OUT = "ip xfrm policy add dir out src 10.1.1.0/24 dst 203.0.113.0/24 action block\n"
SECONDARY = "ip addr add 10.1.1.2/24 dev eth1\nip addr del 10.1.1.1/24 dev eth1\n"
LISTENS, NO_LISTENER = "listen tcp *:80\n", "the laboratory has no listeners"
SYN_SCALED = bytearray(ip(NEAR4, OWN4, 6, tcp(24)))
SYN_SCALED[32], SYN_SCALED[40:44] = 0x60, b"\1\3\3\7"
SYN_SCALED = sealed(bytes(SYN_SCALED[:36]) + bytes(2) + bytes(SYN_SCALED[38:]))
ARP_BRIDGED = Scenario(
    host=BRIDGED, rules="arptables -A FORWARD -j DROP\n",
    packets=f"in vnet0 arp request 10.1.1.10 -> 10.1.1.11 {MACS}\n",
)  # fmt: skip
SOURCE_ROUTED = ip(NEAR4, OWN4, 17, udp(20), options=b"\x83\x07\x04\x0a\x01\x01\x4d\0")
EARLY = tuple(cut(ip(NEAR4, OUT4, 6, tcp(200, ACK)), 8))
OPEN4: dict[str, Effect] = {
    "net.bridge.bridge-nf-call-iptables": Effect("0", _bridged(4)),
    "net.bridge.bridge-nf-call-ip6tables": Effect("0", _bridged(6)),
    f"{IPV4}conf.eth1.accept_local": Effect("1", _four(ip("203.0.113.1", OWN4, 17, udp(20)))),
    f"{IPV4}conf.all.drop_unicast_in_l2_multicast": Effect(
        "1", _four(QUERY4, macs="dst-mac ff:ff:ff:ff:ff:ff")
    ),
    f"{IPV4}conf.eth1.forwarding": Effect("0", _four(FAR4)),
    f"{IPV4}conf.eth1.route_localnet": Effect("1", _four(ip(NEAR4, "127.0.0.1", 17, udp(20)))),
    f"{IPV4}conf.eth1.rp_filter": Effect("1", _four(ip(OUT4, OWN4, 17, udp(20)))),
    f"{IPV4}conf.eth1.send_redirects": Effect(
        "0", _four(TURN, host=TURNED + f"sysctl {IPV4}conf.all.send_redirects = 0\n")
    ),
    f"{IPV4}conf.eth1.shared_media": Effect(
        "0", _four(TURN, host=STRANGE + f"sysctl {IPV4}conf.all.shared_media = 0\n")
    ),
    f"{IPV4}conf.eth1.src_valid_mark": Effect(
        "1", _four(QUERY4, host=f"sysctl {IPV4}conf.eth1.rp_filter = 1\n", mangle=MARKED)
    ),
    f"{IPV4}fwmark_reflect": Effect("1", _four(PING4, mangle=MARKED)),
    f"{IPV4}icmp_echo_ignore_all": Effect("1", _four(PING4)),
    f"{IPV4}icmp_echo_ignore_broadcasts": Effect(
        "0", _four(ip(NEAR4, "10.1.1.255", 1, echo(20, 4)), macs="dst-mac ff:ff:ff:ff:ff:ff")
    ),
    f"{IPV4}icmp_errors_use_inbound_ifaddr": Effect(
        "1", _four(ip(NEAR4, "172.16.1.9", 17, udp(20)),
                   host="ip rule add iif lo lookup 100 priority 99\n")),
    f"{IPV4}icmp_ratelimit": Effect("0", _four(*(QUERY4,) * 8)),
    f"{IPV4}icmp_ratemask": Effect("0", _four(*(QUERY4,) * 8)),
    f"{IPV4}ip_default_ttl": Effect("33", _four(PING4)),
    f"{IPV4}ip_forward": Effect("0", _four(FAR4)),
    f"{IPV4}tcp_early_demux": Effect("0", _four(*EARLY, filter=TRACKED)),
    f"{IPV4}ip_early_demux": Effect("0", _four(*EARLY, filter=TRACKED)),
    f"{IPV4}conf.all.accept_source_route": Effect(
        "1", _four(SOURCE_ROUTED), "what a source route leads to is not modelled"
    ),
    f"{IPV4}conf.eth1.arp_ignore": Effect("1", _arp(f"request {NEAR4} -> 203.0.113.1")),
    f"{IPV4}conf.eth1.disable_policy": Effect("1", _four(QUERY4, host=POLICY), IPSEC),
    f"{IPV4}conf.eth0.disable_xfrm": Effect("1", _four(FAR4, host=POLICY_OUT), IPSEC),
    f"{IPV4}conf.all.promote_secondaries": Effect(
        "1", _four(ip(NEAR4, "10.1.1.2", 17, udp(20)), host=SECONDARY), BY_HOST, True
    ),
    f"{IPV4}tcp_rmem": Effect("4096 65536 100000", _four(SYN_SCALED, host=LISTENS), NO_LISTENER),
    "net.core.rmem_max": Effect("200000000", _four(SYN_SCALED, host=LISTENS), NO_LISTENER),
    "net.bridge.bridge-nf-call-arptables": Effect("0", ARP_BRIDGED, "bridge/arptables_off"),
    f"{IPV4}conf.eth1.drop_gratuitous_arp": Effect("1", _arp(f"request {OWN4} -> {OWN4}")),
}  # fmt: skip

# ---- IPv6 ------------------------------------------------------------------------------------


def _options(*kinds: int) -> bytes:
    body = b"".join(bytes((kind, 2, 0, 0)) for kind in kinds)
    body += b"\1\4\0\0\0\0" if len(body) % 8 == 0 else b"\1\0"[: 6 - len(body) % 8]
    return body


def _headed(kind: int, options: bytes) -> bytes:
    """Options that are passed over, before UDP."""
    size = (len(options) + 2) // 8 - 1
    return ip(NEAR6, OWN6, kind, bytes((17, size)) + options + QUERY6[40:])


MORE_OPTIONS = b"\x1e\0\x1e\0\x1e\0" + b"\1\6" + bytes(6)
ANYCAST = "2001:db8:1::"
ASK = bytearray(ip(NEAR6, OWN6, 58, SOLICITATION + IPv6Address(OWN6).packed + MAC, ttl=255))
ASK_IN_FRAGMENT = ip(
    NEAR6, OWN6, 44, bytes((58, 0, 0, 0, 0, 0, 0, 9)) + bytes(ASK)[40:], ttl=255
)  # fmt: skip
DOWN = "ip link set eth2 down\nip link set eth2 up\n"
TEMPORARY = """2: eth9: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP
    inet6 2001:db8:9:9::abcd/64 scope global temporary
    inet6 2001:db8:9:9::1/64 scope global
"""
MASQUERADED = restored(6, {"nat": ["-A POSTROUTING -j MASQUERADE"]})
LOCAL6 = f'local hex "{ip("2001:db8:9:9::1", "2001:db8:9:9::77", 17, udp(20)).hex()}"\n'
SLOW = f"sysctl {IPV6}icmp.ratelimit = 60000\n"
OPEN6: dict[str, Effect] = {
    f"{IPV6}anycast_src_echo_reply": Effect("1", _six(ip(NEAR6, ANYCAST, 58, echo(20, 6)))),
    f"{IPV6}conf.eth1.disable_ipv6": Effect("1", _six(QUERY6), "its addresses are gone"),
    f"{IPV6}conf.eth1.drop_unicast_in_l2_multicast": Effect("1", _six(QUERY6, macs=TO_MANY)),
    f"{IPV6}conf.eth1.force_forwarding": Effect(
        "1", _six(FAR6, host=f"sysctl {IPV6}conf.all.forwarding = 0\n")
    ),
    f"{IPV6}conf.eth1.force_tllao": Effect("1", _six(bytes(ASK))),
    f"{IPV6}conf.eth1.forwarding": Effect("0", _six(bytes(ASK))),
    f"{IPV6}conf.eth1.hop_limit": Effect("9", _six(PING6)),
    f"{IPV6}conf.eth0.mtu": Effect(
        "1280", _six(ip(NEAR6, OUT6, 17, udp(1250))), "a device that gets its carrier forgets it"
    ),
    f"{IPV6}conf.eth2.keep_addr_on_down": Effect(
        "1", _six(ip(NEAR6, "2001:db8:5::1", 17, udp(20)), host=DOWN), BY_HOST, True
    ),
    f"{IPV6}conf.eth9.use_tempaddr": Effect(
        "2", Scenario(host=TEMPORARY, rules=MASQUERADED, packets=LOCAL6), "they are drawn"
    ),
    f"{IPV6}conf.eth1.suppress_frag_ndisc": Effect("0", _six(ASK_IN_FRAGMENT)),
    f"{IPV6}conf.eth1.use_oif_addrs_only": Effect(
        "1", _six(ip("2001:db8:9::1", "2001:db8:ff::1", 17, udp(20)))
    ),
    f"{IPV6}fwmark_reflect": Effect("1", _six(PING6, mangle=MARKED)),
    f"{IPV6}icmp.echo_ignore_all": Effect("1", _six(PING6)),
    f"{IPV6}icmp.echo_ignore_anycast": Effect("1", _six(ip(NEAR6, ANYCAST, 58, echo(20, 6)))),
    f"{IPV6}icmp.echo_ignore_multicast": Effect("1", _six(ip(NEAR6, "ff02::1", 58, echo(20, 6)))),
    f"{IPV6}icmp.error_anycast_as_unicast": Effect("1", _six(ip(ANYCAST, OWN6, 17, udp(20)))),
    f"{IPV6}icmp.ratelimit": Effect("0", _six(*(QUERY6,) * 8, host=SLOW)),
    f"{IPV6}icmp.ratemask": Effect("3-127", _six(*(QUERY6,) * 8, host=SLOW)),
    f"{IPV6}max_dst_opts_length": Effect("8", _six(_headed(60, MORE_OPTIONS))),
    f"{IPV6}max_dst_opts_number": Effect("2", _six(_headed(60, MORE_OPTIONS))),
    f"{IPV6}max_hbh_length": Effect("8", _six(_headed(0, MORE_OPTIONS))),
    f"{IPV6}max_hbh_opts_number": Effect("2", _six(_headed(0, MORE_OPTIONS))),
}  # fmt: skip
EFFECTS = {**TIMES, **TRACKING, **OPEN4, **OPEN6}
