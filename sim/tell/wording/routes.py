"""Sentences about a route lookup."""

from __future__ import annotations

from sim.base.values import address_text
from sim.extensions.runtime import RouteResult
from sim.model.host import RouteKind
from sim.packet.packet import Packet

# The routes that everyone knows; naming the table of others explains more.
_REFUSING = {
    RouteKind.UNREACHABLE: "says unreachable",
    RouteKind.PROHIBIT: "says prohibit",
    RouteKind.BLACKHOLE: "is a blackhole",
}


def route_text(packet: Packet, route: RouteResult, *, again: bool = False) -> str:
    """What a route lookup said about the packet's destination."""
    to = address_text(packet.headers.dst)
    head = "Routed again: " if again else "Route: "
    found = f" ({route.route})" if route.route else ""
    by = _by_rule(route)
    if route.kind is RouteKind.NONE:
        text = f"none to {to}{by}."
    elif route.kind in _REFUSING:
        text = f"the one to {to} {_REFUSING[route.kind]}{found or by}."
    elif route.kind in (RouteKind.LOCAL, RouteKind.ANYCAST):
        text = f"{to} is an address of this host."
    elif route.kind is RouteKind.BROADCAST:
        text = f"{to} is a broadcast address on {route.dev}."
    elif route.kind is RouteKind.MULTICAST:
        text = f"{to} is a multicast group, on {route.dev}."
    elif route.via is not None:
        text = f"{to} via {route.via}, out {route.dev}{found}{by}."
    else:
        text = f"{to} is directly connected on {route.dev}{found}{by}."
    return head + text


_STANDARD = (
    "0: from all lookup local", "32766: from all lookup main", "32767: from all lookup default",
)  # fmt: skip


def is_own_rule(rule: str) -> bool:
    """Did somebody add this policy rule? Every host has the three others."""
    return bool(rule) and rule not in _STANDARD


def _by_rule(route: RouteResult) -> str:
    """The policy rule, when it is not one of those that every host has."""
    return f", by rule {route.rule}" if is_own_rule(route.rule) else ""
