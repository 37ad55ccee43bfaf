"""The rule walk: one table's chain at one hook, every decision a step.

ipt_do_table (net/ipv4/netfilter/ip_tables.c), which ip6t_do_table mirrors. A jump remembers
where it came from, a goto does not; the end of a user chain returns to the last jump, or, if
there was none, to the policy of the built-in chain. What may not be known stops the walk.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Generator, Iterator
from dataclasses import field

from sim.base.backends import BYTES
from sim.base.frozen import dataclass, replace
from sim.base.kept import Kept
from sim.extensions.extension import (
    UNKNOWN,
    Answer,
    Clause,
    Context,
    Judgement,
    MatchType,
    PutTogether,
    Request,
    TargetType,
    judge_fields,
    unmodelled,
    untold,
)
from sim.extensions.ip_match import Test, View, first_failing, tests_of
from sim.extensions.matchers import MATCHES
from sim.extensions.runtime import Runtime
from sim.extensions.targets import TARGETS
from sim.kernel.chain_index import Key, KeyShape, Places, indexes_of
from sim.model.replies import ReplyKind
from sim.model.rules import Chain, Jump, Match, Rule, Standard, Table, Target, Verdict
from sim.packet.packet import Packet
from sim.trace.outcomes.decided import ByChain, ByPolicy, ByRule
from sim.trace.recorder import LEFT_OUT, Place, Recorder
from sim.trace.steps import (
    Failing,
    Jumped,
    Missed,
    PolicyApplied,
    Returned,
    RuleTried,
    Step,
    TargetRan,
    Where,
)


@dataclass(slots=True)
class Walked:
    """How a table let go of a packet.

    ``by``: which rule or policy it was. ``need`` not empty: nobody can say, because that is
    missing. ``reason`` is REJECT's answer.
    """

    verdict: Verdict
    packet: Packet
    by: ByChain
    need: str = ""
    reason: ReplyKind | None = None
    hotdrop: bool = False
    is_bypass: bool = False


@dataclass(frozen=True, slots=True)
class ReadyRule:
    """A rule with its built-in tests and match types looked up, once for a run."""

    rule: Rule
    tests: tuple[Test, ...]
    matches: tuple[tuple[Match, MatchType | None, tuple[object, ...]], ...]
    label: str
    source_line: int
    watchers: tuple[Match, ...] = ()  # of ebtables: they see a frame that matches


@dataclass(slots=True)
class ReadyChain:
    """A chain made ready to be walked, each rule when it is first tried.

    ``may_match`` asks an index for the places of the rules that may match a packet; ``None``
    says that every rule may.
    """

    chain: Chain
    make: Callable[[Rule], ReadyRule]
    may_match: Callable[[View], tuple[Places, ...] | None]
    made: dict[int, ReadyRule] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.chain.name

    @property
    def policy(self) -> Verdict | None:
        """``None`` for a user chain."""
        return self.chain.policy

    def __len__(self) -> int:
        return len(self.chain.rules)

    def rule(self, place: int) -> ReadyRule:
        """The rule at a place, which counts from 0."""
        ready = self.made.get(place)
        if ready is None:
            ready = self.made[place] = self.make(self.chain.rules[place])
        return ready


# Of each chain, by family and table.
_READY = Kept[Chain, dict[tuple[int, str], dict[int, ReadyRule]]](lambda _: {})


@dataclass(slots=True)
class Tried:
    """One rule held against a packet: the clauses looked at, and what came of them.

    ``packet`` is the packet as the next rule sees it.
    """

    clauses: tuple[Clause, ...]
    held: bool | None
    packet: Packet
    hotdrop: bool = False
    need: str = ""


# Carries out what a target asks for; gives the packet as it is then.
Perform = Callable[[Packet, Place, Request], Generator[Step, None, Packet]]


@dataclass(slots=True)
class Progress:
    """How far the walk of a table is: the next rule of ``chain`` to try is number ``at`` (from 0).

    ``callers`` are the chains that were jumped from, each with where it goes on. ``nesting`` is
    how deep the walk is told to be: a goto is remembered nowhere, but told as one deeper. ``view``
    is the packet as the built-in clauses see it, ``found`` what the chains' indexes say of it.
    """

    table: Table
    place: Place
    perform: Perform
    packet: Packet
    view: View
    base: ReadyChain
    chain: ReadyChain
    at: int = 0
    nesting: int = 0
    callers: list[tuple[ReadyChain, int]] = field(default_factory=list)
    found: dict[str, tuple[Places, ...] | None] = field(default_factory=dict)

    def now(self) -> Progress:
        """How it is now, for what is told later: the packet before this rule of this chain."""
        return Progress(
            self.table, self.place, self.perform, self.packet, self.view, self.base, self.chain,
            self.at, self.nesting,
        )  # fmt: skip

    def look(self, view: View) -> None:
        """A target may have changed the packet."""
        self.view, self.found = view, {}

    def candidate(self) -> int:
        """From ``at`` on, the place of the next rule that may match; the chain's length: none."""
        chain = self.chain
        if chain.name not in self.found:
            self.found[chain.name] = chain.may_match(self.view)
        found = self.found[chain.name]
        if found is None:
            return self.at
        least = len(chain)
        for places in found:
            next_one = bisect_left(places, self.at)
            if next_one < len(places) and places[next_one] < least:
                least = places[next_one]
        return least

    def enter(self, chain: ReadyChain, *, goto: bool) -> None:
        """A rule sends the packet to a user chain."""
        if goto:
            self.nesting = max(self.nesting, 1)
        else:
            self.callers.append((self.chain, self.at))
            self.nesting = len(self.callers)
        self.chain, self.at = chain, 0

    def leave(self) -> None:
        """Back to the last jump."""
        self.chain, self.at = self.callers.pop()
        self.nesting = len(self.callers)

    def end(self) -> None:
        """Nobody jumped here: the built-in chain's policy is left."""
        self.chain, self.nesting = self.base, 0

    def where(self, number: int) -> Where:
        """A rule of the chain; one more than it has is its policy."""
        place = self.place
        return Where(
            hook=place.hook,
            table=self.table.name,
            chain=self.chain.name,
            rule=number,
            in_iface=place.in_iface,
            out_iface=place.out_iface,
            physin=place.physin if place.in_iface else "",
            physout=place.physout if place.out_iface else "",
            depth=place.depth + self.nesting,
        )


