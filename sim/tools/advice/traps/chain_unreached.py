"""User chains with rules in them to which no hook's packets come."""

from __future__ import annotations

from collections.abc import Iterator

from sim.tools.advice.case import Case, Reached
from sim.tools.advice.finding import Evidence, TextPlace
from sim.tools.advice.trap import Trap

# Chains that these programs keep at hand and use when they need them.
_SPARE = ("ufw", "KUBE-", "cali-", "ANTREA-", "zone_", "neutron-", "nova-", "logdrop", "logflags")


def _check(case: Case) -> Iterator[Evidence]:
    for family, table in case.tables():
        lost = [
            reached
            for reached in case.table(family, table).values()
            if reached.policy is None
            and reached.spots
            and not reached.hooks
            and not reached.chain.name.startswith(_SPARE)
        ]
        if lost:
            yield Evidence(_text(table, lost), tuple(_place(reached) for reached in lost))


def _text(table: str, lost: list[Reached]) -> str:
    names = ", ".join(reached.chain.name for reached in lost[:4])
    more = f" and {len(lost) - 4} more" if len(lost) > 4 else ""
    one = len(lost) == 1
    return (
        f"No packet comes to {'chain' if one else 'chains'} {names}{more} of {table}: nothing "
        f"that is reached jumps to {'it' if one else 'them'}."
    )


def _place(reached: Reached) -> TextPlace:
    return TextPlace("rules", reached.chain.span) if reached.chain.span else reached.spots[0].place


TRAP = Trap(
    name="chain-unreached",
    severity="info",
    why="The rules of a user chain are asked only when a rule on a packet's way jumps to it.",
    lesson="traversal",
    check=_check,
)
