"""A second judge: a scenario's host in namespaces of plain veth pairs, compared byte by byte.

``manage.py verify`` has a laboratory of its own, whose devices have no ARP and whose frames are
compared loosely where the kernel draws bits. Here ``ip`` builds what a person would: devices that
answer ARP and neighbour discovery, addresses with their scopes, bridges whose MTU follows their
ports'. What is compared: every TRACE line with all bytes, every frame with both MACs, and the
whole table that ``conntrack -L`` prints, timeouts included (they run on while it works).

    sudo .venv/bin/python -m tests.kernel.plain_lab FILE.toml...
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from playground.lab.account import deliveries, told
from playground.lab.errors import LabError
from playground.lab.loading import with_trace
from playground.lab.machine import KERNEL_DEFAULTS, QUIET
from playground.lab.namespace import Namespace, write_sysctl
from playground.lab.neighbours import scope_of
from playground.lab.nflog import TraceLine, TraceListener
from playground.lab.replay import ordered, set_text
from playground.lab.sockets import Sockets, as_user
from playground.lab.verify import _restorable
from playground.lab.wires import checksum_here
from sim.kernel.far.frames import far_mac
from sim.kernel.stack.core import Stack
from sim.kernel.traversal import WAYS, perform
from sim.model.host import Host, Interface, Neighbour
from sim.model.replies import ReplyKind
from sim.model.rules import BRIDGE
from sim.model.scenario import Compiled, Scenario
from sim.packet.chance import united
from sim.packet.headers import dissect
from sim.packet.packet import Packet
from sim.packet.script import Event, Statement, Wait
from sim.read.scenario import compile_scenario
from sim.tell.render import packet_text
from sim.trace import steps as t

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
ETH_P_ALL = 3
RESTORE = {4: "iptables-legacy-restore", 6: "ip6tables-legacy-restore"}
QUIET_FOR = 0.012  # seconds without a line or a frame after which nothing more is expected
PATIENCE = 0.3  # seconds for what the simulation tells and the kernel has not shown yet
LONGEST_WAIT = 20.0
IPV6_FRAGMENT = 44
REPORTS = bytes.fromhex("333300000016")  # MLDv2 reports go there (RFC 3810, 5.2.14)


@dataclass(frozen=True, slots=True)
class Seen:
    """A TRACE line or a frame: where it was, its bytes, and which of them nobody can know."""

    where: str
    data: bytes
    unknown: bytes = b""

    def equals(self, other: Seen) -> bool:
        mask = _mask(self.data, self.unknown)
        return self.where == other.where and (
            _without(self.data, mask) == _without(other.data, mask)
        )

    def __str__(self) -> str:
        with suppress(ValueError):
            return f"{self.where} {packet_text(Packet(self.data))} len {len(self.data)}"
        return f"{self.where} {self.data[:60].hex()}"


@dataclass
class Told:
    """What one statement led to, by the simulation or by the kernel."""

    trace: list[Seen] = field(default_factory=list)
    wires: list[Seen] = field(default_factory=list)
    flows: list[str] | None = None
    undetermined: str = ""
    took: float = 0.0  # seconds until the table was read

    def without_ident(self) -> Told:
        """Nobody knows the IPv4 ident of what is told here."""
        mask = bytes((0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF))
        trace, wires = (
            [
                replace(s, unknown=united(s.unknown, mask)) if s.data[0] >> 4 == 4 else s
                for s in seen
            ]
            for seen in (self.trace, self.wires)
        )
        return replace(self, trace=trace, wires=wires)


def _mask(data: bytes, unknown: bytes) -> bytes:
    """The scenario's own mask, and the ident of an IPv6 fragment, which is drawn."""
    mask = bytearray(unknown.ljust(len(data), b"\0")[: len(data)])
    with suppress(ValueError, IndexError):
        for number, at in dissect(data).extensions:
            if number == IPV6_FRAGMENT:
                mask[at + 4 : at + 8] = b"\xff" * 4
    return bytes(mask)


def _without(data: bytes, mask: bytes) -> bytes:
    return bytes(a & ~b for a, b in zip(data, mask, strict=False)) + data[len(mask) :]


