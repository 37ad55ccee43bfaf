"""What sentences of a post speak of: packets that somebody sends, in words.

"From the client (10.8.0.2) `ping 8.8.8.8` gives nothing" names the packet and its sender. Where
the sender's address is not said, nothing is guessed: the receipt says what to write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sim.base.values import is_address
from sim.read.paste.forms.flowlines import is_probe
from sim.read.paste.prompts import is_prose

_QUOTED = re.compile(r"`([^`]{3,200})`")
_NUMBERS = r"\d{1,3}(?:\.\d{1,3}){3}"
_ADDRESS = rf"(?:{_NUMBERS}|[\da-fA-F]{{0,4}}(?::[\da-fA-F]{{0,4}}){{2,7}})"
# Unquoted, only what a command certainly is: a tool, options, an address, a port.
_BARE = re.compile(
    r"(?<![\w/-])(?:curl|wget|ping6?|telnet|nc|ssh|traceroute6?|dig)(?:\s+-\w+(?:\s+\d+)?)*"
    rf"\s+@?(?:\w+://)?(?:\w+@)?\[?{_ADDRESS}\]?(?::\d+)?(?:/[\w./-]*\w)?(?:\s+\d{{1,5}}(?=[\s,;.)]|$))?"
)
# "ping from 10.8.0.2 to 10.0.0.5": the command's name, and both ends in words.
_ENDS = re.compile(
    r"\b(?P<tool>ping|ssh|telnet|traceroute)\b[^.;`]{0,40}\bfrom\b[^.;`]{0,40}?"
    rf"(?<![\w.:/])\(?(?P<sender>{_ADDRESS})\)?\s[^.;`]{{0,20}}?\bto\b[^.;`]{{0,40}}?"
    rf"(?<![\w.:/])(?P<asked>{_ADDRESS})(?![\w/]|[.:]\w)"
)
# "to 10.0.0.5 from 10.8.0.2"
_TURNED = re.compile(
    r"\b(?P<tool>ping|ssh|telnet|traceroute)\b[^.;`]{0,40}\bto\b[^.;`]{0,40}?"
    rf"(?<![\w.:/])\(?(?P<asked>{_ADDRESS})\)?\s[^.;`]{{0,20}}?\bfrom\b[^.;`]{{0,40}}?"
    rf"(?<![\w.:/])(?P<sender>{_ADDRESS})(?![\w/]|[.:]\w)"
)
_SENDER = re.compile(
    rf"\b[Ff]rom\b[^.;()]{{0,60}}?\(?(?<![\w.:/])(?P<said>{_ADDRESS})(?![\w/]|[.:]\w)"
    rf"|\((?P<bracketed>{_ADDRESS})\)"
)
_TELLER = re.compile(r"\s*(?:I|We|My|Our|When|If|But|So|Now|Then|From|Why|How|Also)[ ']")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
LONGEST = 2000  # characters of a paragraph that is looked at


def spoken(
    lines: Sequence[str], first: int, *, is_output: bool = False
) -> Iterator[tuple[str, str, int]]:
    """Commands that send a packet, the address of who sends it (empty: not said), and the line.

    ``first`` is the number of the first line. ``is_output``: the lines stand where a command's
    output would, so that only a sentence that plainly is one counts.
    """
    for paragraph, number in _paragraphs(lines, first):
        for sentence in _SENTENCE.split(paragraph[:LONGEST]):
            is_told = not is_output or is_prose(sentence) or _TELLER.match(sentence) is not None
            ends = (_ENDS.search(sentence) or _TURNED.search(sentence)) if is_told else None
            if ends is not None and is_address(ends["sender"]):
                command = f"{ends['tool']} {ends['asked']}"
                if is_probe(command):
                    yield command, ends["sender"], number
                    continue
            commands, rest = _commands(sentence, is_told=is_told)
            senders = {found["said"] or found["bracketed"] for found in _SENDER.finditer(rest)}
            sender = senders.pop() if len(senders) == 1 else ""
            for command in commands:
                yield (
                    command,
                    sender if is_address(sender) else "",
                    _line(lines, first, number, command),
                )


def _commands(sentence: str, *, is_told: bool) -> tuple[list[str], str]:
    """The commands of a sentence, and what it says besides."""
    quoted = [text for text in _QUOTED.findall(sentence) if is_probe(text)]
    rest = _QUOTED.sub(" ", sentence)
    if quoted or not is_told:
        return quoted, rest
    bare = [found for found in _BARE.findall(rest) if is_probe(found)]
    return bare, _BARE.sub(" ", rest)


def _paragraphs(lines: Sequence[str], first: int) -> Iterator[tuple[str, int]]:
    """Lines between blank ones as one text, and the number of the first of them."""
    start = first
    held: list[str] = []
    for number, line in enumerate([*lines, ""], first):
        if line.strip():
            start = start if held else number
            held.append(line.strip())
        elif held:
            yield " ".join(held), start
            held = []


def _line(lines: Sequence[str], first: int, start: int, command: str) -> int:
    """The line of the command; where a break runs through it, the paragraph's first one."""
    return next(
        (at for at, line in enumerate(lines, first) if at >= start and command in line), start
    )
