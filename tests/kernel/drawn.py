"""Scenarios drawn at random by a number, IPv6's own ways above all; nothing is ``verify``'s.

Hosts with every kind of address, routes that refuse, settings; packets as bytes with extension
headers, fragments and options in every place, neighbour discovery, groups, anycast addresses,
errors about what was sent before, and replies to it.

    python -m tests.kernel.drawn KIND FIRST COUNT      (root; KIND: one of ``KINDS``)
"""

from __future__ import annotations

import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from pathlib import Path
from typing import TypeVar

from sim.model.scenario import Scenario
from sim.packet.packet import sealed
from tests.kernel.drawn_frames import frames
from tests.kernel.drawn_helped import helped
from tests.kernel.drawn_rules import late, local, rules4, rules6
from tests.kernel.drawn_talks import bridge, talk
from tests.kernel.siblings import cut, echo, into, restored, tcp, udp

T = TypeVar("T")
HOP, ROUTING, FRAGMENT, AUTH, NOTHING, OPTIONS = 0, 43, 44, 51, 59, 60
TCP, UDP, ICMPV6 = 6, 17, 58
DEVICES = ("eth0", "eth1", "eth2")
ERRORS = ((1, 0), (1, 1), (1, 3), (1, 4), (2, 0), (3, 0), (3, 1), (4, 0), (4, 1), (4, 2))
GROUPS = ("ff02::1", "ff02::2", "ff01::1", "ff05::2", "ff05::1", "ff0e::7", "ff02::9",
          "ff02::1:ff00:1", "ff02::1:ff00:0", "ff02::1:ff00:10")  # fmt: skip
REJECTS = ("icmp6-no-route", "icmp6-adm-prohibited", "icmp6-addr-unreachable",
           "icmp6-port-unreachable", "icmp6-policy-fail", "icmp6-reject-route")  # fmt: skip
SETTINGS = (
    "net.ipv6.conf.{dev}.hop_limit = 7", "net.ipv6.conf.{dev}.forwarding = 0",
    "net.ipv6.conf.{dev}.forwarding = 1", "net.ipv6.icmp.echo_ignore_multicast = 1",
    "net.ipv6.icmp.echo_ignore_anycast = 1", "net.ipv6.icmp.echo_ignore_all = 1",
    "net.ipv6.anycast_src_echo_reply = 1", "net.ipv6.icmp.error_anycast_as_unicast = 1",
    "net.ipv6.fwmark_reflect = 1", "net.ipv6.conf.{dev}.suppress_frag_ndisc = 0",
    "net.ipv6.conf.{dev}.force_tllao = 1", "net.ipv6.conf.{dev}.use_oif_addrs_only = 1",
    "net.ipv6.conf.all.use_oif_addrs_only = 1", "net.ipv6.conf.{dev}.force_forwarding = 1",
    "net.ipv6.conf.{dev}.drop_unicast_in_l2_multicast = 1",
    "net.ipv6.conf.{dev}.accept_source_route = 1", "net.ipv6.max_hbh_length = 12",
    "net.ipv6.max_dst_opts_length = 12", "net.ipv6.max_hbh_opts_number = 1",
    "net.netfilter.nf_conntrack_checksum = 0", "net.netfilter.nf_conntrack_udp_timeout = 44",
    "net.netfilter.nf_conntrack_icmpv6_timeout = 21", "net.ipv6.icmp.ratemask = 0-3",
)  # fmt: skip
MATCHES = (
    "", "", "", "", "-p udp", "-p tcp", "-p icmpv6", "-m conntrack --ctstate INVALID",
    "-m conntrack --ctstate RELATED", "-m conntrack --ctstate UNTRACKED",
    "-m conntrack --ctstate ESTABLISHED", "-m conntrack --ctstate NEW", "-m frag --fragfirst",
    "-m frag --fraglast", "-m hbh", "-m dst", "-m rt", "-m ipv6header --header frag --soft",
    "-m ipv6header --header dst", "-p icmpv6 --icmpv6-type echo-request", "-m mark --mark 5",
    "-p icmpv6 --icmpv6-type 1", "-m hl --hl-eq 64", "-m length --length 80:", "-i eth0",
    "-m addrtype --dst-type LOCAL", "-m addrtype --dst-type ANYCAST",
    "-m addrtype --src-type UNICAST", "-p 59", "-m pkttype --pkt-type multicast",
)  # fmt: skip


