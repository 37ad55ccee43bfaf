"""The live sets of a run: asked and changed by packets.

net/netfilter/ipset/ip_set_core.c: ip_set_test, ip_set_add, ip_set_del.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from sim.base.frozen import dataclass, replace
from sim.base.jiffies import HZ, jiffies
from sim.extensions.extension import Context
from sim.extensions.ipset.elements import Key
from sim.extensions.ipset.kinds import MAX_TIMEOUT
from sim.extensions.ipset.live import LiveEntry, LiveSet, SetHit, Wanted
from sim.extensions.ipset.packet_keys import NoElement, key_of, key_text

Directions = tuple[str, ...]
_How = Callable[[LiveSet, Key, int], "SetChange"]


@dataclass(frozen=True, slots=True)
class SetAnswer:
    """Is the packet in the set? ``why`` says what was looked up and what was found.

    ``entry`` carries the mark and class that the SET target may map.
    """

    held: bool
    why: str
    entry: LiveEntry = field(default_factory=LiveEntry)


@dataclass(frozen=True, slots=True)
class SetChange:
    """What became of an ``add`` or ``del``; ``at_random``: a random element had to go."""

    done: bool
    text: str
    at_random: bool = False


@dataclass(frozen=True, slots=True)
class LiveSets:
    """All sets of the run by name."""

    by_name: dict[str, LiveSet]

    def test(
        self, name: str, directions: Directions, ctx: Context, wanted: Wanted,
        *, return_nomatch: bool = False, update_members: bool = True,
    ) -> SetAnswer:  # fmt: skip
        """Is it in there? More directions than the type has parts do no harm, fewer never match.

        ``return_nomatch`` turns the answer of what is found around, exceptions match then.
        """
        found = self.by_name.get(name)
        refusal = _unfit(name, found, directions, ctx.family)
        if found is None or refusal:
            return SetAnswer(False, refusal)
        if found.settings.kind.name == "list:set":
            inner = replace(wanted, packets=None, bytes=None)
            if not update_members:
                inner = replace(inner, update_counters=False)
            return self._test_members(found, directions, ctx, wanted, inner, return_nomatch)
        try:
            key = key_of(found.settings, directions, ctx)
        except NoElement as error:
            return SetAnswer(False, str(error))
        now = jiffies(ctx.runtime.now)
        answer, element = found.lookup(key, now, wanted)
        if answer is SetHit.NEEDS_MAC:
            found.add(key, new_entry(found, ctx), now, exist=False)
            return SetAnswer(True, f"{key_text(found.settings, key)}: its MAC is filled in now")
        held = answer is SetHit.YES
        if return_nomatch and found.settings.kind.nomatch and answer is not SetHit.NO:
            held = not held
        why = _why(found, key, element, answer, now)
        return SetAnswer(held, why, found.entries.get(element, LiveEntry()))

    def _test_members(
        self, outer: LiveSet, directions: Directions, ctx: Context, wanted: Wanted, inner: Wanted,
        return_nomatch: bool,
    ) -> SetAnswer:  # fmt: skip
        now = jiffies(ctx.runtime.now)
        seen = []
        for (member,), entry in list(outer.entries.items()):
            answer = self.test(member, directions, ctx, inner, return_nomatch=return_nomatch)
            seen.append(answer.why)
            if answer.held and outer.matches(entry, now, wanted):
                return SetAnswer(
                    True, answer.why, entry if outer.settings.skbinfo else answer.entry
                )
        return SetAnswer(False, "; ".join(seen) or f"the list {outer.name} is empty")

    def add(
        self, name: str, directions: Directions, ctx: Context,
        *, timeout: int | None = None, exist: bool = False,
    ) -> SetChange:  # fmt: skip
        """What the SET target's ``--add-set`` does."""

        def put(found: LiveSet, key: Key, now: int) -> SetChange:
            text = key_text(found.settings, key)
            entry = new_entry(found, ctx, timeout)
            refused = found.add(key, entry, now, exist=exist)
            if not refused:
                return SetChange(True, f"{text} enters {found.name}{_for_seconds(entry, now)}")
            if refused == "it is full" and found.settings.forceadd and found.entries:
                found.remove(ctx.runtime.random.choice(list(found.entries)))
                found.put(key, entry)
                return SetChange(True, f"{text} replaces a random element of {found.name}", True)
            return SetChange(False, f"{text} does not enter {found.name}: {refused}")

        return self._change(name, directions, ctx, put)

    def delete(self, name: str, directions: Directions, ctx: Context) -> SetChange:
        """What the SET target's ``--del-set`` does."""

        def take(found: LiveSet, key: Key, now: int) -> SetChange:
            text = key_text(found.settings, key)
            refused = found.delete(key, now)
            if refused:
                return SetChange(False, f"{text} does not leave {found.name}: {refused}")
            return SetChange(True, f"{text} leaves {found.name}")

        return self._change(name, directions, ctx, take)

    def _change(self, name: str, directions: Directions, ctx: Context, how: _How) -> SetChange:
        found = self.by_name.get(name)
        refusal = _unfit(name, found, directions, ctx.family)
        if found is None or refusal:
            return SetChange(False, refusal)
        now = jiffies(ctx.runtime.now)
        if found.settings.kind.name == "list:set":
            return self._change_member(found, directions, ctx, how)
        try:
            key = _stored(found, key_of(found.settings, directions, ctx))
        except NoElement as error:
            return SetChange(False, f"{name} stays as it is: {error}")
        return how(found, key, now)

    def _change_member(
        self, outer: LiveSet, directions: Directions, ctx: Context, how: _How
    ) -> SetChange:
        """The first member that takes it ends the walk."""
        now = jiffies(ctx.runtime.now)
        texts = []
        for (member,), entry in list(outer.entries.items()):
            if not outer.is_alive(entry, now):
                continue
            change = self._change(member, directions, ctx, how)
            texts.append(change.text)
            if change.done:
                break
        return SetChange(True, "; ".join(texts) or f"the list {outer.name} is empty")


