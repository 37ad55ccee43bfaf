"""What nf_tables tells of a packet: its trace events, as passes through base chains.

``nft monitor trace`` reads the same (NFT_MSG_TRACE, nf_tables_trace.c). A pass is one table at
one hook for one packet: the rules that matched and how it ended. Bytes are compared on the wires.
"""

from __future__ import annotations

import errno
import socket
import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from playground.lab.errors import NotComparable
from playground.lab.netlink import NETLINK_NETFILTER, Netlink, attributes
from sim.model.rules import INET, TABLE_HOOKS, AnyHook
from sim.packet.packet import Packet
from sim.trace import steps as t

_SUBSYSTEM = 10  # NFNL_SUBSYS_NFTABLES
_GET_RULE, _TRACE = _SUBSYSTEM << 8 | 7, _SUBSYSTEM << 8 | 17
_GROUP = 9  # NFNLGRP_NFTRACE
_SOL_NETLINK, _ADD_MEMBERSHIP = 270, 1
_SO_RCVBUFFORCE = 33
_POLICY = 1  # NFT_TRACETYPE_POLICY
_JUMP, _GOTO = -3, -4
_QUEUE, _BYPASS = 3, 0x8000  # NF_VERDICT_FLAG_QUEUE_BYPASS
_ENDS = {0: "DROP", 1: "ACCEPT", 2: "STOLEN"}
_FAMILIES = {2: 4, 10: 6}  # of nfgenmsg: AF_INET, AF_INET6

Place = tuple[int, str, str, int]  # family, table, chain, handle


@dataclass(frozen=True, slots=True)
class Event:
    """One message. ``handle`` 0: no rule; ``ends``: how the pass ended, or empty."""

    packet: int
    family: int
    table: str
    chain: str
    handle: int
    is_policy: bool
    ends: str
    network: bytes = b""  # the first bytes of the headers, in the first event of a pass
    transport: bytes = b""


@dataclass(frozen=True, slots=True)
class Pass:
    """``table:chain`` of the first chain, each matched rule, and the verdict."""

    text: str
    family: int
    table: str
    transport: bytes = b""


class NftListener:
    """Reads the trace of the namespace that it is made in."""

    def __init__(self) -> None:
        self._netlink = Netlink(NETLINK_NETFILTER)
        self.socket = self._netlink.socket
        self.socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 8 << 20)
        self.socket.setsockopt(_SOL_NETLINK, _ADD_MEMBERSHIP, _GROUP)
        self.socket.setblocking(False)
        self.other: list[str] = []

    def close(self) -> None:
        self._netlink.close()

    def read(self) -> list[Event]:
        """What has been told so far, without waiting."""
        found: list[Event] = []
        while True:
            try:
                for kind, _, body in self._netlink.receive():
                    if kind == _TRACE:
                        found.append(_event(body))
            except BlockingIOError:
                return found
            except OSError as error:
                if error.errno == errno.ENOBUFS:
                    raise NotComparable("the kernel does not come to an end") from None
                raise


def _event(body: bytes) -> Event:
    said = dict(attributes(body, 4))
    verdict = dict(attributes(said.get(5, b"")))
    (code,) = struct.unpack(">i", verdict.get(1, b"\xff\xff\xff\xff"))
    kind = int.from_bytes(said.get(4, b""), "big")
    if kind == _POLICY:
        code = int.from_bytes(said.get(16, b""), "big")
    if code & 0xFF == _QUEUE:  # nobody listens here
        code = 1 if code & _BYPASS else 0
    return Event(
        packet=int.from_bytes(said.get(6, b""), "big"),
        family=_FAMILIES.get(body[0], 0),
        table=_text(said.get(1)),
        chain=_text(said.get(2)),
        handle=int.from_bytes(said.get(3, b""), "big"),
        is_policy=kind == _POLICY,
        ends=_ENDS.get(code & 0xFF, "") if code >= 0 else "",
        network=said.get(8, b""),
        transport=said.get(9, b""),
    )


def _text(value: bytes | None) -> str:
    return (value or b"").rstrip(b"\0").decode("ascii", "replace")


