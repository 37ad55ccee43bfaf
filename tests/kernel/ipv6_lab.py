"""A second judge: plain veth pairs, packets as bytes, everything that comes of them compared.

``verify`` has devices without ARP, so that nobody has to ask for a neighbour; here neighbour
discovery runs, and the far ends answer it. It compares every TRACE line and every frame byte for
byte, and ``conntrack -L`` at the end. Only namespaces, netlink's log and the reading of its
labels are shared with ``verify``.

    python -m tests.kernel.ipv6_lab FILE...
"""

from __future__ import annotations

import os
import re
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from playground.lab.account import told
from playground.lab.loading import with_trace
from playground.lab.namespace import Namespace, write_sysctl
from playground.lab.nflog import TraceListener
from playground.lab.wires import checksum_here
from sim.kernel.traversal import run
from sim.model.host import Host, default_mac
from sim.model.scenario import Scenario
from sim.packet.packet import Packet, sealed
from sim.packet.script import Wait
from sim.read.scenario import compile_scenario
from sim.tell import render
from sim.trace import steps as t
from sim.trace.outcomes.base import Topic

QUIET_SECONDS = 0.02  # nothing came for so long: the kernel is done
LONGEST_WAIT = 4_000_000_000  # ns of a ``wait`` that is really waited
STARTS = {  # what a new namespace would copy from the machine, and what would make noise
    "net.ipv4.ip_forward": "0",
    "net.ipv6.auto_flowlabels": "0",
    "net.ipv4.tcp_synack_retries": "0",
    **{
        f"net.ipv6.conf.{place}.{name}": value
        for place in ("all", "default")
        for name, value in (
            ("accept_dad", "0"), ("router_solicitations", "0"), ("accept_ra", "0"),
            ("autoconf", "0"), ("forwarding", "0"), ("dad_transmits", "0"),
        )
    },
    "net.ipv6.conf.default.addr_gen_mode": "1",
    **{
        f"net.ipv4.conf.{place}.{name}": value
        for place in ("all", "default")
        for name, value in (("rp_filter", "0"), ("accept_local", "0"), ("send_redirects", "1"))
    },
}  # fmt: skip
MLD_ROUTERS = bytes.fromhex("ff02" + "00" * 13 + "16")


@dataclass(frozen=True, slots=True)
class Seen:
    """A TRACE line (``place``: label and devices) or a frame (``place``: device)."""

    place: str
    data: bytes
    mask: bytes = b""  # bits that the simulation cannot know

    def equals(self, other: Seen) -> bool:
        return self.place == other.place and _masked(self.data, self.mask) == _masked(
            other.data, self.mask
        )

    def __str__(self) -> str:
        return f"{self.place} {self.data.hex()}"


def _masked(data: bytes, mask: bytes) -> bytes:
    return bytes(b & ~m for b, m in zip(data, mask, strict=False)) + data[len(mask) :]


@dataclass(slots=True)
class Told:
    """One account of a scenario, by statement."""

    lines: dict[int, list[Seen]] = field(default_factory=dict)
    frames: dict[int, list[Seen]] = field(default_factory=dict)
    flows: list[str] = field(default_factory=list)
    fates: dict[int, list[str]] = field(default_factory=dict)
    undetermined: set[int] = field(default_factory=set)
    unordered: set[int] = field(default_factory=set)  # frames that waited for a neighbour


def simulated(scenario: Scenario) -> tuple[Told, list[t.Step], Host, list[object]]:
    compiled = compile_scenario(scenario)
    told, steps = Told(), list(run(compiled, flows=True))
    cut: dict[int, bool] = {}
    for step in steps:
        packet, where = step.packet, step.where
        if step.trace and step.line not in told.undetermined:
            place = f"{step.trace} in={where.in_iface} out={where.out_iface} mark={packet.mark}"
            told.lines.setdefault(step.line, []).append(Seen(place, packet.data, packet.unknown))
        if isinstance(step, t.Noted) and step.note.topic in (Topic.FRAGMENTATION, Topic.DEFRAG):
            cut[packet.id] = True
        if isinstance(step, t.Sent):
            mask = packet.unknown
            at = next((at for number, at in packet.headers.extensions if number == 44), 0)
            if cut.get(packet.id) and at:
                mask = mask.ljust(at + 8, b"\0")
                mask = mask[: at + 4] + b"\xff" * 4 + mask[at + 8 :]
            seen = Seen(step.iface, packet.data, mask)
            told.frames.setdefault(step.line, []).append(seen)
        if isinstance(step, t.NatApplied) and step.at_random:
            told.undetermined |= set(range(step.line, step.line + 100))
        if isinstance(step, t.FlowsListed):
            told.flows = [str(line) for line in step.lines]
        if isinstance(step, t.Fate):
            told.fates.setdefault(step.line, []).append(render.line(step).strip())
            if step.verdict == "undetermined":
                told.undetermined.add(step.line)
    return told, steps, compiled.host, list(compiled.script)


