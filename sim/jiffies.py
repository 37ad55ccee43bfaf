"""The kernel's tick: stateful matches count time in it, not in nanoseconds.

``HZ`` is CONFIG_HZ of the kernel under test (250, as Debian's): a jiffy is 4 ms. A scenario
starts on a tick.
"""

from __future__ import annotations

HZ = 250
NANOSECONDS = 1_000_000_000 // HZ  # in one jiffy


def jiffies(now: int) -> int:
    """The tick counter at virtual time ``now`` (nanoseconds)."""
    return now // NANOSECONDS


def from_milliseconds(milliseconds: int) -> int:
    """A duration in ticks, rounded up (``msecs_to_jiffies``)."""
    return -(-milliseconds * HZ // 1000)
