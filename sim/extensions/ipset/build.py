"""Live sets from the host's text, and everything that ipset or the kernel would refuse of it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sim.base import budget
from sim.base.frozen import dataclass, replace
from sim.base.jiffies import HZ
from sim.extensions.args import integer
from sim.extensions.ipset.elements import Hostnames, Key, parse_element
from sim.extensions.ipset.kinds import ADD_WORDS, MAX_TIMEOUT, NAME_LIMIT, once, settings_of
from sim.extensions.ipset.live import LiveEntry, LiveSet
from sim.extensions.ipset.sets import LiveSets
from sim.model.host import Host, IpSet, SetEntry

_MOST = 0xFFFFFFFFFFFFFFFE


@dataclass(frozen=True, slots=True)
class SetProblem:
    """Something that ipset or the kernel refuses. ``entry`` ``None``: the ``create`` line."""

    set: IpSet
    entry: SetEntry | None
    message: str


def from_host(host: Host) -> LiveSets:
    """The host's sets as they are when the scenario starts, all timers set at that moment.

    Lines that the real ones would refuse are left out; ``problems`` names them.
    """
    return _build(host.sets, host.hostnames)[0]


def problems(
    sets: Mapping[str, IpSet], hostnames: Hostnames | None = None
) -> tuple[SetProblem, ...]:
    """What ipset or the kernel would refuse, in the order of the text."""
    return _build(sets, hostnames or {})[1]


def keys_of(into: LiveSet, element: str, hostnames: Hostnames) -> tuple[Key, ...]:
    """The elements of a set that a word on a command line means."""
    if into.settings.kind.name == "list:set":
        return ((element,),)
    return tuple(parse_element(into.settings, element, hostnames).spelled_out())


def family_of(item: IpSet) -> int:
    """4 or 6, or 0 for a type that serves both families (or that nobody knows)."""
    try:
        return settings_of(item.kind, item.options).family
    except ValueError:
        return 0


def _build(
    sets: Mapping[str, IpSet], hostnames: Hostnames
) -> tuple[LiveSets, tuple[SetProblem, ...]]:
    live: dict[str, LiveSet] = {}
    found: list[SetProblem] = []
    for item in sets.values():
        try:
            if len(item.name) > NAME_LIMIT:
                raise ValueError(f"a set's name has at most {NAME_LIMIT} characters")
            live[item.name] = LiveSet(item.name, settings_of(item.kind, item.options))
        except ValueError as error:
            found.append(SetProblem(item, None, str(error)))
    for item in sets.values():
        if item.name not in live:
            continue
        for entry in item.entries:
            if entry.span is not None:
                budget.at_line(entry.span.line)
            try:
                _add(live, live[item.name], entry, hostnames)
            except ValueError as error:
                found.append(SetProblem(item, entry, str(error)))
    return LiveSets(live), tuple(found)


def _add(live: dict[str, LiveSet], into: LiveSet, line: SetEntry, hostnames: Hostnames) -> None:
    settings = into.settings
    options = once(line.options)
    entry = _entry(into, options, nomatch=line.nomatch or "nomatch" in options)
    element = parse_element(settings, line.element, hostnames)
    if settings.kind.name == "list:set":
        _add_member(live, into, line, options, entry)
        return
    for key in element.spelled_out():
        budget.make(1, "elements of sets")
        refused = into.add(key, replace(entry), 0, exist=False)
        if refused:
            raise ValueError(refused)


def _add_member(
    live: dict[str, LiveSet],
    into: LiveSet,
    line: SetEntry,
    options: dict[str, str],
    entry: LiveEntry,
) -> None:
    member = live.get(line.element)
    if member is None:
        raise ValueError(f"there is no set {line.element} to put into the list")
    if member.settings.kind.name == "list:set":
        raise ValueError("a list of sets cannot hold a list of sets")
    key: Key = (line.element,)
    if key in into.entries:
        raise ValueError("it is there already")
    for word in ("before", "after"):
        if word in options and (options[word],) not in into.entries:
            raise ValueError(f"{options[word]} is not in the list")
    into.put(key, entry)
    order = [k for k in into.entries if k != key]
    if "before" in options:
        order.insert(order.index((options["before"],)), key)
    elif "after" in options:
        order.insert(order.index((options["after"],)) + 1, key)
    else:
        return
    into.entries = {k: into.entries[k] for k in order}


def _entry(into: LiveSet, options: dict[str, str], *, nomatch: bool) -> LiveEntry:
    settings = into.settings
    for word in options:
        if word not in ADD_WORDS:
            raise ValueError(f'"{word}" is no option of add')
    _need(settings.counters, "counters", options, "packets", "bytes")
    _need(settings.comment, "comment", options, "comment")
    _need(settings.skbinfo, "skbinfo", options, "skbmark", "skbprio", "skbqueue")
    _need(settings.timeout is not None, "timeout", options, "timeout")
    if nomatch and not settings.kind.nomatch:
        raise ValueError(f"{settings.kind.name} has no exceptions: nomatch is for networks")
    entry = LiveEntry(
        packets=integer(options.get("packets", "0"), 0, _MOST),
        bytes=integer(options.get("bytes", "0"), 0, _MOST),
        nomatch=nomatch,
        wildcard="wildcard" in options,
        comment=options.get("comment", ""),
        skbqueue=integer(options.get("skbqueue", "0"), 0, 65535),
    )
    if entry.wildcard and settings.kind.name != "hash:net,iface":
        raise ValueError("wildcard is for hash:net,iface")
    if settings.timeout is not None:
        seconds = integer(options.get("timeout", str(settings.timeout)), 0, MAX_TIMEOUT)
        entry.expires = seconds * HZ if seconds else None
        entry.waiting = seconds
    if "skbmark" in options:
        entry.skbmark, entry.skbmarkmask = _mark(options["skbmark"])
    if "skbprio" in options:
        entry.skbprio = _class(options["skbprio"])
    return entry


def _need(there: bool, extension: str, options: dict[str, str], *words: str) -> None:
    for word in words:
        if word in options and not there:
            raise ValueError(f"{word}: the set was created without {extension}")


def _mark(text: str) -> tuple[int, int]:
    found = re.match(r"0x([0-9a-fA-F]+)(?:/0x([0-9a-fA-F]+))?", text)
    if not found:
        raise ValueError(f'skbmark "{text}" is not 0xMARK or 0xMARK/0xMASK')
    mask = int(found[2], 16) if found[2] else 0xFFFFFFFF
    return int(found[1], 16) & 0xFFFFFFFF, mask & 0xFFFFFFFF


def _class(text: str) -> int:
    found = re.match(r"([0-9a-fA-F]+):([0-9a-fA-F]+)", text)
    if not found:
        raise ValueError(f'skbprio "{text}" is not MAJOR:MINOR in hex')
    return (int(found[1], 16) << 16 | int(found[2], 16) & 0xFFFF) & 0xFFFFFFFF
