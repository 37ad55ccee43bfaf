"""Connections through a tunnel that agree on segments which do not fit into it."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.errors import Span
from sim.packet.tcp_options import TCPOLEN_MSS, TCPOPT_MSS, options
from sim.tools.advice.case import Case
from sim.tools.advice.edits import command
from sim.tools.advice.finding import Evidence, Fix, TextPlace
from sim.tools.advice.trap import Trap
from sim.trace.steps import Arrived, Sent

_HEADERS = {4: 40, 6: 60}


def _check(case: Case) -> Iterator[Evidence]:
    came = {step.packet.id for step in case.steps if isinstance(step, Arrived)}
    for step in case.steps:
        if not isinstance(step, Sent) or step.packet.id not in came:
            continue
        tcp = step.packet.headers.tcp
        device = case.devices.get(step.iface)
        if tcp is None or not tcp.flags & 2 or device is None:
            continue
        said = _mss(step.packet.payload)
        fits = device.mtu - _HEADERS[step.packet.family]
        if said is None or said <= fits or device.mtu >= 1500:
            continue
        words = (
            f"-A FORWARD -o {step.iface} -p tcp --tcp-flags SYN,RST SYN -j TCPMSS "
            "--clamp-mss-to-pmtu"
        )
        edit = command(case, step.packet.family, "mangle", words)
        span = device.span or Span(1, 1, 1, 2)
        yield Evidence(
            f"Packet {step.line} offers segments of {said} bytes, and {step.iface} takes at most "
            f"{fits}: where the ICMP errors about it are lost, the connection hangs.",
            (TextPlace("host", span),),
            Fix("Clamp the MSS to the path", (edit,)),
        )
        return


def _mss(header: bytes) -> int | None:
    """What the segment's MSS option says (RFC 9293, 3.7.1)."""
    for at, length in options(header):
        if header[at] == TCPOPT_MSS and length == TCPOLEN_MSS and at + 4 <= len(header):
            return int.from_bytes(header[at + 2 : at + 4], "big")
    return None


TRAP = Trap(
    name="mss-too-large",
    severity="info",
    why="Both ends announce what their own link takes; nobody tells them of a narrower one on "
    "the way but ICMP, which many filters drop.",
    lesson="mss-clamping",
    check=_check,
    after_run=True,
)