@dataclass(frozen=True, slots=True)
class Matched:
    """A rule that matched, at the place where its steps are."""

    ready: ReadyRule
    where: Where
    by: ByRule


def _reads_elsewhere(packet: Packet, judgement: Judgement) -> bool:
    """nf_tables compares ports by itself, where xt_tcpudp would look for a header first."""
    return judgement.hotdrop or packet.headers.fragment_offset > 0


class Walker:
    """Walks the tables of one family."""

    def __init__(
        self, family: int, runtime: Runtime, recorder: Recorder, backend: str = "",
        *, folded: bool = False,
    ) -> None:  # fmt: skip
        """``backend``: who loaded the tables, where that is not whom the runtime names.

        ``folded``: rules that an index passes over are told by one step.
        """
        self.family = family
        self.folded = folded
        self.runtime = runtime
        self.recorder = recorder
        self._is_nft = (backend or runtime.backend) == "nft"
        self._ready: dict[tuple[str, str], ReadyChain] = {}

    def chain(self, table: Table, name: str) -> ReadyChain:
        """The chain made ready, on its first use."""
        key = (table.name, name)
        found = self._ready.get(key)
        if found is None:
            found = self._ready[key] = self._ready_chain(table.name, table.chains[name])
        return found

    def _ready_chain(self, table: str, chain: Chain) -> ReadyChain:
        is_user = chain.policy is None

        def make(rule: Rule) -> ReadyRule:
            return self._ready_rule(table, chain.name, rule, is_user)

        def may_match(view: View) -> tuple[Places, ...] | None:
            if not self.folded:
                return None
            return indexes_of(chain, self.family).may_match(chain, view, is_nft=self._is_nft)

        if self.folded:  # few are tried, and by every packet the same ones
            made = _READY.of(chain).setdefault((self.family, table), {})
            return ReadyChain(chain, make, may_match, made)
        return ReadyChain(chain, make, may_match)

    def _ready_rule(self, table: str, chain: str, rule: Rule, is_user: bool) -> ReadyRule:
        key = (self.family, table, chain, rule.number)
        matches = tuple(
            (match, MATCHES.get((match.name, self.family)), (*key, at))
            for at, match in enumerate(rule.matches)
        )
        label = label_of(rule, is_user)
        return ReadyRule(rule, tests_of(rule.ip), matches, label, rule.line)

    def walk(
        self, table: Table, packet: Packet, place: Place, perform: Perform
    ) -> Generator[Step, None, Walked]:
        """Walk the built-in chain of ``place.hook`` until the table lets go of the packet."""
        assert place.hook is not None
        base = self.chain(table, place.hook.chain)
        walk = Progress(table, place, perform, packet, self._view(packet, place), base, base)
        while True:
            ahead = walk.candidate()
            if ahead > walk.at:
                yield self._missed(walk, ahead)
                walk.at = ahead
            if walk.at >= len(walk.chain):
                done = yield from self._at_end(walk)
            else:
                ready = walk.chain.rule(walk.at)
                walk.at += 1
                where = walk.where(ready.rule.number)
                tried = self._try(walk, ready)
                seq = self.runtime.seq()
                if self.recorder.makes(RuleTried):
                    yield self._tried(ready, tried, walk.packet, where, seq)
                walk.packet = tried.packet
                if tried.held is False and not tried.hotdrop:
                    continue
                by = ByRule(self.family, table.name, where.chain, where.rule)
                done = yield from self._decided(walk, Matched(ready, where, by), tried)
            if done is not None:
                return done

    def _at_end(self, walk: Progress) -> Generator[Step, None, Walked | None]:
        """Behind a chain's last rule: its policy, or back to where the walk came from."""
        if walk.chain is walk.base or walk.chain.policy in (Verdict.ACCEPT, Verdict.DROP):
            return (yield from self._policy(walk))
        return (yield from self._return(walk, len(walk.chain) + 1, implicit=True))

    def _return(
        self, walk: Progress, number: int, *, implicit: bool
    ) -> Generator[Step, None, Walked | None]:
        """Rule ``number`` returns, or (``implicit``) the end of the chain does."""
        back, at = walk.callers[-1] if walk.callers else (None, 0)
        yield self.recorder.step(
            Returned, walk.packet, walk.where(number),
            chain=back.name if back is not None else "", rule=at, implicit=implicit,
        )  # fmt: skip
        if back is not None:
            walk.leave()
            return None
        walk.end()
        return (yield from self._policy(walk))

    def _decided(
        self, walk: Progress, matched: Matched, tried: Tried
    ) -> Generator[Step, None, Walked | None]:
        """A rule that matched, dropped the packet on the spot, or that nobody can decide."""
        target = matched.ready.rule.target
        if tried.hotdrop:
            if tried.held and isinstance(target, Target):
                yield from self._run(walk, matched, target)
            return Walked(Verdict.DROP, walk.packet, matched.by, hotdrop=True)
        if tried.held is None:
            return Walked(Verdict.DROP, walk.packet, matched.by, need=tried.need)
        if matched.ready.watchers:
            yield from self._watch(walk, matched)
        if target is None:
            return None
        if isinstance(target, Jump):
            yield self.recorder.step(
                Jumped, walk.packet, matched.where, chain=target.chain, goto=target.goto
            )
            walk.enter(self.chain(walk.table, target.chain), goto=target.goto)
            return None
        done = yield from self._carried_out(walk, matched, target)
        if done is not None and done.verdict is Verdict.RETURN and not done.need:
            return (yield from self._return(walk, matched.by.number, implicit=False))
        return done

    def _carried_out(
        self, walk: Progress, matched: Matched, target: Standard | Target
    ) -> Generator[Step, None, Walked | None]:
        """What a target that is no jump decides; ``None``: the walk goes on."""
        if isinstance(target, Standard):
            verdict = target.verdict
            if verdict is not Verdict.RETURN:
                yield self.recorder.step(
                    TargetRan, walk.packet, matched.where, name=verdict.value, text="",
                    before=walk.packet, verdict=verdict.value,
                )  # fmt: skip
            return Walked(verdict, walk.packet, matched.by)
        done = yield from self._run(walk, matched, target)
        walk.look(self._view(walk.packet, walk.place))
        return done if done.need or done.verdict is not Verdict.CONTINUE else None

    def _watch(self, walk: Progress, matched: Matched) -> Iterator[Step]:
        """What a rule's watchers do with a frame that matches; iptables has none."""
        yield from ()

    def _view(self, packet: Packet, place: Place) -> View:
        view = View(packet, place.in_iface, place.out_iface)
        if self._is_nft:
            view.stop_at_ah()
        return view

    def _target_type(self, name: str) -> TargetType | None:
        return TARGETS.get((name, self.family))

    # ---- one rule ------------------------------------------------------------------------

    def _try(self, walk: Progress, ready: ReadyRule) -> Tried:
        view, packet = walk.view, walk.packet
        clauses: list[Clause] = []
        for test in ready.tests:
            clause = test(view)
            clauses.append(clause)
            if not clause.held:
                # Of an IPv6 packet cut short in its extension headers -p cannot be told.
                hotdrop = view.is_cut_short and clause.flag == "-p"
                return Tried(tuple(clauses), False, packet, hotdrop)
        need, hotdrop = "", False
        for match, kind, key in ready.matches:
            if kind is None or not kind.is_modelled:
                missing = unmodelled("match", match.name)
                clauses.append(Clause(match.name, "", "", "", held=None, need=missing))
                need = need or missing
                continue
            if need and kind.judge is not None and not kind.by_fields:
                # A match with state must not run when nobody knows whether it is reached.
                continue
            ctx = self._context(walk, packet, ready.rule.number, key)
            judgement = self._judge(kind, match, ctx)
            if self._is_nft and kind.is_native and _reads_elsewhere(packet, judgement):
                clause = Clause(match.name, "", "", "", held=None, need=BYTES.need)
                judgement = Judgement((clause,))
            if judgement.held is None and self.runtime.decide is not None:
                judgement = _decided(judgement, self.runtime.decide)
            clauses += judgement.clauses
            packet = judgement.packet or packet
            if judgement.hotdrop and not need:
                if not judgement.held:
                    return Tried(tuple(clauses), False, packet, True)
                # An inverted option may hold of a packet that is dropped all the same.
                hotdrop = True
            if judgement.held is False:
                return Tried(tuple(clauses), False, packet)
            if judgement.held is None:
                need = need or _need_of(judgement.clauses)
        if ready.rule.untold and not need:
            need = untold(ready.rule.untold)
            clauses.append(Clause("ip", ready.rule.untold[0], "", "", held=None, need=need))
        return Tried(tuple(clauses), None if need else True, packet, hotdrop and not need, need)

    def _judge(self, kind: MatchType, match: Match, ctx: Context) -> Judgement:
        if kind.judge is not None:
            return kind.judge(match.args, ctx)
        return judge_fields(kind, match.args, ctx)

    def _context(
        self, walk: Progress, packet: Packet, number: int, key: tuple[object, ...]
    ) -> Context:
        place = walk.place
        assert place.hook is not None
        flow = self.runtime.flows.get(packet.flow) if packet.flow is not None else None
        return Context(
            packet, place.hook, walk.table.name, walk.chain.name, number, place.in_iface,
            place.out_iface, self.runtime.host, self.runtime, place.physin, place.physout, flow,
            key, place.route,
        )  # fmt: skip

    def _run(
        self, walk: Progress, matched: Matched, target: Target
    ) -> Generator[Step, None, Walked]:
        """An extension's target: its answer, what it asks for, its verdict."""
        by = matched.by
        kind = self._target_type(target.name)
        if kind is None or kind.apply is None:
            need = unmodelled("target", target.name)
            return Walked(Verdict.DROP, walk.packet, by, need=need)
        key = (self.family, by.table, by.chain, by.number, "target")
        answer = kind.apply(target.args, self._context(walk, walk.packet, by.number, key))
        yield self._target_ran(target, answer, walk.packet, matched.where)
        walk.packet = answer.packet
        if kind.puts_together and not walk.packet.headers.fragment_offset:
            walk.packet = yield from walk.perform(walk.packet, walk.place, PutTogether())
        for request in answer.requests:
            walk.packet = yield from walk.perform(walk.packet, walk.place, request)
        if answer.need:
            return Walked(Verdict.DROP, walk.packet, by, need=answer.need)
        return Walked(
            answer.verdict, walk.packet, by, reason=answer.rejected_with,
            is_bypass=answer.is_bypass,
        )  # fmt: skip

    # ---- steps ---------------------------------------------------------------------------

    def _tried(
        self, ready: ReadyRule, tried: Tried, packet: Packet, where: Where, seq: int
    ) -> RuleTried:
        return RuleTried(
            seq=seq,
            line=self.recorder.line,
            now=self.runtime.now,
            packet=packet,
            where=where,
            clauses=tried.clauses,
            held=tried.held,
            label=ready.label if tried.held else "",
            text=ready.rule.text,
            source_line=ready.source_line,
            hotdrop=tried.hotdrop,
            need=tried.need,
        )

    def _missed(self, walk: Progress, place: int) -> Step:
        """One step for the rules from where the walk is up to the one at ``place``."""
        seq = self.runtime.seq(place - walk.at)
        if not self.recorder.makes(Missed):
            return LEFT_OUT
        line, now = self.recorder.line, self.runtime.now
        then = walk.now()
        first = then.at + 1
        passed = _PassedOver(self, then, seq - first, line, now)
        return Missed(
            seq=seq, line=line, now=now, packet=walk.packet, where=then.where(first), last=place,
            passed=passed,
        )  # fmt: skip

    def told_later(self, then: Progress, number: int, seq: int, line: int, now: int) -> RuleTried:
        """The step of a rule that was passed over; a packet line and a time that are over."""
        ready = then.chain.rule(number - 1)
        step = self._tried(ready, self._try(then, ready), then.packet, then.where(number), seq)
        return replace(step, line=line, now=now)

    def _target_ran(
        self, target: Target | Match, answer: Answer, packet: Packet, where: Where
    ) -> TargetRan:
        verdict = "" if answer.verdict is Verdict.CONTINUE or answer.need else answer.verdict.value
        return self.recorder.step(
            TargetRan, answer.packet, where, name=target.name, text=answer.text, before=packet,
            verdict=verdict,
        )  # fmt: skip

    def _policy(self, walk: Progress) -> Generator[Step, None, Walked]:
        chain = walk.chain
        policy = chain.policy or Verdict.ACCEPT
        where = walk.where(len(chain) + 1)
        yield self.recorder.step(PolicyApplied, walk.packet, where, verdict=policy.value)
        return Walked(policy, walk.packet, ByPolicy(self.family, walk.table.name, chain.name))


