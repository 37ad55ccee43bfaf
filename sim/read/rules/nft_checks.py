"""What the nft variants of the tools refuse and the legacy ones take.

A rule of iptables-nft is a list of expressions. An address under a mask of no bits leaves none to
compare, and the kernel refuses a comparison with nothing (nft_cmp_init); as long as it is not
inverted the tool leaves the whole clause out.
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.errors import SourceError, Span
from sim.model.rules import AddressMask, Rules


def refused_by_nft(rules: Rules, *, loads_all: bool) -> Iterator[SourceError]:
    """An error for each rule of iptables and ip6tables that nft does not load.

    ``loads_all``: it loads all tables, not only those that say so by their names.
    """
    for family, everything in ((4, "0.0.0.0/0"), (6, "::/0")):
        for table in rules.of(family).tables.values():
            if not loads_all and not table.of_nft:
                continue
            for chain in table.chains.values():
                for rule in chain.rules:
                    for flag, wanted in (("-s", rule.ip.source), ("-d", rule.ip.destination)):
                        if _is_nothing(wanted):
                            yield SourceError(
                                f"nft does not load `! {flag} {everything}`: no packet matches it",
                                rule.span or Span(1, 1, 1, 2),
                                hint="leave the rule out",
                            )


def _is_nothing(wanted: AddressMask | None) -> bool:
    return wanted is not None and wanted.negated and wanted.mask == 0
