"""FORWARD rules that ask for the published port, which DNAT has changed by then."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sim.base.errors import Span
from sim.base.frozen import dataclass
from sim.base.intervals import Intervals, both
from sim.extensions.extension import NatRange
from sim.model.rules import Hook, Target
from sim.tools.advice.case import Case, Spot
from sim.tools.advice.edits import is_alone
from sim.tools.advice.finding import Edit, Evidence, Fix
from sim.tools.advice.trap import Trap

_PORT = re.compile(r"(?:-m (?:tcp|udp) )?--(?:dport|destination-port) (\d+)(?!\S)")


@dataclass(frozen=True, slots=True)
class _Published:
    spot: Spot
    protocol: Intervals
    before: int
    after: int
    target: Intervals


def _check(case: Case) -> Iterator[Evidence]:
    for family in (4, 6):
        published = list(_published(case, family))
        if not published:
            continue
        kept = {one.before for one in published if one.before == one.after}
        inner = {one.after for one in published}
        for reached, spot in case.live_spots():
            if spot.family != family or reached.hooks != {Hook.FORWARD} or spot.table != "filter":
                continue
            case.spend(len(published) // 8)
            port = _asked(spot)
            found = next((p for p in published if p.before == port and _meets(p, spot)), None)
            if found is None or port in kept or port in inner:
                continue
            yield Evidence(
                f"{spot.begins} asks for port {port}, but {found.spot} has turned it "
                f"into {found.after} before FORWARD.",
                (spot.place, found.spot.place),
                _fix(case, spot, found),
            )


def _published(case: Case, family: int) -> Iterator[_Published]:
    for reached, spot in case.live_spots("DNAT"):
        if spot.family != family or Hook.PREROUTING not in reached.hooks:
            continue
        assert isinstance(spot.rule.target, Target)
        wanted = spot.rule.target.args.value("--to-destination")
        ports = spot.box.fields.get("dport", ())
        if not isinstance(wanted, NatRange) or wanted.min_address is None:
            continue
        if len(ports) != 1 or ports[0][0] != ports[0][1]:
            continue
        assert wanted.max_address is not None
        after = ports[0][0] if wanted.min_port is None else wanted.min_port
        target = ((int(wanted.min_address), int(wanted.max_address)),)
        yield _Published(spot, spot.box.get("protocol"), ports[0][0], after, target)


def _asked(spot: Spot) -> int | None:
    ports = spot.box.fields.get("dport", ())
    return ports[0][0] if len(ports) == 1 and ports[0][0] == ports[0][1] else None


def _meets(published: _Published, spot: Spot) -> bool:
    return bool(both(published.protocol, spot.box.get("protocol"))) and bool(
        both(published.target, spot.box.get("dst"))
    )


def _fix(case: Case, spot: Spot, published: _Published) -> Fix | None:
    """The connection's original port, which conntrack remembers."""
    span = spot.rule.span
    if span is None or span.line != span.end_line or not is_alone(case, spot.rule):
        return None
    found = _PORT.search(case.lines[span.line - 1])
    if found is None or int(found[1]) != published.before:
        return None
    words = f"-m conntrack --ctorigdstport {published.before}"
    place = Span(span.line, found.start() + 1, span.line, found.end() + 1)
    return Fix("Match the original port", (Edit("rules", place, words),))


TRAP = Trap(
    name="forward-after-dnat",
    severity="warning",
    why="PREROUTING comes first: FORWARD, and DOCKER-USER in it, sees the address and port after "
    "DNAT; the original one is in the connection's entry.",
    lesson="docker-user-and-dnat",
    check=_check,
)
