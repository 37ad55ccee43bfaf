"""An owner match for packets that no process of this host sent."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.intervals import both, is_inside, union
from sim.model.rules import Match
from sim.tools.advice.addresses import address_of
from sim.tools.advice.boxes import NO_DEVICE
from sim.tools.advice.case import Case, Spot
from sim.tools.advice.finding import Evidence
from sim.tools.advice.trap import Trap
from sim.trace.steps import RuleTried

_IDS = ("--uid-owner", "--gid-owner")
# What only the kernel sends: answers and errors (echo requests are a user's).
_KERNEL_ICMP = {
    4: union((t * 256, t * 256 + 255) for t in (0, 3, 11, 12, 14, 18)),
    6: union((t * 256, t * 256 + 255) for t in (1, 2, 3, 4, 129, 135, 136)),
}


def _check(case: Case) -> Iterator[Evidence]:
    told = set()
    for _, spot in case.live_spots():
        owner = next((m for m in spot.rule.matches if m.name == "owner"), None)
        if owner is None or not _wants_owner(owner):
            continue
        why = _why(case, spot)
        if why:
            told.add((spot.family, spot.table, spot.chain, spot.rule.number))
            yield Evidence(f"{spot.begins} asks for an owner, but {why}.", (spot.place,))
    yield from _seen(case, told)


def _wants_owner(owner: Match) -> bool:
    """Does it need somebody? An inverted id holds for packets without an owner, too."""
    return any(arg.flag in _IDS and not arg.negated for arg in owner.args)


def _why(case: Case, spot: Spot) -> str:
    icmp = spot.box.fields.get("icmp")
    if icmp and is_inside(icmp, _KERNEL_ICMP[spot.family]):
        return "such ICMP messages are sent by the kernel, which is nobody"
    if spot.rule.ip.in_iface is not None and not both(spot.box.get("iif"), NO_DEVICE):
        return "what came in by a device was sent by another host: nobody here owns it"
    source = spot.rule.ip.source
    if source is None or not case.is_host_told:
        return ""
    own = [
        int(entry.address.ip)
        for device in case.compiled.host.interfaces.values()
        for entry in device.addresses
        if entry.address.version == spot.family
    ]
    ranges = spot.box.get("src")
    if any(low <= address <= high for address in own for low, high in ranges) or _is_local(
        case, spot
    ):
        return ""
    return "its sources are other hosts' addresses: what they send has no owner here"


def _is_local(case: Case, spot: Spot) -> bool:
    """127.0.0.0/8 and addresses that only a local route knows."""
    return any(
        case.routing.is_local(address_of(spot.family, low)) for low, _ in spot.box.get("src")
    )


def _seen(case: Case, told: set[tuple[int, str, str, int]]) -> Iterator[Evidence]:
    """After a run: rules that failed only because the packet had no owner."""
    lines: dict[int, int] = {}
    for step in case.steps:
        if not isinstance(step, RuleTried) or step.held is not False or not step.clauses:
            continue
        last = step.clauses[-1]
        if last.match == "owner" and not last.negated and last.seen.startswith("no socket"):
            lines.setdefault(step.source_line, step.line)
    for _, spot in case.live_spots():
        key = (spot.family, spot.table, spot.chain, spot.rule.number)
        line = spot.rule.span.line if spot.rule.span else 0
        if line in lines and key not in told and any(m.name == "owner" for m in spot.rule.matches):
            number = lines.pop(line)
            yield Evidence(
                f"{spot.begins} did not match packet {number} because that was not "
                "sent by a process of this host: it has no owner.",
                (spot.place,),
            )


TRAP = Trap(
    name="owner-nobody",
    severity="warning",
    why="Only what a process of this host sends has an owner; forwarded packets and what the "
    "kernel itself answers have none.",
    lesson="owner-match",
    check=_check,
)