def rule_numbers() -> dict[Place, int]:
    """Where in its chain each rule of this namespace is, from 1."""
    numbers: dict[Place, int] = {}
    counts: Counter[tuple[int, str, str]] = Counter()
    with_link = Netlink(NETLINK_NETFILTER)
    try:
        for number, family in _FAMILIES.items():
            for body in with_link.dump(_GET_RULE, struct.pack(">BBH", number, 0, 0)):
                said = dict(attributes(body, 4))
                chain = family, _text(said.get(1)), _text(said.get(2))
                counts[chain] += 1
                numbers[(*chain, int.from_bytes(said.get(3, b""), "big"))] = counts[chain]
    finally:
        with_link.close()
    return numbers


def passes_of(events: Iterable[Event], numbers: dict[Place, int], own_raw: set[int]) -> list[Pass]:
    """The kernel's passes in the order in which they ended, without our own TRACE rules."""
    begun: dict[int, list[Event]] = {}
    found: list[Pass] = []
    for event in events:
        if event.family == 0:
            continue
        begun.setdefault(event.packet, []).append(event)
        if event.ends:
            told = _passed(begun.pop(event.packet), numbers, own_raw)
            if told is not None:
                found.append(told)
    return found


def _passed(events: Sequence[Event], numbers: dict[Place, int], own_raw: set[int]) -> Pass | None:
    first, last = events[0], events[-1]
    if first.table == "raw" and first.family not in own_raw:
        return None
    words = []
    for event in events:
        if event.is_policy:
            words.append("policy")
        elif event.handle:
            number = numbers.get((event.family, event.table, event.chain, event.handle), 0)
            if event.table == "raw" and event.chain in ("PREROUTING", "OUTPUT"):
                number -= 1  # TRACE is on top
            if number:
                words.append(f"{event.chain} {number}")
    text = f"{first.table} {', '.join(words)}: {last.ends}"
    return Pass(text, first.family, first.table, first.transport)


@dataclass(slots=True)
class Passes:
    """The simulation's passes of one statement. ``nested``: the host sent something meanwhile,
    which nf_tables tells of before the rule that made it. ``copied``: by TEE, of whose copies
    nf_tables does not tell everything."""

    told: list[Pass] = field(default_factory=list)
    nested: bool = False
    copied: bool = False


def simulated_passes(steps: Iterable[t.Step]) -> Passes:
    """What the steps of one statement say in the same words."""
    passes = Passes()
    begun: dict[tuple[int, str, AnyHook | None], list[str]] = {}
    for step in steps:
        passes.nested = passes.nested or isinstance(step, t.Emitted)
        passes.copied = passes.copied or (isinstance(step, t.TargetRan) and step.name == "TEE")
        if (
            step.where.family == INET and step.where.table in TABLE_HOOKS and step.packet.data
        ):  # not a bridge's own tables
            for told in _told(step, begun):
                passes.told.append(told)
    return passes


def _told(step: t.Step, begun: dict[tuple[int, str, AnyHook | None], list[str]]) -> Iterator[Pass]:
    where, family = step.where, step.packet.data[0] >> 4
    key = (step.packet.id, where.table, where.hook)
    words = begun.setdefault(key, [])
    ends = ""
    if isinstance(step, t.RuleTried):
        if step.held or step.hotdrop:
            words.append(f"{where.chain} {where.rule}")
        ends = "DROP" if step.hotdrop else ""
    elif isinstance(step, t.TargetRan) and step.verdict in _ENDS.values():
        ends = step.verdict
    elif isinstance(step, t.PolicyApplied):
        words.append("policy")
        ends = step.verdict
    if ends:
        del begun[key]
        if _is_untold(step.packet):
            return
        text = f"{where.table} {', '.join(words)}: {ends}"
        yield Pass(text, family, where.table, step.packet.payload[:20])


def _is_untold(packet: Packet) -> bool:
    """nft_trace_notify copies the transport header from where an IPv6 packet's last extension
    header ends; where that is behind the packet's end, it says nothing at all."""
    return packet.family == 6 and packet.headers.payload_offset > len(packet.data)


def differing(ours: Passes, theirs: list[Pass]) -> tuple[int, str, str] | None:
    """The first pass that is another one: its place from 1, ours, theirs."""
    mine = [told.text for told in ours.told]
    kernel = [told.text for told in theirs]
    if mine == kernel or (ours.nested and Counter(mine) == Counter(kernel)):
        return None
    place = next(
        (at for at, pair in enumerate(zip(mine, kernel, strict=False)) if pair[0] != pair[1]),
        min(len(mine), len(kernel)),
    )
    return (
        place + 1,
        mine[place] if place < len(mine) else "",
        kernel[place] if place < len(kernel) else "",
    )
