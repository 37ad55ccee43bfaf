"""One set while a scenario runs: its elements, their timers and counters.

ip_set_hash_gen.h, ip_set_bitmap_gen.h, ip_set_list_set.c. Time is counted in jiffies; an
element is gone once its last tick has passed, whether or not the kernel swept it up already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import field
from enum import Enum
from typing import Any

from sim.base.frozen import dataclass
from sim.base.jiffies import HZ
from sim.extensions.ipset.elements import Iface, Key
from sim.extensions.ipset.kinds import SetSettings


class SetHit(Enum):
    """What a look-up says. ``EXCEPTION``: the best entry is marked nomatch."""

    NO = "no"
    YES = "yes"
    EXCEPTION = "nomatch"
    NEEDS_MAC = "needs a MAC"  # bitmap:ip,mac: the address is there, its MAC is not known yet


@dataclass(slots=True)
class LiveEntry:
    """One element's extensions. ``expires`` is a jiffy, ``None``: never.

    ``waiting``: seconds that start to count once the MAC of a bitmap:ip,mac element is known.
    """

    expires: int | None = None
    packets: int = 0
    bytes: int = 0
    nomatch: bool = False
    wildcard: bool = False
    mac: str = ""
    waiting: int | None = None
    comment: str = ""
    skbmark: int = 0
    skbmarkmask: int = 0
    skbprio: int = 0
    skbqueue: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a look-up treats what it finds: the options of ``-m set`` behind the name."""

    size: int = 0  # bytes of the packet
    update_counters: bool = True
    packets: Callable[[int], bool] | None = None
    bytes: Callable[[int], bool] | None = None


