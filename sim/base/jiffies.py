"""The kernel's tick: stateful matches count time in it, not in nanoseconds.

``HZ`` is CONFIG_HZ of the kernel under test (250, as Debian's): a jiffy is 4 ms. A scenario
starts on a tick.
"""

from __future__ import annotations

HZ = 250
NANOSECONDS = 1_000_000_000 // HZ  # in one jiffy
_AT_BOOT = -300 * HZ  # INITIAL_JIFFIES: what counts in 32 bits overflows early, to be noticed


def jiffies(now: int) -> int:
    """The tick counter at virtual time ``now`` (nanoseconds)."""
    return now // NANOSECONDS


def from_milliseconds(milliseconds: int) -> int:
    """A duration in ticks, rounded up (``msecs_to_jiffies``)."""
    return -(-milliseconds * HZ // 1000)


def since_boot(uptime: int, now: int) -> int:
    """The kernel's own counter on a host that was up ``uptime`` seconds when ``now`` was 0."""
    return _AT_BOOT + uptime * HZ + jiffies(now)


def signed32(ticks: int) -> int:
    """As an ``s32`` holds it."""
    return (ticks + 0x80000000 & 0xFFFFFFFF) - 0x80000000
