"""A run cut into stories: what became of each statement's own packet, and of its answers."""

from __future__ import annotations

from collections.abc import Iterable

from sim.base.frozen import dataclass
from sim.extensions.extension import Clause
from sim.model.flow import Flow
from sim.model.host import Host
from sim.model.replies import ReplyKind
from sim.model.rules import INET, Chain, Rule, Rules, Standard, Verdict
from sim.packet.kinds import CtState
from sim.packet.packet import Packet
from sim.trace.outcomes.conntrack import CtDid
from sim.trace.outcomes.decided import ByPolicy, ByRule
from sim.trace.steps import (
    Arrived,
    Conntrack,
    Emitted,
    Fate,
    HookEntered,
    NatApplied,
    Originated,
    PolicyApplied,
    Routed,
    RuleTried,
    Sent,
    Step,
    TargetRan,
)

PASSED = frozenset({"forwarded", "sent", "delivered"})
STOPPED = frozenset({"dropped", "rejected"})


_LOOKED_AT = (CtDid.CREATED, CtDid.FOUND, CtDid.RELATED, CtDid.INVALID)


@dataclass(frozen=True, slots=True)
class Story:
    """One packet from its first step to its fate. ``emitted``: what the host sent because of it,
    each with its own steps."""

    line: int
    steps: tuple[Step, ...]
    fate: Fate
    emitted: tuple[Story, ...] = ()
    reason: ReplyKind | None = None  # what it is, of an emitted packet

    @property
    def first(self) -> Packet:
        """The packet as it came in, or as it was made."""
        return self.steps[0].packet

    @property
    def in_iface(self) -> str:
        """The device on which it arrived; empty when the host made it."""
        first = self.steps[0]
        return first.where.in_iface if isinstance(first, Arrived) else ""

    @property
    def in_dev(self) -> str:
        """The interface that the rules saw it come in by: of a bridge's port the bridge."""
        hooks = (s.where for s in self.steps if isinstance(s, HookEntered))
        return next((w.in_iface for w in hooks if w.family == INET and w.in_iface), self.in_iface)

    @property
    def out(self) -> str:
        """The interface that it was routed out by: of a bridge's port the bridge."""
        hooks = (s.where for s in reversed(self.steps) if isinstance(s, HookEntered))
        named = next((w.out_iface for w in hooks if w.family == INET and w.out_iface), "")
        return named or (self.sent.iface if self.sent is not None else "")

    @property
    def is_local(self) -> bool:
        return any(isinstance(step, Originated) for step in self.steps)

    @property
    def passed(self) -> bool:
        return self.fate.verdict in PASSED

    @property
    def stopped(self) -> bool:
        return self.fate.verdict in STOPPED

    @property
    def sent(self) -> Sent | None:
        """Its last step on a wire."""
        return next((s for s in reversed(self.steps) if isinstance(s, Sent)), None)

    @property
    def routed(self) -> Routed | None:
        """The last routing decision about it."""
        return next((s for s in reversed(self.steps) if isinstance(s, Routed)), None)

    @property
    def is_bridged(self) -> bool:
        """Did br_netfilter hand it to the rules as a frame between two ports?"""
        return any(step.where.physin and step.where.physout for step in self.steps)

    def is_switched(self, host: Host) -> bool:
        """Did a bridge carry it from port to port, whether or not rules saw it?"""
        sent = self.sent
        ports = [host.interface(name) for name in (self.in_iface, sent.iface if sent else "")]
        masters = {port.master if port is not None else "" for port in ports}
        return self.is_bridged or (len(masters) == 1 and masters != {""} and self.routed is None)

    @property
    def flow(self) -> Flow | None:
        """Its conntrack entry as conntrack last told it."""
        found = (s.flow for s in reversed(self.steps) if isinstance(s, Conntrack))
        return next((flow for flow in found if flow is not None), None)

    @property
    def ct_state(self) -> CtState | None:
        """conntrack's word for it; ``None`` when conntrack never looked at it."""
        looked = (s for s in self.steps if isinstance(s, Conntrack))
        states = [s.state for s in looked if s.event in _LOOKED_AT]
        return states[0] if states else None

    @property
    def is_known(self) -> bool:
        """Does it belong to a connection that conntrack knew before?"""
        first = next((step for step in self.steps if isinstance(step, Conntrack)), None)
        return first is not None and first.event in ("found", "related")

    def rewrites(self) -> list[NatApplied]:
        return [step for step in self.steps if isinstance(step, NatApplied)]


