"""Connections that a helper announced: the first packet that fits one becomes its child.

Facts: net/netfilter/nf_conntrack_expect.c.
"""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.kernel.conntrack.table import CtTable
from sim.model.flow import FlowTuple
from sim.packet.packet import Address


@dataclass(frozen=True, slots=True)
class ExpectedFlow:
    """``tuple``'s source port 0, and a source of ``None``, stand for any.

    ``saved_port`` is the port before NAT; ``reply``: it will come in the master's reply
    direction; ``follow``: NAT it like its master.
    """

    master: int
    tuple: FlowTuple
    source: Address | None
    expires: int  # ns
    reply: bool = True
    saved_port: int = 0
    follow: bool = False

    def covers(self, wanted: FlowTuple) -> bool:
        mine = self.tuple
        return (
            (wanted.dst, wanted.dport, wanted.protocol, wanted.zone)
            == (mine.dst, mine.dport, mine.protocol, mine.zone)
            and self.source in (None, wanted.src)
            and mine.sport in (0, wanted.sport)
        )


class Expectations:
    def __init__(self, table: CtTable) -> None:
        self.table = table
        self.waiting: list[ExpectedFlow] = []

    def add(self, expectation: ExpectedFlow) -> bool:
        """Wait for it. False when another master already waits for the same packets.

        A master waits for one connection at a time (ftp's and tftp's policy): a newer
        expectation takes the place of its older one.
        """
        self._expire()
        for other in self.waiting:
            if other.master != expectation.master and _overlap(other, expectation):
                return False
        self.waiting = [each for each in self.waiting if each.master != expectation.master]
        self.waiting.append(expectation)
        return True

    def take(self, wanted: FlowTuple) -> ExpectedFlow | None:
        """The expectation that a new connection's tuple fits; it is used up."""
        self._expire()
        for expectation in reversed(self.waiting):
            master = self.table.entries.get(expectation.master)
            if master is None or not master.flow.confirmed or not expectation.covers(wanted):
                continue
            self.waiting.remove(expectation)
            return expectation
        return None

    def _expire(self) -> None:
        now = self.table.runtime.now
        self.waiting = [
            each for each in self.waiting if each.expires > now and self._master_lives(each)
        ]

    def _master_lives(self, expectation: ExpectedFlow) -> bool:
        master = self.table.entries.get(expectation.master)
        return master is not None and master.alive


def _overlap(one: ExpectedFlow, other: ExpectedFlow) -> bool:
    """Could one packet fit both?"""
    a, b = one.tuple, other.tuple
    return (
        (a.dst, a.dport, a.protocol, a.zone) == (b.dst, b.dport, b.protocol, b.zone)
        and (one.source is None or other.source is None or one.source == other.source)
        and (a.sport == 0 or b.sport == 0 or a.sport == b.sport)
    )
