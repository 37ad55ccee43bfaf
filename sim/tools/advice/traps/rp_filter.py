"""Uplinks on which the reverse path filter throws the internet's packets away."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.errors import Span
from sim.kernel.routing.input import reverse_path_mode
from sim.model.host import Interface, Route, RouteKind
from sim.model.routing import Query
from sim.tools.advice.addresses import far
from sim.tools.advice.case import Case
from sim.tools.advice.edits import sysctl
from sim.tools.advice.finding import Evidence, Fix, TextPlace
from sim.tools.advice.trap import Trap


def _check(case: Case) -> Iterator[Evidence]:
    if not case.is_host_told:
        return
    host = case.compiled.host
    for device in case.devices.values():
        own = next((e.address.ip for e in device.addresses if e.address.version == 4), None)
        gateway = next((r for r in host.routes if _leads_out(r, device.name)), None)
        if own is None or gateway is None or not device.up:
            continue
        if reverse_path_mode(host, device.name) != 1:
            continue
        back = case.routing.lookup(Query(far(case, 4), own))
        strict = case.routing.lookup(Query(far(case, 4)))
        if back.kind is not RouteKind.UNICAST or device.name in (back.dev, strict.dev):
            continue
        name = f"net.ipv4.conf.{device.name}.rp_filter"
        yield Evidence(
            f"rp_filter is strict on {device.name}, and the way back to the internet is by "
            f"{back.dev}: what comes in by {device.name} from far away is thrown away before "
            "any rule of INPUT or FORWARD.",
            _places(device, gateway.span),
            Fix(f"Make it loose on {device.name}", (sysctl(case, name, "2"),)),
        )


def _leads_out(route: Route, name: str) -> bool:
    return (
        route.family == 4 and route.kind is RouteKind.UNICAST and route.prefix.prefixlen == 0
        and (route.dev == name or any(hop.dev == name for hop in route.nexthops))
    )  # fmt: skip


def _places(device: Interface, span: Span | None) -> tuple[TextPlace, ...]:
    return tuple(TextPlace("host", each) for each in (span, device.span) if each is not None)


TRAP = Trap(
    name="rp-filter-uplink",
    severity="warning",
    why="A strict reverse path filter (1) takes a packet only by the device to which its answer "
    "would go; with two uplinks that is one of them.",
    lesson="rp-filter-two-uplinks",
    check=_check,
)