class Lab:
    """One scenario's host and its far ends."""

    def __init__(self, host: Host, rules: str, family: int, backend: str) -> None:
        self.host, self.family = host, family
        self.here, self.far = Namespace(), Namespace()
        self.own_raw = "*raw" in rules
        self.ports: dict[str, str] = {}
        with self.far.inside():
            write_sysctl("net.ipv6.conf.all.disable_ipv6", "1")
            write_sysctl("net.ipv6.conf.default.disable_ipv6", "1")
            self.wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.wire.setsockopt(263, 23, 1)  # PACKET_IGNORE_OUTGOING
        self.wire.setblocking(False)
        with self.here.inside():
            self._build()
            self._load(rules, backend)
            self.trace = TraceListener(self._name)
        self.chatter(0.12)  # group reports of the devices themselves

    def _name(self, index: int) -> str:
        return self.names.get(index, f"#{index}")

    def _ip(self, *lines: str, family: str = "-oneline") -> None:
        done = subprocess.run(
            ["ip", family, "-force", "-batch", "-"], input="\n".join(lines) + "\n", text=True,
            capture_output=True, pass_fds=(self.far.descriptor,), check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr.strip())

    def _build(self) -> None:
        for name, value in STARTS.items():
            write_sysctl(name, value)
        host, far = self.host, f"/proc/self/fd/{self.far.descriptor}"
        lines, self.names = ["link set lo up"], {1: "lo"}
        for number, device in enumerate(host.interfaces.values(), 2):
            if device.name == "lo":
                continue
            index = device.index or number
            self.names[index] = device.name
            port = f"p{index}"
            self.ports[device.name] = port
            mac = device.mac or default_mac(index)
            lines += [
                f"link add {device.name} index {index} address {mac} mtu {device.mtu} "
                f"group {device.group} type veth peer name {port} index {index + 1000} mtu 65535",
                f"link set {port} netns {far}",
            ]
        self._ip(*lines)
        with self.far.inside():
            self._ip(*(f"link set {port} up" for port in self.ports.values()))
        self._ip(*(f"link set {d} up" for d in self.ports if host.interfaces[d].up))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            for device in self.ports:
                checksum_here(probe, device)
        self._ip(*self._addresses())
        for device in self.ports:  # anycast is advertised without delay
            write_sysctl(f"net.ipv6.neigh.{device}.proxy_delay", "0")
        for name, value in host.sysctls.items():
            if name.startswith("net."):
                write_sysctl(name, value)
        for family in (4, 6):
            self._ip(*self._routes(family), family=f"-{family}")
        time.sleep(0.02)

    def _addresses(self) -> Iterator[str]:
        for device in self.host.interfaces.values():
            for entry in device.addresses:
                if device.name == "lo" and str(entry.address) in ("127.0.0.1/8", "::1/128"):
                    continue
                nodad = " nodad" if entry.address.version == 6 else ""
                scope = f" scope {entry.scope}" if entry.address.version == 4 else ""
                yield f"addr add {entry.address} dev {device.name}{nodad}{scope}"

    def _routes(self, family: int) -> Iterator[str]:
        for route in self.host.routes:
            if route.family != family:
                continue
            words = f"route append {route.kind} {route.prefix}"
            if route.via:
                words += f" via {route.via}"
            if route.dev:
                words += f" dev {route.dev}"
            if route.src:
                words += f" src {route.src}"
            if route.metric:
                words += f" metric {route.metric}"
            if route.mtu:
                words += f" mtu {'lock ' if getattr(route, 'mtu_locked', False) else ''}{route.mtu}"
            yield f"{words} table {route.table}"
        if family in self.host.rules_given:
            yield from (f"rule del priority {number}" for number in (0, 32766))
        for rule in self.host.rules:
            if rule.family != family:
                continue
            words = f"rule add priority {rule.priority}"
            for name, value in (
                ("from", rule.source), ("to", rule.destination), ("iif", rule.iif),
                ("oif", rule.oif), ("fwmark", rule.fwmark),
            ):  # fmt: skip
                words += f" {name} {value}" if value is not None and value != "" else ""
            yield words + (
                f" lookup {rule.table}" if rule.action == "lookup" else f" {rule.action}"
            )
        for entry in self.host.neighbours:
            if entry.address.version != family:
                continue
            if not entry.failed:
                mac = entry.mac or f"02:00:00:00:02:{self._index(entry.dev):02x}"
                words = f"neigh replace {entry.address} lladdr {mac} dev {entry.dev}"
                yield f"{words} nud permanent"

    def _index(self, device: str) -> int:
        return next(index for index, name in self.names.items() if name == device)

    def _load(self, rules: str, backend: str) -> None:
        tool = {4: "iptables", 6: "ip6tables"}[self.family]
        done = subprocess.run(
            [f"{tool}-{backend or 'legacy'}-restore"], input=with_trace(rules), text=True,
            capture_output=True, env={**os.environ, "XTABLES_LOCKFILE": "/tmp/ipv6_lab.lock"},
            check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr.strip())

    # ---- packets ---------------------------------------------------------------------------

    def send(self, device: str, packet: Packet) -> None:
        own = self.host.interfaces[device].mac or default_mac(self._index(device))
        link = packet.link
        to = link.dst_mac if link is not None and link.dst_mac else ""
        if not to or (link is not None and link.kind == "multicast" and to == own):
            to = own
        dst = packet.data[24:40] if packet.data[0] >> 4 == 6 else packet.data[16:20]
        if to == own and len(dst) == 16 and dst[0] == 0xFF and not (link and link.dst_mac):
            to = "33:33:" + dst[12:].hex(":")
        by = link.src_mac if link is not None and link.src_mac else ""
        by = by or self._mac_of(device, packet)
        kind = b"\x86\xdd" if packet.data[0] >> 4 == 6 else b"\x08\x00"
        frame = _mac(to) + _mac(by) + kind + packet.data
        self.wire.sendto(frame, (self.ports[device], 0x86DD))

    def _mac_of(self, device: str, packet: Packet) -> str:
        for entry in self.host.neighbours:
            if entry.dev == device and entry.mac and entry.address == packet.headers.src:
                return entry.mac
        return f"02:00:00:00:02:{self._index(device):02x}"

    def collect(self) -> tuple[list[Seen], list[Seen]]:
        """All TRACE lines and frames until it is quiet; who is asked for is answered for."""
        lines: list[Seen] = []
        frames: list[Seen] = []
        while select.select([self.wire, self.trace.socket], [], [], QUIET_SECONDS)[0]:
            raw = {self.family} if self.own_raw else set()
            for line in told(self.trace.read(), [], 0, raw).trace:
                place = f"{line.label} in={line.in_iface} out={line.out_iface} mark={line.mark}"
                lines.append(Seen(place, line.packet))
            while True:
                try:
                    data, address = self.wire.recvfrom(1 << 17)
                except BlockingIOError:
                    break
                device = next(d for d, port in self.ports.items() if port == address[0])
                kind, packet = data[12:14], data[14:]
                if kind == b"\x08\x06":
                    self._answer_arp(device, data)
                elif kind in (b"\x86\xdd", b"\x08\x00"):
                    if self._answer_ndp(device, packet) or packet[24:40] == MLD_ROUTERS:
                        continue
                    frames.append(Seen(device, packet))
        return [line for line in lines if not _is_noise(line, self.asked)], frames

    asked: frozenset[bytes] = frozenset()

    def _answer_arp(self, device: str, data: bytes) -> None:
        if data[20:22] != b"\0\1":
            return
        own = bytes((2, 0, 0, 0, 2, self._index(device)))
        body = data[14:20] + b"\0\2" + own + data[38:42] + data[22:28] + data[28:32]
        self.wire.sendto(data[6:12] + own + b"\x08\x06" + body, (self.ports[device], 0x0806))

    def _answer_ndp(self, device: str, packet: bytes) -> bool:
        """Answer a solicitation of the host's own; not one that it answers with."""
        if packet[6] != 58 or packet[7] != 255 or packet[40] != 135 or self.deaf:
            return False
        self.asked = self.asked | {packet[48:64]}
        own = bytes((2, 0, 0, 0, 2, self._index(device)))
        body = bytes((136, 0, 0, 0, 0x60, 0, 0, 0)) + packet[48:64] + b"\2\1" + own
        reply = bytes((0x60, 0, 0, 0, 0, 0, 58, 255)) + packet[48:64] + packet[8:24] + body
        mac = _mac(self.host.interfaces[device].mac or default_mac(self._index(device)))
        self.wire.sendto(mac + own + b"\x86\xdd" + sealed(reply), (self.ports[device], 0x86DD))
        return True

    deaf = False

    def chatter(self, seconds: float) -> None:
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            self.collect()

    def flows(self) -> list[str]:
        family = "ipv6" if self.family == 6 else "ipv4"
        with self.here.inside():
            done = subprocess.run(
                ["conntrack", "-L", "-f", family], text=True, capture_output=True, check=False
            )
        return done.stdout.splitlines()

    def close(self) -> None:
        self.trace.close()
        self.wire.close()
        self.here.close()
        self.far.close()


