"""Packets of a run that left untranslated because conntrack did not know them."""

from __future__ import annotations

from collections.abc import Iterator

from sim.tools.advice.case import Case, Spot
from sim.tools.advice.edits import first_in
from sim.tools.advice.finding import Evidence, Fix
from sim.tools.advice.trap import Trap
from sim.tools.advice.traps.bad_checksum import by_checksum
from sim.trace.steps import Arrived, Conntrack, Sent


def _check(case: Case) -> Iterator[Evidence]:
    came: set[int] = set()
    called_invalid: set[int] = set()  # a frame that conntrack never met is not INVALID
    wrong = by_checksum(case)  # which has a reason of its own
    for step in case.steps:
        if isinstance(step, Arrived):
            came.add(step.packet.id)
        elif isinstance(step, Conntrack) and step.event == "invalid":
            called_invalid.add(step.packet.id)
        if not isinstance(step, Sent) or step.packet.id not in came:
            continue
        packet = step.packet
        if packet.id not in called_invalid or packet.flow is not None or step.line in wrong:
            continue
        rule = _would_translate(case, step)
        forward = case.chain(packet.family, "filter", "FORWARD")
        if rule is None:
            continue
        fix = None
        if forward is not None:
            body = "-m conntrack --ctstate INVALID -j DROP"
            fix = Fix("Drop INVALID in FORWARD", (first_in(case, forward, body),))
        yield Evidence(
            f"Packet {step.line} was INVALID and left by {step.iface} with its own source "
            f"{packet.headers.src}: NAT is not done for what conntrack does not know.",
            (rule.place,),
            fix,
        )
        return


def _would_translate(case: Case, step: Sent) -> Spot | None:
    """A source NAT rule for the device and source of the packet."""
    headers = step.packet.headers
    source = int(headers.src)
    for _, spot in case.live_spots("SNAT", "MASQUERADE"):
        if spot.family != headers.family:
            continue
        out = spot.rule.ip.out_iface
        if out is not None and (out.name != step.iface) != out.negated:
            continue
        if any(low <= source <= high for low, high in spot.box.get("src")):
            return spot
    return None


TRAP = Trap(
    name="invalid-untranslated",
    severity="warning",
    why="A packet that fits no known connection passes NAT as it is, and shows inner addresses "
    "outside, unless the filter drops it.",
    lesson="invalid-drops",
    check=_check,
    after_run=True,
)
