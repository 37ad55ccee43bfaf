"""Rate estimators: what RATEEST counts and -m rateest reads (net/core/gen_estimator.c).

A timer fires every interval from the rule's loading on (the start of the run). Each time the
averages move towards what came in since: avg += (rate - avg) / 2 ** ewma.
"""

from __future__ import annotations

from sim.base.frozen import dataclass

QUARTER = 250_000_000  # ns


@dataclass
class Estimator:
    """One named estimator. ``interval`` is the kernel's exponent: -2 is 1/4 s, 0 is 1 s."""

    interval: int
    ewma: int
    packets: int = 0
    bytes: int = 0
    seen_packets: int = 0
    seen_bytes: int = 0
    average_packets: int = 0  # packets/s << 8
    average_bytes: int = 0  # bytes/s << 8
    ticks: int = 0

    def count(self, now: int, length: int) -> None:
        """A packet of ``length`` bytes passes at virtual time ``now`` (ns)."""
        self.advance(now)
        self.packets += 1
        self.bytes += length

    def advance(self, now: int) -> None:
        """Let the timer fire as often as it would have until ``now``."""
        due = now // (QUARTER << (self.interval + 2))
        while self.ticks < due:
            self.ticks += 1
            if not (self.average_bytes or self.average_packets) and self._is_settled():
                self.ticks = due
                return
            self._fire()

    def _is_settled(self) -> bool:
        return self.packets == self.seen_packets and self.bytes == self.seen_bytes

    def _fire(self) -> None:
        # est_timer(): scaled to one second, with eight bits behind the point.
        bytes_in = (self.bytes - self.seen_bytes) << (8 - self.interval)
        packets_in = (self.packets - self.seen_packets) << (8 - self.interval)
        self.average_bytes += (bytes_in >> self.ewma) - (self.average_bytes >> self.ewma)
        self.average_packets += (packets_in >> self.ewma) - (self.average_packets >> self.ewma)
        self.seen_bytes, self.seen_packets = self.bytes, self.packets

    def rates(self, now: int) -> tuple[int, int]:
        """(bytes/s, packets/s) as gen_estimator_read words them at ``now``."""
        self.advance(now)
        return self.average_bytes >> 8, self.average_packets >> 8
