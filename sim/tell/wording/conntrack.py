"""Sentences about conntrack."""

from __future__ import annotations

from sim.kernel.conntrack.listing import direction
from sim.model.flow import Flow
from sim.packet.kinds import CtState
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
    CtDid.CREATED: "conntrack has not seen this connection: state {state}",
    CtDid.FOUND: "conntrack knows this connection: state {state}",
    CtDid.RELATED: "conntrack relates the packet to a connection: state {state}",
    CtDid.CONFIRMED: "conntrack confirms the connection",
    CtDid.UNTRACKED: "conntrack leaves the packet alone: state {state}",
    CtDid.INVALID: "conntrack finds no place for the packet: state {state}",
    CtDid.DESTROYED: "conntrack discards the entry",
    CtDid.EXPIRED: "conntrack discards the entry",
    CtDid.CLASH: "conntrack",
}


# Those that end with the state: what it is about stands in brackets behind it.
_CALLED = frozenset({CtDid.CREATED, CtDid.FOUND, CtDid.RELATED, CtDid.UNTRACKED, CtDid.INVALID})


def conntrack_text(did: CtDid, state: CtState | None, cause: Cause) -> str:
    """What conntrack did, in a sentence."""
    head = _DID[did].format(state=state)
    return f"{head} ({word(cause)})." if did in _CALLED else f"{head}: {word(cause)}."


WORDS: Words = {
    o.Lost: _lost,
    o.Seen: _seen,
    o.Confirmed: lambda n: f"{described(n.flow)}; times out in {n.seconds} s",
    o.ErrorAbout: lambda n: f"an error about {described(n.flow)}",
    o.Joins: lambda n: f"joins {described(n.flow)}, which was first",
    o.TupleTaken: lambda n: f"{described(n.flow)} has its tuple already: the packet is dropped",
    o.NeverConfirmed: lambda n: (
        f"{described(n.flow)}; it was not confirmed, because the packet ended"
    ),
    o.TimedOut: lambda n: f"{described(n.flow)} timed out",
    o.DeletedByCommand: lambda n: f"{described(n.flow)} was deleted by the command",
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
