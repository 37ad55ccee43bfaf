"""The rule walk: one table's chain at one hook, every decision a step.

ipt_do_table (net/ipv4/netfilter/ip_tables.c), which ip6t_do_table mirrors. A jump remembers
where it came from, a goto does not; the end of a user chain returns to the last jump, or, if
there was none, to the policy of the built-in chain. What may not be known stops the walk.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

from sim.base.backends import BYTES
from sim.extensions.extension import (
    UNKNOWN,
    Answer,
    Clause,
    Context,
    Judgement,
    MatchType,
    Request,
    TargetType,
    judge_fields,
    unmodelled,
)
from sim.extensions.ip_match import Test, View, tests_of
from sim.extensions.matchers import MATCHES
from sim.extensions.runtime import Runtime
from sim.extensions.targets import TARGETS
from sim.model.rules import Jump, Match, Rule, Standard, Table, Target, Verdict
from sim.packet.packet import Packet
from sim.trace.outcomes.decided import ByChain, ByPolicy, ByRule
from sim.trace.recorder import Place, Recorder
from sim.trace.steps import Jumped, PolicyApplied, Returned, RuleTried, Step, TargetRan, Where


@dataclass(slots=True)
class Walked:
    """How a table let go of a packet.

    ``by``: which rule or policy it was. ``need`` not empty: nobody can say, because that is
    missing. ``reason`` is REJECT's word.
    """

    verdict: Verdict
    packet: Packet
    by: ByChain
    need: str = ""
    reason: str = ""
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
    """A chain made ready to be walked. ``policy`` is ``None`` for a user chain."""

    name: str
    policy: Verdict | None
    rules: tuple[ReadyRule, ...]

    def candidate(self, start: int, view: View) -> int:
        """From ``start`` on, the place of the next rule that may match.

        Every rule may, as long as no index says otherwise; steps for the rules in between can
        be made later from rule and packet alone.
        """
        return start


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


class Walker:
    """Walks the tables of one family."""

    def __init__(
        self, family: int, runtime: Runtime, recorder: Recorder, backend: str = ""
    ) -> None:
        """``backend``: who loaded the tables, where that is not whom the runtime names."""
        self.family = family
        self.runtime = runtime
        self.recorder = recorder
        self._is_nft = (backend or runtime.backend) == "nft"
        self._ready: dict[tuple[str, str], ReadyChain] = {}

    def chain(self, table: Table, name: str) -> ReadyChain:
        """The chain made ready, on its first use."""
        key = (table.name, name)
        found = self._ready.get(key)
        if found is None:
            chain = table.chains[name]
            is_user = chain.policy is None
            rules = tuple(self._ready_rule(table.name, name, rule, is_user) for rule in chain.rules)
            found = self._ready[key] = ReadyChain(name, chain.policy, rules)
        return found

    def _ready_rule(self, table: str, chain: str, rule: Rule, is_user: bool) -> ReadyRule:
        key = (self.family, table, chain, rule.number)
        matches = tuple(
            (match, MATCHES.get((match.name, self.family)), (*key, at))
            for at, match in enumerate(rule.matches)
        )
        line = rule.span.line if rule.span is not None else 0
        return ReadyRule(rule, tests_of(rule.ip), matches, label_of(rule, is_user), line)

    def walk(
        self, table: Table, packet: Packet, place: Place, perform: Perform
    ) -> Generator[Step, None, Walked]:
        """Walk the built-in chain of ``place.hook`` until the table lets go of the packet."""
        assert place.hook is not None
        base = self.chain(table, place.hook.chain)
        chain, at = base, 0
        stack: list[tuple[ReadyChain, int]] = []
        nesting = 0
        view = self._view(packet, place)
        while True:
            at = chain.candidate(at, view)
            if at >= len(chain.rules):
                if chain is base or chain.policy in (Verdict.ACCEPT, Verdict.DROP):
                    return (yield from self._policy(table, chain, packet, place, nesting))
                if not stack:
                    yield self._returned(table, chain, packet, place, nesting, None, True)
                    return (yield from self._policy(table, base, packet, place))
                yield self._returned(table, chain, packet, place, nesting, stack[-1], True)
                chain, at = stack.pop()
                nesting = len(stack)
                continue
            ready = chain.rules[at]
            at += 1
            ctx_where = self._where(table, chain, ready.rule.number, place, nesting)
            tried = self._try(ready, view, packet, place, table, chain)
            yield self._tried(ready, tried, packet, ctx_where)
            packet = tried.packet
            here = ByRule(self.family, table.name, chain.name, ready.rule.number)
            if tried.hotdrop:
                target = ready.rule.target
                if tried.held and isinstance(target, Target):
                    done = yield from self._run(
                        ready, target, packet, place, ctx_where, table, chain, perform
                    )
                    packet = done.packet
                return Walked(Verdict.DROP, packet, here, hotdrop=True)
            if tried.held is None:
                return Walked(Verdict.DROP, packet, here, need=tried.need)
            if not tried.held:
                continue
            if ready.watchers:
                yield from self._watch(ready, packet, place, ctx_where, table, chain)
            target = ready.rule.target
            if target is None:
                continue
            returns = False
            if isinstance(target, Jump):
                yield self.recorder.step(
                    Jumped, packet, ctx_where, chain=target.chain, goto=target.goto
                )
                if not target.goto:
                    stack.append((chain, at))
                    nesting = len(stack)
                else:
                    nesting = max(nesting, 1)
                chain, at = self.chain(table, target.chain), 0
            elif isinstance(target, Standard):
                if target.verdict is not Verdict.RETURN:
                    yield self.recorder.step(
                        TargetRan, packet, ctx_where, name=target.verdict.value, text="",
                        before=packet, verdict=target.verdict.value,
                    )  # fmt: skip
                    return Walked(target.verdict, packet, here)
                returns = True
            else:
                done = yield from self._run(
                    ready, target, packet, place, ctx_where, table, chain, perform
                )
                packet = done.packet
                view = self._view(packet, place)
                returns = done.verdict is Verdict.RETURN and not done.need
                if not returns and (done.need or done.verdict is not Verdict.CONTINUE):
                    return done
            if returns:
                back = stack[-1] if stack else None
                number = ready.rule.number
                yield self._returned(table, chain, packet, place, nesting, back, False, number)
                if back is None:
                    return (yield from self._policy(table, base, packet, place))
                chain, at = stack.pop()
                nesting = len(stack)

    def _watch(
        self,
        ready: ReadyRule,
        packet: Packet,
        place: Place,
        where: Where,
        table: Table,
        chain: ReadyChain,
    ) -> Iterator[Step]:
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

    def _try(
        self,
        ready: ReadyRule,
        view: View,
        packet: Packet,
        place: Place,
        table: Table,
        chain: ReadyChain,
    ) -> Tried:
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
            ctx = self._context(packet, place, table, chain, ready.rule.number, key)
            judgement = self._judge(kind, match, ctx)
            if self._is_native(match, packet, judgement):
                clauses.append(Clause(match.name, "", "", "", held=None, need=BYTES.text))
                need = need or BYTES.text
                continue
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
        return Tried(tuple(clauses), None if need else True, packet, hotdrop and not need, need)

    def _is_native(self, match: Match, packet: Packet, judgement: Judgement) -> bool:
        """nf_tables compares ports by itself, where xt_tcpudp would look for a header first."""
        return (
            self._is_nft
            and match.name in ("tcp", "udp")
            and (judgement.hotdrop or packet.headers.fragment_offset > 0)
        )

    def _judge(self, kind: MatchType, match: Match, ctx: Context) -> Judgement:
        if kind.judge is not None:
            return kind.judge(match.args, ctx)
        return judge_fields(kind, match.args, ctx)

    def _context(
        self,
        packet: Packet,
        place: Place,
        table: Table,
        chain: ReadyChain,
        number: int,
        key: tuple[object, ...],
    ) -> Context:
        assert place.hook is not None
        flow = self.runtime.flows.get(packet.flow) if packet.flow is not None else None
        return Context(
            packet, place.hook, table.name, chain.name, number, place.in_iface, place.out_iface,
            self.runtime.host, self.runtime, place.physin, place.physout, flow, key,
            place.next_hop, place.realm,
        )  # fmt: skip

    def _run(
        self,
        ready: ReadyRule,
        target: Target,
        packet: Packet,
        place: Place,
        where: Where,
        table: Table,
        chain: ReadyChain,
        perform: Perform,
    ) -> Generator[Step, None, Walked]:
        """An extension's target: its answer, what it asks for, its verdict."""
        number = ready.rule.number
        here = ByRule(self.family, table.name, chain.name, number)
        kind = self._target_type(target.name)
        if kind is None or kind.apply is None:
            need = unmodelled("target", target.name)
            return Walked(Verdict.DROP, packet, here, need=need)
        key = (self.family, table.name, chain.name, number, "target")
        ctx = self._context(packet, place, table, chain, number, key)
        answer = kind.apply(target.args, ctx)
        yield self._target_ran(target, answer, packet, where)
        after = answer.packet
        for request in answer.requests:
            after = yield from perform(after, place, request)
        if answer.need:
            return Walked(Verdict.DROP, after, here, need=answer.need)
        return Walked(
            answer.verdict, after, here, reason=answer.rejected_with, is_bypass=answer.is_bypass
        )

    # ---- steps ---------------------------------------------------------------------------

    def _where(
        self, table: Table, chain: ReadyChain, number: int, place: Place, nesting: int
    ) -> Where:
        return Where(
            hook=place.hook,
            table=table.name,
            chain=chain.name,
            rule=number,
            in_iface=place.in_iface,
            out_iface=place.out_iface,
            physin=place.physin if place.in_iface else "",
            physout=place.physout if place.out_iface else "",
            depth=place.depth + nesting,
        )

    def _tried(self, ready: ReadyRule, tried: Tried, packet: Packet, where: Where) -> RuleTried:
        runtime, recorder = self.runtime, self.recorder
        return RuleTried(
            seq=runtime.seq(),
            line=recorder.line,
            now=runtime.now,
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

    def _target_ran(
        self, target: Target | Match, answer: Answer, packet: Packet, where: Where
    ) -> TargetRan:
        verdict = "" if answer.verdict is Verdict.CONTINUE or answer.need else answer.verdict.value
        return self.recorder.step(
            TargetRan, answer.packet, where, name=target.name, text=answer.text, before=packet,
            verdict=verdict,
        )  # fmt: skip

    def _returned(
        self,
        table: Table,
        chain: ReadyChain,
        packet: Packet,
        place: Place,
        nesting: int,
        back: tuple[ReadyChain, int] | None,
        implicit: bool,
        number: int = 0,
    ) -> Returned:
        where = self._where(table, chain, number or len(chain.rules) + 1, place, nesting)
        name, rule = (back[0].name, back[1]) if back is not None else ("", 0)
        return self.recorder.step(Returned, packet, where, chain=name, rule=rule, implicit=implicit)

    def _policy(
        self, table: Table, chain: ReadyChain, packet: Packet, place: Place, nesting: int = 0
    ) -> Generator[Step, None, Walked]:
        policy = chain.policy or Verdict.ACCEPT
        where = self._where(table, chain, len(chain.rules) + 1, place, nesting)
        yield self.recorder.step(PolicyApplied, packet, where, verdict=policy.value)
        return Walked(policy, packet, ByPolicy(self.family, table.name, chain.name))


def label_of(rule: Rule, is_user: bool) -> str:
    """TRACE's word for the rule: an unconditional verdict looks like the end of its chain."""
    if rule.is_unconditional and isinstance(rule.target, Standard):
        return "return" if is_user else "policy"
    return "rule"


def _need_of(clauses: Iterator[Clause] | tuple[Clause, ...]) -> str:
    return next((clause.need for clause in clauses if clause.held is None), "") or UNKNOWN
