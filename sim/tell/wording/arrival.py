"""Sentences about arrival."""

from __future__ import annotations

from sim.tell.wording.words import Words, word
from sim.trace.outcomes import arrival as o
from sim.trace.outcomes.arrival import Before

_BEFORE = {
    Before.HOOKS: "before any hook",
    Before.BRIDGED_HOOKS: "by br_netfilter before any hook",
    Before.IP: "before IP",
}


WORDS: Words = {
    o.Discarded: lambda n: f"Dropped {_BEFORE[n.before]}: {word(n.cause)}.",
    o.ArrivedDown: lambda n: f"Dropped: {n.dev} is down.",
    o.PreroutingSkipped: lambda _: (
        "PREROUTING is left out: br_netfilter takes this copy for the bridged packet itself, "
        "which has been through it."
    ),
    o.InVrf: lambda n: (
        f"Undetermined: {n.dev} is in the VRF {n.vrf}, whose hooks and table are not modelled."
    ),
    o.VrfUnknown: lambda n: f"what the VRF {n.vrf} does with it",
    o.DeviceDown: lambda n: f"{n.dev} is down",
    o.OtherFrame: lambda n: f"the frame was sent to {n.mac}, which is not {n.dev}",
    o.NoIp: lambda _: "it is neither IPv4 nor IPv6",
    o.IpCut: lambda _: "its IP header is cut short",
    o.IpChecksum: lambda _: "its IP header checksum is wrong",
    o.LengthClaimed: lambda n: f"its header claims {n.claimed} bytes, {n.here} are here",
    o.Ipv6Off: lambda n: f"IPv6 is off on {n.dev}",
    o.Ipv6Cut: lambda _: "its IPv6 header is cut short",
    o.LoopbackOnWire: lambda _: "::1 has no business on the wire",
    o.MulticastSource: lambda _: "its source is a multicast address",
    o.ScopeOfSender: lambda _: "its destination does not reach beyond its sender",
    o.HopByHopWrong: lambda _: "an option of its hop-by-hop header is wrong",
    o.BridgeDown: lambda n: f"{n.bridge} is down",
    o.NoSourceMac: lambda n: f"{n.mac} cannot be the source of a frame",
    o.BridgeKeeps: lambda n: f"a bridge does not pass on what is sent to {n.mac}",
    o.NoArpHere: lambda n: f"{n.dev} does not do ARP",
    o.FrameForOther: lambda n: f"the frame is not for {n.dev}",
    o.UnicastToMany: lambda _: (
        "it is for one host in a frame to many (drop_unicast_in_l2_multicast)"
    ),
}
