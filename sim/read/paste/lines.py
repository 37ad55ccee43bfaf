"""The lines of a paste as the forms get them: look-alike characters, quoting and ends mended."""

from __future__ import annotations

import re
from itertools import groupby

from sim.read.paste.shell.unknown import without_marks

# Blanks that word processors and web pages put in the place of a blank. Dashes and quotes stay:
# iptables would get them as they are.
_LOOKALIKES = str.maketrans(
    {"\u00a0": " ", "\u2007": " ", "\u202f": " ", "\ufeff": "", "\u200b": "", "\v": " ",
     "\f": " ", "\x00": " "}
)  # fmt: skip
_QUOTED = re.compile(
    r"(?:>\s?)+(?=(?:-[APNIDS]\s|:\S+ \S+ \[|\*\w+$|COMMIT$|\[?\d*:?\d*\]?\s*-A\s|Chain\s"
    r"|iptables\s|sudo\s|\S+@\S+[:~]|#\s|target\s|\s*\d+\s+\d+\s|ACCEPT\s|DROP\s|REJECT\s))"
)
# Quoted output: what no shell's second prompt and no typed command is.
_SIGNS = re.compile(r"(?:> ?)+")
_OUTPUT = re.compile(
    rf"{_SIGNS.pattern}\s*(?:Chain \S+ \(|target +prot|pkts +bytes|:\S+ \S+ \[|\*\w+$|COMMIT$"
    r"|-[APN] [A-Za-z]|\d+: \S+: <|\S+ +Link encap|\S+: flags=|default via|\d+ +\S+ +\w+ +\w+ +--)"
)
_BOLD = re.compile(r"(?<!\S)\*\*(?=\S)([^*\"']+?)(?<=\S)\*\*(?!\S)")
_TOOL = re.compile(r"\bip6?tables\s|(?:^|\s)-[AI] [A-Z]")
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\a\n\r]*\a")


def lines_of(text: str) -> list[str]:
    """The lines without what mail, terminals and Windows put around them."""
    is_ended = not text or text.endswith(("\n", "\r"))  # a line of nothing but marks is one, too
    text = without_marks(text).translate(_LOOKALIKES)
    text = _COLOURS.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if is_ended:
        lines.pop()
    if any(line.startswith(">") for line in lines):
        lines = _unquoted(lines)
    return [_unbold(line) if "**" in line else line for line in lines]


def _unquoted(lines: list[str]) -> list[str]:
    """Without what a mail puts before quoted lines. A bare ``>`` before a command is a prompt."""
    made: list[str] = []
    for is_quoted, found in groupby(lines, lambda line: line.startswith(">")):
        run = list(found)
        if is_quoted and any(_OUTPUT.match(line) for line in run):
            made += [_SIGNS.sub("", line, count=1) for line in run]
        elif is_quoted:
            made += [_QUOTED.sub("", line, count=1) for line in run]
        else:
            made += run
    return made


def _unbold(line: str) -> str:
    """A rule of which Markdown made a part bold."""
    return _BOLD.sub(r"\1", line) if _TOOL.search(line) else line
