"""The stream: flat, ordered, typed, frozen steps. Every reader reads these and only these.

``packet`` is the packet as it is *at* the step. A matching rule's step shows it before the
target ran, as the kernel's TRACE does; what the target changed is in the ``TargetRan`` that
follows. ``line`` is the number of the statement of the packets text that caused the step
(one-based; blank lines and comments do not count, ``wait`` and ``reply`` do).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import field
from typing import ClassVar, NamedTuple, Protocol, Self

from sim.base.frozen import dataclass, replace
from sim.extensions.extension import Clause
from sim.extensions.runtime import RouteResult
from sim.model.flow import Flow, Manip
from sim.model.replies import ReplyKind
from sim.model.rules import INET, FrameHook, Hook, Registered, table_name
from sim.packet.kinds import CtState
from sim.packet.packet import Packet
from sim.trace.outcomes.base import Cause, Note, Topic, Why
from sim.trace.outcomes.conntrack import CtDid
from sim.trace.outcomes.decided import Decided, FateVerdict
from sim.trace.outcomes.events import HostEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """The place of a step. Empty strings and ``rule`` 0 where it has no such thing.

    ``table`` is its name within the hook's family. ``depth`` grows by one for a packet that the
    host sends while handling another, and for each user chain entered.
    """

    hook: Hook | FrameHook | None = None
    table: str = ""
    chain: str = ""
    rule: int = 0
    in_iface: str = ""
    out_iface: str = ""
    physin: str = ""
    physout: str = ""
    depth: int = 0

    @property
    def family(self) -> int:
        """The hook's: INET, of IPv4 and IPv6 alike, where there is no other."""
        return self.hook.family if self.hook is not None else INET

    @property
    def table_name(self) -> str:
        """The table as the whole text knows it: ``bridge filter``; empty without one."""
        return table_name(self.family, self.table) if self.table else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What every step has. ``seq`` starts at 1 and has no gap within a run."""

    kind: ClassVar[str] = ""
    seq: int
    line: int
    where: Where
    packet: Packet
    now: int = 0  # virtual time, ns

    @property
    def trace(self) -> str | None:
        """What the kernel's TRACE logs here (without its prefix), or ``None``."""
        return None

    @property
    def count(self) -> int:
        """How many steps it stands for; the next one's ``seq`` is higher by it."""
        return 1

    @property
    def last_seq(self) -> int:
        """The number of the last step that it stands for."""
        return self.seq + self.count - 1