# ---- the simulation's account --------------------------------------------------------------


_REDIRECT_OPTIONS = 80  # behind the IPv6 header, ICMPv6's and two addresses (RFC 4861, 4.5)
_TARGET_MAC = 2  # ND_OPT_TARGET_LL_ADDR, first if the host knows the neighbour


def simulated(stack: Stack, steps: Sequence[t.Step]) -> Told:
    found = Told()
    for step in steps:
        packet, where = step.packet, step.where
        if isinstance(step, t.NatApplied) and step.at_random:
            found.undetermined = "a port that the kernel picks at random"
            return found
        if isinstance(step, t.Fate) and step.verdict == "undetermined":
            found.undetermined = step.need or step.sentence
            return found
        if (
            isinstance(step, t.Emitted)
            and step.reason is ReplyKind.ICMP6_REDIRECT
            and packet.data[_REDIRECT_OPTIONS] != _TARGET_MAC
        ):
            found.undetermined = "a redirect: the laboratory knows all neighbours from the start"
            return found
        if isinstance(step, t.Sent):
            place, device = step.iface, stack.runtime.host.interface(step.iface)
            if packet.link is not None and device is not None and device.master:
                place += f" {packet.link.src_mac}>{packet.link.dst_mac}"
            found.wires.append(Seen(place, packet.data, packet.unknown))
        if step.trace:
            found.trace.append(
                Seen(
                    _line(step.trace, where.in_iface, where.out_iface, where.physin,
                          where.physout, packet.mark),
                    packet.data, packet.unknown,
                )
            )  # fmt: skip
    if any(services.conntrack for services in stack.services.values()):
        found.flows = sorted(map(_flow, stack.tracker.listing()))
    return found


def _line(label: str, in_: str, out: str, physin: str, physout: str, mark: int) -> str:
    return f"{label} in={in_} out={out} phys={physin}/{physout} mark={mark:#x}"


def _flow(line: str) -> str:
    return re.sub(r" use=\d+$", "", re.sub(r" +", " ", line.strip()))


# ---- the kernel's --------------------------------------------------------------------------


