"""Sentences about routing."""

from __future__ import annotations

from sim.tell.wording.errnos import MESSAGES
from sim.tell.wording.routes import is_own_rule
from sim.tell.wording.words import Words, word
from sim.trace.outcomes import routing as o

_HOPS = {4: "TTL", 6: "hop limit"}


def _reverse_by_other(n: o.ReverseByOther) -> str:
    by = f" (ip rule {n.rule})" if is_own_rule(n.rule) else ""
    ignored = f"; mark {n.mark:#x} is ignored, because src_valid_mark is 0" if n.mark else ""
    return f"rp_filter: the way back to {n.source} is by {n.dev}{by}, not {n.came}{ignored}"


def _source_routed_here(n: o.SourceRoutedHere) -> str:
    marked = f"; with mark {n.mark:#x}, because src_valid_mark is 1" if n.mark else ""
    return f"a local route holds the source {n.source} (ip rule {n.rule}{marked})"


WORDS: Words = {
    o.NoWayAfterChange: lambda n: (
        f"There is no way to {n.to} after the change, so it is dropped "
        f"and the sender gets {n.errno} ({MESSAGES[n.errno]})."
    ),
    o.NotSent: lambda n: (
        f"Not sent: the sender gets {n.errno} ({MESSAGES[n.errno]}); no hook sees a packet."
    ),
    o.Martian: lambda n: f"Dropped by routing: {word(n.cause)}.",
    o.NotForwardingTo: lambda n: (
        f"Dropped by routing: {n.to} is not on this host and {word(n.cause)}."
    ),
    o.Unroutable: lambda n: f"Rejected by routing with {n.reason}: there is no way to {n.to}.",
    o.UnroutableUnheard: lambda n: f"Dropped by routing: no way to {n.to}.",
    o.NoWayForFrame: lambda n: f"Dropped by routing: there is no way to {n.to}.",
    o.ForwardingOff6: lambda _: (
        "Dropped by routing: this host does not forward IPv6 (all.forwarding is 0)."
    ),
    o.LinkKindStays: lambda n: f"Dropped by routing: a link-layer {n.kind} is not forwarded.",
    o.GivenSocketStays: lambda _: (
        "Dropped by routing: TPROXY gave it to a socket, and no route kept it on this host."
    ),
    o.OwnConnection: lambda _: (
        "Dropped by routing: it belongs to a connection of this host, yet goes elsewhere."
    ),
    o.SourceStays: lambda n: f"Dropped by routing: a packet from {n.source} is not forwarded.",
    o.BeyondScope: lambda n: f"Not forwarded: {n.source} has a meaning on its own link only.",
    o.HopsUsedUp: lambda n: f"Not forwarded: its {_HOPS[n.family]} of {n.left} is used up.",
    o.DoesNotFitWay: lambda n: f"Not forwarded: {n.size} bytes do not fit the MTU of {n.mtu}.",
    o.DoesNotFitMtu: lambda n: (
        f"Dropped: {n.size} bytes do not fit the MTU of {n.mtu} and DF is set."
    ),
    o.DoesNotFitPort: lambda n: (
        f"Dropped: {n.size} bytes do not fit {n.port}, whose MTU is {n.mtu}"
        f"{' and DF is set' if n.has_df else ''}."
    ),
    o.LostAtPort: lambda n: (
        f"Lost: {f'{n.count} of them do not fit' if n.is_cut else 'This copy does not fit'} "
        f"{n.port}, whose MTU is {n.mtu}."
    ),
    o.MulticastStays: lambda _: "A multicast with TTL 0 does not leave the host.",
    o.CopyNotTaken: lambda n: (
        "Dropped: the host's copy of a multicast, routed to one gateway, is not taken."
    ),
    o.HopTaken: lambda n: f"The {_HOPS[n.family]} goes from {n.before} to {n.before - 1}.",
    o.InFragments: lambda n: f"It is sent in {n.count} fragments.",
    o.CameBack: lambda n: f"It comes back to this host through {n.dev}.",
    o.ForwardingOff: lambda n: f"forwarding is off for {n.dev}",
    o.NotOneSource: lambda n: f"the source {n.source} is not the address of one host",
    o.NoSource: lambda _: "the source 0.0.0.0 is no address",
    o.NoDestination: lambda _: "the destination 0.0.0.0 is no address",
    o.LoopbackFromWire: lambda n: f"a loopback {n.end} came from the wire and route_localnet is 0",
    o.LoopbackSource: lambda _: "a loopback source came from the wire",
    o.RouteOfType: lambda n: f"the route to {n.to} is of type {n.kind}",
    o.NobodyJoined: lambda n: f"nobody on this host has joined {n.group} on {n.dev}",
    o.SourceOfKind: lambda n: f"the source {n.source} is a {n.kind} address",
    o.OwnSource: lambda n: f"the source {n.source} is an address of this host",
    o.SourceRoutedHere: _source_routed_here,
    o.ReverseByOther: _reverse_by_other,
    o.NoReverse: lambda n: f"rp_filter: there is no way back to {n.source}",
    o.UnicastInMulticast: lambda _: (
        "Dropped by routing: it is for one host in a frame to many (drop_unicast_in_l2_multicast)."
    ),
    o.HeadersApart: lambda _: (
        "Dropped: it must be cut again, and its extension headers came in more than one fragment."
    ),
    o.NotCutOnTheWay: lambda n: (
        f"Dropped: {n.size} bytes do not fit the MTU of {n.mtu}, and a router does not cut IPv6."
    ),
}
