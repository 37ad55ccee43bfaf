"""REDIRECT in OUTPUT that takes the proxy's own connections, too."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.intervals import both
from sim.model.rules import Hook, Target
from sim.tools.advice.addresses import address_of
from sim.tools.advice.case import Case, Reached, Spot
from sim.tools.advice.edits import line_before
from sim.tools.advice.finding import Evidence, Fix
from sim.tools.advice.trap import Trap

# What tells a proxy's own packets from others: any of these may exempt it.
_EXEMPTIONS = frozenset({"owner", "mark", "cgroup", "connmark", "socket", "set"})


def _check(case: Case) -> Iterator[Evidence]:
    for reached, spot in case.live_spots("REDIRECT"):
        if reached.hooks != {Hook.OUTPUT}:
            continue
        port = _port(spot)
        if port is None or _is_exempt(case, spot) or not _is_outward(spot):
            continue
        uid = next(
            (s.uid for s in case.compiled.host.sockets if s.port == port and s.protocol == "tcp"),
            None,
        )
        edit = None
        if uid:
            edit = line_before(case, spot, f"-m owner --uid-owner {uid} -j RETURN")
        yield Evidence(
            f"{spot.begins} sends connections of this host to its port {port}; those "
            "of the program that listens there are among them, and come back to it for ever.",
            (spot.place,),
            Fix(f"Exempt user {uid}", (edit,)) if edit else None,
        )


def _port(spot: Spot) -> int | None:
    """The one port that it redirects to; one that stays what it was makes no proxy."""
    assert isinstance(spot.rule.target, Target)
    ports = spot.rule.target.args.value("--to-ports")
    low, high = getattr(ports, "min_port", None), getattr(ports, "max_port", None)
    return low if low is not None and low == high else None


def _is_outward(spot: Spot) -> bool:
    """Is it about TCP to others? DNS to a resolver of one's own is another thing."""
    ports = spot.box.fields.get("dport")
    about_tcp = both(spot.box.get("protocol"), ((6, 6),))
    return bool(about_tcp) and (ports is None or bool(both(ports, ((80, 80), (443, 443)))))


def _is_exempt(case: Case, spot: Spot) -> bool:
    """May something before it, or the rule itself, spare the proxy?"""
    ways: list[Spot] = [spot]
    seen = {spot.chain}
    waiting = [spot.chain]
    while waiting:
        name = waiting.pop()
        for _, caller in case.live_spots(name):
            if caller.is_jump and caller.family == spot.family and caller.table == "nat":
                ways.append(caller)
                if caller.chain not in seen:
                    seen.add(caller.chain)
                    waiting.append(caller.chain)
    for way in ways:
        chain = case.chain(way.family, way.table, way.chain)
        if _spares(way) or (chain is not None and _spared_before(chain, way)):
            return True
    return False


def _spares(spot: Spot) -> bool:
    return any(match.name in _EXEMPTIONS for match in spot.rule.matches) or (
        spot.rule.ip.destination is not None
    )


def _is_far(spot: Spot) -> bool:
    """Is it about destinations that may be the proxy's own: neither here nor in the LAN?"""
    if spot.rule.ip.destination is None:
        return False
    low = spot.box.get("dst")[0][0]
    return not address_of(spot.family, low).is_private


def _spared_before(chain: Reached, spot: Spot) -> bool:
    return any(
        before.target not in ("LOG", "")
        and (any(m.name in _EXEMPTIONS for m in before.rule.matches) or _is_far(before))
        for before in chain.spots[: spot.rule.number - 1]
    )


TRAP = Trap(
    name="redirect-loop",
    severity="warning",
    why="What a proxy on this host sends passes OUTPUT like everything else; without an exemption "
    "(owner match) it is sent back to the proxy.",
    lesson="redirect-to-a-proxy",
    check=_check,
)
