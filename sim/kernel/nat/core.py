"""NAT: bind a connection to other addresses and ports once, then rewrite its packets.

Facts: net/netfilter/nf_nat_core.c, nf_nat_proto.c, nf_nat_masquerade.c.
"""

from __future__ import annotations

from sim.base.frozen import dataclass, replace
from sim.extensions.extension import NatRange, SetNat
from sim.extensions.runtime import Runtime
from sim.kernel.conntrack.core import Tracker
from sim.kernel.conntrack.expect import ExpectedFlow
from sim.kernel.conntrack.protocol import checksum_holds
from sim.kernel.conntrack.table import Entry
from sim.kernel.nat.ports import Choice, Chooser, answer_to
from sim.kernel.nat.rewrite import reseal_icmp, rewritten
from sim.model.flow import FlowTuple, Manip
from sim.model.rules import Hook
from sim.model.tuples import ICMP_ANSWER, Part, is_icmp, transport
from sim.packet.headers import Headers, dissect
from sim.packet.kinds import CtState
from sim.packet.packet import Packet
from sim.trace.outcomes.base import Cause
from sim.trace.outcomes.nat import (
    ErrorSumWrong,
    MasqueradedElsewhere,
    NatHeaderCut,
    NatQuoteCut,
    RedirectOfNat,
)

REDIRECTS = (5, 137)  # ICMP, ICMPv6
_BIT = {Manip.SRC: "SRC_NAT", Manip.DST: "DST_NAT"}
_DONE = {Manip.SRC: "SRC_NAT_DONE", Manip.DST: "DST_NAT_DONE"}


@dataclass(frozen=True, slots=True)
class Translation:
    """A packet rewritten. ``changes`` are (field, before, after), empty: nothing to do.

    ``packet`` ``None``: dropped, ``cause`` says why. ``manip`` is SRC or DST, as the hook's.
    """

    packet: Packet | None
    manip: Manip
    changes: tuple[tuple[str, str, str], ...] = ()
    undo: bool = False
    at_random: bool = False
    cause: Cause | None = None
    of_error: bool = False  # an ICMP error, whose quote was looked at


def manip_of(hook: Hook) -> Manip:
    """The end that is rewritten at a hook: the destination before routing, else the source."""
    return Manip.DST if hook in (Hook.PREROUTING, Hook.OUTPUT) else Manip.SRC


