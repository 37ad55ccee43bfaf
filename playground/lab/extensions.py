"""The manual's table of extensions: where it is kept, and what of a comparison goes into it."""

from __future__ import annotations

from pathlib import Path

from playground.lab.verify import Tally

TABLE = Path(__file__).with_name("extensions.md")


def stored() -> str:
    """The table as it was last made, in Markdown."""
    return TABLE.read_text()


def compared(counts: Tally) -> dict[tuple[str, str], str]:
    """By kind and name: how often a match held and did not, how often a target ran."""
    found = {
        ("match", name): f"{held[True]} / {held[False]}" for name, held in counts.matches.items()
    }
    return found | {("target", name): str(ran) for name, ran in counts.targets.items()}
