"""DNAT to a host in the clients' own network: its answer goes to them directly."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from sim.base.intervals import both
from sim.extensions.extension import NatRange
from sim.model.host import Network
from sim.model.rules import Hook, Target
from sim.packet.kinds import CtState
from sim.packet.packet import Address
from sim.tools.advice.addresses import FROM_OUTSIDE, inside, subnets
from sim.tools.advice.boxes import Box, device, states
from sim.tools.advice.case import Case, Spot
from sim.tools.advice.edits import last_open
from sim.tools.advice.finding import Evidence, Fix
from sim.tools.advice.trap import Trap
from sim.trace.steps import Arrived, NatApplied, Sent

_KEPT = ("protocol", "later_fragment")


def _check(case: Case) -> Iterator[Evidence]:
    """Rules that take clients of the target's network too, and no source NAT behind them."""
    if not case.is_host_told:
        return
    shown = dict(_shown(case))
    for reached, spot in case.live_spots("DNAT"):
        if Hook.PREROUTING not in reached.hooks:
            continue
        target = _target(spot)
        if target is None:
            continue
        for name, network in _home(case, target):
            if not _takes(spot, name, network) or _is_rewritten(case, spot, name, network, target):
                continue
            number = shown.get((str(target), name))
            text = (
                f"A client of {network} that uses this address is sent to {target} in its own "
                f"network; {target} answers it directly, and the client knows nobody of that "
                "address."
            )
            if number:
                text += f" Packet {number} is such a one."
            yield Evidence(text, (spot.place,), _fix(case, spot, name, network, target))
            break


def _target(spot: Spot) -> Address | None:
    assert isinstance(spot.rule.target, Target)
    wanted = spot.rule.target.args.value("--to-destination")
    return wanted.min_address if isinstance(wanted, NatRange) else None


def _home(case: Case, target: Address) -> Iterator[tuple[str, Network]]:
    """The device whose own network the target is in."""
    if case.routing.is_local(target):
        return
    for name, interface in case.devices.items():
        for network in subnets(interface, target.version):
            if target in network:
                yield name, network


def _takes(spot: Spot, name: str, network: Network) -> bool:
    """Does the rule take packets that come from there? What is unknown counts as no."""
    known = all(m.name in ("tcp", "udp", "multiport", "comment", "addrtype")
                for m in spot.rule.matches)  # fmt: skip
    if not known or (
        spot.rule.ip.destination is None
        and not any(m.name == "addrtype" for m in spot.rule.matches)
    ):
        return False  # a rule for every destination is a proxy's, not a published address
    box = Box(spot.family, {"iif": device(name), "src": inside(network)})
    return bool(both(spot.box.get("iif"), box.get("iif"))) and bool(
        both(spot.box.get("src"), box.get("src"))
    )


def _is_rewritten(case: Case, spot: Spot, name: str, network: Network, target: Address) -> bool:
    """May some rule of nat POSTROUTING give such a packet another source?"""
    fields = {key: spot.box.fields[key] for key in _KEPT if key in spot.box.fields}
    fields |= {
        "src": inside(network),
        "dst": ((int(target), int(target)),),
        "oif": device(name),
        "iif": FROM_OUTSIDE,
        "state": states(CtState.NEW),
    }
    box = Box(spot.family, fields)
    return any(
        other.target in ("SNAT", "MASQUERADE", "NETMAP") and other.box.meets(box)
        for reached, other in case.live_spots("SNAT", "MASQUERADE", "NETMAP")
        if other.family == spot.family and Hook.POSTROUTING in reached.hooks
    )


def _fix(case: Case, spot: Spot, name: str, network: Network, target: Address) -> Fix | None:
    post = case.chain(spot.family, "nat", "POSTROUTING")
    if post is None:
        return None
    body = f"-s {network} -d {target} -o {name} -j MASQUERADE"
    return Fix("Rewrite the source for them too", (last_open(case, post, body),))


def _shown(case: Case) -> Iterator[tuple[tuple[str, str], int]]:
    """Packets of the run that came in and left by one device after DNAT: target and device."""
    came: dict[int, str] = {}
    turned: dict[int, str] = {}
    for step in case.steps:
        if isinstance(step, Arrived):
            came[step.packet.id] = step.where.in_iface
        elif isinstance(step, NatApplied) and not step.undo:
            if step.manip == "DST":
                turned[step.packet.id] = str(step.packet.headers.dst)
            else:
                turned.pop(step.packet.id, None)
        elif isinstance(step, Sent) and came.get(step.packet.id) == step.iface:
            target = turned.get(step.packet.id)
            if target is not None:
                yield (str(ip_address(target)), step.iface), step.line


TRAP = Trap(
    name="hairpin",
    severity="info",
    why="Two hosts of one network talk directly: an answer that does not come back through "
    "this host keeps the address that DNAT put in.",
    lesson="hairpin-nat",
    check=_check,
)
