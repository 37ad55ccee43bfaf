"""The small faults that can be put into a file, one at a time, and a draw of them by seed.

The changes come from mutmut (its operators, not its runner) and from the few below that it
lacks. A place is drawn first and one change of it second, so a place that can be changed in
many ways (a call with six arguments) counts no more than ``<``.
"""

from __future__ import annotations

import ast
import difflib
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import libcst as cst
import libcst.matchers as m
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    file: str  # from the repository's top
    line: int
    last: int  # the last line of what is changed
    in_function: bool  # else it takes effect when the file is imported
    before: str
    after: str

    @property
    def change(self) -> str:
        """The lines that differ, with ``-`` and ``+`` before them: what a survivor is known by."""
        lines = difflib.unified_diff(self.before.splitlines(), self.after.splitlines(), n=0)
        return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))

    def __str__(self) -> str:
        return f"{self.file}:{self.line}\n{self.change}"


def _smaller(node: cst.Integer) -> Iterable[cst.CSTNode]:
    """mutmut knows ``n + 1`` only."""
    if node.evaluated_value > 0:
        yield node.with_changes(value=repr(node.evaluated_value - 1))


def _other_way(node: cst.If) -> Iterable[cst.CSTNode]:
    """``if a`` becomes ``if not a``."""
    inner = node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    yield node.with_changes(test=cst.UnaryOperation(operator=cst.Not(), expression=inner))


def _left_out(node: cst.SimpleStatementLine) -> Iterable[cst.CSTNode]:
    """A call for its effect, or a change of a value in place, does not happen."""
    if len(node.body) == 1 and m.matches(node.body[0], m.Expr(value=m.Call()) | m.AugAssign()):
        yield node.with_changes(body=[cst.Pass()])


OPERATORS: tuple[tuple[type, Any], ...] = (
    *mutation_operators,
    (cst.Integer, _smaller),
    (cst.If, _other_way),
    (cst.SimpleStatementLine, _left_out),
)
# Types, imports and decorators are not behaviour that a test asks for.
_SKIPPED = (cst.Annotation, cst.Import, cst.ImportFrom, cst.Decorator, cst.TypeAlias)


def _is_words(node: cst.CSTNode) -> bool:
    """A docstring, or any other string that stands alone."""
    return m.matches(
        node, m.SimpleStatementLine(body=[m.Expr(m.SimpleString() | m.ConcatenatedString())])
    )


def _nodes(node: cst.CSTNode, in_function: bool) -> Iterator[tuple[cst.CSTNode, bool]]:
    """Every node that may be changed, and whether it stands in the body of a function."""
    if isinstance(node, _SKIPPED) or _is_words(node):
        return
    yield node, in_function
    for child in node.children:
        body = isinstance(node, cst.FunctionDef) and child is node.body
        if isinstance(node, cst.FormattedStringExpression) and child is not node.expression:
            continue
        yield from _nodes(child, in_function or body)


class Places:
    """Every place of one file that can be changed."""

    def __init__(self, file: Path) -> None:
        self.file, self.before = file, file.read_text()
        self._meaning = _meaning(self.before)
        self._wrapper = MetadataWrapper(cst.parse_module(self.before), unsafe_skip_copy=True)
        self._found = [
            (node, in_function, changes)
            for node, in_function in _nodes(self._wrapper.module, False)
            if (
                changes := [
                    changed
                    for kind, operator in OPERATORS
                    if isinstance(node, kind)
                    for changed in operator(node)
                ]
            )
        ]

    def __len__(self) -> int:
        return len(self._found)

    def _is_another(self, after: str) -> bool:
        return _compiles(after) and _meaning(after) != self._meaning

    def mutant(self, number: int, chance: random.Random) -> Mutant | None:
        """One change of the place, or none when each means the same or is no Python."""
        node, in_function, changes = self._found[number]
        for changed in chance.sample(changes, len(changes)):
            after = self._wrapper.module.deep_replace(node, changed).code
            if self._is_another(after):
                span = self._wrapper.resolve(PositionProvider)[node]
                # The head of a block is what is changed, not all that stands in it.
                last = span.start.line if isinstance(node, cst.If) else span.end.line
                name = str(self.file.relative_to(ROOT))
                return Mutant(name, span.start.line, last, in_function, self.before, after)
        return None


class _Plain(ast.NodeTransformer):
    """``None`` for ``False``: as a flag, which is all that ``False`` is here, they are one."""

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant(value=None) if node.value is False else node


def _meaning(text: str) -> str:
    """The same for two texts that differ in commas, parentheses or how "no" is said."""
    return ast.dump(_Plain().visit(ast.parse(text)))


def _compiles(text: str) -> bool:
    try:
        compile(text, "", "exec")
    except (SyntaxError, ValueError):
        return False
    return True


def drawn(files: list[Path], count: int, seed: int) -> Iterator[Mutant]:
    """``count`` mutants over all files together in a random order, each place once at most.

    A mutant is made when it is asked for: that takes longer than many a test.
    """
    chance = random.Random(seed)
    places = {file: Places(file) for file in files}
    everywhere = [(file, number) for file in files for number in range(len(places[file]))]
    chance.shuffle(everywhere)
    made = (places[file].mutant(number, chance) for file, number in everywhere)
    return islice((one for one in made if one is not None), count)


def spread(groups: Sequence[list[Path]], count: int, seed: int) -> Iterator[Mutant]:
    """``count`` mutants, of each group as many; one of each in turn.

    A run that is stopped has then seen as much of the last group as of the first.
    """
    shares = [(count + number) // len(groups) for number in reversed(range(len(groups)))]
    samples = [drawn(files, share, seed) for files, share in zip(groups, shares, strict=True)]
    return (one for turn in zip_longest(*samples) for one in turn if one is not None)
