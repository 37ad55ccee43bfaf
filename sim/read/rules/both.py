"""Two backends in one text: whose table a dump or a command is about.

iptables-legacy and iptables-nft keep their tables apart, and the kernel walks both. Until a text
names both, there is one set of tables, whoever loaded it.
"""

from __future__ import annotations

import re
from dataclasses import field

from sim.base.frozen import dataclass, replace
from sim.model.rules import OF_NFT, Ruleset

_CALLED = re.compile(r"ip6?tables-(legacy|nft)\Z")


def called_backend(program: str) -> str:
    """The backend that a program's name says, or nothing."""
    found = _CALLED.search(program)
    return found[1] if found else ""


@dataclass(slots=True)
class Both:
    """``now`` is whose the next table is: as the last dump's first line says."""

    first: str = ""  # the backend that the text names first
    now: str = ""
    other: str = ""  # the other one, once it is named
    order: list[tuple[int, str, str]] = field(default_factory=list)  # family, backend, table

    def meet(self, backend: str) -> None:
        """A dump begins that says whose it is, or does not."""
        if not backend:
            return
        if not self.first:
            self.first = backend
        elif backend != self.first:
            self.other = backend
        self.now = backend

    def is_other(self, backend: str) -> bool:
        """Are this backend's tables not those that came first? A name alone makes it known."""
        return bool(backend and self.first) and backend != self.first

    def touch(self, family: int, backend: str, table: str) -> None:
        """A table is made, if it is not there yet."""
        if self.is_other(backend):
            self.other = backend
        entry = (family, self.other if self.is_other(backend) else self.first, table)
        if entry not in self.order:
            self.order.append(entry)

    def merged(self, first: Ruleset, other: Ruleset) -> Ruleset:
        """The tables of both under their names, in the order in which they were made."""
        if not self.other:
            return first
        tables = {}
        for family, backend, name in self.order:
            ruleset = other if backend == self.other else first
            if family == first.family and name in ruleset.tables:
                of_nft = backend == "nft"
                shown = f"{OF_NFT}{name}" if of_nft else name
                tables[shown] = replace(ruleset.tables[name], name=shown, of_nft=of_nft)
        return Ruleset(first.family, tables)
