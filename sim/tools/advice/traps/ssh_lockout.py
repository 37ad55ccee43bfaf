"""A filter that lets nobody reach the ssh server of the host."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.intervals import of_values
from sim.tools.advice.addresses import FROM_OUTSIDE, TCP, opening
from sim.tools.advice.boxes import Box
from sim.tools.advice.case import Case
from sim.tools.advice.edits import last_open
from sim.tools.advice.finding import Evidence, Fix
from sim.tools.advice.outcomes import may_be_accepted
from sim.tools.advice.trap import Trap
from sim.tools.advice.traps.no_established import closed_at

SSH = 22


def _check(case: Case) -> Iterator[Evidence]:
    for family in (4, 6):
        reached = case.chain(family, "filter", "INPUT")
        if reached is None or not _listens(case, family):
            continue
        box = opening(family, TCP, dport=of_values([SSH]), iif=FROM_OUTSIDE)
        running = Box(family, {**box.fields, "state": ((3, 3),), "flags": ((16, 16),)})
        if may_be_accepted(case, reached, box):
            continue
        kept = may_be_accepted(case, reached, running)
        after = (
            "the session that loads these rules goes on, and no new one can begin"
            if kept
            else "the session that loads these rules hangs, and no new one can begin"
        )
        body = f"-p tcp --dport {SSH} -j ACCEPT"
        yield Evidence(
            f"sshd listens on port {SSH}, but filter INPUT accepts no connection to it: {after}.",
            (closed_at(reached),),
            Fix("Accept ssh", (last_open(case, reached, body),)),
        )


def _listens(case: Case, family: int) -> bool:
    """On an address that others reach."""
    return any(
        socket.protocol == "tcp" and socket.port == SSH
        and (socket.family == family or (socket.family == 6 and not socket.v6only
                                         and socket.address is None))
        and not (socket.address is not None and socket.address.is_loopback)
        for socket in case.compiled.host.sockets
    ) and any(
        entry.address.version == family and not entry.address.ip.is_link_local
        for device in case.devices.values()
        for entry in device.addresses
    )  # fmt: skip


TRAP = Trap(
    name="ssh-lockout",
    severity="danger",
    why="Rules loaded over ssh that do not accept ssh leave only the console.",
    lesson="traversal",
    check=_check,
)
