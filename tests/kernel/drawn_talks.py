"""Conversations and bridges drawn at random by a number; asked like those of ``drawn``.

A conversation goes on by what was sent before: sequence numbers, windows and options as a real
pair of ends would use them, and now and then what no real end would send. NAT and conntrack's
settings change it, errors come back about it, FTP announces other connections in it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sim.model.scenario import Scenario
from tests.kernel.siblings import AT_VNET1, BRIDGE_HOST, cut, echo, into, ip, restored, udp

T = TypeVar("T")
FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
ENDS = {4: ("10.1.1.10", "203.0.113.9"), 6: ("2001:db8:1::10", "2001:db8:9::9")}
OWN = {4: ("10.1.1.1", "203.0.113.1"), 6: ("2001:db8:1::1", "2001:db8:9::1")}
HOST = """
interface eth0 203.0.113.1/24 203.0.113.8/24 2001:db8:9::1/64 mac 02:00:00:00:01:00
interface eth1 10.1.1.1/24 2001:db8:1::1/64 mac 02:00:00:00:01:01
interface eth2 198.51.100.1/24 2001:db8:5::1/64 mac 02:00:00:00:01:02
neighbour 203.0.113.9 dev eth0 lladdr 02:00:00:00:02:00
neighbour 10.1.1.10 dev eth1 lladdr 02:00:00:00:02:01
neighbour 10.1.1.20 dev eth1 lladdr 02:00:00:00:02:05
neighbour 198.51.100.254 dev eth2 lladdr 02:00:00:00:02:02
neighbour 2001:db8:9::9 dev eth0 lladdr 02:00:00:00:02:00
neighbour 2001:db8:1::10 dev eth1 lladdr 02:00:00:00:02:01
neighbour 2001:db8:1::20 dev eth1 lladdr 02:00:00:00:02:05
neighbour 2001:db8:5::254 dev eth2 lladdr 02:00:00:00:02:02
sysctl net.ipv4.ip_forward = 1
sysctl net.ipv6.conf.all.forwarding = 1
sysctl net.ipv6.auto_flowlabels = 0
sysctl net.ipv4.conf.all.rp_filter = 0
sysctl net.ipv4.icmp_ratelimit = 0
sysctl net.ipv6.icmp.ratelimit = 0
"""
# A redirect is sent again after 20 ms, which the kernel needs between two lines and we do not;
# and the laboratory knows all neighbours from the start, whose MACs redirects then tell.
QUIET = """
sysctl net.ipv4.conf.all.send_redirects = 0
sysctl net.ipv4.conf.default.send_redirects = 0
sysctl net.ipv4.conf.br0.send_redirects = 0
sysctl net.ipv4.conf.eth0.send_redirects = 0
sysctl net.ipv4.conf.eth1.send_redirects = 0
neighbour 2001:db8:9::77 dev eth0 lladdr 02:00:00:00:02:0a
neighbour 2001:db8:9:0:1::10 dev eth0 lladdr 02:00:00:00:02:0b
neighbour fe80::77 dev eth0 lladdr 02:00:00:00:02:0c
"""
SETTINGS = (
    "nf_conntrack_tcp_loose = 0", "nf_conntrack_tcp_be_liberal = 1", "nf_conntrack_acct = 1",
    "nf_conntrack_tcp_max_retrans = 1", "nf_conntrack_tcp_ignore_invalid_rst = 1",
    "nf_conntrack_tcp_timeout_established = 900", "nf_conntrack_tcp_timeout_syn_recv = 31",
    "nf_conntrack_tcp_timeout_syn_sent = 41", "nf_conntrack_tcp_timeout_fin_wait = 51",
    "nf_conntrack_tcp_timeout_close_wait = 61", "nf_conntrack_tcp_timeout_last_ack = 71",
    "nf_conntrack_tcp_timeout_time_wait = 81", "nf_conntrack_tcp_timeout_close = 91",
    "nf_conntrack_tcp_timeout_max_retrans = 25", "nf_conntrack_tcp_timeout_unacknowledged = 26",
    "nf_conntrack_udp_timeout = 33", "nf_conntrack_udp_timeout_stream = 44",
    "nf_conntrack_icmp_timeout = 17", "nf_conntrack_icmpv6_timeout = 18",
    "nf_conntrack_generic_timeout = 99", "nf_conntrack_sctp_timeout_cookie_wait = 5",
    "nf_conntrack_checksum = 0", "nf_conntrack_gre_timeout = 19",
)  # fmt: skip
STATES = ("INVALID", "NEW", "ESTABLISHED", "RELATED", "SNAT", "DNAT")


@dataclass
class End:
    """One end of a TCP connection: its next number, what it heard, its window and scale."""

    next: int
    heard: int = 0
    window: int = 64240
    scale: int = 0


@dataclass
class Talker:
    """One scenario in the making."""

    random: random.Random
    family: int
    ports: tuple[int, int] = (40000, 80)
    lines: list[str] = field(default_factory=list)
    packets: list[tuple[str, bytes]] = field(default_factory=list)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def pick(self, things: Sequence[T]) -> T:
        return self.random.choice(things)

    def far(self) -> tuple[str, str]:
        """The two addresses as the first end names them."""
        return self.here, self.there

    here: str = ""
    there: str = ""

    # ---- sending -----------------------------------------------------------------------------

    def send(self, device: str, packet: bytes) -> None:
        self.packets.append((device, packet))
        self.lines.append(into(device, packet))

    def ask(self, protocol: int, part: bytes, **more: int) -> None:
        self.send("eth1", ip(self.here, self.there, protocol, part, **more))

    def reply(self, protocol: int, part: bytes, ports: bool = True) -> None:
        """By the line language, which finds the answer's addresses after NAT: not as bytes."""
        source, target = self.answer_ends()
        self.send("eth0", ip(source, target, protocol, part))

    def answer_ends(self) -> tuple[str, str]:
        return self.answers

    answers: tuple[str, str] = ("", "")