def _traced(where: Where, label: str) -> str | None:
    """TRACE's words; ebtables and arptables have no TRACE."""
    if where.family != INET:
        return None
    return f"{where.table}:{where.chain}:{label}:{where.rule}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived(Step):
    """A packet came in from the wire on ``where.in_iface``."""

    kind = "arrived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Originated(Step):
    """A process on the host sends a packet. ``owner`` is in ``packet``."""

    kind = "originated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitted(Step):
    """The host's kernel makes a packet of its own: an answer to packet ``parent``."""

    kind = "emitted"
    parent: int
    reason: ReplyKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited(Step):
    """Virtual time passed, or an event happened to the host."""

    kind = "waited"
    nanoseconds: int = 0
    event: HostEvent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HookEntered(Step):
    """The packet enters a hook; ``order`` lists what is registered there, in kernel order."""

    kind = "hook"
    order: tuple[Registered, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTried(Step):
    """One rule was looked at. ``held`` ``None``: cannot be known, ``need`` says why.

    ``label`` is TRACE's word for a rule that matched (``rule``, ``policy``, ``return``).
    """

    kind = "rule"
    clauses: tuple[Clause, ...]
    held: bool | None
    label: str = ""
    text: str = ""  # the rule as iptables-save prints it
    source_line: int = 0  # line of the rules text, 0: none
    hotdrop: bool = False
    need: str = ""

    @property
    def trace(self) -> str | None:
        return _traced(self.where, self.label) if self.label else None


# A walk through 100,000 rules of which three match is 99,997 steps that say "no", and most
# readers want none of them: a verdict, a fate, a count of hits. Where the walk has an index, it
# knows which rules cannot match without asking them, and tells all of them by one step. Nothing
# is lost by it: that a rule misses by its addresses, devices, protocol or port depends on rule
# and packet alone, so the clauses can be looked at later as well as now. A ``Missed`` takes as
# many numbers as it stands for rules and makes their steps when asked, by the code that would
# have made them at once. Unfolded, a trace is what the walk without an index tells.


class Failing(NamedTuple):
    """Which clause of a rule did not hold, without what it wanted and saw: see ``Clause``."""

    match: str
    flag: str
    negated: bool


class PassedOver(Protocol):
    """A chain as an index passed over it. Rules are asked for by their numbers."""

    def tried(self, number: int) -> RuleTried:
        """The step of the rule, as a run that is not folded has it."""

    def failing(self, numbers: range) -> Iterable[Failing]:
        """The clauses of these steps that do not hold; none is made."""

    def source_line(self, number: int) -> int:
        """The rule's line in the rules text, 0: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed(Step):
    """A run of rules that do not match the packet, from ``where.rule`` to ``last``.

    Only a folded run has such steps.
    """

    kind = "missed"
    last: int
    passed: PassedOver = field(compare=False, repr=False)

    @property
    def count(self) -> int:
        return self.last - self.where.rule + 1

    @property
    def numbers(self) -> range:
        """Of its rules."""
        return range(self.where.rule, self.last + 1)

    def tried(self, number: int) -> RuleTried:
        return self.passed.tried(number)

    def unfold(self) -> Iterator[RuleTried]:
        """The step of each rule, as a run that is not folded has it."""
        return map(self.passed.tried, self.numbers)

    def source_lines(self) -> Iterator[int]:
        """The line of each rule in the rules text, 0 where it has none."""
        return map(self.passed.source_line, self.numbers)

    def failing(self) -> Counter[Failing]:
        """What kept the rules from matching, and how many of them."""
        return Counter(self.passed.failing(self.numbers))

    def cut(self, first: int, last: int) -> Self:
        """The part of it whose steps have these numbers, of which it has some."""
        to_rule = self.where.rule - self.seq
        seq = max(first, self.seq)
        where = replace(self.where, rule=seq + to_rule)
        return replace(self, seq=seq, where=where, last=min(last, self.last_seq) + to_rule)


def between(step: Step, first: int, last: int) -> Iterator[Step]:
    """What a step of a folded run stands for, of the numbers ``first`` to ``last``."""
    if isinstance(step, Missed):
        number = step.where.rule - step.seq
        for seq in range(max(first, step.seq), min(last + 1, step.seq + step.count)):
            yield step.tried(seq + number)
    elif first <= step.seq <= last:
        yield step


def unfolded(steps: Iterable[Step]) -> Iterator[Step]:
    """The steps of a folded run as those of one that is not."""
    for step in steps:
        if isinstance(step, Missed):
            yield from step.unfold()
        else:
            yield step


@dataclass(frozen=True, slots=True, kw_only=True)
class Jumped(Step):
    kind = "jump"
    chain: str
    goto: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned(Step):
    """End of a user chain, or RETURN. ``chain`` and ``rule`` (of the jump) are where it goes
    on. ``implicit``: the end of the chain was reached, which TRACE logs as ``return``."""

    kind = "return"
    chain: str
    rule: int
    implicit: bool = False

    @property
    def trace(self) -> str | None:
        return _traced(self.where, "return") if self.implicit else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyApplied(Step):
    """A built-in chain's policy; ``where.rule`` is one more than the chain's rules."""

    kind = "policy"
    verdict: str

    @property
    def trace(self) -> str | None:
        return _traced(self.where, "policy")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRan(Step):
    """What a target did. ``before`` is the packet it was given, ``packet`` the one it left."""

    kind = "target"
    name: str
    text: str
    before: Packet
    verdict: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conntrack(Step):
    """conntrack's part. ``state`` is the packet's from now on (``None``: it is about an entry
    alone), ``cause`` what it goes back to."""

    kind = "conntrack"
    event: CtDid
    state: CtState | None
    flow: Flow | None
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class NatApplied(Step):
    """Addresses or ports were rewritten. ``manip`` SRC or DST; ``undo``: of a reply.

    ``changes`` are (field, before, after), at least one.
    """

    kind = "nat"
    manip: Manip
    undo: bool
    before: Packet
    changes: tuple[tuple[str, str, str], ...]
    at_random: bool = False  # the kernel picks this port at random: any other is as right

    def __post_init__(self) -> None:
        if not self.changes:
            raise ValueError("a NAT step names what it changed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed(Step):
    """A routing decision about the packet. ``again``: the re-route after OUTPUT changed mark,
    TOS or an address."""

    kind = "route"
    route: RouteResult
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted(Step):
    """A decision of the stack outside rules: TTL decremented, defragmented, bridged.

    ``before`` is the packet as it was, where the decision changed it.
    """

    kind = "note"
    note: Note
    before: Packet | None = None

    @property
    def topic(self) -> Topic:
        return self.note.topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(Step):
    """A packet leaves on ``iface``. One step for each fragment that goes on the wire."""

    kind = "sent"
    iface: str
    next_hop: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowsListed(Step):
    """conntrack's table after a statement, as ``conntrack -L`` prints it; only when asked for."""

    kind = "flows"
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate(Step):
    """The end of one packet; exactly one for each packet id.

    ``at`` is who decided it, ``why`` the story that the sentence tells. ``reason`` is what
    told the sender. ``main``: the packet of the line itself, not one
    that the host sent because of it. ``need`` is what is missing when it is undetermined: a
    noun, or what an extension says of itself.
    """

    kind = "fate"
    verdict: FateVerdict
    at: Decided
    why: Why
    reason: ReplyKind | None = None
    out: str = ""  # device it left on
    main: bool = True
    need: Cause | str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """A finished run."""

    steps: tuple[Step, ...]
    flows: tuple[Flow, ...] = field(default=())

    def __post_init__(self) -> None:
        for number, step in enumerate(self.steps, 1):
            if step.seq != number:
                raise ValueError(f"step {number} has the number {step.seq}")

    @property
    def fates(self) -> tuple[Fate, ...]:
        return tuple(step for step in self.steps if isinstance(step, Fate))
