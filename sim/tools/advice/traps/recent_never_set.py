"""Lists of -m recent that are asked and never filled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sim.base.errors import Span
from sim.extensions.matchers.recent import name_of
from sim.tools.advice.case import Case, Spot
from sim.tools.advice.finding import Edit, Evidence, Fix
from sim.tools.advice.trap import Trap

_FILL, _ASK = ("--set",), ("--rcheck", "--update", "--remove")


def _check(case: Case) -> Iterator[Evidence]:
    filling: defaultdict[str, list[Spot]] = defaultdict(list)
    asking: defaultdict[str, list[Spot]] = defaultdict(list)
    for _, spot in case.live_spots():
        for match in spot.rule.matches:
            if match.name != "recent":
                continue
            name = name_of(match.args)
            if any(flag in match.args for flag in _FILL):
                filling[name].append(spot)
            for flag in _ASK:
                if flag in match.args and not match.args.negated(flag) and flag != "--remove":
                    asking[name].append(spot)
    unfilled = {name: spots for name, spots in asking.items() if name not in filling}
    unasked = {name: spots for name, spots in filling.items() if name not in asking}
    if len(unfilled) == len(unasked) == 1:
        (asked, askers), (filled, fillers) = *unfilled.items(), *unasked.items()
        text = f"{_which(askers)} the list {asked}, but addresses are put into the list {filled}."
        places = tuple(spot.place for spot in (*askers, *fillers))
        yield Evidence(text, places, _renamed(case, askers, asked, filled))
        return
    for name, spots in unfilled.items():
        text = f"{_which(spots)} the list {name}, and no rule puts an address into it (--set)."
        yield Evidence(text, tuple(spot.place for spot in spots))


def _which(spots: list[Spot]) -> str:
    return f"{spots[0].begins} asks" if len(spots) == 1 else f"{len(spots)} rules ask"


def _renamed(case: Case, spots: list[Spot], old: str, new: str) -> Fix | None:
    """The list's name in the rules that ask it, where they say it."""
    edits = []
    for spot in spots:
        for match in spot.rule.matches:
            arg = match.args.get("--name") if match.name == "recent" else None
            if arg is None or arg.span is None or arg.span.line != arg.span.end_line:
                continue
            line = case.lines[arg.span.line - 1][: arg.span.end_column - 1]
            at = line.rfind(old)
            if at + 1 > arg.span.column:
                span = Span(arg.span.line, at + 1, arg.span.line, at + 1 + len(old))
                edits.append(Edit("rules", span, new))
    return Fix(f"Ask the list {new}", tuple(edits)) if len(edits) >= len(spots) else None


TRAP = Trap(
    name="recent-never-set",
    severity="warning",
    why="A list of -m recent is a name that rules share: one puts addresses in, another asks; a "
    "name that differs is another list. (A program may write to /proc/net/xt_recent, too.)",
    lesson="fail2ban-and-recent",
    check=_check,
)
