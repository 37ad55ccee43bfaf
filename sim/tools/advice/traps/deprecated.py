"""Old spellings that still load: they work, and today's tools write them otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.errors import Span
from sim.tools.advice.case import Case, Spot
from sim.tools.advice.edits import target_replaced
from sim.tools.advice.finding import Edit, Evidence, Fix, TextPlace
from sim.tools.advice.trap import Trap

_GONE = ("--cmd-owner", "--pid-owner", "--sid-owner")


def _check(case: Case) -> Iterator[Evidence]:
    yield from _states(case)
    spots = [spot for spot in case.spots() if spot.target == "NOTRACK" and spot.is_target]
    if spots:
        edits = [target_replaced(spot, "CT --notrack") for spot in spots]
        known = tuple(edit for edit in edits if edit is not None)
        yield Evidence(
            "-j NOTRACK is the old name of -j CT --notrack.",
            tuple(spot.place for spot in spots),
            Fix("Write CT --notrack", known) if len(known) == len(spots) else None,
        )
    places = tuple(
        spot.place
        for spot in case.spots()
        for match in spot.rule.matches
        if match.name == "owner" and any(arg.flag in _GONE for arg in match.args)
    )
    if places:
        yield Evidence(
            "--cmd-owner, --pid-owner and --sid-owner went with Linux 2.6.14: no kernel of today "
            "loads this rule. Use --uid-owner, or -m cgroup --path for one program.",
            places,
        )


def _states(case: Case) -> Iterator[Evidence]:
    places: list[TextPlace] = []
    edits: list[Edit] = []
    whole = True
    for spot in case.spots():
        for match in spot.rule.matches:
            if match.name == "state":
                places.append(spot.place)
                made = _rewritten(case, spot, match.span, match.args.items[0].span)
                whole = whole and bool(made)
                edits += made
    if places:
        many = "This rule uses" if len(places) == 1 else f"{len(places)} rules use"
        yield Evidence(
            f"{many} -m state, the old spelling of -m conntrack --ctstate.",
            tuple(places),
            Fix("Write -m conntrack --ctstate", tuple(edits)) if whole else None,
        )


def _rewritten(case: Case, spot: Spot, name: Span | None, option: Span | None) -> list[Edit]:
    """The two words exchanged where they stand; empty if they do not stand there plainly."""
    if name is None or option is None:
        return []
    edits = []
    for span, old, new in ((name, "state", "conntrack"), (option, "--state", "--ctstate")):
        line = case.lines[span.line - 1]
        at = line.find(old, span.column - 1)
        if at < 0 or at >= span.end_column - 1:
            return []
        edits.append(Edit("rules", Span(span.line, at + 1, span.line, at + 1 + len(old)), new))
    return edits


TRAP = Trap(
    name="deprecated",
    severity="info",
    why="Old spellings are translated today and may go tomorrow; the new ones say the same.",
    lesson="traversal",
    check=_check,
)
