"""Commands that a text shows between backquotes or as items of a list: as commands."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sim.read.paste.prompts import bare_prompt, is_command, named_prompt

_WHOLE = re.compile(
    r"\s*(?:[-*+]\s+|\d+[.)]\s+)?(?P<ticks>`+)(?P<text>[^`]+)(?P=ticks)\s*[.:;,]?\s*$"
)
_OPENS = re.compile(r"\s*(?:[-*+]\s+|\d+[.)]\s+)?`(?P<text>[^`]+)$")
_FENCE = re.compile(r"\s*```+[^`]*$")
_CLOSES = re.compile(r"(?P<text>[^`]*)`\s*$")
_LISTED = re.compile(
    r"\s*(?:[-*+]|\d+[.)])\s+(?P<text>(?:sudo\s+)?(?:ip6?tables|ip|ipset|sysctl|modprobe)\s.*)$"
)
MOST_LINES = 400  # between two backquotes


def bare_lines(lines: Sequence[str]) -> list[str]:
    """The lines; what begins a line with a backquote and is a command loses its quotes.

    A command gets a prompt, as it was shown to be typed.
    """
    made = list(lines)
    for at, line in enumerate(lines):
        item = _LISTED.match(line)
        if item is not None and is_command(item["text"]):
            made[at] = f"$ {item['text']}"
            continue
        if "`" not in line:
            continue
        if _FENCE.match(line):
            text = line.strip().lstrip("`").strip()
            if len(text.split()) > 1 and _is_typed(text):  # ```$ iptables -L
                made[at] = text
            continue
        found = _WHOLE.match(line)
        if found is not None:
            text = found["text"].strip()
            if _is_typed(text):
                made[at] = text
            elif is_command(text):
                made[at] = f"$ {text}"
            continue
        found = _OPENS.match(line)
        if found is None or not (_is_typed(found["text"]) or is_command(found["text"].strip())):
            continue
        for end in range(at + 1, min(len(lines), at + MOST_LINES)):
            closes = _CLOSES.match(lines[end])
            if closes is not None:
                text = found["text"].strip()
                made[at] = text if _is_typed(text) else f"$ {text}"
                made[end] = closes["text"]
                break
            if "`" in lines[end]:
                break
    return made


def _is_typed(text: str) -> bool:
    return named_prompt(text) is not None or bare_prompt(text) is not None
