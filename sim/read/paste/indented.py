"""The part of YAML that people write netplan in: mappings and lists by their indentation.

No anchors, tags, or text over several lines. Whatever else stands there is left out; nothing here
raises for what a person may paste.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

Node = dict[str, "Node"] | list["Node"] | str
_PAIR = re.compile(r"(?P<key>\"[^\"]+\"|'[^']+'|[^\s:#][^:#]*?)\s*:(?:\s+(?P<value>.*))?$")
_DEEPEST = 12


def read_indented(lines: Sequence[str]) -> Node:
    """The mapping, list or word that the lines are."""
    rows = []
    for line in lines:
        text = _without_comment(line).rstrip()
        if text.strip() and text.strip() != "---":
            rows.append((len(text) - len(text.lstrip(" ")), text.strip()))
    return _node(rows, 0)


def _without_comment(line: str) -> str:
    return re.sub(r"(^|\s)#.*$", "", line.replace("\t", "  "))


def _node(rows: list[tuple[int, str]], depth: int) -> Node:
    if not rows or depth > _DEEPEST:
        return ""
    if rows[0][1].startswith("- ") or rows[0][1] == "-":
        return [_node(item, depth + 1) for item in _items(rows)]
    if len(rows) == 1 and rows[0][1][:1] in ("[", "{"):
        return _scalar(rows[0][1])
    found: dict[str, Node] = {}
    at = 0
    while at < len(rows):
        pair = _PAIR.match(rows[at][1])
        if pair is None:
            if len(rows) == 1:
                return _scalar(rows[0][1])
            at += 1
            continue
        end = at + 1
        while end < len(rows) and (
            rows[end][0] > rows[at][0]
            or (rows[end][0] == rows[at][0] and rows[end][1].startswith("-"))
        ):
            end += 1
        value = (pair["value"] or "").strip()
        key = pair["key"].strip("\"'")
        found[key] = _scalar(value) if value else _node(rows[at + 1 : end], depth + 1)
        at = end
    return found


def _items(rows: list[tuple[int, str]]) -> list[list[tuple[int, str]]]:
    """The rows of each ``-``, its first word where the dash was."""
    found: list[list[tuple[int, str]]] = []
    edge = rows[0][0]
    for indent, text in rows:
        if indent == edge and text.startswith("-"):
            rest = text[1:].lstrip()
            found.append([(indent + len(text) - len(rest), rest)] if rest else [])
        elif found:
            found[-1].append((indent, text))
    return found


_FLOW = re.compile(r"\s*(?:([\[\]{},])|\"([^\"]*)\"|'([^']*)'|([^\s,\[\]{}][^,\[\]{}]*))")


def _scalar(text: str) -> Node:
    if text[:1] not in ("[", "{"):
        return text.strip("\"'")
    tokens = [
        (found[1] or "", found[2] or found[3] or (found[4] or "").strip())
        for found in _FLOW.finditer(text)
    ]
    return _flow(tokens[::-1], 0)


def _flow(tokens: list[tuple[str, str]], depth: int) -> Node:
    """A list or mapping in brackets; the next token is the last of ``tokens``."""
    sign, word = tokens.pop() if tokens else ("", "")
    if sign not in ("[", "{") or depth > _DEEPEST:
        return word
    items: list[Node] = []
    pairs: dict[str, Node] = {}
    while tokens and tokens[-1][0] not in ("]", "}"):
        if tokens[-1][0] == ",":
            tokens.pop()
            continue
        if sign == "[":
            items.append(_flow(tokens, depth + 1))
            continue
        key, colon, value = tokens.pop()[1].partition(":")
        is_open = not value.strip() and tokens and tokens[-1][0] not in (",", "}")
        if colon:
            pairs[key.strip()] = _flow(tokens, depth + 1) if is_open else value.strip()
    if tokens:
        tokens.pop()
    return items if sign == "[" else pairs