class Nat:
    """Call it only for families whose nat table is loaded, and only when conntrack runs.

    At each of its hooks (-100 of PREROUTING and OUTPUT, 100 of INPUT and POSTROUTING):
    if ``wants_rules``, walk the nat table's chain and ``bind`` what it asked for (``None`` if no
    rule did), then ``translate``.
    """

    def __init__(self, runtime: Runtime, tracker: Tracker) -> None:
        self.runtime = runtime
        self.tracker = tracker
        self.table = tracker.table
        self._by_source: dict[tuple[object, ...], list[int]] = {}
        tracker.follow = self._follow_master

    def wants_rules(self, packet: Packet, hook: Hook) -> bool:
        """Must the nat table's chain be walked for this packet here?

        Yes for a connection that is new, or related but no ICMP error, and that this end of was
        not decided before.
        """
        entry = self.tracker.entry_of(packet)
        if entry is None or packet.ct_state not in (CtState.NEW, CtState.RELATED):
            return False
        if packet.ct_state is CtState.RELATED and _is_icmp(packet):
            return False
        return _DONE[manip_of(hook)] not in entry.flow.status

    def bind(
        self, packet: Packet, hook: Hook, request: SetNat | None, *, out_iface: str = ""
    ) -> None:
        """Bind the packet's connection as ``request`` says; ``None``: a null binding.

        MASQUERADE's connection (``request.masquerade``) ends with its ``out_iface``.
        """
        manip = manip_of(hook)
        entry = self.tracker.entry_of(packet)
        if entry is None or entry.flow.confirmed or _DONE[manip] in entry.flow.status:
            return
        if request is not None and request.masquerade:
            self.table.update(entry, masquerade_iface=out_iface)
        wanted = request.range if request is not None else self._null_range(entry, manip)
        self._set_up(entry, wanted, manip)

    def remember(self, entry: Entry) -> None:
        """A connection that was bound before the scenario began."""
        key = _source_key(entry, entry.flow.original)
        self._by_source.setdefault(key, []).append(entry.flow.id)

    def _null_range(self, entry: Entry, manip: Manip) -> NatRange:
        """The address as it is by now; the port may still have to change."""
        reply = entry.flow.reply
        address = reply.dst if manip is Manip.SRC else reply.src
        return NatRange(address, address)

    def _set_up(self, entry: Entry, wanted: NatRange, manip: Manip) -> None:
        """Choose a tuple and make answers to it belong to the connection."""
        current = answer_to(entry.flow.reply)
        choice = self._choose(entry, wanted, manip, current)
        status = [_DONE[manip]]
        if choice.tuple != current:
            reply = answer_to(choice.tuple)
            status.append(_BIT[manip])
            reply = replace(reply, zone=entry.flow.reply.zone)
            self.table.update(
                entry,
                reply=reply,
                port_is_random=entry.flow.port_is_random or choice.at_random,
            )
        self.table.update(entry, add=tuple(status))
        if manip is Manip.SRC:
            self.remember(entry)

    def _choose(self, entry: Entry, wanted: NatRange, manip: Manip, current: FlowTuple) -> Choice:
        key = _source_key(entry, current)
        same = [
            self.table.entries[number]
            for number in reversed(self._by_source.get(key, []))
            if number in self.table.entries and self.table.entries[number].alive
        ]
        chooser = Chooser(self.table, entry, wanted, manip, self.runtime.random, same)
        return chooser.choose(current)

    def _follow_master(self, entry: Entry, expectation: ExpectedFlow) -> None:
        """An expected connection is bound like its master; the nat table is not asked."""
        master = self.table.entries[expectation.master]
        ahead, back = master.tuple(expectation.reply), master.tuple(not expectation.reply)
        if entry.flow.original.src == ahead.src:
            self._set_up(entry, NatRange(back.dst, back.dst), Manip.SRC)
        port = expectation.saved_port
        self._set_up(entry, NatRange(back.src, back.src, port, port), Manip.DST)

    # -- packets --------------------------------------------------------------------------------

    def translate(self, packet: Packet, hook: Hook, out_iface: str = "") -> Translation:
        """Rewrite the packet as its connection's binding says for this hook and direction."""
        manip = manip_of(hook)
        entry = self.tracker.entry_of(packet)
        if entry is None:
            return Translation(packet, manip)
        if packet.ct_state is CtState.RELATED and _is_icmp(packet):
            return self._translate_error(packet, entry, manip)
        device = entry.flow.masquerade_iface
        if hook is Hook.POSTROUTING and not packet.ct_reply and device not in ("", out_iface):
            self.table.kill(entry)
            return Translation(None, manip, cause=MasqueradedElsewhere(device, out_iface))
        if not self._is_bound(entry, packet, manip):
            return Translation(packet, manip)
        target = answer_to(entry.tuple(not packet.ct_reply))
        data = bytearray(packet.data)
        if not rewritten(data, 0, target, manip):
            return Translation(None, manip, cause=NatHeaderCut())
        return self._done(packet, bytes(data), entry, manip)

    def _is_bound(self, entry: Entry, packet: Packet, manip: Manip) -> bool:
        """Does anything change here? In reply direction the other end's binding is undone."""
        return _BIT[manip.other if packet.ct_reply else manip] in entry.flow.status

    def _translate_error(self, packet: Packet, entry: Entry, manip: Manip) -> Translation:
        """An ICMP error: its own address, and the packet it quotes, which went the other way."""
        part = transport(packet.data)
        assert part is not None
        if not checksum_holds(part, part.protocol):
            return Translation(None, manip, cause=ErrorSumWrong())
        status = entry.flow.status
        if part.data[0] == REDIRECTS[part.family == 6]:
            done = {"SRC_NAT_DONE", "DST_NAT_DONE"} <= status
            if not done or status & {"SRC_NAT", "DST_NAT"}:
                return Translation(None, manip, cause=RedirectOfNat())
        if not self._is_bound(entry, packet, manip):
            return Translation(packet, manip, of_error=True)
        other = entry.tuple(not packet.ct_reply)
        target = answer_to(other)
        start = part.headers.payload_offset
        data = bytearray(packet.data)
        if not rewritten(data, start + 8, other, manip.other):
            return Translation(None, manip, cause=NatQuoteCut())
        reseal_icmp(data, start)
        rewritten(data, 0, replace(target, protocol=part.protocol), manip)
        return replace(self._done(packet, bytes(data), entry, manip), of_error=True)

    def _done(self, packet: Packet, data: bytes, entry: Entry, manip: Manip) -> Translation:
        after = replace(packet, data=data)
        changes = differences(packet, after)
        random_port = entry.flow.port_is_random and any(name in _OF_PORTS for name, _, _ in changes)
        return Translation(after, manip, changes, packet.ct_reply, random_port)


# Inside an ICMP error a field is called by this and its name.
QUOTED = "quoted "
_OF_PORTS = frozenset({f"{of}{name}" for of in ("", QUOTED) for name in ("sport", "dport", "id")})


def _is_icmp(packet: Packet) -> bool:
    part = transport(packet.data)
    return part is not None and is_icmp(part)


def _source_key(entry: Entry, flow_tuple: FlowTuple) -> tuple[object, ...]:
    """What two connections share if they come from the same client port."""
    zone = entry.zone
    both = zone.original and zone.reply
    return flow_tuple.src, flow_tuple.sport, flow_tuple.protocol, zone.of(False), both


def differences(before: Packet, after: Packet) -> tuple[tuple[str, str, str], ...]:
    """What a translation changed, by name; ``quoted ...`` inside an ICMP error."""
    found = _compare(before.headers, after.headers, "")
    old, new = _quoted(before), _quoted(after)
    if old is not None and new is not None:
        found += _compare(old, new, QUOTED)
    return found


def _compare(old: Headers, new: Headers, prefix: str) -> tuple[tuple[str, str, str], ...]:
    found = []
    for name in ("src", "dst", "sport", "dport"):
        one, other = getattr(old, name), getattr(new, name)
        if one != other:
            found.append((prefix + name, str(one), str(other)))
    if old.icmp and new.icmp and old.icmp.ident != new.icmp.ident:
        found.append((prefix + "id", str(old.icmp.ident), str(new.icmp.ident)))
    return tuple(found)


def _quoted(packet: Packet) -> Headers | None:
    part: Part | None = transport(packet.data)
    if part is None or not is_icmp(part) or len(part.data) < 28:
        return None
    if part.family == 4 and part.data[0] in ICMP_ANSWER:
        return None
    try:
        return dissect(part.data[8:])
    except ValueError:
        return None
