"""A fix, tried: the scenario with it is run again, and what changes is said."""

from __future__ import annotations

from collections.abc import Iterable

from sim.base import budget
from sim.base.errors import Refused
from sim.base.frozen import replace
from sim.kernel.traversal import run
from sim.model.scenario import Compiled, Scenario
from sim.read.scenario import compile_scenario
from sim.tell.wording.places import place_text
from sim.tools.advice.edits import applied
from sim.tools.advice.finding import Finding
from sim.trace.outcomes.decided import ByPart, ByPolicy, ByRule, Decided
from sim.trace.steps import Fate, Sent, Step

_MOST_STEPS = 50_000


def proven(compiled: Compiled, steps: tuple[Step, ...], finding: Finding) -> Finding:
    """The finding with what its fix changes; without the fix if the engine refuses it."""
    if finding.fix is None:
        return finding
    try:
        mended = compile_scenario(applied(compiled.scenario, finding.fix.edits))
    except Refused as refused:
        spent = any(error.kind == budget.TOO_MUCH for error in refused.errors)
        return finding if spent else finding.without_fix()
    if not steps:
        return finding
    after: list[Step] = []
    for step in run(mended, folded=True):
        after.append(step)
        if len(after) > _MOST_STEPS or budget.is_over():
            return finding
    return replace(finding, proof=tuple(differences(steps, after)))


def mended(scenario: Scenario, finding: Finding) -> Scenario:
    """The scenario with the fix made."""
    return applied(scenario, finding.fix.edits) if finding.fix else scenario


def differences(before: Iterable[Step], after: Iterable[Step]) -> list[str]:
    """What happens otherwise to the packets of the text, a sentence each."""
    old, new = _outcomes(before), _outcomes(after)
    found = []
    for line in sorted(old.keys() | new.keys()):
        was, now = old.get(line), new.get(line)
        if was is not None and now is not None and was != now:
            found.append(f"packet {line}: {was}; with this, {now}")
        elif was is None and now is not None:
            found.append(f"packet {line}: with this, {now}")
    if found or not old:
        return found
    many = "every packet here goes" if len(old) > 1 else "the packet here goes"
    return [f"{many} the same way with it"]


def _outcomes(steps: Iterable[Step]) -> dict[int, str]:
    """By statement: its packet's fate, and with what source and destination it left."""
    wires: dict[tuple[int, int], Sent] = {}
    found: dict[int, str] = {}
    for step in steps:
        if isinstance(step, Sent):
            wires[step.line, step.packet.id] = step
        elif isinstance(step, Fate) and step.main:
            found[step.line] = _words(step, wires.get((step.line, step.packet.id)))
    return found


_PARTS = {
    ByPart.ARRIVAL: "on arrival",
    ByPart.ARP: "by ARP",
    ByPart.BRIDGE: "by the bridge",
    ByPart.DEFRAG: "at reassembly",
    ByPart.IPSEC: "by IPsec",
    ByPart.MTU: "at the MTU",
    ByPart.NAT: "by NAT",
    ByPart.NFTABLES: "by nftables",
    ByPart.OPTIONS: "at its IP options",
    ByPart.SOCKET: "at the socket",
    ByPart.TTL: "at its TTL",
}


def _by(decided: Decided) -> str:
    """Who decided, as a part of a sentence: ``by the filter FORWARD policy``, ``at routing``."""
    if isinstance(decided, ByRule | ByPolicy):
        return f"by {place_text(decided)}"
    if isinstance(decided, ByPart):
        return _PARTS.get(decided) or f"at {decided}"
    return f"at {decided}"


def _words(fate: Fate, sent: Sent | None) -> str:
    if sent is None or not fate.out or sent.packet.is_arp:
        return f"{fate.verdict} {_by(fate.at)}"
    headers = sent.packet.headers
    return f"{fate.verdict} out {fate.out}, {headers.src} → {headers.dst}"
