"""Connections that a helper announced: the first packet that fits one becomes its child.

Facts: net/netfilter/nf_conntrack_expect.c.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.conntrack_table import Table
from sim.flow import FlowTuple
from sim.packet import Address


@dataclass(frozen=True, slots=True)
class Expectation:
    """``tuple``'s source port 0, or source address ``None`` in ``source``: any.

    ``saved_port`` is the port before NAT, ``reply``: it will come in the master's reply
    direction. ``follow``: NAT it like its master. ``group`` tells several of one master apart
    (SIP's signalling and media); at most ``limit`` of a group wait at once.
    """

    master: int
    tuple: FlowTuple
    source: Address | None
    expires: int  # ns
    reply: bool = True
    saved_port: int = 0
    follow: bool = False
    helper: str = ""
    group: str = ""
    limit: int = 1
    permanent: bool = False

    def covers(self, wanted: FlowTuple) -> bool:
        mine = self.tuple
        return (
            (wanted.dst, wanted.dport, wanted.protocol, wanted.zone)
            == (mine.dst, mine.dport, mine.protocol, mine.zone)
            and self.source in (None, wanted.src)
            and mine.sport in (0, wanted.sport)
        )


class Expectations:
    def __init__(self, table: Table) -> None:
        self.table = table
        self.waiting: list[Expectation] = []

    def add(self, expectation: Expectation) -> bool:
        """Wait for it. False when another master already waits for the same packets.

        The same master's same expectation is renewed; its oldest one of the group makes room.
        """
        self._expire()
        for other in tuple(self.waiting):
            if not _overlap(other, expectation):
                continue
            if other.master != expectation.master or other.group != expectation.group:
                return False
            self.waiting.remove(other)
        own = [
            other
            for other in self.waiting
            if (other.master, other.group) == (expectation.master, expectation.group)
        ]
        if len(own) >= expectation.limit:
            self.waiting.remove(own[0])
        self.waiting.append(expectation)
        return True

    def take(self, wanted: FlowTuple) -> Expectation | None:
        """The expectation that a new connection's tuple fits, used up unless permanent."""
        self._expire()
        for expectation in reversed(self.waiting):
            master = self.table.entries.get(expectation.master)
            if master is None or not master.flow.confirmed or not expectation.covers(wanted):
                continue
            if not expectation.permanent:
                self.waiting.remove(expectation)
            return expectation
        return None

    def _expire(self) -> None:
        now = self.table.runtime.now
        self.waiting = [
            each for each in self.waiting if each.expires > now and self._master_lives(each)
        ]

    def _master_lives(self, expectation: Expectation) -> bool:
        master = self.table.entries.get(expectation.master)
        return master is not None and master.alive


def _overlap(one: Expectation, other: Expectation) -> bool:
    """Could one packet fit both?"""
    a, b = one.tuple, other.tuple
    return (
        (a.dst, a.dport, a.protocol, a.zone) == (b.dst, b.dport, b.protocol, b.zone)
        and (one.source is None or other.source is None or one.source == other.source)
        and (a.sport == 0 or b.sport == 0 or a.sport == b.sport)
    )
