"""The lines of a paste as the forms get them: look-alike characters, quoting and ends mended."""

from __future__ import annotations

import re

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
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\a]*\a")


def lines_of(text: str) -> list[str]:
    """The lines without what mail, terminals and Windows put around them."""
    text = without_marks(text).translate(_LOOKALIKES)
    text = _COLOURS.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [_QUOTED.sub("", line, count=1) if line.startswith(">") else line for line in lines]
