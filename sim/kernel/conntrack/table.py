"""The table of connections: which tuple belongs to which entry, and when an entry is gone.

It knows nothing of protocols and packets. Every change of an entry is published as a new
``Flow`` in ``runtime.flows``; the private memory stays here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.base.frozen import dataclass, replace
from sim.extensions.extension import UseTemplate
from sim.extensions.runtime import Runtime
from sim.model.flow import Flow, FlowTuple
from sim.model.tuples import inverted

ORIGINAL, REPLY = False, True


@dataclass(frozen=True, slots=True)
class Zone:
    """A conntrack zone counts for one direction or for both."""

    id: int = 0
    original: bool = True
    reply: bool = True

    def of(self, reply: bool) -> int:
        """The zone's number in that direction, 0 (the default zone) where it does not count."""
        return self.id if (self.reply if reply else self.original) else 0

    @classmethod
    def from_template(cls, template: UseTemplate | None, mark: int) -> Zone:
        if template is None:
            return cls()
        original, reply = template.zone_original, template.zone_reply
        if template.zone_from_mark:
            both = original is None and reply is None
            return cls(mark & 0xFFFF, both or original is not None, both or reply is not None)
        if original is None and reply is None:
            return cls()
        number = original if original is not None else reply
        return cls(number or 0, original is not None, reply is not None)


@dataclass(slots=True)
class SeqAdjust:
    """What rewriting the payload did to the sequence numbers of one direction."""

    position: int = 0
    offset_before: int = 0
    offset_after: int = 0


@dataclass(slots=True)
class Entry:
    """One connection. ``track`` is its protocol's private memory, ``memory`` its helper's."""

    flow: Flow
    zone: Zone
    track: Any
    counted: bool = False  # accounting was on when it was made
    memory: Any = None
    adjusts: tuple[SeqAdjust, SeqAdjust] | None = None

    def tuple(self, reply: bool) -> FlowTuple:
        return self.flow.reply if reply else self.flow.original

    @property
    def alive(self) -> bool:
        return "DYING" not in self.flow.status


class CtTable:
    """Entries by id, and confirmed entries by the tuple of either direction."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.entries: dict[int, Entry] = {}
        self._index: dict[FlowTuple, list[tuple[Entry, bool]]] = {}
        self._living = 0

    def __len__(self) -> int:
        """How many there are that count against ``nf_conntrack_max``."""
        return self._living

    def __iter__(self) -> Iterator[Entry]:
        """Entries that live, oldest first."""
        return (entry for entry in tuple(self.entries.values()) if entry.alive)

    def new(self, original: FlowTuple, zone: Zone, track: Any, counted: bool) -> Entry | None:
        """An unconfirmed entry; ``None`` when the tuple has no inverse."""
        reply = inverted(original)
        if reply is None:
            return None
        runtime = self.runtime
        number, runtime.next_flow = runtime.next_flow, runtime.next_flow + 1
        flow = Flow(
            id=number,
            original=replace(original, zone=zone.of(ORIGINAL)),
            reply=replace(reply, zone=zone.of(REPLY)),
            zone=zone.id,
            created=runtime.now,
        )
        entry = Entry(flow, zone, track, counted=counted)
        self.entries[number] = entry
        self._living += 1
        runtime.flows[number] = flow
        return entry

    def update(self, entry: Entry, *, add: tuple[str, ...] = (), **fields: Any) -> Flow:
        """Change an entry and publish it. ``add`` are status bits to set."""
        if add:
            fields["status"] = entry.flow.status.union(add)
        # A match may have set a label in the published snapshot (connlabel --set).
        entry.flow = replace(self.runtime.flows.get(entry.flow.id, entry.flow), **fields)
        self.runtime.flows[entry.flow.id] = entry.flow
        return entry.flow

    def find(self, wanted: FlowTuple, zone: Zone) -> tuple[Entry, bool] | None:
        """The confirmed entry that a packet with this tuple belongs to, and its direction.

        With a zone for one direction only, a tuple counts in that direction's number.
        """
        found = self._search(wanted, zone, zone.of(ORIGINAL))
        if found is None and zone.of(REPLY) != zone.of(ORIGINAL):
            found = self._search(wanted, zone, zone.of(REPLY))
        return found

    def _search(self, wanted: FlowTuple, zone: Zone, bucket: int) -> tuple[Entry, bool] | None:
        """Among the entries hashed with one zone number, one whose direction's zone agrees."""
        for entry, reply in tuple(self._index.get(replace(wanted, zone=0), ())):
            number = entry.zone.of(reply)
            if number != bucket:
                continue
            if self._is_expired(entry):
                self.kill(entry)
            elif number == zone.of(reply):
                return entry, reply
        return None

    def taken(self, reply: FlowTuple, ignored: Entry) -> Entry | None:
        """Another confirmed entry that has this tuple, in whichever direction.

        One with the same original tuple does not count: it is the same connection, raced.
        """
        found = self._search(reply, ignored.zone, ignored.zone.of(REPLY))
        if found is None or found[0] is ignored:
            return None
        entry = found[0]
        return None if entry.flow.original == ignored.flow.original else entry

    def clash(self, entry: Entry) -> Entry | None:
        """The confirmed entry that has one of this entry's tuples."""
        for direction in (ORIGINAL, REPLY):
            number = entry.zone.of(direction)
            found = self._search(entry.tuple(direction), entry.zone, number)
            if found is not None:
                return found[0]
        return None

    def insert(self, entry: Entry) -> Flow:
        """Confirm: from now on packets find the entry, and its timer runs."""
        for direction in (ORIGINAL, REPLY):
            key = replace(entry.tuple(direction), zone=0)
            self._index.setdefault(key, []).insert(0, (entry, direction))
        expires = self.runtime.now + entry.flow.lifetime
        return self.update(entry, add=("CONFIRMED",), expires=expires)

    def kill(self, entry: Entry) -> Flow:
        """Nobody finds it any more; packets that hold it keep it until ``sweep``."""
        for direction in (ORIGINAL, REPLY):
            key = replace(entry.tuple(direction), zone=0)
            chain = [hit for hit in self._index.get(key, ()) if hit[0] is not entry]
            if chain:
                self._index[key] = chain
            else:
                self._index.pop(key, None)
        self._living -= entry.alive
        return self.update(entry, add=("DYING",))

    def renew(self, entry: Entry, timeout: int) -> None:
        """The timer starts again. Nanoseconds."""
        if entry.flow.confirmed:
            self.update(entry, expires=self.runtime.now + timeout)
        else:
            self.update(entry, lifetime=timeout)

    def expired(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self if self._is_expired(entry))

    def sweep(self) -> None:
        """Forget the dead for good. No packet may be under way."""
        for number in [n for n, entry in self.entries.items() if not entry.alive]:
            del self.entries[number]
            self.runtime.flows.pop(number, None)

    def _is_expired(self, entry: Entry) -> bool:
        return entry.flow.confirmed and entry.flow.expires <= self.runtime.now
