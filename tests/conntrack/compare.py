"""One packet sequence through the real router and through its twin: the first difference."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from sim.packet.headers import dissect
from sim.tell.wording import word
from tests.conntrack.router import Router, without_timeout
from tests.conntrack.storms import Storm
from tests.conntrack.twin import Twin


class Oracle(Random):
    """Chance that picks what the kernel picked. ``low`` is where the search space starts."""

    def __init__(self, wanted: int, low: int) -> None:
        super().__init__(0)
        self.wanted, self.low = wanted, low

    def randrange(self, *args: int, **kwargs: int) -> int:  # type: ignore[override]
        return self.wanted - self.low & 0xFFFF


def key_of(packet: bytes) -> int | None:
    """Source port, or the id of an ICMP query."""
    headers = dissect(packet)
    if headers.icmp is not None:
        return headers.icmp.ident
    return headers.sport


def low_of(packet: bytes, low: int | None) -> int:
    if low is not None:
        return low
    headers = dissect(packet)
    if headers.icmp is not None or headers.sport is None:
        return 0
    return 1 if headers.sport < 512 else 600 if headers.sport < 1024 else 1024


def differences(router: Router, twin: Twin, storm: Storm, low: int | None = None) -> Iterable[str]:
    """Send a storm through both; yields what differs, and stops at the first packet that does."""
    recent: list[str] = []
    for wire, packet in storm.packets():
        real = router.pass_through(wire, packet)
        twin.runtime.now = router.now
        if real.out and (key := key_of(real.out[0][1])) is not None:
            wanted_range = low is not None and low <= key < low + 16
            twin.runtime.random = Oracle(key, low_of(packet, low if wanted_range else None))
        state, reply, after = twin.pass_through(wire, packet)
        made = ((twin.out, after.data),) if after is not None else ()
        recent.append(
            f"eth{wire} {packet.hex()}\n   kernel {real.state} reply={real.reply} "
            f"{[(dev, p.hex()) for dev, p in real.out]}\n   sim    {state} reply={reply} "
            f"{[(dev, p.hex()) for dev, p in made]}\n   {[word(e.cause) for e in twin.events]}"
        )
        if (real.state, real.reply) != (state, reply):
            yield "state\n" + "\n".join(recent[-4:])
            return
        if router.tells_nat and real.asked != tuple(twin.asked):
            yield f"nat asked: kernel {real.asked} sim {twin.asked}\n" + "\n".join(recent[-4:])
            return
        if real.out != made:
            yield "output\n" + "\n".join(recent[-4:])
            return
        storm.left += [(int(dev[-1]), data) for dev, data in real.out]
    yield from table_differences(router.table(), twin.table)


def table_differences(real: Iterable[str], made: Iterable[str]) -> Iterable[str]:
    """Lines must be equal; seconds may differ by what passed meanwhile."""
    kernel = dict(without_timeout(line) for line in real)
    simulated = dict(without_timeout(line) for line in made)
    for line in sorted(kernel.keys() | simulated.keys()):
        if line not in kernel or line not in simulated:
            yield f"table: kernel {kernel.get(line)} sim {simulated.get(line)}: {line}"
        elif not -1 <= simulated[line] - kernel[line] <= 2:
            yield f"timeout: kernel {kernel[line]} sim {simulated[line]}: {line}"
