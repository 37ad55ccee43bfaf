"""A connection that began before the rules changed: conntrack must forget it."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.errors import Span
from sim.base.values import address_text
from sim.packet.headers import PORT_PROTOCOLS
from sim.tell.render import protocol_text
from sim.tools.advice.finding import Edit, Fix
from sim.tools.why.look import Candidate, Look
from sim.tools.why.remembered import rules_changed
from sim.tools.why.symptoms import PASSES


def candidates(look: Look) -> Iterator[Candidate]:
    command = rules_changed(look.case.compiled, look.symptom.line)
    flow = look.story.flow
    if command is None or flow is None or look.symptom.name == PASSES or look.story.first.is_arp:
        return
    if not look.story.is_known:
        return
    first = flow.original
    words = f"-p {protocol_text(first.protocol)} --orig-src {address_text(first.src)}"
    if first.protocol in PORT_PROTOCOLS:
        words += f" --dport {first.dport}"
    family = "" if first.src.version == 4 else " -f ipv6"
    text = (
        "conntrack remembers this connection from before the rules changed. Rules of nat are "
        "asked for new connections alone, and a rule for ESTABLISHED lets the old ones pass."
    )
    end = Span(command.span.line, command.span.end_column, command.span.line,
               command.span.end_column)  # fmt: skip
    edit = Edit("packets", end, f"; conntrack -D{family} {words}")
    yield Candidate("connection-remembered", text, Fix("Let conntrack forget it", (edit,)), 2)
