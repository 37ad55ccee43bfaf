"""Packets of a run that conntrack finds INVALID for nothing but their checksum."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sim.base.errors import Span
from sim.packet.mending import mended
from sim.tell.wording import word
from sim.tools.advice.case import Case
from sim.tools.advice.finding import Edit, Evidence, Fix, TextPlace
from sim.tools.advice.trap import Trap
from sim.trace.outcomes.conntrack import BadChecksum
from sim.trace.steps import Conntrack

_BYTES = re.compile(r'(?<!\S)hex\s+(?P<hex>"[^"]*"|[^\s"()]+)')
_SAID = re.compile(r"\s+checksum\s+[^\s\"()]+")


def _check(case: Case) -> Iterator[Evidence]:
    wrong = by_checksum(case)
    for statement in case.compiled.script:
        if statement.line not in wrong:
            continue
        yield Evidence(
            f"Packet {statement.line} is INVALID for its checksum alone ({wrong[statement.line]}), "
            "whatever connection it belongs to.",
            (TextPlace("packets", statement.span),),
            _fix(case, statement.span),
        )


def by_checksum(case: Case) -> dict[int, str]:
    """Statements whose packet conntrack found INVALID for its checksum, and its words."""
    found: dict[int, str] = {}
    for step in case.steps:
        # UDP-Lite's is not meant: of that the kernel finds the right ones wrong.
        if isinstance(step, Conntrack) and isinstance(step.cause, BadChecksum):
            found.setdefault(step.line, word(step.cause))
    return found


def _fix(case: Case, span: Span) -> Fix | None:
    """The bytes with the right sum, or the line without the wrong one."""
    line = case.compiled.scenario.packets.split("\n")[span.line - 1]
    given = _BYTES.search(line)
    if given is None:
        said = _SAID.search(line)
        if said is None:
            return None
        return _edit(span.line, said.span(), "", "Leave the wrong checksum out")
    digits = re.sub(r'0x|[\s:"]', "", given["hex"])
    try:
        right = mended(bytes.fromhex(digits)).hex()
    except ValueError:
        return None
    return _edit(span.line, given.span("hex"), f'"{right}"', "Write the right checksum")


def _edit(line: int, place: tuple[int, int], text: str, label: str) -> Fix:
    start, end = place
    return Fix(label, (Edit("packets", Span(line, start + 1, line, end + 1), text),))


TRAP = Trap(
    name="bad-checksum",
    severity="warning",
    why="A capture on the host that sends shows packets before the card computes their checksums; "
    "on the wire they are right.",
    lesson="invalid-drops",
    check=_check,
    after_run=True,
)
