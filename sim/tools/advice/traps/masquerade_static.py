"""MASQUERADE out of a device whose address does not change."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from sim.kernel.routing.source_address import select4
from sim.model.host import Interface
from sim.model.rules import Target
from sim.packet.packet import Address
from sim.tools.advice.case import Case, Spot
from sim.tools.advice.edits import target_replaced
from sim.tools.advice.finding import Evidence, Fix
from sim.tools.advice.trap import Trap

# Devices whose address is usually given by the other side, whatever a listing says.
_GIVEN = ("ppp", "wwan", "tun", "wg", "tailscale", "usb")


def _check(case: Case) -> Iterator[Evidence]:
    if not case.is_host_told:
        return
    for reached, spot in case.live_spots("MASQUERADE"):
        device = _device(case, spot)
        if device is None or spot.family != 4 or reached.chain.name == "INPUT":
            continue
        address = _only_address(case, device)
        if address is None:
            continue
        target = spot.rule.target
        assert isinstance(target, Target)
        text = (
            f"{device.name}'s address {address} is static, so SNAT fits better: established "
            "connections survive a link flap."
        )
        yield Evidence(text, (spot.place,), _fix(spot, target, address))


def _device(case: Case, spot: Spot) -> Interface | None:
    out = spot.rule.ip.out_iface
    if out is None or out.negated or out.prefix:
        return None
    found = case.devices.get(out.name)
    if found is None or found.name.startswith(_GIVEN) or found.point_to_point:
        return None
    return found


def _only_address(case: Case, device: Interface) -> Address | None:
    """The one IPv4 address; with several the kernel picks by the next hop, and SNAT would not."""
    own = [a for a in device.addresses if isinstance(a.address.ip, IPv4Address)]
    if any(a.dynamic for a in own) or len([a for a in own if a.scope == "global"]) != 1:
        return None
    return select4(case.compiled.host, device.name, None)


def _fix(spot: Spot, target: Target, address: Address) -> Fix | None:
    if "--to-ports" in target.args:
        return None
    flags = [arg.flag for arg in target.args if arg.flag in ("--random", "--random-fully")]
    words = " ".join([f"SNAT --to-source {address}", *flags])
    edit = target_replaced(spot, words)
    return Fix(f"Use SNAT to {address}", (edit,)) if edit else None


TRAP = Trap(
    name="masquerade-static",
    severity="info",
    why="MASQUERADE looks the address up for each new connection and forgets its connections "
    "when the device loses the address or goes down; a fixed address needs neither.",
    lesson="snat-or-masquerade",
    check=_check,
)