def _mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def _is_noise(line: Seen, asked: frozenset[bytes]) -> bool:
    """Group reports, and the host's own questions for neighbours with what answers them."""
    packet = line.data
    if packet[0] >> 4 != 6:
        return False
    if packet[24:40] == MLD_ROUTERS or packet[24:40] == bytes.fromhex("ff02" + "00" * 13 + "02"):
        named, at = (packet[40], 48) if packet[6] == 0 else (packet[6], 40)
        return named == 58 and packet[at : at + 1] in (b"\x83", b"\x84", b"\x8f")
    if packet[6] != 58 or packet[7] != 255 or packet[48:64] not in asked:
        return False
    chains = {135: ("OUTPUT", "POSTROUTING"), 136: ("PREROUTING", "INPUT")}.get(packet[40], ())
    return line.place.split(":")[1] in chains


def replayed(scenario: Scenario) -> tuple[Told, Told]:
    """What the simulation says of a scenario, and what this kernel does."""
    ours, steps, host, script = simulated(scenario)
    family = 6 if all(a.address.version == 6 or d.name == "lo" for d in host.interfaces.values()
                      for a in d.addresses) else 4  # fmt: skip
    theirs = Told()
    backend = host.backend or "legacy"
    lab = Lab(host, scenario.rules, family, backend)
    lab.deaf = any(entry.failed for entry in host.neighbours)
    try:
        arrived: dict[int, list[t.Arrived]] = {}
        for step in steps:
            if isinstance(step, t.Arrived):
                arrived.setdefault(step.line, []).append(step)
        for statement in script:
            number = statement.line  # type: ignore[attr-defined]
            if isinstance(statement, Wait):
                time.sleep(min(statement.nanoseconds, LONGEST_WAIT) / 1e9 + 0.3)
            for step in arrived.get(number, ()):
                lab.send(step.where.in_iface, step.packet)
            asked = lab.asked
            lines, frames = lab.collect()
            if asked != lab.asked:
                theirs.unordered.add(number)
            if lines:
                theirs.lines[number] = lines
            if frames:
                theirs.frames[number] = frames
        theirs.flows = lab.flows()
    finally:
        lab.close()
    return ours, theirs


