"""The tftp helper: a server answers a request from a port of its own choice.

net/netfilter/nf_conntrack_tftp.c, nf_nat_tftp.c.
"""

from __future__ import annotations

from sim.base.frozen import replace
from sim.extensions.runtime import Runtime
from sim.kernel.conntrack.expect import Expectations, ExpectedFlow
from sim.kernel.conntrack.protocol import SECOND
from sim.kernel.conntrack.table import REPLY, Entry
from sim.model.tuples import transport
from sim.packet.headers import IPPROTO_UDP
from sim.packet.packet import Packet

TIMEOUT = 300 * SECOND
REQUESTS = (1, 2)  # read, write


def tftp(
    expectations: Expectations, entry: Entry, packet: Packet, runtime: Runtime
) -> Packet | None:
    """Expect the transfer that a request announces. ``None``: it must be dropped."""
    part = transport(packet.data)
    if part is None or part.protocol != IPPROTO_UDP or len(part.data) < 10:
        return packet
    if int.from_bytes(part.data[8:10], "big") not in REQUESTS:
        return packet
    back = entry.tuple(REPLY)
    expectation = ExpectedFlow(
        master=entry.flow.id,
        tuple=replace(back, sport=0, zone=entry.zone.of(False)),
        source=back.src,
        expires=runtime.now + TIMEOUT,
        follow=bool(entry.flow.status & {"SRC_NAT", "DST_NAT"}),
        saved_port=entry.flow.original.sport,
    )
    return packet if expectations.add(expectation) else None
