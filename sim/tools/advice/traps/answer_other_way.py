"""A port forwarded from one uplink whose answers leave by another."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.intervals import both
from sim.extensions.extension import NatRange
from sim.model.host import RouteKind
from sim.model.routing import Query
from sim.model.rules import Hook, Target
from sim.packet.packet import Address
from sim.tools.advice.addresses import far
from sim.tools.advice.boxes import device
from sim.tools.advice.case import Case, Spot
from sim.tools.advice.edits import host_line
from sim.tools.advice.finding import Evidence, Fix
from sim.tools.advice.trap import Trap


def _check(case: Case) -> Iterator[Evidence]:
    host = case.compiled.host
    if not case.is_host_told or any(rule.fwmark is not None for rule in host.rules):
        return
    for reached, spot in case.live_spots("DNAT"):
        if Hook.PREROUTING not in reached.hooks or spot.family != 4:
            continue
        name = _uplink(case, spot)
        target = _target(spot)
        if not name or target is None:
            continue
        home = _home(case, target)
        back = case.routing.lookup(Query(far(case, 4), target, iif=home or "lo"))
        if back.kind is not RouteKind.UNICAST or back.dev == name or back.dev == home:
            continue
        yield Evidence(
            f"What comes in by {name} is forwarded to {target}, but {target}'s answers leave by "
            f"{back.dev}: the far end, or the provider there, does not know them.",
            (spot.place,),
            _fix(case, name, target),
        )


def _uplink(case: Case, spot: Spot) -> str:
    """The device that the rule is for, if there is a gateway behind it."""
    part = spot.rule.ip.in_iface
    name = part.name if part is not None and not part.negated and not part.prefix else ""
    if not name and spot.rule.ip.destination is not None:
        wanted = spot.box.get("dst")
        name = next(
            (
                interface.name
                for interface in case.devices.values()
                for entry in interface.addresses
                if entry.address.version == 4
                and both(wanted, ((int(entry.address.ip), int(entry.address.ip)),)) == wanted
            ),
            "",
        )
        if name and part is not None and not both(spot.box.get("iif"), device(name)):
            return ""
    return name if any(r.dev == name and r.via for r in case.compiled.host.routes) else ""


def _target(spot: Spot) -> Address | None:
    assert isinstance(spot.rule.target, Target)
    wanted = spot.rule.target.args.value("--to-destination")
    return wanted.min_address if isinstance(wanted, NatRange) else None


def _home(case: Case, target: Address) -> str:
    route = case.routing.lookup(Query(target))
    return route.dev if route.kind is RouteKind.UNICAST else ""


def _fix(case: Case, name: str, target: Address) -> Fix | None:
    """A table of its own for what the target sends, by that uplink."""
    via = next((r.via for r in case.compiled.host.routes if r.dev == name and r.via), None)
    if via is None:
        return None
    text = f"route default via {via} dev {name} table 100\nrule from {target} lookup 100"
    return Fix(f"Route what {target} sends by {name}", (host_line(case, text),))


TRAP = Trap(
    name="answer-other-way",
    severity="warning",
    why="Answers are routed by their destination alone, not by where the connection came in.",
    lesson="answer-takes-another-way",
    check=_check,
)
