"""Sentences about options."""

from __future__ import annotations

from sim.tell.wording.words import Words, word
from sim.trace.outcomes import options as o

WORDS: Words = {
    o.OptionsUnknown: lambda n: f"What happens now cannot be told: {word(n.need)} is not modelled.",
    o.OptionsTold: lambda n: f"Rejected with {n.reason}: {word(n.cause)}.",
    o.OptionsDropped: lambda n: f"Dropped: {word(n.cause)}.",
    o.HeaderTooLong: lambda n: f"an extension header is longer than net.ipv6.{n.setting} allows",
    o.SourceRoute: lambda _: "a source route in the IP options",
    o.SourceRouteOff: lambda _: "it names a source route, and accept_source_route is 0",
    o.HopByHopCut: lambda _: "its hop-by-hop header is cut short",
    o.HeaderNotTaken: lambda n: f"nobody here takes the header {n.number}",
    o.RoutingHeaderToMany: lambda _: "a routing header goes to one host",
    o.SegmentRoutingOff: lambda _: "segment routing is off on this host (seg6_enabled)",
    o.RoutingHeaderType: lambda n: f"its routing header is of type {n.type}",
    o.Ipv4Option: lambda n: f"the IP option {n.name}",
    o.OptionsEndNotZero: lambda _: "the IP option the end of the options is not followed by zeros",
    o.Ipv6Option: lambda n: f"the IPv6 option {n.type:#x}",
    o.NoLength: lambda _: "a hop-by-hop header in a packet whose length is 0",
    o.JumboMisplaced: lambda _: "its jumbo option has the wrong length or place",
    o.JumboNotNeeded: lambda n: f"its jumbo option says only {n.length} bytes",
    o.JumboBesideLength: lambda _: "it has a jumbo option and a length in its header",
    o.JumboTooLong: lambda n: f"its jumbo option says {n.length} bytes, and there are fewer",
    o.OptionsMalformed: lambda _: "its IP options are malformed",
    o.OptionsHeaderCut: lambda _: "an options header is cut short",
    o.OptionCut: lambda _: "an option is cut short",
    o.PaddingNotZero: lambda _: "padding in its options is not zero",
    o.TooMuchPadding: lambda _: "its options have too much padding",
    o.TooManyOptions: lambda _: "it has too many options",
    o.AlertLength: lambda _: "its router alert has the wrong length",
    o.OptionUnknown: lambda n: f"nobody here knows its option {n.type:#x}",
    o.HeaderMislaid: lambda n: f"what follows is taken for its header {n.number}, and is too short",
    o.HeaderMislaidUnknown: lambda n: (
        f"a header {n.number} in front of fragments that conntrack has gathered"
    ),
}
