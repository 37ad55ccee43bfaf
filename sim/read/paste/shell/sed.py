"""``sed``: ``s``, ``p``, ``d`` and ``q`` with an address, as people use them in pipes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sim.base.frozen import dataclass
from sim.read.paste.shell import regular
from sim.read.paste.shell.filters import NotModelled, Result, lines_of

MOST_COMMANDS = 20


@dataclass(frozen=True, slots=True)
class _Command:
    first: str  # an address: a number, $, /expression/, or nothing
    last: str
    letter: str
    old: re.Pattern[str] | None = None
    new: str = ""
    flags: str = ""


def sed(words: Sequence[str], text: str) -> Result:
    """What sed prints for this input. Raises ``NotModelled``."""
    quiet, extended = False, False
    programs: list[str] = []
    rest = list(words)
    while rest and rest[0].startswith("-") and len(rest[0]) > 1:
        letters = rest.pop(0)[1:]
        for letter in letters:
            if letter == "n":
                quiet = True
            elif letter in "Er":
                extended = True
            elif letter == "e" and rest:
                programs.append(rest.pop(0))
            else:
                raise NotModelled
    if not programs:
        if not rest:
            raise NotModelled
        programs.append(rest.pop(0))
    commands = [one for program in programs for one in _commands(program, extended)]
    return _run(commands, lines_of(text), quiet), 0


_ADDRESS = r"(?:\d+|\$|/(?:\\.|[^/\\])*/)"
_HEAD = re.compile(rf"\s*(?P<first>{_ADDRESS})?(?:,(?P<last>{_ADDRESS}))?\s*(?P<letter>[spdq])")


def _commands(program: str, extended: bool) -> list[_Command]:
    out: list[_Command] = []
    at = 0
    while at < len(program):
        if program[at] in "; \n\t":
            at += 1
            continue
        found = _HEAD.match(program, at)
        if found is None or len(out) >= MOST_COMMANDS:
            raise NotModelled
        at = found.end()
        first, last = found["first"] or "", found["last"] or ""
        if found["letter"] != "s":
            out.append(_Command(first, last, found["letter"]))
            continue
        parts, at = _substitution(program, at)
        flags = re.compile(r"[gpIi0-9]*").match(program, at)
        assert flags is not None
        at = flags.end()
        old = regular.compiled(parts[0], extended=extended, ignore="i" in flags[0].lower())
        out.append(_Command(first, last, "s", old, parts[1], flags[0]))
    return out


def _substitution(program: str, at: int) -> tuple[list[str], int]:
    """The two halves of ``s/a/b/``, and where the flags begin."""
    if at >= len(program):
        raise NotModelled
    parts: list[str] = []
    mark, part = program[at], ""
    at += 1
    while at < len(program) and len(parts) < 2:
        char = program[at]
        if char == "\\" and at + 1 < len(program):
            part += program[at + 1] if program[at + 1] == mark else program[at : at + 2]
            at += 1
        elif char == mark:
            parts.append(part)
            part = ""
        else:
            part += char
        at += 1
    if len(parts) != 2:
        raise NotModelled
    return parts, at


def _run(commands: list[_Command], lines: list[str], quiet: bool) -> str:
    out: list[str] = []
    inside: set[int] = set()
    for number, line in enumerate(lines, 1):
        is_last, keep = number == len(lines), True
        for place, command in enumerate(commands):
            if not _addressed(command, place, line, number, is_last, inside):
                continue
            if command.letter == "d":
                keep = False
                break
            if command.letter == "p":
                out.append(line)
            elif command.letter == "q":
                if not quiet:
                    out.append(line)
                return "".join(f"{one}\n" for one in out)
            elif command.old is not None:
                line, count = command.old.subn(
                    _replacement(command.new), line, count=0 if "g" in command.flags else 1
                )
                if count and "p" in command.flags:
                    out.append(line)
        if keep and not quiet:
            out.append(line)
    return "".join(f"{one}\n" for one in out)


def _addressed(
    command: _Command, place: int, line: str, number: int, is_last: bool, inside: set[int]
) -> bool:
    if not command.last:
        return not command.first or _at(command.first, line, number, is_last)
    if place in inside:
        if _at(command.last, line, number, is_last):
            inside.discard(place)
        return True
    if _at(command.first, line, number, is_last):
        if not (command.last.isdigit() and int(command.last) <= number):
            inside.add(place)
        return True
    return False


def _at(address: str, line: str, number: int, is_last: bool) -> bool:
    if address == "$":
        return is_last
    if address.isdigit():
        return number == int(address)
    return regular.compiled(address[1:-1], extended=False).search(line) is not None


def _replacement(text: str) -> str:
    """sed's ``&`` and ``\\1`` as Python writes them."""
    made = re.sub(r"\\([^0-9&n])", r"\\\\\1", text)
    return re.sub(r"(?<!\\)&", r"\\g<0>", made).replace("\\&", "&")
