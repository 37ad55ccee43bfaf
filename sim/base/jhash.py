"""Bob Jenkins' hash as the kernel has it (include/linux/jhash.h), on 32-bit words."""

from __future__ import annotations

from collections.abc import Sequence

_MASK = 0xFFFFFFFF
_INITIAL = 0xDEADBEEF


def _rotate(word: int, by: int) -> int:
    return (word << by | word >> (32 - by)) & _MASK


def _final(a: int, b: int, c: int) -> int:
    c = (c ^ b) - _rotate(b, 14) & _MASK
    a = (a ^ c) - _rotate(c, 11) & _MASK
    b = (b ^ a) - _rotate(a, 25) & _MASK
    c = (c ^ b) - _rotate(b, 16) & _MASK
    a = (a ^ c) - _rotate(c, 4) & _MASK
    b = (b ^ a) - _rotate(a, 14) & _MASK
    return (c ^ b) - _rotate(b, 24) & _MASK


def jhash_3words(a: int, b: int, c: int, initial: int) -> int:
    """The hash of three words."""
    start = initial + _INITIAL + 12
    return _final(a + start & _MASK, b + start & _MASK, c + start & _MASK)


def _mix(a: int, b: int, c: int) -> tuple[int, int, int]:
    a, c = (a - c & _MASK) ^ _rotate(c, 4), c + b & _MASK
    b, a = (b - a & _MASK) ^ _rotate(a, 6), a + c & _MASK
    c, b = (c - b & _MASK) ^ _rotate(b, 8), b + a & _MASK
    a, c = (a - c & _MASK) ^ _rotate(c, 16), c + b & _MASK
    b, a = (b - a & _MASK) ^ _rotate(a, 19), a + c & _MASK
    c, b = (c - b & _MASK) ^ _rotate(b, 4), b + a & _MASK
    return a, b, c


def jhash2(words: Sequence[int], initial: int) -> int:
    """The hash of an array of words."""
    a = b = c = initial + _INITIAL + 4 * len(words) & _MASK
    rest = list(words)
    while len(rest) > 3:
        a, b, c = _mix(a + rest[0] & _MASK, b + rest[1] & _MASK, c + rest[2] & _MASK)
        rest = rest[3:]
    if not rest:
        return c
    rest += [0] * (3 - len(rest))
    return _final(a + rest[0] & _MASK, b + rest[1] & _MASK, c + rest[2] & _MASK)


def reciprocal_scale(value: int, size: int) -> int:
    """A 32-bit value scaled to 0..size-1 without a division."""
    return value * size >> 32
