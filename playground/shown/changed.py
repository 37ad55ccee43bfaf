"""Two versions of a line: which of their words the other has not."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

Pieces = tuple[tuple[str, bool], ...]  # stretches of a line, and whether each was changed

MOST_MARKED = 1000  # characters of a line whose words are compared
_WORDS = re.compile(r"\s+|\S+")


def marks(before: str, after: str) -> tuple[Pieces, Pieces]:
    """Both lines in pieces, the words of each that the other has not marked. Lines that share less
    than a third of their words are no versions of each other: nothing is marked."""
    if max(len(before), len(after)) > MOST_MARKED:
        return (), ()
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    kept = [word for a, _, size in matcher.get_matching_blocks() for word in old[a : a + size]]
    if 2 * sum(map(_is_word, kept)) * 3 < sum(map(_is_word, old + new)):
        return (), ()
    was: list[tuple[str, bool]] = []
    now: list[tuple[str, bool]] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if b > a:
            was.append(("".join(old[a:b]), kind != "equal"))
        if d > c:
            now.append(("".join(new[c:d]), kind != "equal"))
    return tuple(was), tuple(now)


def _is_word(text: str) -> bool:
    return not text.isspace()


def marked_lines(preview: Iterable[tuple[str, str]]) -> list[tuple[str, Pieces]]:
    """Of a fix's lines, each with its sign (``−``, ``+``): the words that it exchanges marked.

    The first that goes is what the first that comes was, and so on. What begins a line and stays
    is a piece, without its last word: the option whose value is another one.
    """
    lines = list(preview)
    gone = [text for sign, text in lines if sign != "+"]
    come = [text for sign, text in lines if sign == "+"]
    both = [marks(was, now) for was, now in zip(gone, come, strict=False)]
    sides = {False: iter([was for was, _ in both]), True: iter([now for _, now in both])}
    found = []
    for sign, text in lines:
        pieces = next(sides[sign == "+"], ()) or ((text, False),)
        found.append((sign, _parted(pieces) if len(pieces) > 1 else pieces))
    return found


def _parted(pieces: Pieces) -> Pieces:
    (text, is_changed), *others = pieces
    lead, blank, _word = text.rstrip().rpartition(" ")
    if is_changed or not lead:
        return pieces
    return ((lead + blank, False), (text[len(lead + blank) :], False), *others)