def stories(steps: Iterable[Step]) -> list[Story]:
    """The statements' own packets in their order. Of a flooded or cut packet the first fate."""
    by_packet: dict[tuple[int, int], list[Step]] = {}
    made: dict[tuple[int, int], Emitted] = {}
    for step in steps:
        if not step.packet.data:
            continue
        key = (step.line, step.packet.id)
        by_packet.setdefault(key, []).append(step)
        if isinstance(step, Emitted):
            made[key] = step
    told: dict[tuple[int, int], Story] = {}
    for key in reversed(by_packet):  # what a packet caused comes behind it
        fate = next((s for s in by_packet[key] if isinstance(s, Fate)), None)
        if fate is None:
            continue
        caused = tuple(
            told[other]
            for other, step in made.items()
            if other in told and other[0] == key[0] and step.parent == key[1]
        )
        reason = made[key].reason if key in made else None
        told[key] = Story(key[0], tuple(by_packet[key]), fate, caused, reason)
    found: dict[int, Story] = {}
    for key in by_packet:
        if key in told and key not in made and told[key].fate.main:
            found.setdefault(key[0], told[key])
    return [found[line] for line in sorted(found)]


def rule_at(rules: Rules, step: Step) -> Rule | None:
    """The rule that a step is about; ``None`` for frames and policies."""
    chain, number = chain_at(rules, step), step.where.rule
    if chain is None or not 0 < number <= len(chain.rules):
        return None
    return chain.rules[number - 1]


def chain_at(rules: Rules, step: Step) -> Chain | None:
    """The chain in which a step is; ``None`` for frames and outside of chains."""
    if step.packet.is_arp:
        return None
    table = rules.of(step.packet.family).tables.get(step.where.table_name)
    return table.chains.get(step.where.chain) if table is not None else None


def accepted_by(rules: Rules, story: Story) -> RuleTried | PolicyApplied | None:
    """What of filter accepted the packet last: no rewrite, no other table."""
    found: RuleTried | PolicyApplied | None = None
    for step in story.steps:
        if step.where.table_name != "filter":
            continue
        if isinstance(step, PolicyApplied) and step.verdict == "ACCEPT":
            found = step
        elif isinstance(step, RuleTried) and step.held:
            rule = rule_at(rules, step)
            target = rule.target if rule is not None else None
            if isinstance(target, Standard) and target.verdict is Verdict.ACCEPT:
                found = step
    return found


def stopped_by(story: Story) -> RuleTried | PolicyApplied | None:
    """The rule or policy that ended the packet; ``None``: another part of the stack did."""
    if not story.stopped or not isinstance(story.fate.at, (ByRule, ByPolicy)):
        return None
    for step in reversed(story.steps):
        if isinstance(step, PolicyApplied):
            return step
        if isinstance(step, RuleTried) and step.held is not False:
            return step
    return None


def asked_by(story: Story, nat: NatApplied) -> RuleTried | None:
    """The rule of nat whose target asked for a rewrite."""
    last: RuleTried | None = None
    for step in story.steps:
        if step is nat:
            return last
        if isinstance(step, RuleTried) and step.where.table_name == "nat" and step.held:
            last = step
        elif isinstance(step, NatApplied) or (
            isinstance(step, TargetRan) and step.where.table_name != "nat"
        ):
            last = None
    return None


def failing(clauses: Iterable[Clause]) -> list[Clause]:
    return [clause for clause in clauses if clause.held is False]
