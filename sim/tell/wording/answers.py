"""Sentences about answers."""

from __future__ import annotations

from sim.base.values import address_text
from sim.model.ipsec import NAMES
from sim.tell.wording.words import Words, word
from sim.trace.outcomes import answers as o
from sim.trace.outcomes.base import Cause


def _error(error: Cause | str) -> str:
    return error if isinstance(error, str) else word(error)


def _spi(spi: int | None) -> str:
    return "" if spi is None else f" with spi {spi:#x}"


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
    o.NotMade: lambda n: f"This packet cannot be made: {_error(n.error)}.",
    o.NotReplied: lambda n: f"There is no reply: {_error(n.error)}.",
    o.LaterFragment: lambda _: "what left last is a later fragment; nobody answers that alone",
    o.OnlyErrorsFrom: lambda _: "only an ICMP error comes from somebody else than the far end",
    o.LastIsError: lambda _: "what left last is an ICMP error; no error answers it",
    o.OtherVersionError: lambda n: f"{n.sender} cannot send an error about an IPv{n.family} packet",
    o.LastIsCutTcp: lambda _: "what left last is a cut-off TCP packet; nobody answers that",
    o.LastIsReset: lambda _: "what left last is a reset; nobody answers that",
    o.LastIsAck: lambda _: (
        "what left last is a bare ACK, which is not answered; say what the far end sends, "
        'for example: reply payload "..." or reply fin,ack'
    ),
    o.LastIsIcmp: lambda _: "what left last is an ICMP message that nobody answers",
    o.LastIsSctp: lambda _: "what left last is an SCTP packet that nobody answers",
    o.LastIsDccp: lambda _: "what left last is a DCCP packet that nobody answers",
    o.NothingLeft: lambda _: "nothing has left the host yet, so there is nothing to reply to",
    o.NothingToQuote: lambda _: "there is no packet yet that this error could quote",
    o.StatementWithout: lambda n: f"statement {n.line} has no packet that this error could quote",
    o.StateCarriesOther: lambda n: (
        f"{n.state} is of transport mode: it carries what goes from {n.source} to {n.target}"
    ),
    o.NoStateOfHost: lambda n: (
        f"the host has no {NAMES.get(n.protocol, str(n.protocol))} state "
        f"from {n.source} to {n.target}{_spi(n.spi)}"
    ),
    o.NoStateBack: lambda n: (
        f"there is no state back from {n.source} to {n.target} "
        "(an ipsec in line, or the state that ip xfrm state lists, makes one)"
    ),
    o.AnycastReceiver: lambda n: (
        f"No {n.reason} is sent: {address_text(n.to)} is an anycast address."
    ),
}