def _unfit(name: str, found: LiveSet | None, directions: Directions, family: int) -> str:
    if found is None:
        return f"there is no set {name}"
    parts = found.settings.kind.parts
    if len(directions) < len(parts):
        return f"{name} has {len(parts)} parts, only {len(directions)} are named"
    if found.settings.family not in (0, family):
        return f"{name} is an IPv{found.settings.family} set"
    return ""


def _why(found: LiveSet, key: Key, element: Key, answer: SetHit, now: int) -> str:
    text = key_text(found.settings, key)
    if answer is SetHit.NO:
        there = found.entries.get(key)
        if there is None:
            return f"{text} is not in {found.name}"
        if not found.is_alive(there, now):
            return f"{text} has run out in {found.name}"
        counted = f"{there.packets} packets, {there.bytes} bytes"
        return f"{text} is in {found.name} with {counted}"
    by = "" if element == key else f" by {key_text(found.settings, element)}"
    exception = ", an exception" if answer is SetHit.EXCEPTION else ""
    return f"{text} is in {found.name}{by}{exception}"


def _for_seconds(entry: LiveEntry, now: int) -> str:
    return "" if entry.expires is None else f" for {(entry.expires - now) // HZ} s"


def new_entry(found: LiveSet, ctx: Context, timeout: int | None = None) -> LiveEntry:
    """What the kernel gives an element that a packet adds: the packet is counted already."""
    entry = LiveEntry(packets=1, bytes=len(ctx.packet.data))
    if found.settings.timeout is not None:
        seconds = min(found.settings.timeout if timeout is None else timeout, MAX_TIMEOUT)
        entry.expires = jiffies(ctx.runtime.now) + seconds * HZ if seconds else None
        entry.waiting = seconds
    return entry


def _stored(found: LiveSet, key: Key) -> Key:
    """The form in which a packet's element is stored: with the longest prefix of the set."""
    lengths = iter(found.longest())
    bits = found.settings.bits
    parts = []
    for part, kind in zip(key, found.settings.kind.parts, strict=True):
        if kind == "net":
            length = next(lengths)
            part = (part[0] & ~((1 << bits - length) - 1), length)
        parts.append(part)
    return tuple(parts)
