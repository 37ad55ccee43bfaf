"""SNAT to an address that is leased and may be another tomorrow."""

from __future__ import annotations

from collections.abc import Iterator

from sim.extensions.extension import NatRange
from sim.model.rules import Target
from sim.tools.advice.case import Case
from sim.tools.advice.edits import target_replaced
from sim.tools.advice.finding import Evidence, Fix
from sim.tools.advice.trap import Trap


def _check(case: Case) -> Iterator[Evidence]:
    leased = {
        entry.address.ip: device.name
        for device in case.devices.values()
        for entry in device.addresses
        if entry.dynamic
    }
    for reached, spot in case.live_spots("SNAT"):
        target = spot.rule.target
        assert isinstance(target, Target)
        wanted = target.args.value("--to-source")
        if not isinstance(wanted, NatRange) or wanted.min_address != wanted.max_address:
            continue
        if wanted.min_address not in leased or reached.chain.name == "INPUT":
            continue
        device = leased[wanted.min_address]
        flags = [arg.flag for arg in target.args if arg.flag.startswith("--random")]
        plain = wanted.min_port is None and "--persistent" not in target.args
        edit = target_replaced(spot, " ".join(["MASQUERADE", *flags])) if plain else None
        yield Evidence(
            f"{wanted.min_address} is leased to {device}: with another lease this rule writes a "
            "source address that the host no longer has, and no answer comes back.",
            (spot.place,),
            Fix("Use MASQUERADE", (edit,)) if edit else None,
        )


TRAP = Trap(
    name="snat-dynamic",
    severity="warning",
    why="SNAT writes the address that stands in the rule; MASQUERADE writes the one that the "
    "outgoing device has at that moment.",
    lesson="snat-or-masquerade",
    check=_check,
)
