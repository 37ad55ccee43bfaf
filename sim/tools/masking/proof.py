"""Is the masked walk the same walk? Both are replayed and held against each other, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import Any

from sim.base.errors import Refused
from sim.base.frozen import dataclass, replace
from sim.kernel.traversal import run
from sim.model.scenario import Compiled, Scenario
from sim.packet.arp import arp_of, arp_text
from sim.packet.packet import Address
from sim.read.scenario import compile_scenario
from sim.tools.masking.addresses import Mapping
from sim.tools.masking.bytewise import in_clear
from sim.tools.masking.texts import Masker, Replaced, masked, masker_for
from sim.trace import steps as t


@dataclass(frozen=True, slots=True)
class Difference:
    """The first step that is another one: what it says, and what it should have said."""

    seq: int
    rule: str  # where it is: "filter:FORWARD rule 3", or empty
    before: str
    after: str
    why: str = ""  # what of it cannot be masked, in a sentence

    @property
    def is_seen(self) -> bool:
        """Whether the walk is another one; else only the text still tells what it should not."""
        return bool(self.before or self.after)


@dataclass(frozen=True, slots=True)
class Masking:
    """A masked scenario with its proof. ``difference`` ``None``: the walk is the same, as far
    as ``steps``; ``is_whole``: that is to its end. With a difference there is no scenario: what
    is not proven is not shown."""

    scenario: Scenario
    replaced: tuple[Replaced, ...]
    difference: Difference | None
    steps: int
    is_whole: bool = True


def never() -> bool:
    return False


def mask(scenario: Scenario, key: bytes, is_late: Callable[[], bool] = never) -> Masking:
    """Mask and prove. ``is_late`` ends the proof early, and the result says so.

    Raises ``Refused`` when the scenario itself cannot be read.
    """
    before = compile_scenario(scenario)
    masker = masker_for(scenario, key)
    made = masked(scenario, masker)
    why = in_clear(made, masker.replaced())
    try:
        after = compile_scenario(made)
    except Refused as refused:
        return Masking(Scenario(), (), _refused(refused), 0)
    difference, steps, is_whole = _compared(before, after, masker, is_late)
    if difference is None and why:
        difference = Difference(0, "", "", "")
    if difference is not None:
        return Masking(Scenario(), (), replace(difference, why=why), steps, is_whole)
    return Masking(made, masker.replaced(), difference, steps, is_whole)


def _refused(refused: Refused) -> Difference:
    return Difference(0, "", "the scenario is read", f"the masked one is refused: {refused}")


def _compared(
    before: Compiled, after: Compiled, masker: Masker, is_late: Callable[[], bool]
) -> tuple[Difference | None, int, bool]:
    """The first step that differs after mapping, how many were compared, whether all were."""
    count = 0
    for mine, other in zip_longest(run(before), run(after)):
        if mine is None or other is None:
            only = mine or other
            return Difference(only.seq, _place(only), _words(mine), _words(other)), count, True
        if tuple(_said(mine, masker.addresses)) != tuple(_said(other, None)):
            return Difference(mine.seq, _place(mine), _words(mine), _words(other)), count, True
        count += 1
        if count % 64 == 0 and is_late():
            return None, count, False
    return None, count, True


def _words(step: t.Step | None) -> str:
    if step is None:
        return "no more steps"
    if not step.packet.data:
        return step.kind
    if step.packet.is_arp:
        return f"{step.kind} {_place(step)} {arp_text(step.packet)}".strip()
    headers = step.packet.headers
    return f"{step.kind} {_place(step)} {headers.src} -> {headers.dst}".strip()


def _place(step: t.Step) -> str:
    where = step.where
    if not where.table:
        return ""
    return f"{where.table}:{where.chain}" + (f" rule {where.rule}" if where.rule else "")


def _said(step: t.Step, mapping: Mapping | None) -> Iterator[Any]:
    """Everything of a step that masking must not change; addresses mapped on the old side."""
    where, packet = step.where, step.packet
    yield from (step.kind, step.line, step.now, step.trace)
    yield from (where.hook, where.table, where.chain, where.rule, where.depth)
    yield from (where.in_iface, where.out_iface, where.physin, where.physout)
    yield from (packet.mark, packet.ct_state, len(packet.data))
    if isinstance(step, t.RuleTried):
        yield from (step.held, step.hotdrop, tuple(clause.held for clause in step.clauses))
    if isinstance(step, t.Fate):
        yield from (step.verdict, step.at, step.out, step.reason)
    if not packet.data:  # time passed, or the host was changed
        return
    message = arp_of(packet)
    if message is not None:
        yield message.operation
        yield from (end and _end(end, mapping) for end in (message.sender, message.target))
        return
    headers = packet.headers
    yield from (_end(headers.src, mapping), _end(headers.dst, mapping))
    yield from (headers.protocol, headers.sport, headers.dport, headers.ttl, headers.tos)


def _end(address: Address, mapping: Mapping | None) -> str:
    """Link-local addresses may be made from a MAC, which is another one now."""
    if address.is_link_local or (address.version == 6 and address.is_multicast):
        return "link"
    return str(mapping(address) if mapping is not None else address)
