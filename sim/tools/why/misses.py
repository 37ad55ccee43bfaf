"""The closest miss: the rule that would have decided otherwise and failed by the fewest clauses.

The kernel stops at a rule's first clause that fails, so a step of the trace shows no further.
Here the rest of the rule is held against the same packet: its built-in part, and its matches as
far as they keep no state of their own. Fewest failing clauses first, then most that hold, then
the later rule, as a person reads down a chain. Nothing is close when more than two clauses
fail, or when none that says anything about the packet holds.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from itertools import islice

from sim.base.frozen import dataclass, replace
from sim.extensions.extension import Clause, Context, judge_fields
from sim.extensions.ip_match import View, tests_of
from sim.extensions.matchers import MATCHES
from sim.extensions.traits import Steady
from sim.kernel.stack.core import Stack
from sim.model.flow import Flow
from sim.model.rules import Hook, Jump, Match, Rule, Rules, Standard, Target, Verdict
from sim.packet.packet import Packet
from sim.tools.advice.case import Reached, Spot
from sim.tools.why.report import ClosestMiss, Differing
from sim.tools.why.story import Story, asked_by, chain_at, rule_at, stopped_by
from sim.trace.steps import Conntrack, Missed, RuleTried, Step, Where

MOST_FAILING = 2
MOST_WEIGHED = 400  # rules of one packet, the last ones: a bound on what this costs
MOST_READ = 2_000  # rules of a chain that is asked whether it leads anywhere
_TRANSPORT = frozenset({"tcp", "udp", "udplite", "sctp", "dccp", "multiport", "icmp", "icmp6"})
DESTINATION_NAT = frozenset({"DNAT", "REDIRECT", "NETMAP"})
_SAYS_LITTLE = frozenset({"-i", "-o", "-p", "--ctstate", "--state"})


@dataclass(frozen=True, slots=True)
class Weighed:
    """A tried rule with every clause that can be told of it. The fewer fail, the closer."""

    step: RuleTried
    rule: Rule
    failing: tuple[Clause, ...]
    holding: tuple[Clause, ...]

    @property
    def tells(self) -> bool:
        """Does a clause hold that says more of the packet than where it is?"""
        return any(each.flag not in _SAYS_LITTLE for each in self.holding)

    @property
    def is_close(self) -> bool:
        return bool(self.holding) and len(self.failing) <= (MOST_FAILING if self.tells else 1)

    @property
    def rank(self) -> tuple[int, int, int]:
        return len(self.failing), -len(self.holding), -self.step.seq


def closest_miss(stack: Stack, story: Story) -> ClosestMiss | None:
    """Of the rules that this packet was held against in vain; ``None`` when nothing is close."""
    best = next(iter(ranked(stack, story)), None)
    return told(story, best) if best is not None else None


def ranked(stack: Stack, story: Story, targets: frozenset[str] = frozenset()) -> list[Weighed]:
    """The close ones, the closest first. ``targets``: of rules with one of these alone."""
    tried = _leading(stack, story, targets)
    weighed = (_weighed(stack, story, step, rule) for step, rule in tried)
    return sorted((each for each in weighed if each.is_close), key=lambda each: each.rank)


def alone(stack: Stack, story: Story, targets: frozenset[str] = frozenset()) -> list[Weighed]:
    """Those that failed by one clause alone, even if no other clause says they were meant."""
    tried = _leading(stack, story, targets)
    weighed = (_weighed(stack, story, step, rule) for step, rule in tried)
    return sorted((w for w in weighed if len(w.failing) == 1), key=lambda each: each.rank)


def told(story: Story, weighed: Weighed) -> ClosestMiss:
    where, rule = weighed.step.where, weighed.rule
    return ClosestMiss(
        where.table_name, where.chain, rule.number, rule.text, rule.span.line if rule.span else 0,
        tuple(
            Differing(each.flag or f"-m {each.match}", each.want, each.seen, each.negated,
                      _since(story, weighed.step, each))
            for each in weighed.failing
        ),
    )  # fmt: skip


def _wanted(story: Story) -> frozenset[str]:
    """What a rule must do to have decided otherwise."""
    if story.passed:
        return frozenset({"DROP", "REJECT"})
    return frozenset({"ACCEPT"}) | DESTINATION_NAT


def _missed(
    rules: Rules, story: Story, leads: Callable[[int, Where, Rule], bool]
) -> Iterator[tuple[RuleTried, Rule]]:
    """The rules that did not match and lead somewhere, the last one first.

    A run of misses is looked through from its end, and only the steps of rules that lead are made.
    """
    for step in reversed(story.steps):
        if isinstance(step, Missed):
            chain = chain_at(rules, step)
            for number in range(step.last, step.where.rule - 1, -1):
                rule = chain.rules[number - 1] if chain is not None else None
                if rule is not None and leads(step.packet.family, step.where, rule):
                    yield step.tried(number), rule
        elif isinstance(step, RuleTried) and step.held is False and not step.hotdrop:
            rule = rule_at(rules, step)
            if rule is not None and leads(step.packet.family, step.where, rule):
                yield step, rule


def _leading(stack: Stack, story: Story, targets: frozenset[str]) -> list[tuple[RuleTried, Rule]]:
    known = _Leading(stack.rules, targets or _wanted(story))
    ended = stopped_by(story)
    place = ended.where if isinstance(ended, RuleTried) and not targets else None

    def leads(family: int, where: Where, rule: Rule) -> bool:
        return known(family, where.table_name, rule) or (
            place is not None and _left(where, rule, place.table_name, place.chain)
        )

    return list(islice(_missed(stack.rules, story, leads), MOST_WEIGHED))[::-1]


def _left(where: Where, rule: Rule, table: str, chain: str) -> bool:
    """Would it have left the chain whose later rule stopped the packet?"""
    target = rule.target
    returns = isinstance(target, Standard) and target.verdict is Verdict.RETURN
    return returns and (where.table_name, where.chain) == (table, chain)


class _Leading:
    """Which rules lead to one of some targets, here or behind a jump; each chain is read once."""

    def __init__(self, rules: Rules, wanted: frozenset[str]) -> None:
        self.rules = rules
        self.wanted = wanted
        self.known: dict[tuple[int, str, str], bool] = {}

    def __call__(self, family: int, table: str, rule: Rule) -> bool:
        target = rule.target
        if isinstance(target, Standard):
            return table == "filter" and target.verdict.value in self.wanted
        if isinstance(target, Target):
            return target.name in self.wanted
        return isinstance(target, Jump) and self._chain(family, table, target.chain)

    def _chain(self, family: int, table: str, name: str) -> bool:
        key = (family, table, name)
        if key not in self.known:
            self.known[key] = False  # while it is read; the kernel refuses loops
            chain = self.rules.of(family).tables[table].chains.get(name)
            ends = chain.rules[:MOST_READ] if chain is not None else ()
            self.known[key] = any(self(family, table, each) for each in ends)
        return self.known[key]


def _weighed(stack: Stack, story: Story, step: RuleTried, rule: Rule) -> Weighed:
    clauses = tuple(every_clause(stack, step.packet, step, rule, _flow_at(story, step)))
    return Weighed(
        step, rule,
        tuple(each for each in clauses if each.held is False),
        tuple(each for each in clauses if each.held),
    )  # fmt: skip


def every_clause(
    stack: Stack, packet: Packet, step: Step, rule: Rule, flow: Flow | None
) -> Iterator[Clause]:
    """All clauses of a rule held against a packet where ``step`` is, not only up to the first
    that fails. Matches that keep state are left out."""
    where = step.where
    view = View(packet, where.in_iface, where.out_iface)
    other_protocol = False
    for test in tests_of(rule.ip):
        clause = test(view)
        other_protocol = other_protocol or (clause.flag == "-p" and not clause.held)
        yield clause
    seen = step.clauses if isinstance(step, RuleTried) and step.where.rule == rule.number else ()
    told_of = {each.match for each in seen}
    for at, match in enumerate(rule.matches):
        if other_protocol and match.name in _TRANSPORT:
            continue
        if match.name in told_of and match.name not in _TRANSPORT:
            yield from (each for each in seen if each.match == match.name)
            continue
        yield from _judged(stack, packet, step, match, (where.table_name, where.chain, at), flow)


def _judged(
    stack: Stack, packet: Packet, step: Step, match: Match, key: tuple[object, ...],
    flow: Flow | None,
) -> Iterator[Clause]:  # fmt: skip
    kind = MATCHES.get((match.name, packet.family))
    if kind is None or not kind.is_modelled:
        return
    keeps = kind.steadiness(match.args) is Steady.NEVER and not kind.by_fields
    if keeps and match.name not in _TRANSPORT:
        return
    where = step.where
    context = Context(
        packet, Hook(where.hook or ""), where.table_name, where.chain, where.rule, where.in_iface,
        where.out_iface, stack.runtime.host, stack.runtime, where.physin, where.physout, flow, key,
    )  # fmt: skip
    if kind.judge is not None:
        yield from kind.judge(match.args, context).clauses
    else:
        yield from judge_fields(kind, match.args, context).clauses


def _flow_at(story: Story, step: RuleTried) -> Flow | None:
    """The packet's conntrack entry as it was at a step."""
    found: Flow | None = None
    for each in story.steps:
        if each.seq >= step.seq:
            return found
        if isinstance(each, Conntrack) and each.flow is not None:
            found = each.flow
    return found


