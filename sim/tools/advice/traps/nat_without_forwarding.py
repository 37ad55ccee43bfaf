"""NAT for packets that pass through, on a host that does not forward."""

from __future__ import annotations

from collections.abc import Iterator

from sim.extensions.extension import NatRange
from sim.kernel.routing.core import forwards4, setting_everywhere
from sim.model.rules import Target
from sim.tools.advice.addresses import address_of
from sim.tools.advice.case import Case, Spot
from sim.tools.advice.edits import sysctl
from sim.tools.advice.finding import Evidence, Fix
from sim.tools.advice.trap import Trap


def _check(case: Case) -> Iterator[Evidence]:
    if not case.is_host_told or len(case.devices) < 1:
        return
    for family in (4, 6):
        spots = [
            spot
            for reached, spot in case.live_spots("MASQUERADE", "SNAT", "DNAT", "NETMAP")
            if spot.family == family and _is_for_others(case, spot, reached.chain.name)
        ]
        if not spots or _forwards(case, family):
            continue
        name = "net.ipv4.ip_forward" if family == 4 else "net.ipv6.conf.all.forwarding"
        kinds = " and ".join(sorted({spot.target for spot in spots}))
        text = (
            f"{name} is off, so the host throws away what is not for itself: {kinds} here "
            "meets only packets that it makes."
        )
        fix = Fix(f"Set {name} to 1", (sysctl(case, name, "1"),))
        yield Evidence(text, tuple(spot.place for spot in spots), fix)


def _forwards(case: Case, family: int) -> bool:
    host = case.compiled.host
    if family == 4:
        return any(forwards4(host, name) for name in case.devices)
    return setting_everywhere(host, "forwarding", "0", 6) != 0


def _is_for_others(case: Case, spot: Spot, chain: str) -> bool:
    """Is the rule about packets between others, as far as it says?"""
    target = spot.rule.target
    assert isinstance(target, Target)
    if chain in ("INPUT", "OUTPUT") or any(m.name == "owner" for m in spot.rule.matches):
        return False
    if any(m.name == "addrtype" and "--src-type" in m.args for m in spot.rule.matches):
        return False
    if spot.target == "DNAT":
        wanted = target.args.value("--to-destination")
        if not isinstance(wanted, NatRange) or wanted.min_address is None:
            return False
        address = wanted.min_address
        return not case.routing.is_local(address) and not address.is_loopback
    if spot.rule.ip.source is None:
        return _has_inside(case, spot)
    return not all(
        low == high and case.routing.is_local(address_of(spot.family, low))
        for low, high in spot.box.get("src")
    )


def _has_inside(case: Case, spot: Spot) -> bool:
    """A rule for every source means others when there is another device to come from."""
    out = spot.rule.ip.out_iface
    return len(case.devices) > 1 and out is not None and out.name in case.devices


TRAP = Trap(
    name="nat-without-forwarding",
    severity="warning",
    why="NAT rewrites packets; whether they are passed on is decided by the forwarding switch.",
    lesson="ip-forward",
    check=_check,
)
