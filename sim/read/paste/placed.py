"""Packets whose interface nobody said: it follows from the route to their sender."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

from sim.kernel.routing.fib import MAIN, Fib, hops_of
from sim.model.host import Host

UNPLACED = "in ?"
_SOURCE = re.compile(r"in \? .*?(?P<source>\[[^\]]+\]|[\d.]+(?=[:\s])|[\da-fA-F:.]+)(?::\d+)?\s*->")


def is_unplaced(line: str) -> bool:
    return line.startswith(f"{UNPLACED} ")


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
    dev = _towards(host, source)
    if not dev:
        return line, ""
    return f"in {dev} {rest}", f"it comes in on {dev}, where the route to {source} leads"


def _towards(host: Host, source: IPv4Address | IPv6Address) -> str:
    for route in Fib(host).covering(source.version, MAIN, source):
        hops = hops_of(route)
        if route.kind == "unicast" and len(hops) == 1:
            return hops[0].dev
        break
    names = [name for name in host.interfaces if name != "lo"]
    return names[0] if len(names) == 1 else ""
