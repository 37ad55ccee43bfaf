"""Source NAT that takes packets which an IPsec policy was to protect."""

from __future__ import annotations

from collections.abc import Iterator

from sim.model.host import RouteKind
from sim.model.ipsec import Policy, PolicyAction, XfrmDirection
from sim.model.routing import Query
from sim.model.rules import Jump, Match
from sim.packet.kinds import CtState
from sim.tools.advice.addresses import inside
from sim.tools.advice.boxes import Box, device, states
from sim.tools.advice.case import Case, Reached, Spot
from sim.tools.advice.edits import line_before
from sim.tools.advice.finding import Evidence, Fix, TextPlace
from sim.tools.advice.trap import Trap

_EXEMPT = "exempt"


def _check(case: Case) -> Iterator[Evidence]:
    told: set[TextPlace] = set()
    for policy in case.compiled.host.policies:
        if (
            policy.direction is not XfrmDirection.OUT
            or policy.action is not PolicyAction.ALLOW
            or not policy.templates
        ):
            continue
        family = policy.family
        post = case.chain(family, "nat", "POSTROUTING")
        box = _traffic(case, policy)
        if post is None or box is None:
            continue
        spot = _first(case, post, box, 0)
        if not isinstance(spot, Spot) or spot.place in told:
            continue
        told.add(spot.place)
        selector = policy.selector
        body = (
            f"-s {selector.source} -d {selector.destination} -m policy --dir out --pol ipsec "
            "-j ACCEPT"
        )
        edit = line_before(case, spot, body)
        yield Evidence(
            f"{spot.begins} ({spot.target}) rewrites packets from {selector.source} "
            f"to {selector.destination}: with another source the IPsec policy no longer fits, "
            "and they leave unprotected.",
            (spot.place,) + ((TextPlace("host", policy.span),) if policy.span else ()),
            Fix("Exempt what IPsec protects", (edit,)) if edit else None,
        )


def _traffic(case: Case, policy: Policy) -> Box | None:
    """What the policy is for, as POSTROUTING sees it; ``None`` if it is this host's alone."""
    selector = policy.selector
    if selector.source.num_addresses == 1 and case.routing.is_local(
        selector.source.network_address
    ):
        return None
    host = selector.destination.network_address
    route = case.routing.lookup(Query(host + 1 if selector.destination.num_addresses > 1 else host))
    if route.kind is not RouteKind.UNICAST or selector.source.prefixlen == 0:
        return None
    fields = {
        "src": inside(selector.source),
        "dst": inside(selector.destination),
        "oif": device(route.dev),
        "state": states(CtState.NEW),
    }
    return Box(policy.family, fields)


def _first(case: Case, reached: Reached, box: Box, depth: int) -> Spot | str:
    """The NAT rule that comes first to the box, or that something may take it out before."""
    for spot in reached.spots[: reached.live]:
        if not spot.box.meets(box) or depth > 16:
            continue
        asked = next((m for m in spot.rule.matches if m.name == "policy"), None)
        if asked is not None:
            if _is_for_ipsec(asked) and spot.target in ("ACCEPT", "RETURN"):
                return _EXEMPT
            continue
        target = spot.rule.target
        if isinstance(target, Jump):
            below = case.chain(spot.family, spot.table, target.chain)
            found = _first(case, below, box, depth + 1) if below is not None else ""
            if found:
                return found
        elif spot.target in ("SNAT", "MASQUERADE", "NETMAP"):
            return spot if spot.box.exact else _EXEMPT
        elif spot.target in ("ACCEPT", "RETURN", "DROP"):
            return _EXEMPT
    return ""


def _is_for_ipsec(match: Match) -> bool:
    return (match.args.value("--dir"), match.args.value("--pol")) == ("out", "ipsec")


TRAP = Trap(
    name="ipsec-masqueraded",
    severity="warning",
    why="The IPsec policy is looked up again after POSTROUTING with the new source address; "
    "what NAT has rewritten is no longer in its selector.",
    lesson="strongswan-clients",
    check=_check,
)
