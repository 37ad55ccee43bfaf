"""What people are called who walk together: what they say, or something friendly."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Collection

from playground.site.limits import LIMITS

COLOURS = (
    "Amber", "Azure", "Copper", "Coral", "Crimson", "Golden", "Green", "Indigo", "Ivory", "Jade",
    "Lilac", "Olive", "Pearl", "Plum", "Red", "Russet", "Sable", "Saffron", "Silver", "Teal",
)  # fmt: skip
ANIMALS = (
    "Badger", "Beaver", "Crane", "Falcon", "Ferret", "Fox", "Gecko", "Hare", "Heron", "Ibex",
    "Lark", "Lynx", "Marten", "Mole", "Newt", "Otter", "Owl", "Raven", "Seal", "Stoat", "Swift",
    "Tern", "Toad", "Wren",
)  # fmt: skip


def friendly(taken: Collection[str]) -> str:
    """A name that nobody here has; by chance, so it says nothing of who it is."""
    for _ in range(20):
        found = f"{secrets.choice(COLOURS)} {secrets.choice(ANIMALS)}"
        if found not in taken:
            break
    return found


def cleaned(text: object) -> str:
    """A name as it may stand on other people's pages: one line of letters that are seen."""
    if not isinstance(text, str):
        return ""
    seen = (" " if letter.isspace() else letter for letter in text[:1000])
    kept = "".join(one for one in seen if unicodedata.category(one)[0] != "C")
    return " ".join(kept.split())[: LIMITS.together_name_characters].rstrip()
