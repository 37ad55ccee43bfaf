"""What bash reads and dash, the /bin/sh of Debian, refuses before it runs a command.

(dash's src/parser.c. What it refuses only when it gets there is asked for where it is run.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from sim.read.paste.shell import tree


def refused(node: object) -> str:
    """The first piece of a command that is no syntax of dash's; empty: there is none."""
    return next(_pieces(node), "")


def _pieces(node: object) -> Iterator[str]:
    if isinstance(node, tuple):
        for one in node:
            yield from _pieces(one)
        return
    if isinstance(node, tree.Function) and node.has_keyword:
        yield f"function {node.name}"
    if isinstance(node, tree.Assign) and node.items is not None:
        yield f"{node.name}=(…)"
    if isinstance(node, tree.Redirect) and node.op == "<<<":
        yield "<<<"
    if isinstance(node, tree.Redirect) and node.op == "<" and node.text.startswith("<("):
        yield "<(…)"
    if isinstance(node, tree.Count):
        yield "for ((…))"
    if is_dataclass(node):
        for one in fields(node):
            yield from _pieces(getattr(node, one.name))


# Commands of bash's own that dash does not have.
COMMANDS = frozenset({"source", "declare", "typeset", "let", "readarray", "mapfile", "shopt",
                      "pushd", "popd", "disown", "history"})  # fmt: skip
