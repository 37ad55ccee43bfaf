"""Sentences about routing and conntrack, as an engineer would say them."""

from __future__ import annotations

from sim.base.values import address_text
from sim.extensions.runtime import RouteResult
from sim.packet.packet import Packet

# The routes that everyone knows; naming the table of others explains more.
_REFUSING = {
    "unreachable": "says unreachable",
    "prohibit": "says prohibit",
    "blackhole": "is a blackhole",
}


def route_sentence(packet: Packet, route: RouteResult, *, again: bool = False) -> str:
    """What a route lookup said about the packet's destination."""
    to = address_text(packet.headers.dst)
    head = "Routed again: " if again else ""
    found = f" ({route.route})" if route.route else ""
    by = _by_rule(route)
    if route.kind == "none":
        text = f"there is no route to {to}{by}."
    elif route.kind in _REFUSING:
        text = f"the route to {to} {_REFUSING[route.kind]}{found or by}."
    elif route.kind in ("local", "anycast"):
        text = f"{to} is an address of this host."
    elif route.kind == "broadcast":
        text = f"{to} is a broadcast address on {route.dev}."
    elif route.kind == "multicast":
        text = f"{to} is a multicast group, on {route.dev}."
    elif route.via is not None:
        text = f"{to} is reached by way of {route.via} on {route.dev}{found}{by}."
    else:
        text = f"{to} is a neighbour on {route.dev}{found}{by}."
    if head or text.startswith(to):
        return head + text  # an address keeps its letters
    return text[0].upper() + text[1:]


def _by_rule(route: RouteResult) -> str:
    """The policy rule, when it is not one of those that every host has."""
    standard = ("0: from all lookup local", "32766: from all lookup main")
    if not route.rule or route.rule in (*standard, "32767: from all lookup default"):
        return ""
    return f", by the rule {route.rule}"


_CONNTRACK = {
    "created": "conntrack begins a connection, so the packet is {state}",
    "found": "conntrack knows the connection, so the packet is {state}",
    "related": "conntrack calls the packet {state}",
    "confirmed": "conntrack keeps the connection",
    "untracked": "conntrack leaves the packet alone, it is {state}",
    "invalid": "conntrack calls the packet {state}",
    "destroyed": "conntrack forgets the connection",
    "expired": "conntrack forgets the connection",
    "updated": "conntrack changes the connection",
}


def conntrack_sentence(event: str, state: str, text: str) -> str:
    """What conntrack did, in a sentence."""
    head = _CONNTRACK.get(event, "conntrack").format(state=state)
    return f"{head}: {text}."


def ends_text(packet: Packet) -> str:
    """``203.0.113.1:40000``, or the address alone: where a packet comes from."""
    headers = packet.headers
    source = address_text(headers.src)
    if headers.sport is None:
        return source
    return f"[{source}]:{headers.sport}" if headers.family == 6 else f"{source}:{headers.sport}"


def place_text(at: str) -> str:
    """``filter:INPUT rule 3`` as people say it: ``rule 3 of filter INPUT``."""
    place = at.replace(":", " ")
    if place.endswith(" policy"):
        return f"the policy of {place.removesuffix(' policy')}"
    chain, _, number = place.rpartition(" rule ")
    return f"rule {number} of {chain}"


def rewrite_text(by: str, manip: str, undo: bool) -> str:
    """Who rewrote what: the fate's reason. ``by`` is the rule, empty: none was asked."""
    what = "source" if manip == "SRC" else "destination"
    if undo:
        return "NAT undid its rewrite for this reply"
    if by:
        return f"{by} rewrote the {what}"
    return f"conntrack rewrites the {what} of this connection"


def accepted_text(at: str) -> str:
    """What let a packet pass, a rule or a policy: the fate's reason when nobody rewrote it."""
    return f"{place_text(at)} accepted it"


def because(reasons: tuple[str, ...]) -> str:
    """The reasons as the end of a sentence; nothing when there is none."""
    return f", because {' and '.join(reasons)}" if reasons else ""


def delivered_text(to: str, reasons: tuple[str, ...], aside: str = "") -> str:
    """The fate of a packet that somebody here gets: who, why, and what else there is to say."""
    return f"Delivered to {to}{because(reasons)}{aside and '; '}{aside}."


def left_text(verdict: str, dev: str, packet: Packet, reasons: tuple[str, ...]) -> str:
    """The fate of a packet that left: where, what it looked like there, and why."""
    headers = packet.headers
    target = address_text(headers.dst)
    if headers.dport is not None:
        target = (
            f"[{target}]:{headers.dport}" if headers.family == 6 else f"{target}:{headers.dport}"
        )
    text = f"{verdict.capitalize()} out {dev} as {ends_text(packet)} → {target}"
    return f"{text}{because(reasons)}."