_FIELDS = {
    "-d": "dst", "-s": "src", "--dport": "dport", "--dports": "dport", "--sport": "sport",
    "--sports": "sport",
}  # fmt: skip


def _since(story: Story, step: RuleTried, clause: Clause) -> str:
    """Which NAT before this step made the value what it is; empty: none did."""
    field = _FIELDS.get(clause.flag)
    for nat in reversed(story.rewrites()):
        if nat.seq > step.seq or field is None:
            continue
        for name, _, after in nat.changes:
            if name == field and str(after) == clause.seen:
                rule = asked_by(story, nat)
                by = f" in nat {rule.where.chain} rule {rule.where.rule}" if rule else ""
                return f"{'SNAT' if nat.manip == 'SRC' else 'DNAT'}{by}"
    return ""


def would_match(stack: Stack, step: Step, rule: Rule) -> bool:
    """Would the packet of ``step`` match another rule at the same place, as far as can be told?"""
    clauses = list(every_clause(stack, step.packet, step, rule, None))
    told_of = {clause.match for clause in clauses}
    return all(clause.held for clause in clauses) and all(
        match.name in told_of or match.name == "comment" for match in rule.matches
    )


def meant_for_it(
    stack: Stack, step: Step, reached: Reached, targets: Container[str]
) -> Iterator[Spot]:
    """Rules of a chain that would match the packet but for the device that it came in by."""
    for spot in reached.spots[:200]:
        bare = replace(spot.rule, ip=replace(spot.rule.ip, in_iface=None))
        if spot.target in targets and would_match(stack, step, bare):
            yield spot
