"""Matches against the kernel: many rules in raw PREROUTING, packets sent in, counters compared.

No target: every rule that holds counts and the walk goes on, so one packet asks all of them.
The first rule has no match at all and counts what arrived. Needs root.
"""

from __future__ import annotations

import re
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from playground.lab.namespace import Namespace, write_sysctl
from sim.extensions.extension import Context, judge_fields
from sim.extensions.ip_match import View, tests_of
from sim.extensions.ipset import from_host
from sim.extensions.matchers import MATCHES
from sim.extensions.runtime import Runtime
from sim.extensions.targets import TARGETS
from sim.kernel.routing.core import Routing
from sim.kernel.stack.sockets import Sockets
from sim.model.host import Host
from sim.model.rules import Hook, Rule, Target
from sim.packet.packet import Link, Packet
from sim.read.names import names_of
from sim.read.rules.ruleset import load_rules

OUR_MAC, PEER_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02"
_KINDS = {"host": OUR_MAC, "broadcast": "ff:ff:ff:ff:ff:ff", "multicast": "01:00:5e:00:00:01",
          "otherhost": "02:00:00:00:00:77"}  # fmt: skip


@dataclass
class Bench:
    """A machine with ``eth0`` (10.0.0.1/24, 2001:db8::1/64) and ``eth1``, its wire in our hand."""

    host: Host
    setup: str = ""  # shell lines, run in the machine
    machine: Namespace = field(default_factory=Namespace)
    wire: Namespace = field(default_factory=Namespace)

    def __enter__(self) -> Bench:
        with self.machine.inside():
            for name, value in (("all.rp_filter", "0"), ("default.rp_filter", "0")):
                write_sysctl(f"net.ipv4.conf.{name}", value)
            self._sh(
                "ip link set lo up; ip link add eth0 type veth peer name p0;"
                f"ip link add eth1 type veth peer name p1; ip link set eth0 address {OUR_MAC} up;"
                "ip link set eth1 up; ip addr add 10.0.0.1/24 dev eth0;"
                "ip addr add 10.1.0.1/24 dev eth1;"
                "ip addr add 2001:db8::1/64 dev eth0 nodad; ip addr add 2001:db8:1::1/64 dev eth1"
                " nodad; ip route add default via 10.0.0.254;"
                "ip -6 route add default via 2001:db8::fe"
            )
            self._sh(self.setup)
            descriptor = self.wire.descriptor
            for peer in ("p0", "p1"):
                self._sh(f"ip link set {peer} netns /proc/self/fd/{descriptor}", descriptor)
        with self.wire.inside():
            write_sysctl("net.ipv6.conf.all.disable_ipv6", "1")
            self._sh("ip link set p0 up; ip link set p1 up")
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self.socket.bind(("p0", 0))
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()
        self.machine.close()
        self.wire.close()

    @staticmethod
    def _sh(text: str, *descriptors: int) -> None:
        subprocess.run(["sh", "-ec", text], check=True, pass_fds=descriptors)

    def load(self, lines: Sequence[str], family: int) -> str:
        """Load one rule for each line; the text is given back."""
        text = raw_rules(lines)
        with self.machine.inside():
            subprocess.run([f"{_tool(family)}-legacy-restore"], input=text, text=True, check=True)
        return text

    def counts(self, family: int) -> list[int]:
        """Packets that each rule counted, the one for all packets first."""
        with self.machine.inside():
            out = subprocess.run(
                [f"{_tool(family)}-legacy-save", "-c", "-t", "raw"],
                capture_output=True, text=True, check=True,
            ).stdout  # fmt: skip
        return [int(count) for count in re.findall(r"^\[(\d+):\d+\] -A", out, re.M)]

    def run(self, *lines: str, text: str = "") -> str:
        """A command in the machine; what it printed."""
        with self.machine.inside():
            return subprocess.run(
                lines, input=text, stdout=subprocess.PIPE, text=True, check=True
            ).stdout

    def send(self, packet: Packet) -> None:
        link = packet.link
        assert link is not None
        head = bytes.fromhex((link.dst_mac + link.src_mac).replace(":", ""))
        ethertype = b"\x86\xdd" if packet.family == 6 else b"\x08\x00"
        self.socket.send(head + ethertype + packet.data)

    def asked(self, packets: Sequence[Packet], family: int) -> list[int]:
        """Send the packets and give what each rule counted of them."""
        before = self.counts(family)
        for packet in packets:
            self.send(packet)
        limit = time.monotonic() + 3
        while True:
            now = self.counts(family)
            if now[0] - before[0] >= len(packets) or time.monotonic() > limit:
                return [after - early for after, early in zip(now, before, strict=True)]
            time.sleep(0.005)


