"""Ports published on 127.0.0.1 alone, which the neighbours on the wire reach all the same."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from sim.base.errors import Refused
from sim.base.frozen import replace
from sim.kernel.traversal import run
from sim.model.host import Interface
from sim.model.rules import Hook
from sim.read.packets.text import parse_packets
from sim.tools.advice.addresses import subnets
from sim.tools.advice.case import Case, Spot
from sim.tools.advice.edits import command, first_in
from sim.tools.advice.finding import Evidence, Fix
from sim.tools.advice.trap import Trap
from sim.trace.steps import Fate

_FIRST, _LAST = int(IPv4Address("127.0.0.0")), int(IPv4Address("127.255.255.255"))
_MOST = 20  # rules tried by a run of a packet
_TCP, _UDP = 6, 17


def _check(case: Case) -> Iterator[Evidence]:
    if not case.is_host_told:
        return
    tried = 0
    for reached, spot in case.live_spots("DNAT"):
        if spot.family != 4 or Hook.PREROUTING not in reached.hooks or tried == _MOST:
            continue
        there = spot.box.get("dst")
        if not there or any(low < _FIRST or high > _LAST for low, high in there):
            continue
        tried += 1
        name = _reached_by(case, spot, IPv4Address(there[0][0]))
        if name:
            yield Evidence(
                f"{spot.begins} publishes a port on {IPv4Address(there[0][0])}. A neighbour on "
                f"{name} reaches it too: DNAT comes before the route is looked up, so the packet "
                f"is no martian any more.",
                (spot.place,),
                _fix(case),
            )
            return


def _reached_by(case: Case, spot: Spot, address: IPv4Address) -> str:
    """A device whose neighbour gets through to the container, shown by a walk; empty: none."""
    ports = spot.box.get("dport")
    asked = spot.box.get("protocol")
    protocols = [each for each in (_TCP, _UDP) if any(low <= each <= high for low, high in asked)]
    for device in case.devices.values():
        sender = _neighbour(device)
        if sender is None or device.master or not device.up:
            continue
        for protocol in protocols[:1]:
            kind = "tcp" if protocol == _TCP else "udp"
            flags = " syn" if protocol == _TCP else ""
            line = f"in {device.name} {kind} {sender}:40000 -> {address}:{ports[0][0]}{flags}"
            if _is_forwarded(case, line):
                return device.name
    return ""


def _neighbour(device: Interface) -> IPv4Address | None:
    """An address of the device's own network that is not the device's."""
    own = {each.address.ip for each in device.addresses}
    for network in subnets(device, 4):
        for number in range(2, min(network.num_addresses - 1, 8)):
            address = network[number]
            if isinstance(address, IPv4Address) and address not in own:
                return address
    return None


def _is_forwarded(case: Case, line: str) -> bool:
    compiled = case.compiled
    try:
        script = parse_packets(line, compiled.host)
    except Refused:
        return False
    steps = run(replace(compiled, script=script), folded=True)
    fates = (step for step in steps if isinstance(step, Fate))
    fate = next((each for each in fates if each.main), None)
    return fate is not None and fate.verdict == "forwarded"


def _fix(case: Case) -> Fix:
    body = "-d 127.0.0.0/8 ! -i lo -j DROP"
    raw = case.chain(4, "raw", "PREROUTING")
    edit = (
        first_in(case, raw, body)
        if raw is not None
        else command(case, 4, "raw", f"-A PREROUTING {body}")
    )
    return Fix("Drop what arrives for 127.0.0.0/8", (edit,))


TRAP = Trap(
    name="loopback-published",
    severity="danger",
    why="127.0.0.1 is safe only after routing; nat PREROUTING comes before it and changes the "
    "destination.",
    lesson="ufw-and-docker",
    check=_check,
)
