"""A matrix of as many packets as somebody asks for, in pieces through the one executor.

Each packet meets a fresh host, so that pieces are worked out in any order and anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import groupby, islice, product
from typing import Any, NamedTuple

from playground.walks.matrix import Cell, Matrix, Walks, packet_of
from sim.base.errors import Refused
from sim.model.scenario import Scenario

REFUSED = "refused"  # instead of a verdict: the line of this packet cannot be read
# Packets of a piece: so many that sending it costs little, so few that all processes have some.
_LEAST, _MOST, _PIECES = 100, 2000, 32


class Piece(NamedTuple):
    """``cells``: sources, each with a port; ``matrix`` says the rest of their packets."""

    texts: dict[str, Any]
    matrix: Matrix
    cells: tuple[tuple[str, str], ...]


def pieces(scenario: Scenario, matrix: Matrix) -> Iterator[Piece]:
    """What is to be worked out, row by row."""
    texts, same = dict(scenario.as_json()), bare(matrix)
    cells = product(matrix.sources, matrix.ports)
    size = min(_MOST, max(_LEAST, len(matrix.sources) * len(matrix.ports) // _PIECES))
    while some := tuple(islice(cells, size)):
        yield Piece(texts, same, some)


def bare(matrix: Matrix) -> Matrix:
    """What a piece says of the whole matrix: all but the list of its packets."""
    return replace(matrix, sources=(), ports=())


@lru_cache(maxsize=1)
def walks_of(scenario: Scenario, matrix: Matrix) -> Walks:
    """What all pieces of a matrix share. A fork has what was read before it."""
    return Walks(scenario, matrix, limited=False)


def walked(piece: Piece) -> list[Cell]:
    """The cells of a piece. Raises ``Refused`` with the errors of the other texts."""
    walks = walks_of(Scenario.from_json(piece.texts), piece.matrix)
    found = []
    for source, port in piece.cells:
        try:
            found.append(walks.cell(source, port))
        except Refused as refused:
            told = "; ".join(dict.fromkeys(error.message for error in refused.errors))
            found.append(Cell(packet_of(piece.matrix, source, port), REFUSED, "?", told))
    return found


def summed(matrix: Matrix, cells: Iterable[Cell]) -> Iterator[str]:
    """Lines for people: neighbouring sources whose packets fare alike, and their ports."""
    same: list[str] = []
    row: list[str] = []
    each = iter(cells)
    for source in matrix.sources:
        found = list(islice(each, len(matrix.ports)))
        if len(found) < len(matrix.ports):
            break
        now = list(_row(matrix.ports, found))
        if same and now != row:
            yield from _shown(same, row)
            same = []
        row = now
        same.append(source)
    if same:
        yield from _shown(same, row)


def _row(ports: Sequence[str], cells: Sequence[Cell]) -> Iterator[str]:
    pairs = zip(ports, cells, strict=True)
    for (glyph, said), alike in groupby(pairs, lambda pair: (pair[1].glyph, pair[1].sentence)):
        names = list(_ranges([port for port, _ in alike]))
        yield f"  {', '.join(names):<11} {glyph} {said}"


def _ranges(ports: Sequence[str]) -> Iterator[str]:
    """``22-25`` of four ports that follow each other."""
    for _, run in groupby(enumerate(map(int, ports)), lambda pair: pair[1] - pair[0]):
        numbers = [number for _, number in run]
        yield str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}"


def _shown(sources: Sequence[str], row: Iterable[str]) -> Iterator[str]:
    count = len(sources)
    yield sources[0] if count == 1 else f"{sources[0]} to {sources[-1]} ({count:,})"
    yield from row