def raw_rules(lines: Sequence[str]) -> str:
    """A first rule that counts every packet, then one for each line."""
    body = "".join(f"-A PREROUTING {line}\n" for line in ("", *lines))
    # Nothing leaves: answers that find no neighbour would come back through lo.
    return f"*raw\n:PREROUTING ACCEPT\n:OUTPUT DROP\n{body}COMMIT\n"


def _tool(family: int) -> str:
    return "iptables" if family == 4 else "ip6tables"


def linked(data: bytes, kind: str = "host") -> Packet:
    """A packet as it comes in from the wire."""
    return Packet(data, link=Link(PEER_MAC, _KINDS[kind], kind))


class Ours:
    """The same rules, judged by us."""

    def __init__(self, text: str, family: int, host: Host) -> None:
        self.family = family
        rules = load_rules(text, names_of(host), family=family)
        self.rules = rules.of(family).tables["raw"].chains["PREROUTING"].rules
        self.runtime = Runtime(host, Routing(host), Sockets(host))
        self.runtime.sets = from_host(host)

    def asked(self, packets: Sequence[Packet]) -> list[int]:
        counts = [0] * len(self.rules)
        for sent in packets:
            packet = sent
            for at, rule in enumerate(self.rules):
                found, dropped = self.judged(rule, packet)
                counts[at] += found
                if found and isinstance(rule.target, Target):
                    packet = self.done(rule, rule.target, packet)
                if dropped:
                    break
        return counts

    def done(self, rule: Rule, target: Target, packet: Packet) -> Packet:
        apply = TARGETS[target.name, self.family].apply
        assert apply is not None
        return apply(target.args, self.context(rule, packet, -1)).packet

    def context(self, rule: Rule, packet: Packet, at: int) -> Context:
        return Context(
            packet, Hook.PREROUTING, "raw", "PREROUTING", rule.number, "eth0", "",
            self.runtime.host, self.runtime, key=(rule.number, at),
        )  # fmt: skip

    def judged(self, rule: Rule, packet: Packet) -> tuple[bool, bool]:
        """Does it hold, and is the packet dropped on the spot?"""
        dropped = False
        view = View(packet, "eth0", "")
        for test in tests_of(rule.ip):
            if not test(view).held:
                return False, False
        for at, match in enumerate(rule.matches):
            kind = MATCHES[match.name, self.family]
            ctx = self.context(rule, packet, at)
            judge = kind.judge
            judgement = judge(match.args, ctx) if judge else judge_fields(kind, match.args, ctx)
            dropped = dropped or judgement.hotdrop
            if not judgement.held:
                return False, dropped
        return True, dropped


def disagreements(
    bench: Bench, lines: Sequence[str], packets: Sequence[Packet], family: int
) -> list[str]:
    """Every rule and packet for which the kernel and we differ, in words."""
    text = bench.load(lines, family)
    ours = Ours(text, family, bench.host)
    if bench.asked(packets, family) == ours.asked(packets):
        return []
    text = bench.load(lines, family)
    ours = Ours(text, family, bench.host)
    found = []
    for packet in packets:
        kernel, us = bench.asked([packet], family), ours.asked([packet])
        for at, (theirs, mine) in enumerate(zip(kernel, us, strict=True)):
            if theirs != mine:
                line = "(any)" if at == 0 else lines[at - 1]
                found.append(f"{line}: kernel {theirs}, we {mine}: {packet.data.hex()}")
    return found or ["the totals differ, no single packet does"]
