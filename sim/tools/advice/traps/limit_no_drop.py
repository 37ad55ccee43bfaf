"""A limit on ACCEPT whose surplus is accepted all the same."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sim.base.frozen import replace
from sim.model.rules import Rule
from sim.tools.advice.boxes import Box, box_of
from sim.tools.advice.case import Case, Reached, Spot
from sim.tools.advice.edits import line_after
from sim.tools.advice.finding import Evidence, Fix
from sim.tools.advice.outcomes import ACCEPTED, Outcomes
from sim.tools.advice.trap import Trap

_LIMITS = ("limit", "hashlimit")
_WORDS = re.compile(r" -m (?:limit|hashlimit)(?: --(?:limit|hashlimit)\S*(?: (?!-)\S+)*)*")


def _check(case: Case) -> Iterator[Evidence]:
    for reached, spot in case.live_spots("ACCEPT"):
        if reached.policy is None or not any(m.name in _LIMITS for m in spot.rule.matches):
            continue
        if any(arg.flag == "--hashlimit-above" for m in spot.rule.matches for arg in m.args):
            continue
        case.spend(len(reached.spots))
        surplus = _without_limit(spot.rule, spot.family)
        outcomes = Outcomes(case).of(reached, surplus, start=spot.rule.number)
        if outcomes != {ACCEPTED}:
            continue
        body = _WORDS.sub("", spot.rule.text.partition(f"-A {spot.chain} ")[2], count=1)
        body = body.replace("-j ACCEPT", "-j DROP")
        edit = line_after(case, spot, body) if "-j DROP" in body and "limit" not in body else None
        yield Evidence(
            f"{spot.begins} limits nothing: what is above the limit goes on and is "
            f"accepted too{_end(reached, spot, surplus)}.",
            (spot.place,),
            Fix("Drop what is above the limit", (edit,)) if edit else None,
        )


def _without_limit(rule: Rule, family: int) -> Box:
    matches = tuple(match for match in rule.matches if match.name not in _LIMITS)
    return box_of(replace(rule, matches=matches), family)


def _end(reached: Reached, spot: Spot, surplus: Box) -> str:
    for later in reached.spots[spot.rule.number : reached.live]:
        if later.target == "ACCEPT" and later.box.covers(surplus):
            return f" (by rule {later.rule.number})"
    if not any(later.box.meets(surplus) for later in reached.spots[spot.rule.number :]):
        return f" (by the policy of {reached.chain.name})"
    return ""


TRAP = Trap(
    name="limit-no-drop",
    severity="warning",
    why="A limit is a match: above the rate the rule does not match, and the packet goes on to "
    "the next one.",
    lesson="fail2ban-and-recent",
    check=_check,
)