@dataclass(frozen=True, slots=True)
class _PassedOver:
    """A chain that was passed over, as it was then.

    ``shift``: from a rule's number to that of its step.
    """

    walker: Walker
    then: Progress
    shift: int
    line: int
    now: int

    def tried(self, number: int) -> RuleTried:
        return self.walker.told_later(self.then, number, number + self.shift, self.line, self.now)

    def failing(self, numbers: range) -> Iterator[Failing]:
        chain, view = self.then.chain.chain, self.then.view
        known = indexes_of(chain, self.walker.family)
        keys: dict[KeyShape, Key] = {}
        for number in numbers:
            rule = chain.rules[number - 1]
            flag = known.failing(rule, view, keys)
            found = (flag, False) if flag else first_failing(rule.ip, view)
            if found is not None:
                yield Failing("ip", *found)
                continue
            for clause in self.tried(number).clauses:
                if clause.held is False:
                    yield Failing(clause.match, clause.flag, clause.negated)

    def source_line(self, number: int) -> int:
        return self.then.chain.chain.rules[number - 1].line


def label_of(rule: Rule, is_user: bool) -> str:
    """TRACE's word for the rule: an unconditional verdict looks like the end of its chain."""
    if rule.is_unconditional and isinstance(rule.target, Standard):
        return "return" if is_user else "policy"
    return "rule"


def _decided(judgement: Judgement, decide: Callable[[], bool]) -> Judgement:
    clauses = (
        replace(clause, held=decide()) if clause.held is None else clause
        for clause in judgement.clauses
    )
    return replace(judgement, clauses=tuple(clauses))


def _need_of(clauses: Iterator[Clause] | tuple[Clause, ...]) -> str:
    return next((clause.need for clause in clauses if clause.held is None), "") or UNKNOWN
