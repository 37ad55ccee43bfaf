"""Connections that are let through one way and whose answers are stopped the other way."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.errors import Span
from sim.base.intervals import of_values
from sim.model.rules import Verdict
from sim.tools.advice.addresses import FROM_OUTSIDE, TCP, UDP, answer_to, opening
from sim.tools.advice.boxes import Box
from sim.tools.advice.case import Case, Reached
from sim.tools.advice.edits import first_in
from sim.tools.advice.finding import Evidence, Fix, TextPlace
from sim.tools.advice.outcomes import ACCEPTED, Outcomes, may_be_accepted
from sim.tools.advice.trap import Trap

_EPHEMERAL = ((32768, 60999),)
_RULE = "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
# What almost every host needs to send.
_ERRANDS = ((TCP, 443, "TCP port 443"), (TCP, 80, "TCP port 80"), (UDP, 53, "UDP port 53"))
_MOST = 200


def _check(case: Case) -> Iterator[Evidence]:
    for family in (4, 6):
        chains = {
            name: case.chain(family, "filter", name) for name in ("INPUT", "FORWARD", "OUTPUT")
        }
        into, forward, out = chains["INPUT"], chains["FORWARD"], chains["OUTPUT"]
        if into is not None and out is not None:
            yield from _own_connections(case, out, into)
            yield from _through(case, into, out, "oif")
        if forward is not None:
            yield from _through(case, forward, forward, "")


def _own_connections(case: Case, out: Reached, into: Reached) -> Iterator[Evidence]:
    """What the host begins: common errands from high ports to far ends."""
    for protocol, port, words in _ERRANDS:
        box = opening(
            out.family, protocol, sport=_EPHEMERAL, dport=of_values([port]), oif=FROM_OUTSIDE
        )
        if not may_be_accepted(case, out, box) or may_be_accepted(case, into, answer_to(box)):
            continue
        yield Evidence(
            f"OUTPUT lets this host open a connection ({words}), but nothing in filter INPUT "
            "accepts the answer.",
            (closed_at(into),),
            Fix("Accept answers first", (first_in(case, into, _RULE),)),
        )
        return


def _through(case: Case, there: Reached, back: Reached, device: str) -> Iterator[Evidence]:
    """What rules accept as the beginning of a TCP connection, and whether its answer passes."""
    outcomes = Outcomes(case)
    outcomes.of(there, opening(there.family, TCP, iif=FROM_OUTSIDE))
    for spot, box in outcomes.accepting[:_MOST]:
        answer = answer_to(box)
        if device:
            answer = Box(answer.family, {k: v for k, v in answer.fields.items() if k != "iif"})
        if ACCEPTED in Outcomes(case).of(back, answer):
            continue
        yield Evidence(
            f"{spot.begins} lets connections begin, but nothing in filter "
            f"{back.chain.name} accepts their answers.",
            (spot.place, closed_at(back)),
            Fix("Accept answers first", (first_in(case, back, _RULE),)),
        )
        return


def closed_at(reached: Reached) -> TextPlace:
    """Where the chain is closed: its last rule that is looked at, or its policy."""
    closed = reached.spots and reached.spots[reached.live - 1].rule.is_unconditional
    if reached.policy is Verdict.DROP and not closed and reached.chain.span is not None:
        return TextPlace("rules", reached.chain.span)
    if reached.spots:
        return reached.spots[reached.live - 1].place
    return TextPlace("rules", reached.chain.span or Span(1, 1, 1, 2))


TRAP = Trap(
    name="no-established",
    severity="warning",
    why="A filter looks at every packet, answers too: without a rule for ESTABLISHED each "
    "direction must be allowed by hand.",
    lesson="traversal",
    check=_check,
)