def _segment(ports: tuple[int, int], flags: int, seq: int, ack: int, window: int,
             options: bytes = b"", data: bytes = b"", reserved: int = 0) -> bytes:  # fmt: skip
    head = ports[0].to_bytes(2, "big") + ports[1].to_bytes(2, "big")
    head += (seq & 0xFFFFFFFF).to_bytes(4, "big") + (ack & 0xFFFFFFFF).to_bytes(4, "big")
    head += bytes(((20 + len(options)) // 4 << 4 | reserved, flags))
    head += min(window, 65535).to_bytes(2, "big") + bytes(4)
    return head + options + data


def _syn_options(talker: Talker) -> tuple[bytes, int]:
    scale = talker.pick((0, 0, 2, 7, 14))
    options = b"\2\4\5\xb4"
    if talker.chance(0.5):
        options += b"\4\2\1\1"
    if scale or talker.chance(0.2):
        options += b"\1\3\3" + bytes((scale,))
        return options, scale
    return options, 0


def _tcp(talker: Talker) -> None:
    """Segments of a connection: mostly in order, and some that are not."""
    ends = [End(talker.pick((1000, 0xFFFFFF00, 0x7FFFFFF0))), End(talker.pick((5000, 0xFFFFFFF0)))]
    plan = ["syn", "synack", "ack"] if talker.chance(0.8) else talker.pick(
        (["synack", "ack"], ["data"], ["syn", "ack"], ["syn", "syn", "synack"], ["data", "ack"],
         ["syn", "synsyn", "synack", "ack"], ["syn", "rst"])
    )  # fmt: skip
    extra = ("data", "data", "back", "back", "ack", "ackback", "fin", "finback", "rst", "rstback",
             "old", "new", "badack", "syn", "keep", "bigwin", "zerowin", "null", "urg", "sack",
             "synack", "repeat")  # fmt: skip
    plan += [talker.pick(extra) for _ in range(talker.pick((1, 2, 4, 6)))]
    for what in plan:
        _say(talker, ends, what)


def _say(talker: Talker, ends: list[End], what: str) -> None:
    back = what.endswith("back") or what in ("synack", "synsyn")
    if what in ("old", "new", "badack", "keep", "bigwin", "zerowin", "null", "sack"):
        back = talker.chance(0.5)
    me, other = (ends[1], ends[0]) if back else (ends[0], ends[1])
    flags, seq, ack, options, data = ACK, me.next, me.heard, b"", b""
    window = me.window
    if what in ("syn", "synsyn"):
        flags, ack = SYN, 0
        options, me.scale = _syn_options(talker)
    elif what == "synack":
        flags, ack = SYN | ACK, other.next
        me.heard = other.next
        options, me.scale = _syn_options(talker)
    elif what in ("data", "back", "urg"):
        flags |= PSH | (URG if what == "urg" else 0)
        data = b"q" * talker.pick((1, 20, 500))
    elif what in ("fin", "finback"):
        flags |= FIN
    elif what in ("rst", "rstback"):
        flags = talker.pick((RST, RST | ACK))
        seq += talker.pick((0, 0, 0, 5, -5, 100000))
    elif what == "old":
        seq -= talker.pick((1, 10, 70000))
        data = b"q" * talker.pick((0, 5))
    elif what == "new":
        seq += talker.pick((1, 1000, 64240, 70000, 1 << 25))
        data = b"q" * 5
    elif what == "badack":
        ack += talker.pick((1, 1000, 70000, -70000))
    elif what == "keep":
        seq -= 1
    elif what == "bigwin":
        window = 65535
    elif what == "zerowin":
        window = 0
    elif what == "null":
        flags = talker.pick((0, FIN, URG, SYN | FIN, PSH, RST | SYN, FIN | RST | ACK, 63))
    elif what == "sack":
        edge = (ack + 100) & 0xFFFFFFFF
        options = (
            b"\1\1\5\12" + edge.to_bytes(4, "big") + (edge + 50 & 0xFFFFFFFF).to_bytes(4, "big")
        )
    elif what == "repeat" and talker.packets:
        talker.send(*talker.packets[-1])
        return
    ports = talker.ports[::-1] if back else talker.ports
    part = _segment(ports, flags, seq, ack, window, options, data)
    if back:
        talker.reply(6, part)
    else:
        talker.ask(6, part)
    me.window = window
    if seq == me.next:
        me.next += len(data) + bool(flags & (SYN | FIN))
        other.heard = me.next
    if flags & ACK:
        me.heard = max(me.heard, ack)


def _udp(talker: Talker) -> None:
    for _ in range(talker.pick((2, 3, 4, 5))):
        if talker.chance(0.5):
            talker.ask(17, udp(talker.pick((8, 20, 300)), *talker.ports))
        else:
            talker.reply(17, udp(20, *talker.ports[::-1]))
        if talker.chance(0.15):
            talker.lines.append("wait 700ms")
        if talker.chance(0.1):
            talker.lines.append("wait 2300ms")


def _ping(talker: Talker) -> None:
    protocol, back = (1, 0) if talker.family == 4 else (58, 129)
    kind = talker.pick((8, 8, 13, 17)) if talker.family == 4 else 128
    answer = {8: 0, 13: 14, 17: 18, 128: back}[kind]
    for _ in range(talker.pick((2, 3, 4))):
        part = bytearray(echo(40, talker.family, kind))
        if talker.chance(0.5):
            part[0] = answer
            talker.reply(protocol, bytes(part))
        else:
            talker.ask(protocol, bytes(part))


CHUNKS = {
    "init": b"\1\0\0\x14" + b"\0\0\0\7" + bytes(12),
    "init ack": b"\2\0\0\x14" + b"\0\0\0\x09" + bytes(12),
    "cookie echo": b"\x0a\0\0\4", "cookie ack": b"\x0b\0\0\4",
    "shutdown": b"\7\0\0\x08" + bytes(4), "abort": b"\6\0\0\4",
    "data": b"\0\3\0\x10" + bytes(12), "heartbeat": b"\4\0\0\4",
    "heartbeat ack": b"\5\0\0\4", "shutdown ack": b"\x08\0\0\4",
    "shutdown complete": b"\x0e\0\0\4",
}  # fmt: skip


def _others(talker: Talker) -> None:
    """Protocols without ports of their own, SCTP's chunks, GRE with and without a call."""
    protocol = talker.pick((132, 132, 47, 50, 99, 136, 33))
    order = ["init", "init ack", "cookie echo", "cookie ack"]
    for number in range(talker.pick((2, 4, 6))):
        back = bool(number % 2) if talker.chance(0.8) else talker.chance(0.5)
        ports = talker.ports[::-1] if back else talker.ports
        if protocol == 132:
            name = order[number] if number < 4 and talker.chance(0.8) else talker.pick(list(CHUNKS))
            tag = 0 if name == "init" else (7 if back else 9)
            if talker.chance(0.08):
                tag += 1
            head = ports[0].to_bytes(2, "big") + ports[1].to_bytes(2, "big")
            part = head + tag.to_bytes(4, "big") + bytes(4) + CHUNKS[name]
            part = part[:8] + _crc32c(part).to_bytes(4, "little") + part[12:]
        elif protocol == 47:
            part = talker.pick(
                (
                    bytes((0x30, 1, 0x88, 0x0B, 0, 0, 0, 5)) + bytes(8),
                    bytes((0, 0, 8, 0)) + bytes(20),
                )
            )
        else:
            part = udp(20, *ports) if protocol == 136 else bytes(range(24))
        if back:
            talker.reply(protocol, part)
        else:
            talker.ask(protocol, part)


def _crc32c(data: bytes) -> int:
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def _error(talker: Talker) -> None:
    """Somebody on the way, or an end, says that a packet did not arrive."""
    if not talker.packets:
        return
    device, about = talker.pick(talker.packets)
    start = 20 if talker.family == 4 else 40
    to = about[12:16] if talker.family == 4 else about[8:24]
    from ipaddress import ip_address

    target = str(ip_address(to))
    kinds = ((3, 1), (3, 3), (3, 4), (11, 0), (12, 0), (5, 1), (4, 0)) if talker.family == 4 else (
        (1, 0), (1, 4), (2, 0), (3, 0), (4, 0))  # fmt: skip
    type, code = talker.pick(kinds)
    quoted = about[: start + talker.pick((8, 8, 28, 64, 4))]
    head = bytes((type, code, 0, 0)) + (1280).to_bytes(4, "big")
    by = talker.pick(({4: "198.51.100.254", 6: "2001:db8:5::254"}[talker.family], talker.there))
    other = talker.pick(("eth0", "eth1", "eth2", "eth0" if device == "eth1" else "eth1"))
    protocol = 1 if talker.family == 4 else 58
    talker.send(other, ip(by, target, protocol, head + quoted))


def _nat(talker: Talker) -> tuple[list[str], tuple[str, str]]:
    """Rules that change addresses, and the ends as the far side then sees them."""
    here, there = talker.here, talker.there
    family, rules = talker.family, []
    own = OWN[family]
    bracket = "[{}]:{}" if family == 6 else "{}:{}"
    port = talker.ports[1]
    choice = talker.pick(("", "", "masq", "snat", "dnat", "both", "ports", "netmap", "redirect"))
    if choice in ("masq", "both"):
        rules.append("-A POSTROUTING -o eth0 -j MASQUERADE")
        here = own[1]
    elif choice == "snat":
        here = "203.0.113.77" if family == 4 else "2001:db8:9::77"
        rules.append(f"-A POSTROUTING -o eth0 -j SNAT --to-source {here}")
    elif choice == "netmap":
        net = "203.0.113.0/24" if family == 4 else "2001:db8:9:0:1::/80"
        rules.append(f"-A POSTROUTING -o eth0 -j NETMAP --to {net}")
        here = "203.0.113.10" if family == 4 else "2001:db8:9:0:1::10"
    if choice in ("dnat", "both", "ports"):
        asked = talker.pick((own[0], "192.0.2.5" if family == 4 else "2001:db8:b::5"))
        to = bracket.format(there, port + 8000) if choice == "ports" else there
        match = "-p tcp " if choice == "ports" else ""
        rules.append(f"-A PREROUTING -i eth1 -d {asked} {match}-j DNAT --to-destination {to}")
        talker.there = asked
    elif choice == "redirect":
        rules.append("-A PREROUTING -i eth1 -p udp -j REDIRECT --to-ports 777")
    return rules, (there, here)


def talk(seed: int) -> Scenario:
    """One conversation; the same for the same number."""
    rng = random.Random(f"talk {seed}")
    talker = Talker(rng, rng.choice((4, 4, 6)))
    talker.here, talker.there = ENDS[talker.family]
    tables: dict[str, list[str]] = {}
    nat, talker.answers = _nat(talker)
    if nat:
        tables["nat"] = nat
    observed = [f"-A {chain} -m conntrack --ctstate {talker.pick(STATES)}"
                for chain in ("FORWARD", "INPUT", "OUTPUT")]  # fmt: skip
    if talker.chance(0.3):
        observed.insert(0, "-A FORWARD -m conntrack --ctstate INVALID -j DROP")
    if talker.chance(0.15):
        flags = talker.pick(("PSH,ACK", "FIN,ACK", "RST"))
        how = talker.pick(("", " --reject-with tcp-reset"))
        observed.append(f"-A FORWARD -p tcp -m tcp --tcp-flags ALL {flags} -j REJECT{how}")
    if talker.chance(0.1):
        observed.append(
            "-A FORWARD -m connbytes --connbytes 100: --connbytes-dir both --connbytes-mode bytes"
        )
    tables["filter"] = observed
    if talker.chance(0.25):
        tables["mangle"] = [talker.pick((
            "-A FORWARD -j CONNMARK --save-mark", "-A PREROUTING -j CONNMARK --set-mark 7",
            "-A FORWARD -p tcp --syn -j TCPMSS --set-mss 600",
            "-A PREROUTING -m connmark --mark 7 -j DROP",
            "-A FORWARD -j TOS --set-tos 0x10",
            f"-A FORWARD -j {'HL --hl-dec 1' if talker.family == 6 else 'TTL --ttl-dec 1'}",
        ))]  # fmt: skip
    if talker.chance(0.15):
        tables["raw"] = [talker.pick((
            "-A PREROUTING -i eth0 -j NOTRACK", "-A PREROUTING -i eth1 -j CT --zone 3",
            "-A PREROUTING -j CT --zone 3", "-A PREROUTING -j CT --zone-orig 3",
            "-A PREROUTING -p tcp --dport 80 -j NOTRACK"))]  # fmt: skip
    kind = talker.pick((_tcp, _tcp, _tcp, _tcp, _udp, _ping, _others))
    kind(talker)
    for _ in range(talker.pick((0, 0, 1, 2))):
        _error(talker)
        if talker.chance(0.5):
            kind(talker)
    host = HOST + QUIET.replace("sysctl net.ipv4.conf.br0.send_redirects = 0\n", "")
    for _ in range(talker.pick((0, 0, 1, 2, 3))):
        host += f"sysctl net.netfilter.{talker.pick(SETTINGS)}\n"
    packets = "\n".join(talker.lines[:16]) + "\n"
    rules = restored(talker.family, tables)
    return Scenario(title=f"talk {seed}", host=host, rules=rules, packets=packets)


# ---- bridges -------------------------------------------------------------------------------

BRIDGED = {
    4: ("10.1.1.10", "10.1.1.11", "10.1.1.12", "10.1.1.1", "203.0.113.9", "203.0.113.1",
        "10.1.1.44", "10.1.1.255", "255.255.255.255", "224.0.0.1", "239.1.2.3", "172.16.9.9",
        "127.0.0.1", "0.0.0.0"),
    6: ("2001:db8:1::10", "2001:db8:1::11", "2001:db8:1::12", "2001:db8:1::1", "2001:db8:9::9",
        "2001:db8:9::1", "2001:db8:1::44", "ff02::1", "ff0e::7", "2001:db8:1::", "2001:db8:ff::9",
        "fe80::77",
        "ff02::2"),
}  # fmt: skip
MACS = ("02:00:00:00:02:01", "02:00:00:00:02:01", "02:00:00:00:02:02", "02:00:00:00:02:00",
        "02:00:00:00:03:01", "02:00:00:00:03:01", "02:00:00:00:02:44", "ff:ff:ff:ff:ff:ff",
        "01:00:5e:01:02:03", "33:33:00:00:00:01", "02:00:00:00:01:01")  # fmt: skip
PORTS = ("vnet0", "vnet1", "vnet2")
BRIDGE_MATCHES = ("", "", "", "-p udp", "-p tcp", "-m physdev --physdev-in vnet0",
                  "-m physdev --physdev-is-bridged", "-m physdev --physdev-out vnet1",
                  "-m conntrack --ctstate INVALID", "-m conntrack --ctstate NEW", "-i br0",
                  "-m pkttype --pkt-type unicast", "-m pkttype --pkt-type multicast",
                  "-m conntrack --ctstate ESTABLISHED", "-m length --length 200:")  # fmt: skip
BRIDGE_SETTINGS = (
    "net.bridge.bridge-nf-call-iptables = 0", "net.bridge.bridge-nf-call-ip6tables = 0",
    "net.ipv4.ip_forward = 0", "net.ipv6.conf.all.forwarding = 0",
    "net.ipv4.conf.br0.rp_filter = 1", "net.ipv4.conf.br0.accept_local = 1",
    "net.ipv4.conf.br0.route_localnet = 1", "net.ipv4.icmp_echo_ignore_broadcasts = 0",
    "net.ipv4.conf.all.drop_unicast_in_l2_multicast = 1", "net.ipv6.conf.br0.hop_limit = 9",
    "net.ipv4.icmp_errors_use_inbound_ifaddr = 1", "net.netfilter.nf_conntrack_checksum = 0",
)  # fmt: skip


def bridge(seed: int) -> Scenario:
    """One scenario of a bridge with three ports and a routed device."""
    rng = random.Random(f"bridge {seed}")
    family = rng.choice((4, 6))
    host = BRIDGE_HOST.replace(" mtu 1300", rng.choice((" mtu 1300", "", "", " mtu 1400")))
    host += rng.choice((AT_VNET1, AT_VNET1, ""))
    host += rng.choice(("fdb 02:00:00:00:02:02 dev vnet2\n", ""))
    host += rng.choice(("", "", "ip link set br0 mtu 1500\n", "ip link set br0 mtu 1280\n"))
    host += QUIET.replace("sysctl net.ipv4.conf.eth1.send_redirects = 0\n", "")
    host += "neighbour fe80::77 dev br0 lladdr 02:00:00:00:02:0c\n"
    host += "sysctl net.ipv4.icmp_ratelimit = 0\nsysctl net.ipv6.icmp.ratelimit = 0\n"
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        host += f"sysctl {rng.choice(BRIDGE_SETTINGS)}\n"
    tables: dict[str, list[str]] = {}
    for table, share in (("raw", 0.15), ("mangle", 0.3), ("nat", 0.4), ("filter", 0.9)):
        if rng.random() < share:
            tables[table] = [_bridge_rule(rng, table, family) for _ in range(rng.choice((1, 2, 3)))]
    lines = []
    for _ in range(rng.choice((2, 3, 4, 5))):
        lines += _bridged(rng, family)
    return Scenario(title=f"bridge {seed}", host=host, rules=restored(family, tables),
                    packets="\n".join(lines) + "\n")  # fmt: skip


def _bridge_rule(rng: random.Random, table: str, family: int) -> str:
    chains = {"raw": ("PREROUTING",), "mangle": ("PREROUTING", "FORWARD", "POSTROUTING", "INPUT"),
              "nat": ("PREROUTING", "PREROUTING", "POSTROUTING"),
              "filter": ("FORWARD", "INPUT", "OUTPUT")}  # fmt: skip
    chain = rng.choice(chains[table])
    match = rng.choice(BRIDGE_MATCHES)
    if table == "raw" and "ctstate" in match:
        match = ""
    if "physdev-out" in match and chain not in ("FORWARD", "POSTROUTING"):
        match = ""
    if match == "-i br0" and chain in ("OUTPUT", "POSTROUTING"):
        match = "-o br0"
    near, far, third, own, out, *_ = BRIDGED[family]
    hop = "HL --hl-dec 1" if family == 6 else "TTL --ttl-dec 1"
    targets = {
        "raw": ("NOTRACK", "CT --zone 3"),
        "mangle": ("MARK --set-mark 5", hop, "DROP", "TOS --set-tos 0x10"),
        "filter": ("DROP", "REJECT", "REJECT", "ACCEPT", "", ""),
        "nat": (f"DNAT --to-destination {rng.choice((far, third, own, out, near))}",),
    }  # fmt: skip
    target = rng.choice(targets[table])
    if table == "nat" and chain == "POSTROUTING":
        target = rng.choice(("MASQUERADE", f"SNAT --to-source {near[:-2]}77"))
    elif table == "nat" and rng.random() < 0.25:
        target = "REDIRECT"
    if match == "-p tcp" and target == "REJECT" and rng.random() < 0.6:
        target += " --reject-with tcp-reset"
    jump = f"-j {target}" if target else ""
    return f"-A {chain} {match} {jump}".replace("  ", " ").strip()


def _bridged(rng: random.Random, family: int) -> list[str]:
    iface = rng.choice(("vnet0", "vnet0", "vnet1", "vnet2", "eth0"))
    ends = BRIDGED[family]
    source = ends[PORTS.index(iface)] if iface in PORTS else ends[4]
    if rng.random() < 0.12:
        source = rng.choice(ends)
    target = rng.choice((*ends, *ends[:7], *ends[:7]))
    own = {"vnet0": "02:00:00:00:02:00", "vnet1": "02:00:00:00:02:01", "vnet2": "02:00:00:00:02:02"}
    macs = f"src-mac {own.get(iface, '02:00:00:00:02:03')}"
    if iface in PORTS:
        to = rng.choice(MACS)
        if target.startswith("ff"):
            to = "33:33:00:00:00:01"
        macs += f" dst-mac {to}"
    size = rng.choice((20, 40, 60, 1240, 1260, 1272, 1280, 1300, 1380, 1400))
    if rng.random() < 0.5:
        part, protocol = udp(size), 17
    elif rng.random() < 0.5:
        flags = rng.choice((SYN, ACK, SYN | ACK, RST, FIN | ACK))
        part, protocol = _segment((40000, 80), flags, 1000, 0, 64240, b"", b"q" * (size - 20)), 6
    else:
        part, protocol = echo(max(size, 8), family), 1 if family == 4 else 58
    ttl = rng.choice((64, 64, 64, 64, 1, 2))
    packet = ip(source, target, protocol, part, ttl=ttl, df=rng.random() < 0.4)
    if rng.random() < 0.2:
        pieces = cut(packet, rng.choice((8, 400, 640, 1208, 1240, 1256)), df=rng.random() < 0.2)
        if rng.random() < 0.2:
            pieces.reverse()
        return [into(iface, piece, macs) for piece in pieces]
    most = 1300 if iface == "vnet1" else 1500
    return [into(iface, packet, macs)] if len(packet) <= most else []
