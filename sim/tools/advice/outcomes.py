"""What may become of the packets of a box in a chain: every way that cannot be ruled out."""

from __future__ import annotations

from dataclasses import field

from sim.base.frozen import dataclass
from sim.model.rules import Jump, Verdict
from sim.tools.advice.boxes import Box
from sim.tools.advice.case import Case, Reached, Spot

ACCEPTED, STOPPED, FALLS_THROUGH = "accepted", "stopped", "falls through"
_MOST_LOOKS = 30_000
_LOOK = 10  # what comparing two boxes costs beside a look at a rule
_DEEPEST = 24


@dataclass
class Outcomes:
    """A walk of a box. ``accepting``: the rules that may accept, with what reaches them."""

    case: Case
    accepting: list[tuple[Spot, Box]] = field(default_factory=list)
    looks: int = 0

    def of(self, reached: Reached, box: Box, *, start: int = 0, depth: int = 0) -> set[str]:
        """Over-approximated: what is not understood may do anything."""
        found: set[str] = set()
        for spot in reached.spots[start : reached.live]:
            self.looks += 1
            self.case.spend(_LOOK)
            if self.looks > _MOST_LOOKS or depth > _DEEPEST:
                return {ACCEPTED, STOPPED, FALLS_THROUGH}
            if not spot.box.meets(box):
                continue
            through = self._at(spot, box.meet(spot.box), found, depth)
            if spot.box.covers(box) and not through:
                return found
        if reached.policy is None:
            return found | {FALLS_THROUGH}
        return found | {ACCEPTED if reached.policy is Verdict.ACCEPT else STOPPED}

    def _at(self, spot: Spot, box: Box, found: set[str], depth: int) -> bool:
        """Note what the rule may do to its packets; may they come to the next rule?"""
        target = spot.rule.target
        if isinstance(target, Jump):
            below = self.case.chain(spot.family, spot.table, target.chain)
            inner = self.of(below, box, depth=depth + 1) if below is not None else set()
            found |= inner - {FALLS_THROUGH}
            if not target.goto:
                return FALLS_THROUGH in inner
            if FALLS_THROUGH in inner:
                found |= self._left(spot)
            return False
        match spot.target:
            case "ACCEPT":
                found.add(ACCEPTED)
                self.accepting.append((spot, box))
                return False
            case "DROP" | "REJECT":
                found.add(STOPPED)
                return False
            case "RETURN":
                found |= self._left(spot)
                return False
            case "DNAT" | "SNAT" | "MASQUERADE" | "REDIRECT" | "NETMAP":
                found.add(ACCEPTED)
                return False
            case "QUEUE" | "NFQUEUE" | "TPROXY" | "SYNPROXY":
                found |= {ACCEPTED, STOPPED}
                return False
        return True

    def _left(self, spot: Spot) -> set[str]:
        """The packet leaves the chain early: back to the caller, or to the policy."""
        chain = self.case.chain(spot.family, spot.table, spot.chain)
        if chain is None or chain.policy is None:
            return {FALLS_THROUGH}
        return {ACCEPTED if chain.policy is Verdict.ACCEPT else STOPPED}


def may_be_accepted(case: Case, reached: Reached, box: Box) -> bool:
    return ACCEPTED in Outcomes(case).of(reached, box)
