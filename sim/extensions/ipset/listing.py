"""A live set as ``ipset save`` prints its elements (in the order in which they came)."""

from __future__ import annotations

from sim.base.jiffies import HZ
from sim.extensions.ipset.elements import Key
from sim.extensions.ipset.live import LiveEntry, LiveSet
from sim.extensions.ipset.packet_keys import key_text


def listing(live: LiveSet, now: int) -> tuple[str, ...]:
    """One ``add`` line for each element that is alive at jiffy ``now``."""
    return tuple(
        f"add {live.name} {_text(live, key, entry)}{_options(live, entry, now)}"
        for key, entry in live.entries.items()
        if live.is_alive(entry, now)
    )


def _text(live: LiveSet, key: Key, entry: LiveEntry) -> str:
    if live.settings.kind.name == "bitmap:ip,mac":
        key = (key[0], entry.mac or None)
    return key_text(live.settings, key)


def _seconds_left(live: LiveSet, entry: LiveEntry, now: int) -> int:
    if entry.expires is not None:
        # A running timer never reads 0, which means permanent.
        return max(1, (entry.expires - now) // HZ)
    waits = live.settings.kind.name == "bitmap:ip,mac" and not entry.mac
    return (entry.waiting or 0) if waits else 0


def _options(live: LiveSet, entry: LiveEntry, now: int) -> str:
    settings = live.settings
    words = []
    if settings.timeout is not None:
        words.append(f"timeout {_seconds_left(live, entry, now)}")
    if entry.nomatch:
        words.append("nomatch")
    if entry.wildcard:
        words.append("wildcard")
    if settings.counters:
        words.append(f"packets {entry.packets} bytes {entry.bytes}")
    if entry.comment:
        words.append(f'comment "{entry.comment}"')
    if entry.skbmark or entry.skbmarkmask:
        full = entry.skbmarkmask == 0xFFFFFFFF
        mask = "" if full else f"/{entry.skbmarkmask:#x}"
        words.append(f"skbmark {entry.skbmark:#x}{mask}")
    if entry.skbprio:
        words.append(f"skbprio {entry.skbprio >> 16:x}:{entry.skbprio & 0xFFFF:x}")
    if entry.skbqueue:
        words.append(f"skbqueue {entry.skbqueue}")
    return "".join(f" {word}" for word in words)
