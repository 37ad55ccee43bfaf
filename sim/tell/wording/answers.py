"""Sentences about answers."""

from __future__ import annotations

from sim.base.values import address_text
from sim.tell.wording.words import Words
from sim.trace.outcomes import answers as o

WORDS: Words = {
    o.TooManyAnswers: lambda n: (
        f"Left out: more than {n.most} packets of the host's own because of one line."
    ),
    o.IcmpBusy: lambda n: f"No {n.reason} is sent: the kernel is sending an ICMP already.",
    o.NoWayBack: lambda n: f"No {n.reason} is sent: there is no way to {address_text(n.to)}.",
    o.AnswerBlocked: lambda n: f"No {n.reason} is sent: an IPsec policy blocks it.",
    o.TooManyErrors: lambda n: (
        f"No {n.reason} is sent: too many ICMP errors to {address_text(n.to)} lately."
    ),
    o.NotMade: lambda n: f"This packet cannot be made: {n.error}.",
    o.NotReplied: lambda n: f"There is no reply: {n.error}.",
}
