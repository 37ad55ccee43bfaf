"""A paste cut into blocks: each line goes to a command that was typed, or to one form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sim.base.frozen import dataclass
from sim.read.paste.form import Form
from sim.read.paste.forms import FORMS
from sim.read.paste.forms.script import is_bare_tool
from sim.read.paste.forms.unread import LONGEST_LINE, UNREAD
from sim.read.paste.mentioned import mentioned
from sim.read.paste.model import Block, PasteCommand
from sim.read.paste.place import PastePlace
from sim.read.paste.prompts import named_prompt, typed
from sim.read.paste.shell.lines import span_of


@dataclass(frozen=True, slots=True)
class Cut:
    """A piece of the paste. ``command`` is what was typed there; else ``form`` takes it."""

    block: Block
    form: Form
    command: PasteCommand | None = None


def cut(lines: Sequence[str], typed_form: Form) -> Iterator[Cut]:
    """The pieces of a paste, every line in exactly one. ``typed_form`` takes typed commands."""
    bare = _bare_hash_is_prompt(lines)
    prompts = [number for number, line in enumerate(lines)
               if len(line) > LONGEST_LINE or named_prompt(line)]  # fmt: skip
    prompts.append(len(lines))
    unread: list[int] = []
    said: PasteCommand | None = None
    at, coming = 0, 0
    while at < len(lines):
        while prompts[coming] < at:
            coming += 1
        command = _typed(lines[at], at + 1, bare)
        if command is not None:
            yield from _unread(lines, unread, said)
            unread = []
            count, text = span_of(lines, at, command.text)
            said = PasteCommand(text, at + 1, command.prompt, command.host)
            yield Cut(_block(lines, at, count, None), typed_form, said)
            at += count
            continue
        place = PastePlace(lines, at, prompts[coming], said)
        form, count = _taker(place)
        if form is None:
            unread.append(at)
            at += 1
            continue
        yield from _unread(lines, unread, said)
        unread = []
        named = mentioned(lines, at) if form.is_listing else None
        yield Cut(_block(lines, at, count, _nearer(said, named)), form)
        at += count
    yield from _unread(lines, unread, said)


def _nearer(said: PasteCommand | None, named: PasteCommand | None) -> PasteCommand | None:
    return named if named is not None and (said is None or said.line < named.line) else said


def _typed(line: str, number: int, bare_hash: bool) -> PasteCommand | None:
    if len(line) > LONGEST_LINE:
        return None
    found = typed(line, number)
    if found is not None and found.prompt == "#" and not bare_hash and _BARE_HASH.match(line):
        return None
    return found


_BARE_HASH = re.compile(r"\s*#\s")


def _bare_hash_is_prompt(lines: Sequence[str]) -> bool:
    """``# iptables …`` is a command unless other commands stand there without any ``#``.

    In a script, commands are bare and what has a ``#`` is a comment.
    """
    in_dump = False
    for line in lines:
        if line.startswith("*"):
            in_dump = True
        elif in_dump and line.strip() == "COMMIT":
            in_dump = False
        elif not in_dump and is_bare_tool(line):
            return False
    return True


def has_hash_prompts(text: str) -> bool:
    """Does a rules text hold commands behind a root prompt, which look like comments?"""
    return any(typed(line, 1) is not None for line in _hash_lines(text)) and _bare_hash_is_prompt(
        text.split("\n")
    )


def _hash_lines(text: str) -> Iterator[str]:
    """The lines that begin with a bare ``#``. A dump of 10,000 lines has hardly any."""
    at = text.find("#")
    while at >= 0:
        start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
        line = text[start : end if end >= 0 else len(text)]
        if _BARE_HASH.match(line):
            yield line
        at = text.find("#", start + len(line))


def _taker(place: PastePlace) -> tuple[Form | None, int]:
    if not place.line.strip() or len(place.line) > LONGEST_LINE:
        return None, 0
    for form in FORMS:
        count = form.takes(place)
        if count:
            return form, min(count, place.end - place.at)
    return None, 0


def _unread(lines: Sequence[str], numbers: list[int], said: PasteCommand | None) -> Iterator[Cut]:
    """Lines in a row that no form takes; blank ones around them belong to nothing."""
    if numbers:
        yield Cut(_block(lines, numbers[0], len(numbers), said), UNREAD)


def _block(lines: Sequence[str], at: int, count: int, said: PasteCommand | None) -> Block:
    return Block(at + 1, at + count, tuple(lines[at : at + count]), said)
