"""Sentences about bridge."""

from __future__ import annotations

from sim.base.values import address_text
from sim.tell.wording.words import Words
from sim.trace.outcomes import bridge as o

_ORDER = {
    "legacy": "ebtables-legacy asks nat first here, as shown; ebtables-nft asks filter first.",
    "nft": "ebtables-nft asks filter first here, as shown; ebtables-legacy asks nat first.",
}


WORDS: Words = {
    o.NoPort: lambda n: f"Dropped by {n.bridge}: no port leads to {n.mac}.",
    o.BehindItself: lambda n: f"Dropped by {n.bridge}: {n.mac} is behind {n.port} itself.",
    o.NoOtherPort: lambda n: f"Dropped by {n.bridge}: no other port leads to {n.mac}.",
    o.PortUnknown: lambda n: (
        f"Which port of {n.bridge} leads to {address_text(n.to)} cannot be told: nobody said."
    ),
    o.ClashBeforeInput: lambda _: "Dropped by conntrack: a clash.",
    o.BehindPort: lambda n: f"{n.mac} is behind port {', '.join(n.ports) or 'nothing'}.",
    o.ToEveryPort: lambda n: f"{n.mac} is sent to every port of {n.bridge}.",
    o.Brouted: lambda n: f"Not bridged: the frame comes in on {n.port} itself.",
    o.Bridged: lambda n: f"{n.mac} is behind {n.port}: bridged.",
    o.Flooded: lambda n: (
        f"{n.mac} is {'for everybody' if n.to_many else 'unknown'}: sent to {', '.join(n.ports)}."
    ),
    o.Readdressed: lambda n: f"{n.to} is on {n.bridge} too: bridged, now to {n.mac}.",
    o.Learned: lambda n: f"{n.bridge} learns that {n.mac} is behind {n.port}.",
    o.FrameOrder: lambda n: _ORDER[n.backend],
    o.NeighbourLine: lambda n: (
        f"a line such as: neighbour {address_text(n.to)} dev {n.bridge} mac MAC"
    ),
}