class Lab:
    """The host of one scenario, built once. Use as a context manager; needs root."""

    def __init__(self, compiled: Compiled, text: str) -> None:
        self.compiled, self.text = compiled, text
        self.host: Host = compiled.host
        self.namespace, self.far = Namespace(), Namespace()
        self.names: dict[int, str] = {}
        self.peers: dict[str, int] = {}
        self.met: set[tuple[str, str]] = set()
        self.draws_ident = False  # what this host sends has an IPv4 ident that it chose itself
        self.raw = {f for f in (4, 6) if "raw" in compiled.rules.of(f).tables}

    def __enter__(self) -> Lab:
        with self.far.inside():
            for place in ("all", "default"):
                write_sysctl(f"net.ipv6.conf.{place}.disable_ipv6", "1")
            self.wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            self.wire.setsockopt(263, 23, 1)  # PACKET_IGNORE_OUTGOING
            self.wire.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)
            self.wire.setblocking(False)
        with self.namespace.inside():
            self._build()
            if self._has_ipv6():
                time.sleep(0.1)  # reports of the devices' own groups: no rule is to see them
            self.trace = TraceListener(lambda index: self.names.get(index, f"#{index}"))
            self._load()
            self.sockets = Sockets(partial(scope_of, self.host, indexes=self._indexes()))
            for wanted in self.host.sockets:
                self.sockets.listen(wanted)
        time.sleep(0.02)
        self._drain()
        return self

    def __exit__(self, *what: object) -> None:
        self.wire.close()
        if hasattr(self, "trace"):
            self.trace.close()
        if hasattr(self, "sockets"):
            self.sockets.close()
        self.namespace.close()
        self.far.close()

    def _indexes(self) -> dict[str, int]:
        return {name: index for index, name in self.names.items()}

    def _has_ipv6(self) -> bool:
        return any(
            item.address.version == 6
            for device in self.host.interfaces.values()
            if device.name != "lo"
            for item in device.addresses
        )

    # -- building --------------------------------------------------------------------------

    def _build(self) -> None:
        for name, value in (QUIET | KERNEL_DEFAULTS).items():
            with suppress(LabError):
                write_sysctl(name, value)
        devices = [d for d in self.host.interfaces.values() if d.name != "lo"]
        self._ip("link set lo up", *self._links(devices))
        self.names = {socket.if_nametoindex(d.name): d.name for d in devices}
        self.names[1] = "lo"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            for device in devices:
                if device.kind == "ethernet":
                    checksum_here(probe, device.name)
        self._ip(*(f"link set {d.name} up" for d in devices if d.up))
        for name, value in self.host.sysctls.items():
            if name.startswith("net.") and name not in QUIET:
                write_sysctl(name, value)
        self._ip(*self._addresses(devices))
        self._ip(*self._routes())
        for item in self.host.neighbours:
            self._meet(item)
        self._ip(*(f"__fdb {mac} {port}" for mac, port in self.host.fdb))
        with self.far.inside():
            for name, number in self.peers.items():
                self._ip(f"link set w{number} mtu 65535", f"link set w{number} up")
                self.peers[name] = socket.if_nametoindex(f"w{number}")

    def _links(self, devices: Sequence[Interface]) -> Iterator[str]:
        far = f"/proc/{os.getpid()}/fd/{self.far.descriptor}"
        for number, device in enumerate(devices, 2):
            index = device.index or number
            mac = f"address {device.mac}"
            if device.kind == "bridge":
                yield f"link add {device.name} index {index} {mac} type bridge mcast_snooping 0"
                continue
            self.peers[device.name] = index
            yield (
                f"link add {device.name} index {index} {mac} mtu {device.mtu} type veth "
                f"peer name w{index} netns {far}"
            )
        for device in devices:
            if device.master:
                yield f"link set {device.name} master {device.master}"
        for device in devices:
            if re.search(rf"(?m)^.*\b{device.name}\b.*\bmtu\b", self.text):
                yield f"link set {device.name} mtu {device.mtu}"  # br_change_mtu: ports no longer

    def _addresses(self, devices: Sequence[Interface]) -> Iterator[str]:
        for device in devices:
            for item in device.addresses:
                flags = " nodad" if item.address.version == 6 else ""
                peer = f" peer {item.peer}" if item.peer else ""
                local = item.address.ip if item.peer else item.address
                yield f"addr add {local}{peer} dev {device.name} scope {item.scope}{flags}"

    def _routes(self) -> Iterator[str]:
        for family in self.host.rules_given:
            yield f"-{family} rule flush"
        for line in self.text.splitlines():
            words = line.split()
            if words[:1] == ["ip"] and ("route" in words or "rule" in words):
                yield " ".join(words[1:])
            elif words[:1] == ["route"]:
                yield f"route add {' '.join(words[1:])}"
            elif words[:1] == ["rule"]:
                yield f"rule add {' '.join(words[1:])}"

    def _meet(self, item: Neighbour) -> None:
        interface = self.host.interface(item.dev)
        if interface is None or item.failed:
            return
        self.met.add((str(item.address), item.dev))
        mac = item.mac or far_mac(interface.index)
        self._ip(f"neigh replace {item.address} dev {item.dev} lladdr {mac} nud permanent")

    def _ip(self, *lines: str) -> None:
        """Run ``ip`` commands, each a line of one batch."""
        for line in lines:
            if line.startswith("__fdb"):
                _, mac, port = line.split()
                self._run(["bridge", "fdb", "replace", mac, "dev", port, "master", "static"])
        rest = [line for line in lines if not line.startswith("__fdb")]
        for option in ("-4", "-6", ""):
            mine = [line.removeprefix(option).strip() for line in rest if _option(line) == option]
            if mine:
                command = ["ip", *([option] if option else []), "-batch", "-"]
                self._run(command, "\n".join(mine) + "\n")

    def _run(self, command: list[str], text: str = "") -> str:
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=20, env={"PATH": PATH},
            check=False, close_fds=False,
        )  # fmt: skip
        if done.returncode:
            raise LabError(f"{' '.join(command)}: {done.stderr.strip()}\n{text}")
        return done.stdout

    def _load(self) -> None:
        if self.host.sets:
            text = "".join(set_text(item) for item in ordered(self.host.sets))
            self._run(["ipset", "restore"], text)
        for family, tool in RESTORE.items():
            text = _restorable(self.compiled.rules.of(family))
            if text or self.compiled.rules.of(family).tables:
                self._run([tool], with_trace(text))
        frames = _restorable(self.compiled.rules.of(BRIDGE))
        if frames:
            self._run(["ebtables-nft-restore"], frames)
        for name in ("4", "6"):
            with suppress(LabError):
                write_sysctl(f"net.netfilter.nf_log.{2 if name == '4' else 10}", "nfnetlink_log")

    # -- acting ----------------------------------------------------------------------------

    def perform(self, statement: Statement, steps: Sequence[t.Step], wanted: Told) -> Told:
        """Have the kernel do what a statement says, and tell what it made of it."""
        begun = time.monotonic()
        with self.namespace.inside():
            self._introduce(steps)
            if isinstance(statement, Wait):
                seconds = statement.nanoseconds / 1e9
                if seconds > LONGEST_WAIT:
                    raise LabError(f"waits {seconds:g} s")
                time.sleep(seconds)
            elif isinstance(statement, Event):
                raise LabError("an event of a device is not replayed here")
            for step in steps:
                if isinstance(step, t.Arrived):
                    self._inject(step)
                    break
                if isinstance(step, t.Originated):
                    self._send(step.packet)
                    break
            lines, frames = self._collect(wanted)
            for packet in deliveries(steps):
                self.sockets.after(packet)
            found = self._told(lines, frames)
            if wanted.flows is not None:
                found.flows = self._flows()
                found.took = time.monotonic() - begun
        return found

    def _introduce(self, steps: Sequence[t.Step]) -> None:
        """Neighbours that the text does not name answer as the simulation says they do."""
        for step in steps:
            if not isinstance(step, t.Sent) or step.packet.is_arp:
                continue
            interface = self.host.interface(step.iface)
            assert interface is not None
            dev = interface.master or interface.name
            target = step.next_hop or str(step.packet.headers.dst)
            link = step.packet.link
            if (target, dev) in self.met or target.startswith(("ff", "255.")):
                continue
            mac = link.dst_mac if link is not None and link.dst_mac else far_mac(interface.index)
            is_bridged = interface.master and not step.next_hop and step.where.physin
            if int(mac[:2], 16) & 1 or is_bridged:
                continue
            self.met.add((target, dev))
            with suppress(LabError):
                self._ip(f"neigh replace {target} dev {dev} lladdr {mac} nud permanent")

    def _inject(self, step: t.Arrived) -> None:
        packet, iface = step.packet, step.where.in_iface
        interface = self.host.interface(iface)
        assert interface is not None
        assert packet.link is not None
        source = packet.link.src_mac or far_mac(interface.index)
        destination = packet.link.dst_mac or interface.mac
        head = bytes.fromhex((destination + source).replace(":", ""))
        frame = head + packet.ethertype.to_bytes(2, "big") + packet.data
        with suppress(OSError):  # ENOBUFS: the device took none that long (is_skb_forwardable)
            self.wire.sendto(frame, (f"w{self._number(iface)}", packet.ethertype))

    def _number(self, iface: str) -> int:
        interface = self.host.interface(iface)
        assert interface is not None
        return interface.index

    def _send(self, packet: Packet) -> None:
        """As a process would: bound to its source, with a socket for what comes back."""
        owner, headers = packet.owner, packet.headers
        assert owner is not None
        self.sockets.hold(packet, owner)
        refused = self.sockets.send(packet, owner)
        udp = headers.udp
        if refused != "EMSGSIZE" or udp is None or headers.dont_fragment:
            return
        # A raw socket sends no fragments; any other does, with an ident of the kernel's.
        is_4 = packet.family == 4
        with as_user(owner.uid, owner.gid, owner.groups):
            plain = socket.socket(socket.AF_INET if is_4 else socket.AF_INET6, socket.SOCK_DGRAM)
        with plain, suppress(OSError):
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, packet.mark)
            level, tos, hops = (0, 1, 2) if is_4 else (41, 67, 16)
            plain.setsockopt(level, tos, headers.tos)
            plain.setsockopt(level, hops, headers.ttl)
            plain.setsockopt(*((0, 10, 0) if is_4 else (41, 23, 0)))
            plain.bind((str(headers.src), udp.sport))
            plain.sendto(packet.payload[8:], (str(headers.dst), udp.dport))
            self.draws_ident = True

    def _collect(self, wanted: Told) -> tuple[list[TraceLine], list[tuple[str, bytes]]]:
        lines: list[TraceLine] = []
        frames: list[tuple[str, bytes]] = []
        begun = last = time.monotonic()
        while True:
            new_lines, new_frames = self.trace.read(), self._frames()
            now = time.monotonic()
            if new_lines or new_frames:
                last = now
            lines += new_lines
            frames += new_frames
            lacks = len(frames) < len(wanted.wires)
            if now - last > QUIET_FOR and (not lacks or now - begun > PATIENCE):
                return lines, frames
            time.sleep(0.001)

    def _frames(self) -> list[tuple[str, bytes]]:
        found = []
        names = {index: name for name, index in self.peers.items()}
        while True:
            try:
                data, place = self.wire.recvfrom(1 << 17)
            except BlockingIOError:
                return found
            index = int(place[0][1:]) if place[0][1:].isdecimal() else 0
            name = next((n for n in names.values() if self._number(n) == index), "")
            chatter = data[:6] == REPORTS  # of the devices' own IPv6 groups
            if name and place[1] in (0x0800, 0x86DD, 0x0806) and not chatter:
                found.append((name, data))

    def _drain(self) -> None:
        self._frames()
        self.trace.read()

    def _told(self, lines: list[TraceLine], frames: list[tuple[str, bytes]]) -> Told:
        lines = [line for line in lines if not _is_report(line.packet)]
        account = told(lines, (), 0, self.raw)
        trace = [
            Seen(_line(i.label, i.in_iface, i.out_iface, i.physin, i.physout, i.mark), i.packet)
            for i in account.trace
        ]
        wires = [
            Seen(f"{name} {data[6:12].hex(':')}>{data[:6].hex(':')}", data[14:])
            for name, data in frames
        ]
        return Told(trace, wires)

    def _flows(self) -> list[str]:
        text = "".join(self._run(["conntrack", "-L", "-f", f]) for f in ("ipv4", "ipv6"))
        return sorted(map(_flow, text.splitlines()))


