"""What an option compares, as data: fields of the packet with values, or with bits under a mask.

An index and an exact solver read this instead of asking rule after rule. An option declares it
(``Option.compares``) only when its clause is that comparison and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sim.base.frozen import dataclass
from sim.base.intervals import Intervals, union
from sim.base.values import Exactly, Masked, OneOf, Range


@dataclass(frozen=True, slots=True)
class Bits:
    """``seen & mask == value``. A value with bits outside the mask is never seen."""

    value: int
    mask: int

    def __contains__(self, seen: int) -> bool:
        return seen & self.mask == self.value


@dataclass(frozen=True, slots=True)
class AnyBits:
    """``seen & mask != 0``: at least one of these bits is on."""

    mask: int

    def __contains__(self, seen: int) -> bool:
        return bool(seen & self.mask)


@dataclass(frozen=True, slots=True)
class Within:
    """In one of these ranges, whose ends are included."""

    values: Intervals

    def __contains__(self, seen: int) -> bool:
        return any(low <= seen <= high for low, high in self.values)


Wanted = Bits | AnyBits | Within


@dataclass(frozen=True, slots=True)
class Comparison:
    """One clause: any of ``fields`` (names of ``packet_fields.FIELDS``) is as wanted, or, negated,
    none is. A packet that lacks a field fails, negated or not.
    """

    fields: tuple[str, ...]
    wanted: Wanted
    negated: bool = False

    def holds(self, seen: tuple[int | None, ...]) -> bool:
        """``seen``: the fields' values in their order; ``None``: the packet has no such field."""
        known = [value for value in seen if value is not None]
        if len(known) < len(self.fields):
            return False
        return any(value in self.wanted for value in known) != self.negated


@dataclass(frozen=True, slots=True)
class Compares:
    """What an option compares. ``wanted`` makes data of the value that its ``parse`` made."""

    fields: tuple[str, ...]
    wanted: Callable[[Any], Wanted]

    def of(self, value: Any, *, negated: bool = False) -> Comparison:
        return Comparison(self.fields, self.wanted(value), negated)


def compares(*fields: str, wanted: Callable[[Any], Wanted] | None = None) -> Compares:
    """Without ``wanted`` by the value itself: a number, a range, several of them, a mask."""
    return Compares(fields, wanted or wanted_of)


def within(*ranges: tuple[int, int]) -> Within:
    """Backward ranges are empty."""
    return Within(union(ranges))


def wanted_of(value: Any) -> Wanted:
    """Of the plain values that options parse to. Raises ``TypeError`` for any other."""
    if isinstance(value, Masked):
        return Bits(value.value, value.mask)
    return Within(union(_pieces(value)))


def _pieces(value: Any) -> list[tuple[int, int]]:
    if isinstance(value, OneOf):
        return [piece for member in value.members for piece in _pieces(member)]
    if isinstance(value, Range):
        return [(value.low, value.high)]
    number = value.value if isinstance(value, Exactly) else value
    if not isinstance(number, int):
        raise TypeError(f"{value!r} is not a number, a range, a list of them or a mask")
    return [(number, number)]


# What a match presumes that reads the transport header: a later fragment has none.
WHOLE_PACKET = (Comparison(("later_fragment",), within((0, 0))),)