@dataclass
class Sent:
    """What an earlier line brought: enough to answer it, or to speak about it."""

    device: str
    packet: bytes
    source: str
    target: str
    kind: int
    ports: tuple[int, int]


@dataclass
class Drawer:
    """One scenario in the making."""

    random: random.Random
    own: dict[str, list[str]] = field(default_factory=dict)
    near: dict[str, list[str]] = field(default_factory=dict)
    mtu: dict[str, int] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def pick(self, things: Sequence[T]) -> T:
        return self.random.choice(things)

    # ---- the host --------------------------------------------------------------------------

    def host(self) -> str:
        lines = []
        for number, device in enumerate(DEVICES):
            base = f"2001:db8:{number + 1}"
            own = [f"{base}::1/64"]
            for share, more in (
                (0.5, f"fe80::{number + 1}/64"), (0.2, f"fd00:{number + 1}::1/64"),
                (0.15, f"{base}:7::5/128"), (0.15, f"{base}:8::2/126"), (0.15, f"{base}::9/64"),
                (0.1, f"{base}:9::/127"), (0.05, f"fec0:0:0:{number + 1}::1/64"),
            ):  # fmt: skip
                if self.chance(share):
                    own.append(more)
            self.random.shuffle(own)
            self.own[device] = [address.partition("/")[0] for address in own]
            self.near[device] = [f"{base}::10", f"{base}::11"]
            self.near[device].append("fe80::10")
            self.mtu[device] = self.pick((1280, 1300, 1400)) if self.chance(0.25) else 1500
            mtu = f" mtu {self.mtu[device]}"
            mac = f" mac 02:00:00:00:01:0{number}"
            lines.append(f"interface {device} {' '.join(own)}{mac}{mtu}")
            # Rules would see the questions about others, and the laboratory's answers.
            more = (
                "fe80::99",
                "fe80::1",
                "fe80::2",
                "fe80::3",
                f"{base}::55",
                f"{base}:8::1",
                f"{base}:9::1",
                "2001:db8:c::9",
            )
            for address in (*self.near[device], *more):
                last = IPv6Address(address).packed[-1]
                lines.append(
                    f"neighbour {address} dev {device} mac 02:00:00:00:0{number}:{last:02x}"
                )
        forwards = 1 if self.chance(0.85) else 0
        lines.append(f"sysctl net.ipv6.conf.all.forwarding = {forwards}")
        lines.append("sysctl net.ipv6.auto_flowlabels = 0")
        if self.chance(0.7):
            lines.append("sysctl net.ipv6.icmp.ratelimit = 0")
        for _ in range(self.pick((0, 0, 1, 1, 2))):
            lines.append("sysctl " + self.pick(SETTINGS).format(dev=self.pick(DEVICES)))
        return "\n".join((*lines, *self._routes(), ""))

    def _routes(self) -> list[str]:
        lines = []
        if self.chance(0.8):
            lines.append(f"ip -6 route add default via {self.pick(self.near['eth2'])} dev eth2")
        for share, line in (
            (0.15, "ip -6 route add prohibit 2001:db8:a1::/48"),
            (0.15, "ip -6 route add unreachable 2001:db8:a2::/48"),
            (0.15, "ip -6 route add blackhole 2001:db8:a3::/48"),
            (0.2, f"ip -6 route add 2001:db8:b::/48 via {self.pick(self.near['eth1'])} dev eth1"),
            (0.15, "ip -6 route add 2001:db8:b:1::/64 via 2001:db8:1::11 dev eth0 mtu 1290"),
            (0.1, "ip -6 route add 2001:db8:b:2::/64 via 2001:db8:1::11 dev eth0 mtu lock 1280"),
            (0.1, "ip -6 route add blackhole 2001:db8:2::11"),
            (0.1, "ip -6 route add 2001:db8:c::9 dev eth1 src 2001:db8:3::1"),
            (0.1, "ip -6 rule add fwmark 5 lookup 100\n"
                  "ip -6 route add default via 2001:db8:1::11 dev eth0 table 100"),
            (0.07, "ip -6 rule add iif eth1 to 2001:db8:d::/48 prohibit"),
            (0.07, "ip -6 rule add iif lo lookup 101\n"
                   "ip -6 route add default via 2001:db8:2::11 dev eth1 table 101"),
            (0.07, "ip -6 route add local 2001:db8:e::/48 dev lo"),
            (0.05, "ip -6 rule add from 2001:db8:1::10 unreachable"),
        ):  # fmt: skip
            if self.chance(share):
                lines.append(line)
        return lines

    # ---- the rules -------------------------------------------------------------------------

    def rules(self) -> str:
        tables: dict[str, list[str]] = {}
        for table, share in (("raw", 0.3), ("mangle", 0.4), ("nat", 0.4), ("filter", 0.9)):
            if self.chance(share):
                tables[table] = [self._rule(table) for _ in range(self.pick((1, 1, 2, 3)))]
        if not tables:
            tables["filter"] = []
        return restored(6, tables)

    def _rule(self, table: str) -> str:
        chains = {
            "raw": ("PREROUTING", "OUTPUT"),
            "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
            "nat": ("PREROUTING", "PREROUTING", "OUTPUT", "POSTROUTING", "POSTROUTING"),
            "filter": ("INPUT", "FORWARD", "OUTPUT"),
        }
        chain = self.pick(chains[table])
        match = self.pick(MATCHES)
        if match == "-i eth0" and chain in ("OUTPUT", "POSTROUTING"):
            match = "-o eth1"
        if table == "raw" and "ctstate" in match:
            match = ""
        if "LOCAL" in match and chain in ("OUTPUT", "POSTROUTING"):
            match = ""
        return f"-A {chain} {match} {self._target(table, chain, match)}".replace("  ", " ")

    def _target(self, table: str, chain: str, match: str) -> str:
        if table == "raw":
            return self.pick(("-j NOTRACK", "-j CT --zone 7", "-j CT --zone-orig 7"))
        if table == "mangle":
            return self.pick((
                "-j MARK --set-mark 5", "-j HL --hl-set 2", "-j HL --hl-dec 1", "-j DROP",
                "-j TOS --set-tos 0x10", "-j DSCP --set-dscp 10", "-j CONNMARK --set-mark 5",
                "-j CONNMARK --restore-mark", "",
            ))  # fmt: skip
        if table == "nat":
            if chain == "POSTROUTING":
                return self.pick((
                    "-j MASQUERADE", "-j SNAT --to-source 2001:db8:3::1",
                    "-j SNAT --to-source 2001:db8:2::77", "-j NETMAP --to 2001:db8:33::/64",
                ))  # fmt: skip
            to = self.pick(("2001:db8:2::11", "2001:db8:1::10", "2001:db8:2::1", "2001:db8:b:1::5"))
            more = ("-j REDIRECT",) if chain == "PREROUTING" else ()
            return self.pick((f"-j DNAT --to-destination {to}", *more))
        if match == "-p tcp" and self.chance(0.6):
            return "-j REJECT --reject-with tcp-reset"
        return self.pick((
            "", "", "-j ACCEPT", "-j DROP", f"-j REJECT --reject-with {self.pick(REJECTS)}",
        ))  # fmt: skip

    # ---- the packets -----------------------------------------------------------------------

    def packets(self) -> str:
        lines: list[str] = []
        kinds = (self.plain, self.plain, self.plain, self.fragments, self.fragments,
                 self.discovery, self.to_many, self.error, self.reply, self.reply)  # fmt: skip
        for _ in range(self.pick((2, 3, 4, 5, 6))):
            lines += self.pick(kinds)()
        return "\n".join(lines) + "\n"

    def source(self, device: str) -> str:
        other = self.pick(DEVICES)
        return self.pick((
            *self.near[device] * 4, "2001:db8:f::9", "2001:db8:a1::9", "2001:db8:a3::9", "::",
            self.pick(self.own[device]), self.pick(self.near[other]), "fe80::99", "::1",
            f"2001:db8:{DEVICES.index(device) + 1}::", "ff02::1", "fec0::7", "::ffff:10.1.1.1",
        ))  # fmt: skip

    def target(self, device: str) -> str:
        other = self.pick(DEVICES)
        number = DEVICES.index(other) + 1
        return self.pick((
            *(self.pick(self.own[device]) for _ in range(3)), self.pick(self.own[other]),
            *(self.pick(self.near[other]) for _ in range(5)), "2001:db8:f::9", "2001:db8:b::9",
            "2001:db8:b:1::9", "2001:db8:b:2::9", "2001:db8:a1::9", "2001:db8:a2::9",
            "2001:db8:a3::9", "2001:db8:c::9", "2001:db8:d::9", "2001:db8:e::9",
            f"2001:db8:{number}::", "fe80::", "fe80::99", "::", "::1", f"2001:db8:{number}:8::",
            f"2001:db8:{number}:9::", "2001:db8:a1::",
        ))  # fmt: skip

    def transport(self, long: bool = False) -> tuple[int, bytes, tuple[int, int]]:
        ports = self.pick((40000, 40001)), self.pick((53, 80))
        size = self.pick((20, 40, 60, 1180, 1240, 1260, 1300, 1340, 1400)) if long else 40
        if self.chance(0.5):
            return UDP, udp(size, *ports), ports
        if self.chance(0.4):
            flags = self.pick((2, 2, 2, 16, 18, 4, 1, 17, 0, 3, 20))
            return TCP, tcp(max(size, 20), flags, *ports), ports
        if self.chance(0.7):
            return ICMPV6, echo(size, 6, self.pick((128, 128, 128, 129, 139, 200))), (65, 0)
        kind = self.pick((99, NOTHING, 132, 41, 50, 2, 1, 136))
        return kind, bytes(range(size % 90 + 8)), (0, 0)

    def options(self, kind: int) -> bytes:
        """A header of options without the byte that names the next one."""
        pad = b"\1\4\0\0\0\0"
        many = b"\0" * 6
        return self.pick((
            pad, pad, pad, b"\0\1\3\0\0\0", b"\x1e\4\0\0\0\0", b"\x5e\4\0\0\0\0",
            b"\x9e\4\0\0\0\0", b"\xde\4\0\0\0\0", b"\5\2\0\0\1\0", many, b"\1\5\0\0\0\0",
            b"\1\1\7\1\1\0", b"\xc2\4\0\1\0\0", b"\x1e\0\x1e\0\x1e\0", b"\1\0\1\0\1\0",
        ))  # fmt: skip

    def headed(self, named: int, body: bytes, most: int = 3) -> tuple[int, bytes]:
        """The body behind some extension headers."""
        for _ in range(self.pick((0, 0, 0, 1, 1, 2, most))):
            kind = self.pick((HOP, OPTIONS, OPTIONS, ROUTING, AUTH, FRAGMENT))
            if kind in (HOP, OPTIONS):
                body = bytes((named, 0)) + self.options(kind) + body
            elif kind == ROUTING:
                type, left = self.pick((0, 2, 3, 4, 253)), self.pick((0, 0, 1))
                body = bytes((named, 2, type, left)) + bytes(4) + IPv6Address(
                    "2001:db8:2::11").packed + body  # fmt: skip
            elif kind == AUTH:
                body = bytes((named, 4, 0, 0)) + bytes(20) + body
            else:
                body = bytes((named, 0, 0, 0, 0, 0, 0, self.pick((1, 2)))) + body
            named = kind
        return named, body

    def packet(self, source: str, target: str, named: int, body: bytes, hops: int = 0) -> bytes:
        hops = hops or self.pick((64, 64, 64, 64, 1, 2, 255))
        ends = IPv6Address(source).packed + IPv6Address(target).packed
        tos = self.pick((0, 0, 0, 0x20, 3))
        head = (6 << 28 | tos << 20).to_bytes(4, "big") + len(body).to_bytes(2, "big")
        packet = sealed(head + bytes((named, hops)) + ends + body)
        if self.chance(0.05):
            packet = packet[:-1] + bytes((packet[-1] ^ 5,))
        if self.chance(0.03):
            packet = packet[: self.random.randrange(40, len(packet) + 1)]
        if self.chance(0.03):
            wrong = int.from_bytes(packet[4:6], "big") + self.pick((-8, -1, 1))
            packet = packet[:4] + max(wrong, 0).to_bytes(2, "big") + packet[6:]
        return packet

    def _line(self, device: str, packet: bytes) -> str:
        if len(packet) > self.mtu[device]:  # the device's affair, not the stack's
            packet = packet[: self.mtu[device]]
        macs = ""
        if self.chance(0.04):
            macs = "dst-mac " + self.pick(("33:33:00:00:00:01", "ff:ff:ff:ff:ff:ff"))
        return into(device, packet, macs)

    def plain(self) -> list[str]:
        device = self.pick(DEVICES)
        source, target = self.source(device), self.target(device)
        kind, part, ports = self.transport(long=self.chance(0.2))
        sum_of = self.packet(source, target, kind, part, 64)[40:] if part else part
        named, body = self.headed(kind, sum_of)
        packet = self.packet(source, target, named, body)
        self.sent.append(Sent(device, packet, source, target, kind, ports))
        return [self._line(device, packet)]

    def fragments(self) -> list[str]:
        device = self.pick(DEVICES)
        source, target = self.source(device), self.target(device)
        kind, part, ports = self.transport(long=True)
        summed = self.packet(source, target, kind, part, 64)[40:]
        named, body = self.headed(kind, summed, 2) if self.chance(0.3) else (kind, summed)
        whole = self.packet(source, target, named, body, 64)
        sizes = self.pick(((8,), (24,), (48,), (16, 16), (640,), (1232,), (56, 8), (5,), (32,)))
        pieces = cut(whole, *sizes, ident=self.pick((99, 100)))
        if self.chance(0.25):
            pieces = [self._before(piece) for piece in pieces]
        if self.chance(0.2):
            self.random.shuffle(pieces)
        if self.chance(0.15):
            pieces.insert(1, self.pick(pieces))
        if self.chance(0.15):
            del pieces[self.random.randrange(len(pieces))]
        if self.chance(0.1) and len(pieces) > 1:  # it begins inside the one before
            last = bytearray(pieces[-1])
            place = int.from_bytes(last[42:44], "big")
            last[42:44] = max(place - 8, 0).to_bytes(2, "big")
            pieces[-1] = bytes(last)
        self.sent.append(Sent(device, whole, source, target, kind, ports))
        return [self._line(device, piece) for piece in pieces]

    def _before(self, piece: bytes) -> bytes:
        """A header of options before the fragment header."""
        kind = self.pick((HOP, OPTIONS))
        body = bytes((piece[6], 0)) + b"\1\4\0\0\0\0" + piece[40:]
        return piece[:4] + len(body).to_bytes(2, "big") + bytes((kind,)) + piece[7:40] + body

    def discovery(self) -> list[str]:
        device = self.pick(DEVICES)
        number = DEVICES.index(device) + 1
        about = self.pick((
            *self.own[device] * 2, self.pick(self.own[self.pick(DEVICES)]), f"2001:db8:{number}::",
            self.pick(self.near[device]), "fe80::", f"2001:db8:{number}::55", "ff02::1",
            f"2001:db8:{number}:9::",
        ))  # fmt: skip
        group = str(
            IPv6Address(int(IPv6Address("ff02::1:ff00:0")) | int(IPv6Address(about)) & 0xFFFFFF)
        )
        target = self.pick((group, group, about, "ff02::1", self.pick(self.own[device])))
        kind = self.pick((135, 135, 135, 135, 136, 133))
        source = self.pick((*self.near[device], "::", "2001:db8:f::9", "fe80::99"))
        option = self.pick((b"", b"\1\1\2\0\0\0\0\x77", b"\2\1\2\0\0\0\0\x77",
                            b"\1\1\2\0\0\0\0\x77\x0e\1abcdef", b"\1\0\2\0\0\0\0\x77",
                            b"\1\2" + bytes(14)))  # fmt: skip
        body = bytes((kind, int(self.chance(0.05)), 0, 0, 0, 0, 0, 0)) + IPv6Address(about).packed
        if kind == 133:
            body = bytes((133, 0, 0, 0, 0, 0, 0, 0))
        named, inner = ICMPV6, body + option
        hops = self.pick((255, 255, 255, 255, 64))
        packet = self.packet(source, target, named, inner, hops)
        if self.chance(0.1):
            named, inner = self.headed(named, packet[40:], 1)
            packet = self.packet(source, target, named, inner, hops)
        return [self._line(device, packet)]

    def to_many(self) -> list[str]:
        device = self.pick(DEVICES)
        source, target = self.source(device), self.pick(GROUPS)
        kind, part, ports = self.transport()
        if self.chance(0.6):
            kind, part, ports = ICMPV6, echo(40, 6), (65, 0)
        summed = self.packet(source, target, kind, part, 64)[40:]
        named, body = self.headed(kind, summed, 1)
        packet = self.packet(source, target, named, body)
        self.sent.append(Sent(device, packet, source, target, kind, ports))
        return [self._line(device, packet)]

    def error(self) -> list[str]:
        """About an earlier packet, or about the answer to it, from near or from afar."""
        if not self.sent:
            return self.plain()
        about = self.pick(self.sent)
        device = self.pick((*DEVICES, about.device))
        type, code = self.pick(ERRORS)
        quoted, to = about.packet, about.source
        if self.chance(0.4):
            back = self._answer(about)
            quoted, to = back, about.target
        if self.chance(0.1):
            to = self.target(device)
        info = 1280 if type == 2 else self.pick((0, 6, 40))
        head = bytes((type, code, 0, 0)) + info.to_bytes(4, "big")
        quoted = quoted[: self.pick((1200, 1200, 1200, 48, 60, 40, 30))]
        source = self.pick((about.target, self.pick(self.near[device]), "2001:db8:f::9"))
        return [self._line(device, self.packet(source, to, ICMPV6, head + quoted))]

    def _answer(self, about: Sent) -> bytes:
        here, there = about.ports
        if about.kind == UDP:
            part = udp(40, there, here)
        elif about.kind == TCP:
            flags = self.pick((18, 18, 20, 16, 4))
            part = tcp(20, flags, there, here, seq=5000, ack=1001)
        elif about.kind == ICMPV6:
            part = echo(40, 6, 129)
        else:
            part = bytes(20)
        return self.packet(about.target, about.source, about.kind, part, 64)

    def reply(self) -> list[str]:
        """What the far end answers, by the device behind which it may be."""
        if not self.sent:
            return self.plain()
        about = self.pick(self.sent)
        named, body = self.headed(about.kind, self._answer(about)[40:], 1)
        packet = self.packet(about.target, about.source, named, body)
        device = self.pick(DEVICES)
        for name in DEVICES:
            if about.target in self.near[name] and self.chance(0.8):
                device = name
        return [self._line(device, packet)]