def _is_report(packet: bytes) -> bool:
    return packet[0] >> 4 == 6 and packet[24:40] == bytes.fromhex("ff02" + "00" * 13 + "16")


def _option(line: str) -> str:
    return line[:2] if line.startswith("-") else ""


# ---- both ----------------------------------------------------------------------------------


def differences(ours: Told, theirs: Told) -> list[str]:
    """What is not the same, the simulation's side first; empty: all is equal."""
    found = []
    if not ours.undetermined:
        found += _pairs("trace", ours.trace, theirs.trace)
        found += _wires(ours.wires, theirs.wires)
        if ours.flows is not None and theirs.flows is not None:
            found += _tables(ours.flows, theirs.flows, theirs.took)
    return found


def _pairs(what: str, ours: list[Seen], theirs: list[Seen]) -> list[str]:
    for place in range(max(len(ours), len(theirs))):
        mine = ours[place] if place < len(ours) else None
        other = theirs[place] if place < len(theirs) else None
        if mine is None or other is None or not mine.equals(other):
            text = f"{what} {place + 1}:\n    ours   {mine}\n    kernel {other}"
            return [text + _bytes(mine, other)]
    return []


def _bytes(mine: Seen | None, other: Seen | None) -> str:
    """Where two packets differ, when only their bytes do."""
    if mine is None or other is None or mine.where != other.where:
        return ""
    mask = _mask(mine.data, mine.unknown)
    one, two = _without(mine.data, mask), _without(other.data, mask)
    at = next((i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), -1)
    return f"\n    from byte {at}\n    {one.hex()[:240]}\n    {two.hex()[:240]}"


