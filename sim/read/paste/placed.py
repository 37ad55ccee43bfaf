"""Packets whose interface nobody said: it follows from the route to their sender."""

from __future__ import annotations

import contextlib
import re
from ipaddress import IPv4Address, IPv6Address, ip_address

from sim.kernel.routing.core import Routing
from sim.model.host import Host
from sim.model.routing import Query
from sim.read.packets.way_in import way_in

UNPLACED = "in ?"
OWN = "local ?"  # this host sends it, with the address that its route chooses
_SOURCE = re.compile(r"in \? .*?(?P<source>\[[^\]]+\]|[\d.]+(?=[:\s])|[\da-fA-F:.]+)(?::\d+)?\s*->")

_DUMPED = re.compile(r"\s*(?:[\d:. -]+\s)?IP6?\s+(?:\([^)]*\)\s+)?(?P<source>[\da-fA-F:.]+)\s+>\s")
_TARGET = re.compile(r"->\s*(?P<address>\[[^\]]+\]|(?:[\da-fA-F]*:){2,}[\da-fA-F:.]*|[\d.]+)")


def is_unplaced(line: str) -> bool:
    return line.startswith((f"{UNPLACED} ", f"{OWN} "))


def own(line: str, host: Host) -> tuple[str, str]:
    """The statement with the address that this host sends from; empty, and why: it has none."""
    rest = line.removeprefix(OWN).lstrip()
    target = _TARGET.search(rest)
    address = ip_address(target["address"].strip("[]")) if target is not None else None
    source = _source_towards(host, address) if address is not None else None
    if source is None:
        way = "2001:db8::9" if address is not None and address.version == 6 else "192.0.2.9"
        said = f"local {rest.replace('?', way, 1)}"
        return "", f"no address of this host is known: say who asks, as in `{said}`"
    shown = f"[{source}]" if source.version == 6 and "]:" in rest else str(source)
    return f"local {rest.replace('[?]', shown).replace('?', shown, 1)}", ""


def _source_towards(
    host: Host, address: IPv4Address | IPv6Address
) -> IPv4Address | IPv6Address | None:
    routing = Routing(host, 0)
    route = routing.lookup(Query(address))
    if route.src is not None:
        return route.src
    if route.dev:
        chosen = routing.masquerade_address(address.version, route.dev, route.via, address)
        if chosen is not None:
            return chosen
    return next(
        (
            entry.address.ip
            for interface in host.interfaces.values()
            for entry in interface.addresses
            if entry.address.version == address.version
            and interface.name != "lo"
            and not entry.address.ip.is_link_local
        ),
        None,
    )


def placed(line: str, host: Host) -> tuple[str, str]:
    """The statement with its way in, and what is to be said of that.

    Where no route tells it, the line stays as it is; ``in ?`` is refused by name.
    """
    rest = line.removeprefix(UNPLACED).lstrip()
    found = _SOURCE.match(line)
    if found is None:
        return line, ""
    try:
        source = ip_address(found["source"].strip("[]"))
    except ValueError:
        return line, ""
    for interface in host.interfaces.values():
        if any(entry.address.ip == source for entry in interface.addresses):
            return f"local {rest}", f"{source} is an address of this host, which sends the packet"
    dev = way_in(host, source)
    if not dev:
        return line, ""
    return f"in {dev} {rest}", f"it comes in on {dev}, where the route to {source} leads"


def heard(line: str, dev: str, host: Host) -> tuple[str, str]:
    """A line of tcpdump that was typed with ``-i DEV``, and what is to be said of that.

    Only where no route tells the way in: what is sent or passed on is seen on an interface too.
    """
    found = _DUMPED.match(line)
    source = _end(found["source"]) if found is not None else None
    is_bare = not any(name != "lo" for name in host.interfaces)  # no host is shown at all
    if source is None or not (is_bare or dev in host.interfaces) or way_in(host, source):
        return line, ""
    for interface in host.interfaces.values():
        if any(entry.address.ip == source for entry in interface.addresses):
            return line, ""
    return f"in {dev} {line.lstrip()}", f"it comes in on {dev}, where tcpdump listened"


def sender_of(line: str) -> str:
    """Who sends the packet of a line that does not tell its way in; empty: it tells it."""
    found = _SOURCE.match(line) if is_unplaced(line) else _DUMPED.match(line)
    return found["source"].strip("[]") if found is not None else ""


def without_way(sender: str, host: Host) -> str:
    """The sender's address, where the host does not tell on which interface it comes in."""
    source = _end(sender)
    if source is None or source.is_multicast or way_in(host, source):
        return ""
    own = (entry.address.ip for one in host.interfaces.values() for entry in one.addresses)
    return "" if source in own else str(source)


def put_in(line: str, dev: str) -> str:
    """The line with its way in."""
    return f"in {dev} {line.removeprefix(UNPLACED).lstrip()}"


def _end(text: str) -> IPv4Address | IPv6Address | None:
    """``192.0.2.1.443``, ``2001:db8::1.22`` or an address alone."""
    for word in (text, text.rpartition(".")[0]):
        with contextlib.suppress(ValueError):
            return ip_address(word)
    return None
