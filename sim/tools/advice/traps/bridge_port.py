"""``-i`` and ``-o`` with a bridge port: iptables sees the bridge."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sim.base.errors import Span
from sim.model.rules import DeviceName
from sim.tools.advice.case import Case, Spot
from sim.tools.advice.edits import is_alone
from sim.tools.advice.finding import Edit, Evidence, Fix
from sim.tools.advice.trap import Trap


def _check(case: Case) -> Iterator[Evidence]:
    ports = {n: i.master for n, i in case.devices.items() if i.master in case.devices}
    if not ports:
        return
    for reached, spot in case.live_spots():
        for flag, named in (("-i", spot.rule.ip.in_iface), ("-o", spot.rule.ip.out_iface)):
            if named is None or named.prefix or named.name not in ports:
                continue
            bridge = ports[named.name]
            verb = "always" if named.negated else "never"
            yield Evidence(
                f"{named.name} is a port of {bridge}: {flag} sees {bridge}, so this clause "
                f"{verb} holds.",
                (spot.place,),
                _fix(case, spot, flag, named, len(reached.hooks)),
            )


def _fix(case: Case, spot: Spot, flag: str, named: DeviceName, hooks: int) -> Fix | None:
    """The physdev match, on the rule's own line."""
    span = spot.rule.span
    if span is None or span.line != span.end_line or named.negated or not is_alone(case, spot.rule):
        return None
    long = {"-i": "--in-interface", "-o": "--out-interface"}[flag]
    pattern = re.compile(rf"(?<!\S)(?:{flag}|{long})\s+{re.escape(named.name)}(?!\S)")
    found = pattern.search(case.lines[span.line - 1])
    if found is None:
        return None
    bridged = "--physdev-is-bridged " if flag == "-o" else ""
    way = {"-i": "in", "-o": "out"}[flag]
    words = f"-m physdev {bridged}--physdev-{way} {named.name}"
    place = Span(span.line, found.start() + 1, span.line, found.end() + 1)
    return Fix("Ask for the bridge port", (Edit("rules", place, words),))


TRAP = Trap(
    name="bridge-port",
    severity="warning",
    why="A bridge hands packets to the IP hooks with itself as device; the port is what "
    "-m physdev sees.",
    lesson="security-groups-on-a-bridge",
    check=_check,
)