def _wires(ours: list[Seen], theirs: list[Seen]) -> list[str]:
    """Frames of each wire in their order; MACs count where the simulation says them."""
    told = {seen.where for seen in ours}
    theirs = [
        seen if seen.where in told or seen.where.partition(" ")[0] not in told
        else replace(seen, where=seen.where.partition(" ")[0])
        for seen in theirs
    ]  # fmt: skip
    found = []
    for iface in sorted({seen.where.partition(" ")[0] for seen in (*ours, *theirs)}):
        found += _pairs(
            "wire",
            [seen for seen in ours if seen.where.partition(" ")[0] == iface],
            [seen for seen in theirs if seen.where.partition(" ")[0] == iface],
        )
    return found


_SECONDS = re.compile(r"^(\S+ \d+ )(\d+)")


def _tables(ours: list[str], theirs: list[str], took: float) -> list[str]:
    def parts(lines: list[str]) -> list[tuple[str, int]]:
        found = []
        for line in lines:
            match = _SECONDS.match(line)
            seconds = int(match[2]) if match else 0
            found.append((_SECONDS.sub(r"\g<1>T", line), seconds))
        return sorted(found)

    mine, other = parts(ours), parts(theirs)
    left = [(line, seconds) for line, seconds in mine if line not in dict(other)]
    left += [(line, seconds) for line, seconds in other if line not in dict(mine)]
    kernel = dict(other)
    near = all(-1 <= seconds - kernel.get(line, seconds) <= 3 + took for line, seconds in mine)
    # One that runs out in this very second may be there or not.
    if near and all(seconds <= 1 + took for _, seconds in left):
        return []
    return ["conntrack -L:\n" + "\n".join(
        [f"    ours   {line}" for line in ours] + [f"    kernel {line}" for line in theirs]
    )]  # fmt: skip


