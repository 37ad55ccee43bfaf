"""A rule counts what comes, and the count made the difference: too often, too many, too much."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.frozen import dataclass
from sim.extensions.extension import Clause
from sim.model.rules import Rule
from sim.tools.advice.finding import Fix
from sim.tools.why.candidates.filtering import is_answer
from sim.tools.why.look import Candidate, Look
from sim.tools.why.misses import alone
from sim.tools.why.story import rule_at
from sim.trace.steps import RuleTried, Step

_RECENT_MOST = 20  # what xt_recent's ip_pkt_list_tot allows for --hitcount
_BURST = "5"  # of xt_limit and xt_hashlimit, where none is given


@dataclass(frozen=True, slots=True)
class _Counter:
    """How a match that counts is relaxed: the option with its number, ``factor`` times that, at
    most ``most``. ``behind``: the option that it follows where it is left out."""

    option: str
    what: str
    factor: int
    most: int = 4_000_000_000
    behind: str = ""

    def raised(self, number: str) -> str:
        return str(min(max(int(number), 1) * self.factor, self.most))


_COUNTERS = {
    "limit": _Counter("--limit-burst", "burst", 10, 10_000, "--limit"),
    "hashlimit": _Counter("--hashlimit-burst", "burst", 10, 10_000, "--hashlimit-(?:upto|above)"),
    "recent": _Counter("--hitcount", "count", 2, _RECENT_MOST),
    "connlimit": _Counter("--connlimit-(?:above|upto)", "number of connections", 2),
    "quota": _Counter("--quota", "quota", 10),
}


def candidates(look: Look) -> Iterator[Candidate]:
    story = look.stopped
    if story is None or story.first.is_arp or is_answer(look, story):
        return
    stopper = look.stopper
    if isinstance(stopper, RuleTried):
        rule = rule_at(look.stack.rules, stopper)
        held = next((c for c in stopper.clauses if c.match in _COUNTERS and c.held), None)
        if rule is not None and held is not None:
            yield from _relaxed(look, stopper, rule, held, "stops this packet for its count")
    for weighed in alone(look.stack, story)[:20]:
        clause = weighed.failing[0]
        if clause.match in _COUNTERS:
            what = "takes no more for now"
            yield from _relaxed(look, weighed.step, weighed.rule, clause, what)


def _relaxed(look: Look, step: Step, rule: Rule, clause: Clause, what: str) -> Iterator[Candidate]:
    counter, where = _COUNTERS[clause.match], step.where
    asked = f"{'! ' if clause.negated else ''}{clause.flag} {clause.want}"
    place = f"{where.table_name} {where.chain} rule {rule.number}"
    text = f"{place} {what}: it wants {asked}, and has seen {clause.seen}."
    if " is " in clause.want:  # words of the match's own
        text = f"{place} {what} ({asked}): {clause.seen}."
    elif ": " in clause.seen or ";" in clause.seen:
        text = f"{place} {what}. {asked}: {clause.seen}."
    edit = look.replaced(rule, rf"{counter.option}[ =](\d+)(?!\S)", counter.raised)
    if edit is None and counter.behind:
        option = f" {counter.option} {counter.raised(_BURST)}"
        edit = look.replaced(rule, rf"{counter.behind}[ =]\S+()(?!\S)", lambda _: option)
    if edit is not None:
        fix = Fix(f"Raise the {counter.what} to {edit.text.rpartition(' ')[2]}", (edit,))
        yield Candidate("limit-used-up", text, fix, 2)
