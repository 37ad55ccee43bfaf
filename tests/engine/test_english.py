"""The engine decides and does not speak: sentences stand in sim.tell alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

KERNEL = Path(__file__).resolve().parents[2] / "sim" / "kernel"
FILES = sorted(KERNEL.rglob("*.py"))

# What tools print and nobody says: ``conntrack -L``, ``ip route``, ``ip rule``, and keys of the
# kernel's own tables. One pattern for each form.
FORMS = re.compile(
    r"""
    (?:[\w-]+=\{\}\ ?)+                     # conntrack -L: src={} dst={}
    | [a-z]+\ \{\}(?:\{\})?                 # ip route, ip rule: via {}, fwmark {}{}
    | \ via\ \{\} | nexthop\{\}\ dev\ \{\}\ weight\ \{\}
    | record\ route | quoted\               # an IP option's name; a field inside an ICMP error
    | conntrack\ \{\} | local\ delivery     # who gathers fragments (enum ip_defrag_users)
    """,
    re.X,
)


def _docstrings(tree: ast.Module) -> set[int]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(
            node
        ):
            assert isinstance(node.body[0], ast.Expr)
            found.add(id(node.body[0].value))
    return found


def said(source: str) -> Iterator[tuple[int, str]]:
    """Strings with a blank between letters, formatted parts as ``{}``; no docstrings."""
    tree = ast.parse(source)
    skipped = _docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in ast.walk(node) if part is not node}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.JoinedStr):
            text = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if " " in text and re.search("[a-z]", text):
            yield node.lineno, text


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(KERNEL)))
def test_the_kernel_writes_no_english(path: Path) -> None:
    """A sentence belongs to a noun of sim.trace.outcomes and its words to sim.tell.wording."""
    found = [(line, text) for line, text in said(path.read_text()) if not FORMS.fullmatch(text)]
    assert found == []


def test_a_sentence_is_found() -> None:
    """Plain, formatted and in parts; a docstring is none."""
    source = (
        '"""A file."""\n\ndef f(x):\n    """Says."""\n    return "It is so." + f"of {x} bytes"\n'
    )
    assert [text for _, text in said(source)] == ["It is so.", "of {} bytes"]
    assert all(FORMS.fullmatch(text) is None for _, text in said(source))
