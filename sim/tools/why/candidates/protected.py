"""IPsec's policies say how a packet must come, and it came otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sim.base.errors import Span
from sim.base.values import address_text
from sim.model.ipsec import Policy, XfrmMode
from sim.packet.packet import Address
from sim.tools.advice.finding import Edit, Fix
from sim.tools.why.look import Candidate, Look
from sim.tools.why.story import Story
from sim.trace.outcomes.ipsec import CameClear, PolicyCheckFailed

_FROM_THE_WIRE = re.compile(r"\s*in\s+\S+\s+")


def candidates(look: Look) -> Iterator[Candidate]:
    story = look.stopped
    why = story.fate.why if story is not None else None
    if story is None or not isinstance(why, PolicyCheckFailed):
        return
    if isinstance(why.cause, CameClear):
        yield from _in_the_clear(look, story, why.cause.policy)


def _in_the_clear(look: Look, story: Story, policy: Policy) -> Iterator[Candidate]:
    selector = policy.selector
    source = address_text(story.fate.packet.headers.src)
    text = (
        f"The IPsec policy {policy.direction} {selector} takes only what comes encrypted, and this "
        f"packet came from {source} in the clear. Does its gateway encrypt what it sends here, or "
        f"does NAT change it first?"
    )
    made = _packed(look, story, policy)
    if made is not None:
        fix = Fix(f"Let the gateway of {source} encrypt it", (made,))
        yield Candidate("came-in-the-clear", text, fix, 2)
    ends = f"{selector.source} {selector.destination}"
    line = f"ipsec {policy.direction} {ends} allow priority {policy.priority}\n"
    fix = Fix("Take it unencrypted, too", (Edit("host", Span(1, 1, 1, 1), line),))
    more = f"anybody may send it as {selector.source}, in the clear"
    yield Candidate("came-in-the-clear", text, fix, 4, more)


def _packed(look: Look, story: Story, policy: Policy) -> Edit | None:
    """The statement's packet as the other end's gateway would send it."""
    statement = next(each for each in look.case.compiled.script if each.line == look.symptom.line)
    head = _FROM_THE_WIRE.match(statement.text)
    template = policy.templates[0] if len(policy.templates) == 1 else None
    if head is None or template is None or story.line != statement.line:
        return None
    headers = story.first.headers
    is_tunnel = template.mode is XfrmMode.TUNNEL
    ends: list[Address | None] = (
        [template.source, template.destination] if is_tunnel else [headers.src, headers.dst]
    )
    if None in ends or statement.span.line != statement.span.end_line:
        return None
    between = " -> ".join(address_text(end) for end in ends if end is not None)
    column = statement.span.column + head.end()
    place = Span(statement.span.line, column, statement.span.line, column)
    return Edit("packets", place, f"esp {between} carrying ")
