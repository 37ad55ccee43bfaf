"""A rule of ebtables or arptables stopped the frame."""

from __future__ import annotations

from collections.abc import Iterator

from sim.model.rules import INET
from sim.tools.advice.edits import at_end
from sim.tools.advice.finding import Fix
from sim.tools.whatif.rules import rules_before
from sim.tools.why.look import Candidate, Look
from sim.trace.outcomes.decided import ByPolicy, ByRule
from sim.trace.steps import PolicyApplied


def candidates(look: Look) -> Iterator[Candidate]:
    story, stopper = look.stopped, look.stopper
    if story is None or stopper is None or stopper.where.family == INET:
        return
    at = story.fate.at
    if not isinstance(at, (ByRule, ByPolicy)):
        return
    is_policy = isinstance(stopper, PolicyApplied)
    name = "no-rule-accepts" if is_policy else "rule-stops-it"
    text = (
        f"No rule of {at.chain_text.replace(':', ' ')} accepts this frame, and its policy stops it."
        if isinstance(at, ByPolicy)
        else f"{at.chain_text.replace(':', ' ')} rule {at.number} stops this frame."
    )
    for number, line in enumerate(rules_before(list(story.steps), story.fate)):
        label = f"Accept it in {at.chain}"
        if isinstance(at, ByRule) and number:
            label = f"Remove rule {at.number}"
        elif number:
            label = f"Set {at.chain}'s policy to ACCEPT"
        more = "" if not number else f"opens all that this stops in {at.chain}"
        edit = at_end("rules", look.case.rules_text, line)
        yield Candidate(name, text, Fix(label, (edit,)), 20 + 20 * number, more)