def ipv6(seed: int) -> Scenario:
    """One IPv6 scenario; the same for the same number."""
    drawer = Drawer(random.Random(f"ipv6 {seed}"))
    host = drawer.host()
    return Scenario(
        title=f"drawn {seed}", host=host, rules=drawer.rules(), packets=drawer.packets()
    )


def _ipv6_differs(scenario: Scenario) -> tuple[list[str], str]:
    from tests.kernel.ipv6_lab import differences, replayed

    ours, theirs = replayed(scenario)
    found = differences(ours, theirs)
    return found, ", ".join(f"packet {number}" for number in ours.undetermined)


def _differs(scenario: Scenario) -> tuple[list[str], str]:
    from tests.kernel.plain_lab import judge

    judged = judge(scenario)
    return judged.differences, judged.undetermined


KINDS: dict[str, tuple[Callable[[int], Scenario], Callable[[Scenario], tuple[list[str], str]]]] = {
    "ipv6": (ipv6, _ipv6_differs),
    "talk": (talk, _differs),
    "helped": (helped, _differs),
    "bridge": (bridge, _differs),
    "rules4": (rules4, _differs),
    "rules6": (rules6, _differs),
    "late": (late, _differs),
    "local": (local, _differs),
    "frames": (frames, _differs),
}


