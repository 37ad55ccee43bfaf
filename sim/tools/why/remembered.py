"""Rules changed between packets, and a connection goes on as it began.

conntrack remembers a connection with its NAT, and a rule for ESTABLISHED lets it pass: new rules
of nat, or behind that rule, are for new connections alone. The packet is walked once more with
the table emptied where the rules changed; what becomes of it then is what the person meant.
"""

from __future__ import annotations

from sim.base.frozen import replace
from sim.kernel.stack.core import Stack
from sim.kernel.traversal import WAYS, perform
from sim.model.changes import FlowsDeleted, RulesChanged
from sim.model.scenario import Compiled
from sim.packet.script import TypedCommand
from sim.tools.why.story import Story, stories
from sim.trace.steps import Step

MOST_STEPS = 60_000


def rules_changed(compiled: Compiled, line: int) -> TypedCommand | None:
    """The last command before a statement that changed rules and left conntrack's table alone."""
    found: TypedCommand | None = None
    for statement in compiled.script:
        if statement.line >= line:
            break
        if not isinstance(statement, TypedCommand):
            continue
        if any(isinstance(change, FlowsDeleted) for change in statement.changes):
            found = None
        elif any(isinstance(change, RulesChanged) for change in statement.changes):
            found = statement
    return found


def as_new(compiled: Compiled, story: Story) -> Story | None:
    """The packet's story, had the table been emptied when the rules changed.

    ``None``: the rules did not change before it, or it belongs to no older connection.
    """
    command = rules_changed(compiled, story.line)
    if command is None or not story.is_known:
        return None
    emptied = replace(command, changes=(*command.changes, FlowsDeleted()))
    stack = Stack(compiled, WAYS, folded=True)
    steps: list[Step] = []
    for statement in compiled.script:
        if statement.line > story.line:
            break
        for step in perform(stack, emptied if statement is command else statement):
            steps.append(step)
            if len(steps) > MOST_STEPS:
                return None
    return next((each for each in stories(steps) if each.line == story.line), None)


def still_as_before(compiled: Compiled, story: Story) -> str:
    """What the old connection makes of a packet, as a sentence; empty: the new rules hold."""
    if not story.passed:
        return ""
    fresh = as_new(compiled, story)
    if fresh is None:
        return ""
    if fresh.stopped:
        return (
            f"Packet {story.line} still gets through: its connection began before the rules "
            f"changed. A new one would be {fresh.fate.verdict}."
        )
    old, new = _end(story), _end(fresh)
    if not fresh.passed or old == new or not story.rewrites():
        return ""
    return (
        f"Packet {story.line} still goes to {old}: the connection keeps the NAT that it began "
        f"with. A new one would go to {new}."
    )


def _end(story: Story) -> str:
    sent = story.sent
    packet = sent.packet if sent is not None else story.steps[-1].packet
    return f"{packet.headers.dst}"
