"""The manual's table of extensions: where it is kept, and what of a comparison goes into it."""

from __future__ import annotations

import re
from pathlib import Path

from playground.lab.verify import Tally
from sim.extensions.catalogue import markdown, tally

TABLE = Path(__file__).with_name("extensions.md")


def stored() -> str:
    """The table as it was last made, in Markdown."""
    return TABLE.read_text()


def renewed() -> str:
    """The table with the rows of today and the figures that it has, without asking a kernel."""
    text = stored()
    head, _, _ = text.partition("| |")
    done = tally()
    (matches, of_matches), (targets, of_targets) = done["match"], done["target"]
    says = f"{matches} of {of_matches} matches and {targets} of {of_targets} targets are executed."
    head = re.sub(r"\d+ of \d+ matches and \d+ of \d+ targets are executed\.", says, head)
    return head + markdown(_figures(text))


def _figures(text: str) -> dict[tuple[str, str], str]:
    """By kind and name, as they stand in a table."""
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 7 and cells[0] in ("-m", "-j"):
            kind = "match" if cells[0] == "-m" else "target"
            found[kind, cells[1].strip("`")] = cells[5]
    return found


def compared(counts: Tally) -> dict[tuple[str, str], str]:
    """By kind and name: how often a match held and did not, how often a target ran."""
    found = {
        ("match", name): f"{held[True]} / {held[False]}" for name, held in counts.matches.items()
    }
    return found | {("target", name): str(ran) for name, ran in counts.targets.items()}
