"""Bob Jenkins' lookup3 hash as the kernel has it (include/linux/jhash.h)."""

from __future__ import annotations

from collections.abc import Sequence

INITIAL = 0xDEADBEEF
_MASK = 0xFFFFFFFF


def _rotated(value: int, by: int) -> int:
    return (value << by | value >> 32 - by) & _MASK


def jhash2(words: Sequence[int], seed: int) -> int:
    """The hash of 32-bit words in host order (``jhash2``; ``jhash_1word`` for a single one)."""
    a = b = c = INITIAL + (len(words) << 2) + seed & _MASK
    rest = list(words)
    while len(rest) > 3:
        a, b, c = a + rest[0] & _MASK, b + rest[1] & _MASK, c + rest[2] & _MASK
        a, b, c = _mixed(a, b, c)
        rest = rest[3:]
    if not rest:
        return c
    a, b, c = (value + more & _MASK for value, more in zip((a, b, c), rest + [0, 0], strict=False))
    return _final(a, b, c)


def _mixed(a: int, b: int, c: int) -> tuple[int, int, int]:
    for by_a, by_b, by_c in ((4, 6, 8), (16, 19, 4)):
        a = a - c & _MASK ^ _rotated(c, by_a)
        c = c + b & _MASK
        b = b - a & _MASK ^ _rotated(a, by_b)
        a = a + c & _MASK
        c = c - b & _MASK ^ _rotated(b, by_c)
        b = b + a & _MASK
    return a, b, c


def _final(a: int, b: int, c: int) -> int:
    for by_c, by_a, by_b in ((14, 11, 25), (16, 4, 14)):
        c = (c ^ b) - _rotated(b, by_c) & _MASK
        a = (a ^ c) - _rotated(c, by_a) & _MASK
        b = (b ^ a) - _rotated(a, by_b) & _MASK
    return (c ^ b) - _rotated(b, 24) & _MASK