def main(kind: str, first: str, count: str, folder: str = "") -> int:
    """Ask ``count`` scenarios of this kernel; those that differ are written to ``folder``."""
    from tests.kernel.plain_lab import alone

    alone()
    draw, differs = KINDS[kind]
    tally: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    begun = time.monotonic()
    for seed in range(int(first), int(first) + int(count)):
        try:
            scenario = draw(seed)
            found, undetermined = differs(scenario)
        except Exception as error:  # whatever one does, the others are asked
            tally["failed"] += 1
            print(f"FAILED {seed}: {error!r}"[:600], flush=True)
            continue
        tally["different" if found else "undetermined" if undetermined else "equal"] += 1
        if undetermined:
            reasons[re.sub(r"^packet \d+: ", "", undetermined)[:90]] += 1
        if found:
            print(f"- {kind} {seed}")
            print("\n".join(text[:900] for text in found), flush=True)
            if folder:
                Path(folder).mkdir(parents=True, exist_ok=True)
                (Path(folder) / f"{kind}-{seed}.toml").write_text(scenario.to_toml())
    for reason, times in reasons.most_common():
        print(f"  {times} undetermined: {reason}")
    print(f"{kind}: {dict(tally)} in {time.monotonic() - begun:.0f} s")
    return 1 if tally["different"] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
