"""Expectations held against what came of the packets."""

from __future__ import annotations

from collections.abc import Iterable

from sim.base.frozen import dataclass
from sim.read.expect import Expectation
from sim.tell.render import sentence
from sim.trace.outcomes.decided import ByPolicy, ByRule
from sim.trace.steps import Fate


@dataclass(frozen=True, slots=True)
class Outcome:
    """An expectation held against a trace; ``failures`` is empty when it holds."""

    expectation: Expectation
    failures: tuple[str, ...]


def check(expectations: Iterable[Expectation], fates: Iterable[Fate]) -> tuple[Outcome, ...]:
    """Hold each expectation against the fate of its packet."""
    by_packet = {fate.line: fate for fate in fates if fate.main}
    return tuple(
        Outcome(expectation, tuple(_failures(expectation, by_packet.get(expectation.packet))))
        for expectation in expectations
    )


def _failures(expectation: Expectation, fate: Fate | None) -> Iterable[str]:
    if fate is None:
        yield f"line {expectation.packet} of the packets text has no packet"
        return
    if fate.verdict != expectation.verdict:
        at = str(fate.at)
        yield f"expected {expectation.verdict}, was {fate.verdict} at {at}: {sentence(fate)}"
        return
    for name, want in expectation.properties:
        seen = _seen(name, fate)
        if name == "at" and isinstance(fate.at, (ByRule, ByPolicy)) and want == fate.at.chain_text:
            continue  # "at filter:FORWARD" without a rule number
        if seen != want:
            yield f"expected {name} {want}, was {seen or 'nothing'}"


def _seen(name: str, fate: Fate) -> str:
    if name == "out":
        return fate.out
    if name == "at":
        return str(fate.at)
    if name == "with":
        return fate.reason or ""
    if name == "mark":
        return str(fate.packet.mark)
    if fate.packet.is_arp:
        return ""
    headers = fate.packet.headers
    value = getattr(headers, name)
    return "" if value is None else str(value)
