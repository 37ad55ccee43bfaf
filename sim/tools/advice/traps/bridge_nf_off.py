"""Rules for bridged packets on a host whose bridges do not call iptables."""

from __future__ import annotations

from collections.abc import Iterator

from sim.tools.advice.case import Case, Spot
from sim.tools.advice.edits import sysctl
from sim.tools.advice.finding import Evidence, Fix
from sim.tools.advice.trap import Trap

_TOOLS = {4: "iptables", 6: "ip6tables"}


def _check(case: Case) -> Iterator[Evidence]:
    host = case.compiled.host
    bridges = [i for i in case.devices.values() if i.kind == "bridge"]
    for family, tool in _TOOLS.items():
        name = f"net.bridge.bridge-nf-call-{tool}"
        if not bridges or host.sysctl(name, "1").strip() != "0":
            continue
        if any(tool in bridge.nf_call for bridge in bridges):
            continue
        spots = [s for _, s in case.live_spots() if s.family == family and _is_bridged(s)]
        if spots:
            yield Evidence(
                f"{name} is 0: what {bridges[0].name} passes from port to port never comes to "
                f"{tool}, so {'this rule' if len(spots) == 1 else 'these rules'} sees nothing of "
                "it.".replace("these rules sees", "these rules see"),
                tuple(spot.place for spot in spots),
                Fix(f"Set {name} to 1", (sysctl(case, name, "1"),)),
            )


def _is_bridged(spot: Spot) -> bool:
    """Is the rule about packets from port to port?"""
    part = spot.rule.ip
    if any(match.name == "physdev" for match in spot.rule.matches):
        return True
    one, other = part.in_iface, part.out_iface
    return one is not None and one == other and not one.negated


TRAP = Trap(
    name="bridge-nf-off",
    severity="warning",
    why="Bridged frames pass below IP; only with bridge-nf-call-iptables do they walk its hooks.",
    lesson="security-groups-on-a-bridge",
    check=_check,
)
