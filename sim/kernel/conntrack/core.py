"""Connection tracking: look up, create, confirm, expire.

What a packet is to its protocol (TCP states, ICMP errors) is asked of ``tcp`` and its
sisters; what NAT makes of an entry is ``nat``'s. Facts: net/netfilter/nf_conntrack_core.c.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from sim.base.frozen import dataclass, replace
from sim.extensions.extension import UseTemplate
from sim.extensions.runtime import Runtime
from sim.kernel.conntrack import icmp as conntrack_icmp
from sim.kernel.conntrack.dispatch import judge, new_track
from sim.kernel.conntrack.expect import Expectations, ExpectedFlow
from sim.kernel.conntrack.ftp import ftp
from sim.kernel.conntrack.icmp import Quote
from sim.kernel.conntrack.listing import line
from sim.kernel.conntrack.protocol import SECOND, CtSettings, Ruling, Sight
from sim.kernel.conntrack.seqadj import adjusted, offset_of
from sim.kernel.conntrack.table import CtTable, Entry, Zone
from sim.kernel.conntrack.tftp import tftp
from sim.model.changes import FlowFilter
from sim.model.flow import Flow, FlowTuple, TcpState
from sim.model.rules import Hook
from sim.model.tuples import Part, is_icmp, transport, tuple_of
from sim.packet.headers import (
    IPPROTO_ICMP,
    IPPROTO_ICMPV6,
    IPPROTO_TCP,
    IPPROTO_UDP,
    IPPROTO_UDPLITE,
)
from sim.packet.kinds import CtState
from sim.packet.packet import Address, Packet
from sim.trace.outcomes.base import Cause
from sim.trace.outcomes.conntrack import (
    Confirmed,
    CtDid,
    DeletedByCommand,
    EntryDying,
    ErrorAbout,
    ErrorToOther,
    HelperDrops,
    Joins,
    MasqueradeGone,
    NeverConfirmed,
    NoAnswerType,
    NoTransport,
    OtherVersionIcmp,
    PortsCut,
    QuotesUnknown,
    RawTableSaid,
    Seen,
    TableFull,
    TimedOut,
    TupleTaken,
)

# What follows a control connection to the connections it announces. The kernel has more.
HELPERS = {"ftp": ftp, "tftp": tftp}

# Entries of these may lose a race for their tuple without losing the packet.
MERGEABLE = frozenset({IPPROTO_UDP, IPPROTO_UDPLITE})


@dataclass(frozen=True, slots=True)
class CtEvent:
    """Something conntrack did, and the ``cause`` it goes back to.

    ``state`` is the packet's; ``None``: it is about an entry alone.
    """

    did: CtDid
    state: CtState | None
    flow: Flow | None
    cause: Cause


Events = tuple[CtEvent, ...]


class Tracker:
    """conntrack of one run. ``families`` are those in which it is switched on.

    ``follow`` is NAT's: how an expected connection is bound like its master. ``None`` while there
    is no NAT.
    """

    def __init__(self, runtime: Runtime, families: frozenset[int]) -> None:
        self.runtime = runtime
        self.families = families
        self.table = CtTable(runtime)
        self.expectations = Expectations(self.table)
        self.follow: Callable[[Entry, ExpectedFlow], None] | None = None

    @property
    def settings(self) -> CtSettings:
        return CtSettings(self.runtime.host)

    def entry_of(self, packet: Packet) -> Entry | None:
        """The entry that a packet holds, dead or alive."""
        return None if packet.flow is None else self.table.entries.get(packet.flow)

    # -- lookup -----------------------------------------------------------------------------

    def enter(
        self, packet: Packet, hook: Hook, template: UseTemplate | None = None, in_iface: str = ""
    ) -> tuple[Packet | None, Events]:
        """Priority -200 of PREROUTING and OUTPUT: find or make the packet's entry.

        The packet comes back with ``flow``, ``ct_state`` and ``ct_reply`` set. One that has an
        entry already (it came through ``lo``, or ``attach`` gave it one) is left alone. ``None``:
        dropped, because the table is full.
        """
        if packet.family not in self.families or packet.flow is not None:
            return packet, ()
        packet = replace(packet, is_attached=False, template=None)
        if packet.ct_state is CtState.UNTRACKED or (template and template.notrack):
            return self._untracked(packet, RawTableSaid())
        part = transport(packet.data)
        if part is None:
            return self._invalid(packet, NoTransport())
        zone = Zone.from_template(template, packet.mark)
        if is_icmp(part):
            checks = hook is Hook.PREROUTING and bool(self.settings["checksum"])
            look = conntrack_icmp.first_look(part, hook, checks, 0)
            if isinstance(look, Quote):
                return self._related(packet, look, zone)
            if look is not None:
                assert look.cause is not None
                if look.untracked:
                    return self._untracked(packet, look.cause)
                return self._invalid(packet, look.cause)
        elif part.protocol in (IPPROTO_ICMP, IPPROTO_ICMPV6):
            return self._invalid(packet, OtherVersionIcmp())
        wanted = tuple_of(part)
        if wanted is None:
            return self._invalid(packet, PortsCut())
        return self._resolve(packet, part, wanted, zone, hook, template)

    def _resolve(
        self,
        packet: Packet,
        part: Part,
        wanted: FlowTuple,
        zone: Zone,
        hook: Hook,
        template: UseTemplate | None,
    ) -> tuple[Packet | None, Events]:
        events: Events = ()
        while True:
            found = self.table.find(wanted, zone)
            if found is None:
                if self._is_full():
                    return None, (*events, CtEvent(CtDid.CLASH, CtState.INVALID, None, TableFull()))
                entry = self._create(part, wanted, zone, template)
                if entry is None:
                    return self._invalid(packet, NoAnswerType(), events)
                found = entry, False
            entry, reply = found
            is_new = not entry.flow.confirmed
            ruling = self._ask(entry, part, reply, hook)
            if ruling.again:
                assert ruling.cause is not None
                flow = self.table.kill(entry)
                events += (CtEvent(CtDid.DESTROYED, CtState.INVALID, flow, ruling.cause),)
                continue
            if not ruling.valid:
                return self._refuse(packet, entry, ruling, events)
            packet = self._accept(packet, part, entry, reply, ruling)
            return packet, (*events, self._told(packet, entry, is_new, ruling))

    def _create(
        self, part: Part, wanted: FlowTuple, zone: Zone, template: UseTemplate | None
    ) -> Entry | None:
        counted = self.runtime.accounting or bool(self.settings["acct"])
        entry = self.table.new(wanted, zone, new_track(part), counted)
        if entry is None:
            return None
        expectation = self.expectations.take(entry.flow.original)
        if expectation is None:
            if template and template.helper:
                self.table.update(entry, helper=template.helper)
            return entry
        master = self.table.entries[expectation.master].flow
        self.table.update(
            entry,
            add=("EXPECTED",),
            master=master.id,
            mark=master.mark,
            secmark=master.secmark,
        )
        if expectation.follow and self.follow is not None:
            self.follow(entry, expectation)
        return entry

    def _is_full(self) -> bool:
        limit = self.settings["max"]
        return limit > 0 and len(self.table) >= limit

    def _ask(self, entry: Entry, part: Part, reply: bool, hook: Hook) -> Ruling:
        """Have the protocol's tracker judge the packet."""
        sight = Sight(
            part=part,
            hook=hook,
            reply=reply,
            settings=self.settings,
            now=self.runtime.now,
            expires=entry.flow.expires,
            status=entry.flow.status,
            ack_offset=offset_of(entry, part, not reply),
        )
        return judge(entry, sight)

    def _accept(
        self, packet: Packet, part: Part, entry: Entry, reply: bool, ruling: Ruling
    ) -> Packet:
        """Attach the packet and carry out the ruling."""
        flow = entry.flow
        state = _state(flow, reply)
        if ruling.timeout is not None or ruling.destroyed:
            self._count(entry, len(packet.data), reply)
        if ruling.timeout is not None:
            self.table.renew(entry, ruling.timeout * SECOND)
        if part.protocol == IPPROTO_TCP:
            self.table.update(entry, tcp_state=entry.track.state)
        add: tuple[str, ...] = ("ASSURED",) if ruling.assured else ()
        if state is CtState.ESTABLISHED and reply:
            add += ("SEEN_REPLY",)
        self.table.update(entry, add=add)
        if ruling.destroyed:
            self.table.kill(entry)
        return replace(packet, flow=flow.id, ct_state=state, ct_reply=reply)

    def _count(self, entry: Entry, size: int, reply: bool) -> None:
        if not entry.counted:
            return
        packets, octets = list(entry.flow.packets), list(entry.flow.bytes)
        packets[reply] += 1
        octets[reply] += size
        self.table.update(entry, packets=(packets[0], packets[1]), bytes=(octets[0], octets[1]))

    def _refuse(
        self, packet: Packet, entry: Entry, ruling: Ruling, events: Events
    ) -> tuple[Packet, Events]:
        if not entry.flow.confirmed:
            self._forget(entry)
        elif ruling.shorten is not None:
            self.table.renew(entry, ruling.shorten * SECOND)
        elif ruling.assured:
            self.table.update(entry, add=("ASSURED",))
        assert ruling.cause is not None
        return self._invalid(packet, ruling.cause, events)

    def _related(self, packet: Packet, quote: Quote, zone: Zone) -> tuple[Packet, Events]:
        found = self.table.find(quote.tuple, zone)
        if found is None:
            return self._invalid(packet, QuotesUnknown())
        entry, reply = found
        expected = entry.tuple(reply).dst
        if quote.outer != expected:
            return self._invalid(packet, ErrorToOther(quote.outer, expected))
        packet = replace(packet, flow=entry.flow.id, ct_state=CtState.RELATED, ct_reply=reply)
        cause = ErrorAbout(entry.flow)
        return packet, (CtEvent(CtDid.RELATED, CtState.RELATED, entry.flow, cause),)

    def _told(self, packet: Packet, entry: Entry, is_new: bool, ruling: Ruling) -> CtEvent:
        flow = entry.flow
        seen = Seen(flow, packet.ct_reply, ruling.cause)
        if ruling.destroyed:
            return CtEvent(CtDid.DESTROYED, packet.ct_state, flow, seen)
        if not is_new:
            return CtEvent(CtDid.FOUND, packet.ct_state, flow, seen)
        helper = flow.helper if flow.helper not in HELPERS else ""
        seen = replace(seen, is_expected=flow.master is not None, helper=helper)
        return CtEvent(CtDid.CREATED, packet.ct_state, flow, seen)

    def _untracked(self, packet: Packet, cause: Cause) -> tuple[Packet, Events]:
        packet = replace(packet, flow=None, ct_state=CtState.UNTRACKED, ct_reply=False)
        return packet, (CtEvent(CtDid.UNTRACKED, CtState.UNTRACKED, None, cause),)

    def _invalid(self, packet: Packet, cause: Cause, events: Events = ()) -> tuple[Packet, Events]:
        packet = replace(packet, flow=None, ct_state=CtState.INVALID, ct_reply=False)
        return packet, (*events, CtEvent(CtDid.INVALID, CtState.INVALID, None, cause))

    # -- the way out ------------------------------------------------------------------------

    def confirm(self, packet: Packet, hook: Hook) -> tuple[Packet | None, Events]:
        """INT_MAX of POSTROUTING and INPUT: helpers, then the entry goes into the table.

        ``None``: dropped, because another entry took its tuple meanwhile, or a helper that
        could not follow refused it.
        """
        entry = self.entry_of(packet)
        if entry is None:
            return packet, ()
        events: Events = ()
        if not (packet.ct_state is CtState.RELATED and packet.ct_reply):
            helped = self._help(packet, entry)
            if helped is None:
                cause = HelperDrops(entry.flow.helper)
                return None, (CtEvent(CtDid.CLASH, packet.ct_state, entry.flow, cause),)
            packet = adjusted(helped, entry, packet.ct_reply)
        if packet.ct_reply or entry.flow.confirmed:
            return packet, events
        if not entry.alive:
            return None, (CtEvent(CtDid.CLASH, packet.ct_state, entry.flow, EntryDying()),)
        other = self.table.clash(entry)
        if other is not None:
            return self._resolve_clash(packet, entry, other)
        flow = self.table.insert(entry)
        seconds = flow.lifetime // SECOND
        event = CtEvent(CtDid.CONFIRMED, packet.ct_state, flow, Confirmed(flow, seconds))
        return packet, (*events, event)

    def _help(self, packet: Packet, entry: Entry) -> Packet | None:
        helper = HELPERS.get(entry.flow.helper)
        if helper is None:
            return packet
        return helper(self.expectations, entry, packet, self.runtime)

    def _resolve_clash(
        self, packet: Packet, entry: Entry, other: Entry
    ) -> tuple[Packet | None, Events]:
        """Two entries, one tuple: the same connection raced, or NAT ran out of ports."""
        self._forget(entry)
        same = (entry.flow.original, entry.flow.reply) == (other.flow.original, other.flow.reply)
        if entry.flow.original.protocol in MERGEABLE and same:
            packet = replace(packet, flow=other.flow.id)
            joins = Joins(other.flow)
            return packet, (CtEvent(CtDid.CLASH, packet.ct_state, other.flow, joins),)
        taken = TupleTaken(other.flow)
        return None, (CtEvent(CtDid.CLASH, packet.ct_state, entry.flow, taken),)

    def discard(self, packet: Packet) -> Events:
        """The packet died before ``confirm``: an entry that it had made is forgotten.

        Call it for every packet that dies, or that a socket got; it knows what to do. Entries
        that died stay in ``runtime.flows`` with DYING, for packets that still hold them, until
        ``expire``.
        """
        entry = self.entry_of(packet)
        if entry is None or packet.ct_reply or entry.flow.confirmed or not entry.alive:
            return ()
        flow = self._forget(entry)
        return (CtEvent(CtDid.DESTROYED, packet.ct_state, flow, NeverConfirmed(flow)),)

    def _forget(self, entry: Entry) -> Flow:
        return self.table.kill(entry)

    def attach(self, emitted: Packet, about: Packet) -> Packet:
        """What the host sends in answer inherits the entry of what it answers, as RELATED.

        nf_conntrack_attach: an untracked packet has none to give, but something in its place.
        """
        if about.flow is None:
            return replace(emitted, is_attached=about.ct_state is CtState.UNTRACKED)
        return replace(
            emitted, flow=about.flow, ct_state=CtState.RELATED, ct_reply=not about.ct_reply
        )

    # -- the table from outside ---------------------------------------------------------------

    def change(self, flow_id: int, **fields: Any) -> Flow:
        """Change marks, labels and the like of an entry; gives the new snapshot."""
        return self.table.update(self.table.entries[flow_id], **fields)

    def close(self, flow_id: int) -> None:
        """nf_conntrack_tcp_set_closing: a reset goes out, so the connection is over.

        For good: whatever its ends still send finds it in CLOSE.
        """
        entry = self.table.entries[flow_id]
        if not entry.flow.confirmed or entry.flow.original.protocol != IPPROTO_TCP:
            return
        was, entry.track.state = entry.track.state, TcpState.CLOSE
        self.table.update(entry, tcp_state=TcpState.CLOSE)
        if was is not TcpState.CLOSE:
            self.table.renew(entry, self.settings["tcp_timeout_close"] * SECOND)

    def expire(self) -> Events:
        """Remove what timed out. Call it after the clock moved, before the next packet."""
        events = tuple(
            CtEvent(CtDid.EXPIRED, None, self.table.kill(entry), TimedOut(entry.flow))
            for entry in self.table.expired()
        )
        self.table.sweep()
        return events

    def interface_event(self, iface: str, address: Address | None = None) -> Events:
        """MASQUERADE forgets: the device is down, or only this ``address`` of it is gone."""
        events: list[CtEvent] = []
        for entry in self.table:
            flow = entry.flow
            if flow.masquerade_iface != iface or not flow.confirmed:
                continue
            if address is None or flow.reply.dst == address:
                cause = MasqueradeGone(flow, iface)
                events.append(CtEvent(CtDid.DESTROYED, None, self.table.kill(entry), cause))
        return tuple(events)

    def delete(self, which: FlowFilter) -> Events:
        """``conntrack -D``: the entries that the filter takes are gone."""
        events: list[CtEvent] = []
        for entry in self.table:
            flow = entry.flow
            if not flow.confirmed or not which.takes(flow.original, flow.reply):
                continue
            state = getattr(entry.track, "state", "")
            value, mask = which.mark or (0, 0)
            if (
                (flow.mark & mask) == value & mask
                and which.zone in (None, flow.zone)
                and which.state in ("", state)
                and _has_status(flow, which.status)
            ):
                gone = self.table.kill(entry)
                events.append(CtEvent(CtDid.DESTROYED, None, gone, DeletedByCommand(flow)))
        self.table.sweep()
        return tuple(events)

    def listing(self) -> tuple[str, ...]:
        """The lines of ``conntrack -L`` now, oldest entry first."""
        now = self.runtime.now
        listed = [e for e in self.table if e.flow.confirmed and e.flow.expires > now]
        masters = Counter(entry.flow.master for entry in listed)
        return tuple(line(entry, self.runtime.now, masters[entry.flow.id]) for entry in listed)


def _has_status(flow: Flow, wanted: frozenset[str]) -> bool:
    """``UNSET`` is the tool's word for an entry without a reply."""
    has_reply = "UNSET" not in wanted or not flow.seen_reply
    return has_reply and wanted - {"UNSET"} <= flow.status


def _state(flow: Flow, reply: bool) -> CtState:
    if reply or flow.seen_reply:
        return CtState.ESTABLISHED
    return CtState.RELATED if flow.has("EXPECTED") else CtState.NEW
