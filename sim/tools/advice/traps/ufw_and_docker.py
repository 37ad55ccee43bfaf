"""Ports that Docker publishes past the INPUT rules of ufw."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.intervals import both
from sim.extensions.extension import NatRange
from sim.model.rules import Hook, Target
from sim.tools.advice.addresses import FROM_OUTSIDE, TCP, default_device, names, opening
from sim.tools.advice.case import Case, Spot
from sim.tools.advice.edits import first_in
from sim.tools.advice.finding import Evidence, Fix
from sim.tools.advice.outcomes import may_be_accepted
from sim.tools.advice.trap import Trap


def _check(case: Case) -> Iterator[Evidence]:
    filters = case.table(4, "filter")
    into, forward, user = (filters.get(n) for n in ("INPUT", "FORWARD", "DOCKER-USER"))
    if into is None or forward is None or "ufw-user-input" not in filters:
        return
    if user is None or any(s.target not in ("RETURN", "") for s in user.spots):
        return  # somebody has thought of it
    found: dict[int, Spot] = {}
    for reached, spot in case.live_spots("DNAT"):
        if reached.chain.name != "DOCKER" or Hook.PREROUTING not in reached.hooks:
            continue
        port = spot.box.fields.get("dport", ())
        if spot.family != 4 or len(port) != 1 or not both(spot.box.get("protocol"), TCP):
            continue
        assert isinstance(spot.rule.target, Target)
        wanted = spot.rule.target.args.value("--to-destination")
        if not isinstance(wanted, NatRange) or wanted.min_address is None:
            continue
        address = ((int(wanted.min_address), int(wanted.min_address)),)
        inner = wanted.min_port if wanted.min_port is not None else port[0][0]
        through = opening(4, TCP, iif=FROM_OUTSIDE, dst=address, dport=((inner, inner),))
        local = opening(4, TCP, iif=FROM_OUTSIDE, dport=port)
        if may_be_accepted(case, forward, through) and not may_be_accepted(case, into, local):
            found[port[0][0]] = spot
    if found:
        ports = names(str(port) for port in sorted(found))
        yield Evidence(
            f"Docker publishes TCP port {ports}: DNAT sends it to a container through FORWARD, "
            "so ufw's rules, which are in INPUT, are never asked.",
            tuple(spot.place for spot in found.values()),
            _fix(case),
        )


def _fix(case: Case) -> Fix | None:
    user = case.chain(4, "filter", "DOCKER-USER")
    dev = default_device(case, 4) if case.is_host_told else ""
    if user is None or not dev:
        return None
    body = f"-i {dev} -m conntrack --ctstate NEW -j DROP"
    return Fix(f"Let nothing new in from {dev}", (first_in(case, user, body),))


TRAP = Trap(
    name="ufw-and-docker",
    severity="danger",
    why="ufw guards INPUT; a published port is forwarded to the container and passes FORWARD "
    "instead.",
    lesson="ufw-and-docker",
    check=_check,
)
