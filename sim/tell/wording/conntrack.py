"""Sentences about conntrack."""

from __future__ import annotations

from sim.kernel.conntrack.listing import direction
from sim.model.flow import Flow
from sim.tell.wording.words import Words, word
from sim.trace.outcomes import conntrack as o
from sim.trace.outcomes.base import Cause
from sim.trace.outcomes.conntrack import CtDid


def described(flow: Flow) -> str:
    """A connection in a few words: both directions when NAT made them differ."""
    text = direction(flow.original)
    if flow.status & {"SRC_NAT", "DST_NAT"}:
        text += f" (replies {direction(flow.reply)})"
    return text


def _seen(n: o.Seen) -> str:
    text = described(n.flow) + (", reply direction" if n.is_reply else "")
    if n.ruling is not None:
        text += f": {word(n.ruling)}"
    if n.is_expected:
        text += ", expected by a helper"
    if n.helper:
        text += f"; the {n.helper} helper is not modelled: what it announces will be NEW"
    return text


def _lost(n: o.Lost) -> str:
    why = word(n.cause) if n.cause is not None else "conntrack does not let it pass."
    return f"Dropped by conntrack: {why}"


_DID = {
    CtDid.CREATED: "conntrack begins a connection, so the packet is {state}",
    CtDid.FOUND: "conntrack knows the connection, so the packet is {state}",
    CtDid.RELATED: "conntrack calls the packet {state}",
    CtDid.CONFIRMED: "conntrack keeps the connection",
    CtDid.UNTRACKED: "conntrack leaves the packet alone, it is {state}",
    CtDid.INVALID: "conntrack calls the packet {state}",
    CtDid.DESTROYED: "conntrack forgets the connection",
    CtDid.EXPIRED: "conntrack forgets the connection",
    CtDid.CLASH: "conntrack",
}


def conntrack_text(did: CtDid, state: str, cause: Cause) -> str:
    """What conntrack did, in a sentence."""
    return f"{_DID[did].format(state=state)}: {word(cause)}."


WORDS: Words = {
    o.Lost: _lost,
    o.Seen: _seen,
    o.Confirmed: lambda n: f"{described(n.flow)}, expires in {n.seconds} s",
    o.ErrorAbout: lambda n: f"an error about {described(n.flow)}",
    o.Joins: lambda n: f"joins {described(n.flow)}, which was first",
    o.TupleTaken: lambda n: f"{described(n.flow)} has its tuple already: the packet is dropped",
    o.NeverConfirmed: lambda n: f"{described(n.flow)} was never confirmed",
    o.TimedOut: lambda n: f"{described(n.flow)} timed out",
    o.MasqueradeGone: lambda n: f"{described(n.flow)} was masqueraded on {n.iface}, which changed",
    o.RawTableSaid: lambda _: "the raw table said so",
    o.NoTransport: lambda _: "no transport header to look at",
    o.OtherVersionIcmp: lambda _: "ICMP of the other IP version",
    o.PortsCut: lambda _: "its ports are cut off",
    o.TableFull: lambda _: "the table is full (nf_conntrack_max): the packet is dropped",
    o.NoAnswerType: lambda _: "nothing would answer this ICMP type",
    o.QuotesUnknown: lambda _: "the error quotes a packet of no known connection",
    o.ErrorToOther: lambda n: (
        f"the error goes to {n.outer}, but such an answer goes to {n.expected}"
    ),
    o.HelperDrops: lambda n: f"the {n.helper} helper drops a command that it cannot follow",
    o.EntryDying: lambda _: "the entry is dying",
    o.BadChecksum: lambda n: f"bad {n.protocol} checksum",
    o.LiteChecksum: lambda _: "bad UDP-Lite checksum (the kernel sums it as if it were UDP)",
    o.HeaderCutOff: lambda n: f"the {n.protocol} header is cut off",
}
