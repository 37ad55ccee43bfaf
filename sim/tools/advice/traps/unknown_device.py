"""Devices that rules name and the host does not have."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from sim.base.errors import Span
from sim.tools.advice.addresses import names
from sim.tools.advice.case import Case
from sim.tools.advice.finding import Edit, Evidence, Fix, TextPlace
from sim.tools.advice.trap import Trap


def _check(case: Case) -> Iterator[Evidence]:
    lost: defaultdict[str, list[TextPlace]] = defaultdict(list)
    positive: set[str] = set()
    for spot in case.spots():
        for named in (spot.rule.ip.in_iface, spot.rule.ip.out_iface):
            if named is None or not named.name or named.name == "lo" or named.prefix:
                continue
            if ":" in named.name or (case.is_host_told and named.name not in case.devices):
                lost[named.name].append(spot.place)
                positive |= set() if named.negated else {named.name}
    for name, places in lost.items():
        places = list(dict.fromkeys(places))
        if ":" in name:
            base = name.partition(":")[0]
            text = (
                f"{name} is a label of an address, not a device: packets have {base} there, so "
                "the clause never holds."
            )
            yield Evidence(text, tuple(places), _renamed(case, places, name, base))
        elif case.devices:
            have = names(case.devices)
            what = "never match" if name in positive else "do not exclude anything"
            one = len(places) == 1
            yield Evidence(
                f"The host has no device {name} (it has {have}): "
                f"{'the rule' if one else f'{len(places)} rules'} can "
                f"{what if what == 'never match' else 'exclude nothing with it'}.",
                tuple(places),
            )


def _renamed(case: Case, places: list[TextPlace], name: str, base: str) -> Fix | None:
    edits = []
    for place in places:
        line = case.lines[place.span.line - 1]
        for found in re.finditer(rf"(?<!\S){re.escape(name)}(?!\S)", line):
            span = Span(place.span.line, found.start() + 1, place.span.line, found.end() + 1)
            edits.append(Edit("rules", span, base))
    return Fix(f"Use {base}", tuple(edits)) if edits else None


TRAP = Trap(
    name="unknown-device",
    severity="warning",
    why="iptables accepts rules for interfaces that don't exist; they simply never match.",
    lesson="traversal",
    check=_check,
)
