"""What happened to one statement, told by the simulation or by the kernel, in the same words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from playground.lab import nft
from playground.lab.nflog import TraceLine
from playground.lab.wires import Frame
from sim.model.host import Socket
from sim.model.replies import ReplyKind
from sim.packet.headers import ACK, IPPROTO_UDP, SYN
from sim.packet.packet import Packet
from sim.tell.render import need_text, sentence
from sim.trace import steps as t


@dataclass(frozen=True, slots=True)
class Line:
    """One TRACE line. ``made_here``: what the kernel made it for (``tcp-reset``), or empty."""

    label: str
    in_iface: str
    out_iface: str
    mark: int
    packet: bytes
    physin: str = ""
    physout: str = ""
    made_here: str = ""
    unknown: bytes = b""  # mask of the bits that the kernel draws


@dataclass(frozen=True, slots=True)
class Wire:
    """A packet that left on an interface."""

    iface: str
    packet: bytes
    made_here: str = ""
    macs: tuple[str, str] | None = None  # source, destination; None: not said


class Datagram(NamedTuple):
    """What a process reads from a socket that is bound to ``port``."""

    port: int
    source: bytes
    sport: int
    data: bytes


@dataclass(slots=True)
class Account:
    """Everything of one statement, in order. ``undetermined``: the simulation gave up there."""

    line: int
    trace: list[Line] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    undetermined: str = ""
    is_limited: bool = False  # an ICMP error was left out, because there were many lately
    passes: int = 0  # of nf_tables
    recounted: int | None = None  # lines of trace before a connlimit rule ran a second time


def simulated(steps: Iterable[t.Step], ports: frozenset[str] = frozenset()) -> dict[int, Account]:
    """The simulation's accounts by statement. ``ports``: of bridges, where frames have MACs."""
    accounts: dict[int, Account] = {}
    made: dict[int, str] = {}
    counted: set[tuple[int, int, str, str, int]] = set()
    for step in steps:
        account = accounts.setdefault(step.line, Account(step.line))
        if account.undetermined:
            continue
        packet, where = step.packet, step.where
        if isinstance(step, t.RuleTried) and any(c.match == "connlimit" for c in step.clauses):
            rule = (step.line, packet.family, where.table_name, where.chain, where.rule)
            if rule in counted and account.recounted is None:
                account.recounted = len(account.trace)
            counted.add(rule)
        if isinstance(step, t.Emitted):
            # A copy is no more the kernel's own than what it is a copy of.
            is_copy = step.reason in (ReplyKind.TEE, ReplyKind.LOCAL_COPY, ReplyKind.FLOOD)
            made[packet.id] = made.get(step.parent, "") if is_copy else step.reason
        elif isinstance(step, t.Sent):
            link = packet.link if step.iface in ports else None
            macs = (link.src_mac, link.dst_mac) if link is not None else None
            account.wires.append(Wire(step.iface, packet.data, made.get(packet.id, ""), macs))
        elif isinstance(step, t.Noted) and step.topic == "ipsec" and step.before is not None:
            # The kernel writes a new IP header around what it packs, with an ident of its own.
            is_packed = len(packet.data) > len(step.before.data)
            made[packet.id] = "ipsec" if is_packed else ""
        elif isinstance(step, t.Noted) and step.topic == "limited":
            account.is_limited = True
        elif isinstance(step, t.Fate) and step.verdict == "undetermined":
            account.undetermined = need_text(step.need) or sentence(step)
        label = step.trace
        if label:
            account.trace.append(
                Line(
                    label, where.in_iface, where.out_iface, packet.mark, packet.data,
                    where.physin, where.physout, made.get(packet.id, ""), packet.unknown,
                )
            )  # fmt: skip
    return accounts


def told(
    lines: Iterable[TraceLine], frames: Iterable[Frame], number: int, raw: set[int]
) -> Account:
    """The kernel's account. ``raw``: the families whose raw table is the scenario's own.

    The TRACE rules on top of raw are taken out again: the numbers behind them shift by one, and
    what only they caused (a raw table that the scenario does not have) is not told.
    """
    account = Account(number)
    for line in lines:
        label = _unshifted(line.label, line.packet[0] >> 4 in raw)
        if label:
            account.trace.append(
                Line(
                    label, line.in_iface, line.out_iface, line.mark, line.packet,
                    line.physin, line.physout,
                )
            )  # fmt: skip
    account.wires = [
        Wire(frame.iface, frame.packet, macs=(frame.src_mac, frame.dst_mac)) for frame in frames
    ]
    return account


_REPORTS_GO_TO = bytes.fromhex("ff02" + "00" * 13 + "16")  # RFC 3810, 5.2.14
_REPORTS4_GO_TO = bytes((224, 0, 0, 22))  # RFC 3376, 4.2.14
_IGMP = 2


def is_report(packet: bytes, ours: Account) -> bool:
    """Does a device say which groups it joined, where the simulation has no such packet?"""
    told = [line.packet for line in ours.trace] + [wire.packet for wire in ours.wires]
    return _is_to_reporters(packet) and not any(map(_is_to_reporters, told))


def _is_to_reporters(packet: bytes) -> bool:
    if packet[:1] == b"":
        return False
    if packet[0] >> 4 == 4:
        return packet[9] == _IGMP and packet[16:20] == _REPORTS4_GO_TO
    return packet[24:40] == _REPORTS_GO_TO


def _unshifted(label: str, own_raw: bool) -> str:
    table, _, rest = label.partition(":")
    chain, kind, number = rest.rsplit(":", 2)  # a chain may be called A:B
    if table != "raw":
        return label
    if not own_raw:
        return ""
    if chain not in ("PREROUTING", "OUTPUT"):
        return label
    if number == "1" and kind == "rule":
        return ""
    return f"{table}:{chain}:{kind}:{int(number) - 1}"


def datagrams(packets: Iterable[Packet]) -> list[Datagram]:
    """What processes read of these packets from their sockets."""
    found = []
    for packet in packets:
        udp = packet.headers.udp
        if udp is not None:
            given = packet.given_to
            port = given.port if isinstance(given, Socket) else udp.dport
            ends = udp.length if packet.headers.protocol == IPPROTO_UDP else 0
            data = packet.payload[8 : ends or None]
            found.append(Datagram(port, packet.headers.src.packed, udp.sport, data))
    return found


def syn_acks(steps: Iterable[t.Step]) -> list[bytes]:
    """TCP headers with which this host answers a SYN, as they begin their way out."""
    return [
        step.packet.payload[:20]
        for step in steps
        if isinstance(step, t.Emitted)
        and not step.packet.is_arp
        and step.packet.headers.tcp is not None
        and step.packet.headers.tcp.flags & (SYN | ACK) == SYN | ACK
    ]


def transports(said: Iterable[TraceLine | nft.Event]) -> list[bytes]:
    """What TRACE told, from where the transport header begins; of raw's OUTPUT, too."""
    return [
        item.transport if isinstance(item, nft.Event) else Packet(item.packet).payload[:20]
        for item in said
        if not isinstance(item, TraceLine) or item.label.startswith("raw:OUTPUT:")
    ]


def deliveries(steps: Iterable[t.Step]) -> list[Packet]:
    """Packets that reached a local socket, in order."""
    return [
        step.packet
        for step in steps
        if isinstance(step, t.Fate) and step.verdict == "delivered" and not step.packet.is_arp
    ]