def differences(ours: Told, theirs: Told) -> list[str]:
    """Every first difference, one for each statement and kind."""
    found = []
    for what in ("lines", "frames"):
        mine, kernel = getattr(ours, what), getattr(theirs, what)
        for number in sorted({*mine, *kernel}):
            if number in ours.undetermined:
                continue
            pair = [mine.get(number, []), kernel.get(number, [])]
            if what == "frames" and number in theirs.unordered:
                pair = [sorted(one, key=_order) for one in pair]
            found += _first(f"packet {number} {what}", *pair)
    if not ours.undetermined:
        found += _flows_differ(ours.flows, theirs.flows)
    return found


def _order(seen: Seen) -> tuple[str, bytes]:
    return seen.place, seen.data[4:40]


def _first(what: str, mine: list[Seen], kernel: list[Seen]) -> list[str]:
    for at in range(max(len(mine), len(kernel))):
        one = mine[at] if at < len(mine) else None
        other = kernel[at] if at < len(kernel) else None
        if one is None or other is None or not one.equals(other):
            text = f"{what} {at + 1}:\n    ours   {one}\n    kernel {other}"
            if one is None or other is None or one.place != other.place:
                return [text]
            pairs = zip(one.data, other.data, strict=False)
            place = next((n for n, (a, b) in enumerate(pairs) if a != b), -1)
            return [f"{what} {at + 1}, from byte {place}:{text.partition(':')[2]}"]
    return []


def _flows_differ(mine: Iterable[str], kernel: Iterable[str]) -> list[str]:
    left, right = sorted(map(_flow, mine)), sorted(map(_flow, kernel))
    if [text for text, _ in left] != [text for text, _ in right]:
        return [f"conntrack -L:\n    ours   {list(mine)}\n    kernel {list(kernel)}"]
    for (text, one), (_, other) in zip(left, right, strict=True):
        if not -1 <= one - other <= 3:
            return [f"conntrack -L, seconds left: ours {one}, kernel {other}: {text}"]
    return []


def _flow(line: str) -> tuple[str, int]:
    words = re.sub(r" use=\d+", "", line).split()
    return " ".join(words[:2] + words[3:]), int(words[2])


def main(names: list[str]) -> int:
    bad = 0
    for name in names:
        scenario = Scenario.from_toml(Path(name).read_text("utf-8"))
        try:
            ours, theirs = replayed(scenario)
        except Exception as error:
            print(f"{name}: {type(error).__name__}: {error}")
            bad += 1
            continue
        found = differences(ours, theirs)
        bad += bool(found)
        print(f"{name}: {'DIFFERENT' if found else 'equal'}")
        for text in found:
            print("  " + text)
            number = re.match(r"packet (\d+)", text)
            if number:
                for fate in ours.fates.get(int(number[1]), ()):
                    print("    fate   " + fate)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