@dataclass
class Judged:
    """The differences of a scenario by statement; ``undetermined``: why it was not all asked."""

    differences: list[str] = field(default_factory=list)
    undetermined: str = ""
    told: list[Told] = field(default_factory=list)


LATE = 0.02  # seconds that the kernel may be ahead of the simulation's clock


def caught_up(stack: Stack, begun: float, before: Statement) -> tuple[t.Step, ...]:
    """The laboratory takes time, more where others work too: the simulation waits as long."""
    behind = time.monotonic() - begun - stack.runtime.now / 1e9
    if behind < LATE:
        return ()
    wait = Wait(line=before.line, span=before.span, nanoseconds=int(behind * 1e9))
    return tuple(step for step in perform(stack, wait) if not isinstance(step, t.Waited))


def judge(scenario: Scenario, simulated_as: Scenario | None = None) -> Judged:
    """Compare a scenario with the kernel, up to the first statement that differs.

    ``simulated_as``: simulate another one, to see whether the comparison would notice.
    """
    compiled = compile_scenario(scenario)
    ours = compiled if simulated_as is None else compile_scenario(simulated_as)
    stack, judged = Stack(ours, WAYS), Judged()
    with Lab(compiled, scenario.host) as lab:
        begun = time.monotonic()
        for number, statement in enumerate(compiled.script, 1):
            steps = (*caught_up(stack, begun, statement), *perform(stack, statement))
            ours = simulated(stack, steps)
            theirs = lab.perform(statement, steps, ours)
            judged.told.append(theirs)
            if ours.undetermined:
                judged.undetermined = f"packet {number}: {ours.undetermined}"
                break
            if lab.draws_ident:
                ours = ours.without_ident()
            found = differences(ours, theirs)
            if found:
                judged.differences = [f"packet {number}, {text}" for text in found]
                break
    return judged


def alone() -> None:
    """Stay on one processor: its receive queue is one, so that order is order."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def main(names: Sequence[str]) -> int:
    alone()
    bad = 0
    for name in names:
        judged = judge(Scenario.from_toml(Path(name).read_text()))
        outcome = "DIFFERENT" if judged.differences else judged.undetermined or "equal"
        print(f"{name}: {outcome}")
        for text in judged.differences:
            print(f"  {text}")
        bad += bool(judged.differences)
    return bad


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
