"""Which interface a packet comes in on, as far as the way back to its sender tells."""

from __future__ import annotations

from sim.kernel.routing.fib import MAIN, fib_of, hops_of
from sim.model.host import Host, RouteKind
from sim.packet.packet import Address


def way_in(host: Host, source: Address) -> str:
    """The interface that the route to the source leads to, or the only one; empty: neither."""
    for route in fib_of(host).covering(source.version, MAIN, source):
        hops = hops_of(route)
        if route.kind is RouteKind.UNICAST and len(hops) == 1:
            return hops[0].dev
        break
    names = [name for name in host.interfaces if name != "lo"]
    return names[0] if len(names) == 1 else ""
