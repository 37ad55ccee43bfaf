"""Sentences about ipsec."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.values import address_text
from sim.model.ipsec import NAMES, Policy, State, XfrmMode
from sim.tell.wording.words import Words, word
from sim.trace.outcomes import ipsec as o
from sim.trace.outcomes.ipsec import LookUp


def policy_text(policy: Policy) -> str:
    return f"the {policy.direction} policy {policy.selector}"


def _steps(states: tuple[State, ...]) -> Iterator[str]:
    for state in states:
        name = NAMES.get(state.protocol, str(state.protocol))
        if state.mode is XfrmMode.TUNNEL:
            ends = f"{address_text(state.source)} to {address_text(state.destination)}"
            yield f"{name} in a tunnel from {ends}"
        else:
            yield f"{name} in transport mode"


def _looked_up(text: str, again: bool) -> str:
    """A sentence of a lookup; the second one for the same packet says so."""
    if again:
        return f"Looked up again with its new addresses: {text}."
    return f"{text[0].upper()}{text[1:]}."


def _asks(n: o.PolicyAsks) -> str:
    work = " and then ".join(_steps(n.states))
    return _looked_up(f"{policy_text(n.policy)} asks for {work}", n.is_again)


def _leaves_clear(n: o.LeavesClear) -> str:
    return _looked_up(
        f"no IPsec policy covers {n.source} -> {n.target}, so it leaves in the clear although "
        f"{policy_text(n.covered_by)} covered it before its source was rewritten",
        n.is_again,
    )


_SAYS = {
    LookUp.ALLOW: "lets it go in the clear",
    LookUp.BLOCK: "blocks it",
    LookUp.ACQUIRE: "asks for IPsec, but {} (a key daemon would be asked for one)",
    LookUp.UNREACHABLE: "asks for IPsec, but {}",
}


def _says(n: o.PolicySays) -> str:
    said = _SAYS[n.outcome].format(word(n.cause) if n.cause is not None else "")
    return _looked_up(f"{policy_text(n.policy)} {said}", n.is_again)


_REFUSES = {
    LookUp.BLOCK: "Dropped: an IPsec policy blocks it.",
    LookUp.ACQUIRE: "Dropped: its IPsec policy has no state to do the work.",
    LookUp.UNREACHABLE: "Dropped: the tunnel's end cannot be reached.",
}


WORDS: Words = {
    o.PolicyAsks: _asks,
    o.LeavesClear: _leaves_clear,
    o.PolicySays: _says,
    o.Packed: lambda n: (
        f"It is packed into {' and '.join(map(str, n.states))}; "
        "conntrack begins anew, the mark stays."
    ),
    o.Unpacked: lambda n: f"{n.state} unpacks it; it begins again at PREROUTING on {n.iface}.",
    o.WayAsked: lambda n: f"Its way through IPsec is what the {n.direction} policy asks for.",
    o.PolicyRefuses: lambda n: _REFUSES[n.outcome],
    o.NewAddressesRefused: lambda n: (
        f"Dropped: IPsec's policy lookup with its new addresses ends in {n.outcome}."
    ),
    o.WorkUnknown: lambda n: f"Undetermined in IPsec: {word(n.need)}.",
    o.ContentUnknown: lambda n: f"It cannot be told what comes out: {word(n.need)}.",
    o.IpsecDropped: lambda n: f"Dropped by IPsec: {word(n.cause)}.",
    o.PolicyCheckFailed: lambda n: f"Dropped by IPsec's {n.direction} check: {word(n.cause)}.",
    o.NoStateFits: lambda n: f"no state from {n.source} to {n.target} fits",
    o.NoWayToEnd: lambda n: f"there is no way to the tunnel's end {n.end}",
    o.NoState: lambda n: (
        f"there is no {NAMES.get(n.protocol, str(n.protocol))} state to {address_text(n.to)} "
        f"with spi {n.spi:#x}"
    ),
    o.WrongEncap: lambda n: f"{n.state} is {'' if n.state.encap else 'not '}meant to come in UDP",
    o.TooDeep: lambda _: "it is packed too deep",
    o.Replayed: lambda n: f"{n.state} has seen sequence number {n.sequence} already",
    o.NoIpInside: lambda _: "the tunnel does not hold an IP packet",
    o.CannotRead: lambda n: f"what is inside {n.state} cannot be read: {word(n.cause)}",
    o.EncryptedElsewhere: lambda _: "its content was encrypted elsewhere",
    o.EspShort: lambda _: "it is too short for ESP",
    o.CheckValueWrong: lambda _: "its check value is wrong",
    o.PaddingLong: lambda _: "its padding is longer than its content",
    o.AhCut: lambda _: "its AH is cut short",
    o.CompUnknown: lambda _: "IPComp is not modelled yet",
    o.AhPlainOnly: lambda _: "AH is modelled for plain IPv4 headers only",
    o.EspBehindExtensions: lambda _: (
        "ESP in transport mode behind IPv6 extension headers is not modelled yet"
    ),
    o.StateForOther: lambda n: f"the state {n.state} is for {n.state.selector} only",
    o.NotAsked: lambda n: f"it came through IPsec and no {n.direction} policy asks for that",
    o.PolicyBlocks: lambda n: f"{policy_text(n.policy)} blocks it",
    o.CameClear: lambda n: f"{policy_text(n.policy)} wants IPsec and it came in the clear",
    o.OtherIpsec: lambda n: f"{policy_text(n.policy)} wants other IPsec than it came with",
    o.LessIpsec: lambda n: f"{policy_text(n.policy)} wants less IPsec than it came with",
}
