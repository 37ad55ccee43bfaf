"""Sets of whole numbers as sorted, disjoint, inclusive intervals: what a solver reasons with."""

from __future__ import annotations

from collections.abc import Iterable

Intervals = tuple[tuple[int, int], ...]
NOTHING: Intervals = ()


def union(pieces: Iterable[tuple[int, int]]) -> Intervals:
    """Any intervals, put in order and joined where they touch; backward ones are empty."""
    joined: list[tuple[int, int]] = []
    for low, high in sorted(pieces):
        if low > high:
            continue
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return tuple(joined)


def both(one: Intervals, other: Intervals) -> Intervals:
    """What is in both."""
    found: list[tuple[int, int]] = []
    i = j = 0
    while i < len(one) and j < len(other):
        low, high = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if low <= high:
            found.append((low, high))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return tuple(found)


def outside(one: Intervals, top: int) -> Intervals:
    """Everything from 0 to ``top`` that is not in it."""
    found, start = [], 0
    for low, high in one:
        if low > start:
            found.append((start, low - 1))
        start = high + 1
    if start <= top:
        found.append((start, top))
    return tuple(found)


def is_inside(inner: Intervals, outer: Intervals) -> bool:
    return both(inner, outer) == inner


def of_values(values: Iterable[int]) -> Intervals:
    return union((value, value) for value in values)
