"""NAT for packets that FORWARD never accepts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sim.base.intervals import Intervals, both
from sim.extensions.extension import NatRange
from sim.model.rules import Hook, Target
from sim.packet.kinds import CtState
from sim.tools.advice.addresses import FROM_OUTSIDE, address_of, words_of
from sim.tools.advice.boxes import Box, states
from sim.tools.advice.case import Case, Spot
from sim.tools.advice.edits import last_open
from sim.tools.advice.finding import Evidence, Fix
from sim.tools.advice.outcomes import may_be_accepted
from sim.tools.advice.trap import Trap

_KEPT = ("src", "dst", "iif", "oif", "protocol", "sport", "dport")


def _check(case: Case) -> Iterator[Evidence]:
    groups: defaultdict[tuple[int, str], list[tuple[Spot, Box]]] = defaultdict(list)
    for reached, spot in case.live_spots("MASQUERADE", "SNAT", "DNAT"):
        if not reached.hooks & {Hook.PREROUTING, Hook.POSTROUTING}:
            continue
        forward = case.chain(spot.family, "filter", "FORWARD")
        box = _after(case, spot)
        if forward is not None and box is not None and not may_be_accepted(case, forward, box):
            groups[spot.family, spot.target].append((spot, box))
    for (family, target), found in groups.items():
        first, box = found[0]
        which = first.begins if len(found) == 1 else f"{len(found)} rules of nat"
        verb = "is" if len(found) == 1 else "are"
        yield Evidence(
            f"{which} ({target}) {verb} for packets that pass through, but nothing in filter "
            "FORWARD accepts the first packet of such a connection.",
            tuple(spot.place for spot, _ in found),
            _fix(case, family, first, box) if len(found) == 1 else None,
        )


def _fix(case: Case, family: int, spot: Spot, box: Box) -> Fix | None:
    forward = case.chain(family, "filter", "FORWARD")
    body = _body(box, spot)
    if forward is None or not body:
        return None
    return Fix("Accept it in FORWARD", (last_open(case, forward, body),))


def _after(case: Case, spot: Spot) -> Box | None:
    """What FORWARD sees of the packets that the rule is for; ``None``: not for others' packets."""
    target = spot.rule.target
    assert isinstance(target, Target)
    asked = {match.name for match in spot.rule.matches}
    if "owner" in asked or ("addrtype" in asked and spot.target != "DNAT"):
        return None
    fields = {name: spot.box.fields[name] for name in _KEPT if name in spot.box.fields}
    if spot.target == "DNAT":
        wanted = target.args.value("--to-destination")
        if not isinstance(wanted, NatRange) or wanted.min_address is None:
            return None
        assert wanted.max_address is not None
        if case.routing.is_local(wanted.min_address) or wanted.min_address.is_loopback:
            return None
        fields["dst"] = ((int(wanted.min_address), int(wanted.max_address)),)
        if wanted.min_port is not None and wanted.max_port is not None:
            fields["dport"] = ((wanted.min_port, wanted.max_port),)
    elif "src" not in fields or _is_own(case, spot):
        return None  # may be for what the host itself sends
    for name in ("iif", "oif"):
        fields[name] = both(fields.get(name, FROM_OUTSIDE), FROM_OUTSIDE)
    fields["state"] = states(CtState.NEW)
    return Box(spot.family, fields)


def _is_own(case: Case, spot: Spot) -> bool:
    return any(
        low == high and case.routing.is_local(address_of(spot.family, low))
        for low, high in spot.box.get("src")
    )


def _body(box: Box, spot: Spot) -> str:
    """A rule for FORWARD as narrow as what is known."""
    words = []
    for flag, name in (("-s", "src"), ("-d", "dst")):
        text = words_of(box.family, box.get(name))
        if text:
            words.append(f"{flag} {text}")
    for flag, named in (("-i", spot.rule.ip.in_iface), ("-o", spot.rule.ip.out_iface)):
        if named is not None:
            negation = "! " if named.negated else ""
            words.append(f"{negation}{flag} {named.name}{'+' if named.prefix else ''}")
    ports = box.fields.get("dport")
    protocol = {6: "tcp", 17: "udp"}.get(_single(box.fields.get("protocol", ())))
    if protocol:
        words.append(f"-p {protocol}")
        if ports and len(ports) == 1:
            low, high = ports[0]
            words.append(f"--dport {low}" if low == high else f"--dport {low}:{high}")
    return " ".join([*words, "-j ACCEPT"]) if words else ""


def _single(values: Intervals) -> int:
    return values[0][0] if len(values) == 1 and values[0][0] == values[0][1] else -1


TRAP = Trap(
    name="nat-not-accepted",
    severity="warning",
    why="A NAT rule only rewrites; filter FORWARD still decides, and it sees the destination "
    "after DNAT.",
    lesson="traversal",
    check=_check,
)
