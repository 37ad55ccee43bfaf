"""Lists of names, written down as text."""

from __future__ import annotations


def names(text: str) -> frozenset[str]:
    """The blank-separated names of a text."""
    return frozenset(text.split())
