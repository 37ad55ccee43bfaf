"""Sentences about conntrack tcp."""

from __future__ import annotations

from sim.tell.wording.words import Words, word
from sim.trace.outcomes import conntrack_tcp as o

WORDS: Words = {
    o.TcpOffsetWrong: lambda n: f"the TCP header length of {n.offset} bytes does not fit",
    o.TcpFlagsWrong: lambda _: "no stack sends this combination of TCP flags",
    o.BeginsNothing: lambda n: f"a {n.event.upper()} begins no connection, and there is none",
    o.NotLoose: lambda _: "the middle of an unknown connection (nf_conntrack_tcp_loose is 0)",
    o.Reopens: lambda n: f"a SYN reopens the connection that is in {n.state}",
    o.OutOfStep: lambda n: f"ignored: it may be that the entry is out of step ({n.state})",
    o.CannotCome: lambda n: f"a {n.event.upper()} cannot come in {n.state} in this direction",
    o.ChallengeAck: lambda _: "ignored: a challenge ACK, not the last ACK",
    o.OldReset: lambda _: "a RST with a number that was acknowledged long ago",
    o.Ignored: lambda n: f"ignored: {word(n.cause)}",
    o.ResetOnly: lambda _: "a RST is its only answer",
    o.SynRepeated: lambda _: "a SYN sent again does not renew the timer",
    o.StateMoves: lambda n: f"{n.old} -> {n.new}",
    o.OverWindow: lambda n: f"{n.overshot} bytes more than the receiver's window allows",
    o.SeqOverWindow: lambda n: f"seq {n.seq} is over the window of the receiver (up to {n.most})",
    o.AcksUnsent: lambda n: f"it acknowledges {n.ack}, but only {n.sent} was sent",
    o.DataOld: lambda _: "data that was acknowledged long ago",
    o.AckLate: lambda _: "an overly delayed acknowledgement",
}
