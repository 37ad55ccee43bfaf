"""What ``iptables -L -n -v`` prints of the lines of the ``.t`` files: recorded, and asked again.

``python -m tests.extensions.listings`` writes ``listings.tsv`` anew (file, family, table,
arguments, what is listed behind the addresses). It needs root. Blanks are squeezed; a zero byte
that the tool prints behind a BPF program is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.conformance.oracle import Case, Oracle
from tests.extensions.cases import HERE, Line, lines_of

RECORDED = HERE / "listings.tsv"
FILES = sorted(HERE.glob("*.t"))
# counters, target, protocol, opt, devices, addresses, then what the extensions print
_ROW = re.compile(r"\s*\S+\s+\S+\s.*?\s(?:--|-f|!f)\s+\S+\s+\S+\s+\S+\s+\S+(.*)", re.DOTALL)


Key = tuple[str, str, str, str]  # file, family, table, arguments


def key_of(path: Path, line: Line) -> Key:
    return path.stem, str(line.scene.family), line.scene.table, line.arguments


def squeezed(text: str) -> str:
    return " ".join(text.replace("\0", "").split())


def asked(path: Path) -> Iterator[Line]:
    """Lines that the real tool accepts, each once."""
    yield from (line for line in lines_of(path) if line.accepted and not line.scene.kernel)


def real_listings(lines: list[Line], oracle: Oracle) -> Iterator[str]:
    """What the real tool lists behind the addresses of each; of several rules with bars between."""
    cases = [
        Case(
            line.text(line.scene.chains[0]),
            line.scene.family,
            setup=line.scene.setup,
            listed=f"{line.scene.table} {line.scene.chains[0]}",
        )
        for line in lines
    ]
    for answer in oracle.answers(cases):
        found = [_ROW.fullmatch(row) for row in answer.listing.splitlines()[2:]]
        yield " | ".join(squeezed(row[1]) for row in found if row is not None)


def recorded() -> dict[Key, str]:
    found = {}
    for text in RECORDED.read_text().splitlines():
        stem, family, table, arguments, words = text.split("\t")
        found[stem, family, table, arguments] = words
    return found


def main() -> None:
    found: dict[Key, str] = {}
    with Oracle() as oracle:
        for path in FILES:
            lines = list(asked(path))
            keys = [key_of(path, line) for line in lines]
            found |= zip(keys, real_listings(lines, oracle), strict=True)
    RECORDED.write_text("".join("\t".join((*key, words)) + "\n" for key, words in found.items()))


if __name__ == "__main__":
    main()
