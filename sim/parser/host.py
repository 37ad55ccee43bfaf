"""The host text: our short form and the raw output of tools, mixed freely.

Lines are told apart by their shape; each is read by itself (``host.lark``), in order, into a
draft of the host. Every wrong line is an error of its own.
"""

from __future__ import annotations

from sim.errors import Refused, SourceError
from sim.host import Host
from sim.parser.host_draft import Draft
from sim.parser.host_facts import FACTS, NOT_YET
from sim.parser.host_reader import Reader, shape
from sim.parser.lines import Line, logical_lines


def parse_host(text: str) -> Host:
    """The host that a text describes. Raises ``Refused`` with every error of the text."""
    draft = Draft()
    for line in logical_lines(text):
        try:
            read_line(draft, line)
        except SourceError as error:
            draft.errors.append(error)
    host = draft.finished()
    if draft.errors:
        raise Refused(sorted(draft.errors, key=lambda error: error.span))
    return host


def read_line(draft: Draft, line: Line) -> None:
    """Understand one line and change the draft. Raises ``SourceError``."""
    line = line.without_comment()
    stripped = line.text.strip()
    if not stripped:
        return
    word = stripped.split(None, 1)[0]
    if word in NOT_YET:
        raise SourceError(f"{NOT_YET[word]} not modelled yet", line.span(), where="host")
    tree = shape().parse(line, "fact")
    FACTS[str(tree.data)](Reader(draft, line, tree))
