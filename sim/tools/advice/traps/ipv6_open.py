"""INPUT closed for IPv4 and open for IPv6."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.intervals import of_values
from sim.model.host import Socket
from sim.tools.advice.addresses import FROM_OUTSIDE, TCP, names, opening
from sim.tools.advice.boxes import Box
from sim.tools.advice.case import Case
from sim.tools.advice.edits import at_end
from sim.tools.advice.finding import Evidence, Fix, TextPlace
from sim.tools.advice.outcomes import ACCEPTED, Outcomes
from sim.tools.advice.trap import Trap
from sim.tools.advice.traps.no_established import closed_at

_RULES = (
    "ip6tables -A INPUT -i lo -j ACCEPT\n"
    "ip6tables -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
    "ip6tables -A INPUT -p ipv6-icmp -j ACCEPT\n"
    "ip6tables -P INPUT DROP"
)


def _check(case: Case) -> Iterator[Evidence]:
    into4, into6 = (case.chain(family, "filter", "INPUT") for family in (4, 6))
    if into4 is None:
        return
    reachable = [
        entry.address.ip
        for device in case.devices.values()
        for entry in device.addresses
        if entry.address.version == 6 and not entry.address.ip.is_link_local
    ]
    if not reachable or case.compiled.host.sysctl("net.ipv6.conf.all.disable_ipv6", "0") == "1":
        return
    open_ports = []
    for socket in case.compiled.host.sockets:
        if socket.protocol != "tcp" or not _serves6(socket):
            continue
        here = {"dport": of_values([socket.port]), "iif": FROM_OUTSIDE}
        box4, box6 = opening(4, TCP, **here), opening(6, TCP, **here)
        if Outcomes(case).of(into4, box4) & {ACCEPTED}:
            continue
        if into6 is None or _is_open(case, box6):
            open_ports.append(socket.port)
    if not open_ports:
        return
    ports = names(f"TCP port {port}" for port in sorted(set(open_ports)))
    untouched = into6 is None or not into6.spots
    fix = None
    if untouched:
        fix = Fix("Close IPv6 alike", (at_end("rules", case.rules_text, _RULES),))
    places: tuple[TextPlace, ...] = (closed_at(into4),)
    yield Evidence(
        f"IPv4 is closed, but over IPv6 ({reachable[0]}) everybody reaches {ports}"
        f"{': there are no ip6tables rules' if untouched else ''}.",
        places,
        fix,
    )


def _is_open(case: Case, box: Box) -> bool:
    into6 = case.chain(6, "filter", "INPUT")
    return into6 is not None and Outcomes(case).of(into6, box) == {ACCEPTED}


def _serves6(socket: Socket) -> bool:
    return socket.family == 6 and not (socket.address is not None and socket.address.is_loopback)


TRAP = Trap(
    name="ipv6-open",
    severity="danger",
    why="IPv4 and IPv6 have a filter each (iptables, ip6tables): what one closes, the other leaves "
    "open.",
    lesson="traversal",
    check=_check,
)
