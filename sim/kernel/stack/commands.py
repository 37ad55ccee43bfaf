"""What commands between packets do to a running host: rules, devices, routes, sets, connections.

A command is known by what it makes of the texts; here the difference is put on top of what the
run has made meanwhile (a device that went down took its routes along, a set has learned).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from sim.base.frozen import replace
from sim.base.jiffies import jiffies
from sim.extensions.ipset import from_host, keys_of
from sim.extensions.ipset.live import LiveSet
from sim.kernel.conntrack.core import CtEvent
from sim.kernel.stack.core import Stack
from sim.kernel.stack.events import come_up, go_down, use_host
from sim.kernel.stack.rulestate import carry
from sim.kernel.stack.unmodelled import unmodelled_of
from sim.model.changes import FlowsDeleted, HostChanged, RulesChanged, SetDeed
from sim.model.host import Host, Interface
from sim.packet.script import TypedCommand
from sim.trace.outcomes.events import CommandRan

# What is compared and merged by itself, below.
_APART = frozenset({"interfaces", "sets", "notes", "flows"})


def run_command(stack: Stack, command: TypedCommand) -> tuple[tuple[CtEvent, ...], CommandRan]:
    """Do what a command does; what conntrack forgot because of it, and what there is to say."""
    events: tuple[CtEvent, ...] = ()
    deleted, notes = -1, command.notes
    for change in command.changes:
        if isinstance(change, RulesChanged):
            carry(stack.runtime.state, change.before, change.after, stack.backend)
            stack.use(change.after)
        elif isinstance(change, FlowsDeleted):
            gone = stack.tracker.delete(change.which)
            deleted = max(deleted, 0) + len(gone)
            events += gone
        elif isinstance(change, HostChanged):
            events += _change_host(stack, change)
            notes += _change_sets(stack, change)
    return events, CommandRan(command.text, bool(command.changes), deleted, notes)


def _change_host(stack: Stack, change: HostChanged) -> tuple[CtEvent, ...]:
    before, after = change.before, change.after
    now = stack.runtime.host
    merged: dict[str, Any] = {}
    for one in fields(Host):
        old, new = getattr(before, one.name), getattr(after, one.name)
        if one.name not in _APART and old != new:
            merged[one.name] = _merged(getattr(now, one.name), old, new)
    host, events = _change_devices(stack, replace(now, **merged), change)
    use_host(stack, host)
    stack.unmodelled = unmodelled_of(host)
    if before.fdb != after.fdb:
        stack.bridges.restate()
    return events


def _merged(now: Any, old: Any, new: Any) -> Any:
    """``now`` with what is new in ``new`` and without what is gone from ``old``."""
    if now == old:
        return new
    if isinstance(now, Mapping):
        kept = {key: value for key, value in now.items() if key in new or key not in old}
        return {**kept, **{key: value for key, value in new.items() if old.get(key) != value}}
    if isinstance(now, tuple):
        return tuple(_changed(now, old, new))
    return new


def _changed(now: Iterable[Any], old: Iterable[Any], new: Iterable[Any]) -> Iterable[Any]:
    gone, added = Counter(old), Counter(new)
    gone, added = gone - added, added - Counter(old)
    for one in now:
        if gone[one]:
            gone[one] -= 1
        else:
            yield one
    for one in new:
        if added[one]:
            added[one] -= 1
            yield one


def _change_devices(
    stack: Stack, host: Host, change: HostChanged
) -> tuple[Host, tuple[CtEvent, ...]]:
    """Devices that came, went, went down or up, or have other addresses now."""
    events: tuple[CtEvent, ...] = ()
    before, after = change.before.interfaces, change.after.interfaces
    for name in before.keys() - after.keys():
        if name in host.interfaces:
            host = go_down(host, host.interfaces[name])
            kept = {key: one for key, one in host.interfaces.items() if key != name}
            host = replace(host, interfaces=kept)
            events += stack.tracker.interface_event(name)
    for name, new in after.items():
        old, now = before.get(name), host.interfaces.get(name)
        if old == new:
            continue
        if old is None or now is None:
            host = replace(host, interfaces={**host.interfaces, name: new})
            continue
        for entry in old.addresses:
            if all(entry.address != other.address for other in new.addresses):
                address = entry.address.ip
                events += stack.tracker.interface_event(name, address)
        host = _with(host, _device(now, old, new))
        if old.up and not new.up:
            host = go_down(host, host.interfaces[name])
            events += stack.tracker.interface_event(name)
            stack.bridges.forget(name)
        elif new.up and not old.up:
            host = come_up(host, host.interfaces[name])
    return host, events


def _with(host: Host, interface: Interface) -> Host:
    return replace(host, interfaces={**host.interfaces, interface.name: interface})


def _device(now: Interface, old: Interface, new: Interface) -> Interface:
    """The device with what the command changed of it; ``up`` has its own way."""
    changed = {
        one.name: _merged(getattr(now, one.name), getattr(old, one.name), getattr(new, one.name))
        for one in fields(Interface)
        if one.name != "up" and getattr(old, one.name) != getattr(new, one.name)
    }
    return replace(now, **changed)


def _change_sets(stack: Stack, change: HostChanged) -> tuple[str, ...]:
    """Elements that a command added or took; those that packets made stay. What there is to say."""
    if change.deed is not None:
        return _do(stack, change.deed)
    before, after = change.before, change.after
    if before.sets == after.sets:
        return ()
    live = stack.runtime.sets.by_name
    old, new = from_host(before).by_name, from_host(after).by_name
    ticks = jiffies(stack.runtime.now)
    for name in list(live):
        if name not in new:
            del live[name]
    for name, wanted in new.items():
        was = old.get(name)
        if name not in live or was is None or was.settings != wanted.settings:
            live[name] = wanted
            for entry in wanted.entries.values():
                entry.expires = None if entry.expires is None else entry.expires + ticks
            continue
        known = live[name]
        for key, entry in wanted.entries.items():
            if was.entries.get(key) != entry:
                entry.expires = None if entry.expires is None else entry.expires + ticks
                known.put(key, entry)
    return ()


def _do(stack: Stack, deed: SetDeed) -> tuple[str, ...]:
    """``ipset flush``, ``del``, ``swap`` and ``rename``, of whatever is in the sets by now."""
    live, names = stack.runtime.sets.by_name, deed.names
    if deed.verb == "flush":
        for name in names or tuple(live):
            live[name] = LiveSet(name, live[name].settings)
    elif deed.verb == "del":
        found = live[names[0]]
        keys = keys_of(found, deed.element, stack.runtime.host.hostnames)
        refused = [found.delete(key, jiffies(stack.runtime.now)) for key in keys]
        return (deed.otherwise,) if any(refused) and deed.otherwise else ()
    elif deed.verb == "swap":
        one, other = live[names[0]], live[names[1]]
        live[one.name], live[other.name] = other, one
        one.name, other.name = other.name, one.name
    else:
        moved = live.pop(names[0])
        live[names[1]], moved.name = moved, names[1]
    return ()
