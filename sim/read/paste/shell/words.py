"""Words of shell text as they were typed, quotes and substitutions kept whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sim.read.paste.shell import tree

_WORD_PIECE = re.compile(
    r"""\\.|'[^']*'|"(?:\\.|\$\((?:[^()]|\([^()]*\))*\)|[^"\\])*"|\$\{(?:\\.|[^}\\])*\}"""
    r"""|\$\(\((?:[^()]|\([^()]*\))*\)\)|\$\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"""
    r"""|`(?:\\.|[^`\\])*`|[^\s'"\\]|['"\\]""",
    re.DOTALL,
)


def split_words(text: str) -> list[str]:
    """Blank-separated words as they were typed, quotes and substitutions kept whole."""
    words: list[str] = []
    at, last = 0, -1
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        if text[at] == "#" and last != at:
            at = text.find("\n", at)
            if at < 0:
                break
            continue
        found = _WORD_PIECE.match(text, at)
        if found is None:
            break
        if last == at and words:
            words[-1] += found[0]
        else:
            words.append(found[0])
        at = last = found.end()
    return words


def assignment(text: str) -> tree.Assign:
    """``NAME=word``, ``NAME+=word``, ``NAME[i]=word``, ``NAME=(words)``."""
    found = re.match(r"([A-Za-z_]\w*)(?:\[(.*?)\])?(\+?)=", text, re.DOTALL)
    assert found is not None
    word = text[found.end() :]
    items = None
    if word.startswith("(") and word.endswith(")"):
        items = tuple(split_words(word[1:-1]))
    return tree.Assign(found[1], word, items, bool(found[3]), found[2] or "")


def alternatives(head: str) -> Iterator[str]:
    """The patterns of one arm of a case: ``a|"b c"|*)``."""
    part, at = "", 0
    while at < len(head):
        found = _WORD_PIECE.match(head, at)
        piece = found[0] if found else head[at]
        if piece == "|":
            yield part.strip()
            part = ""
        else:
            part += piece
        at += len(piece)
    yield part.strip()
