"""A scenario's packets through the host: ``run`` yields every decision as a step.

The statements in their order; a packet's way is in ``receive``, ``transmit`` and ``deliver``.
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.frozen import replace
from sim.kernel.bridge.ports import bridge_of
from sim.kernel.far.impossible import Impossible
from sim.kernel.stack import bridged as bridge
from sim.kernel.stack.arp import arrive_arp
from sim.kernel.stack.commands import run_command
from sim.kernel.stack.core import Stack, Ways
from sim.kernel.stack.emission import emit
from sim.kernel.stack.events import apply_event
from sim.kernel.stack.ipsec_path import choose_again
from sim.kernel.stack.neighbours import give_up
from sim.kernel.stack.receive import arrive, drain, give_up_fragments
from sim.kernel.stack.transmit import originate
from sim.kernel.stack.uppers import arrive_in_vrf, receiver, vrf_of
from sim.model.scenario import Compiled
from sim.packet.packet import Packet
from sim.packet.script import (
    Event,
    Inject,
    InjectArp,
    Originate,
    Reply,
    Statement,
    TypedCommand,
    Wait,
)
from sim.trace.outcomes.answers import NotMade, NotReplied
from sim.trace.outcomes.base import Cause, Note
from sim.trace.steps import Fate, FlowsListed, Noted, Step, Waited, Where

NO_PACKET = Packet(b"")
WAYS = Ways(emit, drain, choose_again)


def fates(compiled: Compiled) -> Iterator[Fate]:
    """The fates of the same walk, for who reads nothing else: no other step is made."""
    stack = Stack(compiled, WAYS, folded=True, only=Fate)
    for statement in compiled.script:
        for step in perform(stack, statement):
            if isinstance(step, Fate):
                yield step


def run(compiled: Compiled, *, flows: bool = False, folded: bool = False) -> Iterator[Step]:
    """Walk the scenario, lazily: a run can be abandoned between any two steps.

    ``flows``: conntrack's table is listed after each statement, where conntrack runs at all.
    ``folded``: rules that cannot match are passed over, a run of them is one ``Missed``, which
    unfolds into the steps that it stands for.
    """
    stack = Stack(compiled, WAYS, folded=folded)
    for statement in compiled.script:
        stack.recorder.line = statement.line
        if flows and stack.tracks and isinstance(statement, TypedCommand):
            yield listed(stack)  # the table before the command, too
        yield from perform(stack, statement)
        if flows and stack.tracks:
            yield listed(stack)


def listed(stack: Stack) -> FlowsListed:
    """conntrack's table as it is now."""
    lines = stack.tracker.listing()
    return stack.recorder.step(FlowsListed, NO_PACKET, Where(), lines=lines)


def perform(stack: Stack, statement: Statement) -> Iterator[Step]:
    """One statement of the packets text."""
    stack.recorder.line = statement.line
    stack.runtime.tick += 1
    stack.emitted = 0
    if isinstance(statement, (Inject, Originate)):
        yield from _described(stack, statement)
    elif isinstance(statement, InjectArp):
        packet = stack.conversation.make_arp(statement)
        packet = replace(packet, id=stack.runtime.new_packet_id())
        yield from _arrived(stack, packet, statement.iface)
    elif isinstance(statement, Reply):
        yield from _reply(stack, statement)
    elif isinstance(statement, Wait):
        yield from _wait(stack, statement)
    elif isinstance(statement, Event):
        events, happened = apply_event(stack, statement)
        yield stack.recorder.step(Waited, NO_PACKET, Where(), event=happened)
        yield from stack.tracked(NO_PACKET, Where(), events)
    elif isinstance(statement, TypedCommand):
        events, happened = run_command(stack, statement)
        yield stack.recorder.step(Waited, NO_PACKET, Where(), event=happened)
        yield from stack.tracked(NO_PACKET, Where(), events)
    yield from give_up(stack)


def _described(stack: Stack, statement: Inject | Originate) -> Iterator[Step]:
    try:
        packet = stack.conversation.make(statement)
    except ValueError as error:
        yield _no_packet(stack, NotMade(_error(error)))
        return
    packet = replace(packet, id=stack.runtime.new_packet_id())
    if isinstance(statement, Inject):
        yield from _arrived(stack, packet, statement.iface)
    else:
        yield from originate(stack, packet)


def _reply(stack: Stack, statement: Reply) -> Iterator[Step]:
    try:
        iface, packet = stack.conversation.reply(statement)
    except ValueError as error:
        yield _no_packet(stack, NotReplied(_error(error)))
        return
    packet = replace(packet, id=stack.runtime.new_packet_id())
    yield from _arrived(stack, packet, iface)


def _error(error: ValueError) -> Cause | str:
    """What is wrong with a statement's packet, as whoever noticed it says."""
    return error.cause if isinstance(error, Impossible) else str(error)


def _arrived(stack: Stack, packet: Packet, iface: str) -> Iterator[Step]:
    host = stack.runtime.host
    iface = receiver(host, iface)
    vrf = vrf_of(host, iface)
    if vrf:
        yield from arrive_in_vrf(stack, packet, iface, vrf)
    elif bridge_of(host, iface) is not None:
        yield from bridge.arrive(stack, packet, iface)
    elif packet.is_arp:
        yield from arrive_arp(stack, packet, iface)
    else:
        yield from arrive(stack, packet, iface)


def _no_packet(stack: Stack, note: Note) -> Step:
    return stack.recorder.step(Noted, NO_PACKET, Where(), note=note)


def _wait(stack: Stack, statement: Wait) -> Iterator[Step]:
    """Virtual time passes; what timed out meanwhile goes away."""
    runtime = stack.runtime
    runtime.now += statement.nanoseconds
    yield stack.recorder.step(Waited, NO_PACKET, Where(), nanoseconds=statement.nanoseconds)
    yield from give_up_fragments(stack)
    yield from stack.tracked(NO_PACKET, Where(), stack.tracker.expire())
