"""Small turns of phrase that messages share."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

MOST_COMPARED = 100  # a text of thousands of wrong names is answered in seconds


def alike(name: str, names: list[str]) -> str:
    """A hint that names what was perhaps meant, or nothing."""
    near = names
    if len(names) > MOST_COMPARED:
        near = [one for one in names if abs(len(one) - len(name)) < 4][:MOST_COMPARED]
    found = get_close_matches(name, near, 2, 0.7)
    if not found:
        folded = [known for known in names if known.lower() == name.lower()]
        found = folded[:1]
    return f"did you mean {' or '.join(found)}?" if found else ""


def rules_text(count: int, one: str = "", many: str = "") -> str:
    """``1 rule``, ``2 rules``, each with its verb if given."""
    return f"{count} rule{'s' * (count != 1)} {one if count == 1 else many}".rstrip()


def listed(names: Sequence[str], word: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return f" {word} ".join(filter(None, (", ".join(names[:-1]), names[-1])))