@dataclass(slots=True)
class LiveSet:
    name: str
    settings: SetSettings
    entries: dict[Key, LiveEntry] = field(default_factory=dict)
    _lengths: tuple[Counter[int], ...] = ()

    def __post_init__(self) -> None:
        nets = sum(part == "net" for part in self.settings.kind.parts)
        self._lengths = tuple(Counter() for _ in range(nets))

    def is_alive(self, entry: LiveEntry, now: int) -> bool:
        return entry.expires is None or now <= entry.expires

    def put(self, key: Key, entry: LiveEntry) -> None:
        """Store an element, whatever was there."""
        if key not in self.entries:
            self._count(key, 1)
        self.entries[key] = entry

    def remove(self, key: Key) -> None:
        del self.entries[key]
        self._count(key, -1)

    def _count(self, key: Key, change: int) -> None:
        for lengths, (_, length) in zip(self._lengths, self._nets(key), strict=True):
            lengths[length] += change
            if not lengths[length]:
                del lengths[length]

    def _nets(self, key: Key) -> list[tuple[int, int]]:
        kinds = self.settings.kind.parts
        return [part for part, kind in zip(key, kinds, strict=True) if kind == "net"]

    def sweep(self, now: int) -> None:
        """Forget what has run out, as the kernel does at the latest when the set is full."""
        for key in [key for key, entry in self.entries.items() if not self.is_alive(entry, now)]:
            self.remove(key)

    def longest(self) -> tuple[int, ...]:
        """For each network part the longest prefix in the set (a full set of bits if empty)."""
        return tuple(max(lengths, default=self.settings.bits) for lengths in self._lengths)

    def lookup(self, key: Key, now: int, wanted: Wanted) -> tuple[SetHit, Key]:
        """Is it in the set, and by which element?

        ``key`` holds single addresses; networks are tried from the longest to the shortest.
        """
        for candidate in self._candidates(key):
            stored, stop = self._at(candidate)
            if stored is not None:
                found = self._judge(key, self.entries[stored], now, wanted)
                if found is not SetHit.NO:
                    return found, stored
            elif stop:
                break
        return SetHit.NO, key

    def _judge(self, key: Key, entry: LiveEntry, now: int, wanted: Wanted) -> SetHit:
        if self.settings.kind.name == "bitmap:ip,mac":
            if not entry.mac:
                return SetHit.NEEDS_MAC
            if key[1] != entry.mac:
                return SetHit.NO
        if not self.matches(entry, now, wanted):
            return SetHit.NO
        return SetHit.EXCEPTION if entry.nomatch else SetHit.YES

    def matches(self, entry: LiveEntry, now: int, wanted: Wanted) -> bool:
        """The extensions' part: alive, counted, and the counters as asked (they count first)."""
        if not self.is_alive(entry, now):
            return False
        if not self.settings.counters:
            return True
        if wanted.update_counters:
            entry.packets += 1
            entry.bytes += wanted.size
        return (wanted.packets is None or wanted.packets(entry.packets)) and (
            wanted.bytes is None or wanted.bytes(entry.bytes)
        )

    def _at(self, key: Key) -> tuple[Key | None, bool]:
        """The stored form of that key. ``True``: the search ends here although there is none.

        A hash:net,iface network that is there for other devices only hides shorter prefixes.
        """
        name = self.settings.kind.name
        if name == "bitmap:ip,mac":
            key = (key[0], None)
        elif name == "hash:net,iface":
            net, iface = key
            same = [k for k in self.entries if k[0] == net and k[1].physdev == iface.physdev]
            for stored in same:
                if _same_device(stored[1], self.entries[stored], iface):
                    return stored, False
            return None, bool(same)
        return (key if key in self.entries else None), False

    def _candidates(self, key: Key) -> Iterator[Key]:
        if not self._lengths:
            yield key
            return
        bits = self.settings.bits
        places = [at for at, kind in enumerate(self.settings.kind.parts) if kind == "net"]
        yield from _with_lengths(list(key), places, list(self._lengths), bits)

    def add(self, key: Key, entry: LiveEntry, now: int, *, exist: bool) -> str:
        """What the kernel's ADD does; the answer is why it did nothing, or empty."""
        if self.settings.kind.name == "bitmap:ip,mac":
            return self._add_mac(key, entry, now, exist=exist)
        stored, _ = self._at(key)
        if stored is not None:
            there = self.entries[stored]
            if self.is_alive(there, now) and not exist:
                return "it is there already"
            # The wildcard belongs to the element; a hash keeps the comment too.
            entry.wildcard = there.wildcard
            if not self.settings.kind.is_bitmap:
                entry.comment = entry.comment or there.comment
            self.put(stored, entry)
            return ""
        if not self.settings.kind.is_bitmap and len(self.entries) >= self.settings.maxelem:
            self.sweep(now)
            if len(self.entries) >= self.settings.maxelem:
                return "it is full"
        self.put(key, entry)
        return ""

    def _add_mac(self, key: Key, entry: LiveEntry, now: int, *, exist: bool) -> str:
        """bitmap:ip,mac: the timer of an element without a MAC starts when it gets one."""
        address, mac = key
        place = (address, None)
        there = self.entries.get(place)
        if there is not None and not there.mac and mac:
            if entry.waiting == self.settings.timeout and there.waiting is not None:
                entry.expires = now + there.waiting * HZ if there.waiting else None
        elif there is not None and not exist and not self._seems_over(there, now):
            return "it is there already"
        if there is not None:  # counters that are not named stay
            entry.packets = entry.packets or there.packets
            entry.bytes = entry.bytes or there.bytes
        entry.mac = mac or (there.mac if there is not None else "")
        if not entry.mac:
            entry.expires = None
        self.put(place, entry)
        return ""

    def _seems_over(self, entry: LiveEntry, now: int) -> bool:
        """Has it run out? The seconds that wait for a MAC are taken for a tick long past."""
        return not self.is_alive(entry, now) or (not entry.mac and bool(entry.waiting))

    def delete(self, key: Key, now: int) -> str:
        """What the kernel's DEL does; the answer is why it did nothing, or empty."""
        stored, _ = self._at(key)
        if stored is None or not self.is_alive(self.entries[stored], now):
            return "it is not there"
        self.remove(stored)
        return ""


def _same_device(stored: Iface, entry: LiveEntry, wanted: Iface) -> bool:
    if entry.wildcard:
        return wanted.name.startswith(stored.name)
    return stored.name == wanted.name


def _with_lengths(
    key: list[Any], places: list[int], lengths: list[Counter[int]], bits: int
) -> Iterator[Key]:
    if not places:
        yield tuple(key)
        return
    place, *rest = places
    address = key[place][0]
    for length in sorted(lengths[0], reverse=True):
        host_bits = (1 << bits - length) - 1
        key[place] = (address & ~host_bits, length)
        yield from _with_lengths(key, rest, lengths[1:], bits)
    key[place] = (address, bits)
