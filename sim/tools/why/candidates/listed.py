"""A rule takes whom a list of ``-m recent`` holds, and the packet's sender is not on it, or no
longer: port knocking, as people build it."""

from __future__ import annotations

from collections.abc import Iterator

from sim.extensions.matchers.recent import name_of
from sim.model.rules import Match, Rule
from sim.tools.advice.finding import Fix
from sim.tools.why.candidates.filtering import accepting, is_answer, spec
from sim.tools.why.look import Candidate, Look
from sim.tools.why.misses import Weighed, alone

_ASKS = ("--rcheck", "--update")


def candidates(look: Look) -> Iterator[Candidate]:
    story = look.stopped
    if story is None or look.stopper is None or story.first.is_arp or is_answer(look, story):
        return
    for weighed in alone(look.stack, story)[:20]:
        if weighed.failing[0].match == "recent" and not weighed.failing[0].negated:
            yield from _not_listed(look, weighed)


def _recent(rule: Rule) -> Match | None:
    return next((match for match in rule.matches if match.name == "recent"), None)


def _not_listed(look: Look, weighed: Weighed) -> Iterator[Candidate]:
    match, where = _recent(weighed.rule), weighed.step.where
    if match is None or not any(flag in match.args for flag in _ASKS) or look.stopper is None:
        return
    name, source = name_of(match.args), weighed.step.packet.headers.src
    place = f"{where.table_name} {where.chain} rule {weighed.rule.number}"
    text = f"{place} takes only whom the list {name} holds. {source} is not on it"
    if ", listed " in weighed.failing[0].seen:  # and not often or lately enough
        seconds = match.args.value("--seconds", 0)
        text = f"{place} takes whom the list {name} holds. {source} was put on it, but not lately"
        text += f": the rule asks for the last {seconds} s." if seconds else " or often enough."
        edit = look.replaced(weighed.rule, r"--seconds[ =](\d+)(?!\S)", _longer)
        if edit is not None:
            fix = Fix(f"Look back for {edit.text} s", (edit,))
            yield Candidate("list-entry-too-old", text, fix, 3)
            return
    else:
        text += _who_is_put_on_it(look, name)
    body = spec(weighed.step.packet, look.stopper)
    fix = Fix("Accept it without the list", accepting(look, look.stopper, body))
    yield Candidate("not-on-the-list", text, fix, 14, "the list no longer guards this port")


def _longer(seconds: str) -> str:
    return str(max(10 * int(seconds), 60))


def _who_is_put_on_it(look: Look, name: str) -> str:
    """The rule that fills the list, as the end of a sentence."""
    for _, spot in look.case.live_spots():
        match = _recent(spot.rule)
        if match is None or "--set" not in match.args:
            continue
        place = f"{spot.table} {spot.chain} rule {spot.rule.number}"
        if name_of(match.args) != name:
            return f": {place} puts senders on another list, {name_of(match.args)}."
        return f": it never met {place}, which puts senders on it ({spot.rule.text})."
    return ", and no rule puts anybody on it."
