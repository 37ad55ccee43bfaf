"""What only the kernel decides is found out, and the simulation follows.

``-m statistic --mode random`` draws; a limit of errors or redirects lets one through because the
laboratory took time where the simulation takes none; a rule asks for bytes, or for a processor,
that nobody knows beforehand. Each shows in what became of the packet. So every outcome of a
statement's draws is simulated, the neighbours of all of them are there, and the one that the
kernel's account is equal to is taken for what was drawn. Later statements go on from it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sim.extensions.matchers.statistic import DRAWN_BITS
from sim.extensions.runtime import Runtime
from sim.kernel.stack.answers import MOST_REDIRECTS, Limits
from sim.kernel.stack.core import Stack
from sim.kernel.traversal import WAYS, listed, perform
from sim.model.host import Host
from sim.model.scenario import Compiled
from sim.packet.packet import Address
from sim.trace import steps as t

MOST_WAYS = 48  # outcomes of one statement's draws that are tried
BY_SECRET = "a next hop of several, which the kernel chooses by a hash under a secret of its own"


def chose_a_hop(host: Host, steps: Sequence[t.Step]) -> bool:
    """Did a route with several next hops decide (fib_select_multipath)?"""
    several = [hop for route in host.routes if len(route.nexthops) > 1 for hop in route.nexthops]
    ways = {(hop.dev, hop.via) for hop in several}
    return any(isinstance(s, t.Routed) and (s.route.dev, s.route.via) in ways for s in steps)


class Steered(random.Random):
    """Draws as it is told, ``False`` for low; from there on what ``then`` says."""

    def steer(self, drawn: Sequence[bool]) -> None:
        self.drawn = list(drawn)
        self.count = 0

    def getrandbits(self, k: int, /) -> int:
        if k != DRAWN_BITS or not hasattr(self, "drawn"):
            return super().getrandbits(k)
        place, self.count = self.count, self.count + 1
        if place >= len(self.drawn):
            self.drawn.append(super().getrandbits(k) >> k - 1 == 1)
        return (1 << k) - 1 if self.drawn[place] else 0

    def guess(self) -> bool:
        """What only the kernel can tell; at first no."""
        place, self.count = self.count, self.count + 1
        if place >= len(self.drawn):
            self.drawn.append(False)
        return self.drawn[place]


class LateLimits(Limits):
    """Limits on a clock that may be late: what they refuse may be let through all the same."""

    def __init__(self, runtime: Runtime, source: Steered) -> None:
        super().__init__(runtime)
        self.source = source

    def allows_route_error(self, sender: Address) -> bool:
        return super().allows_route_error(sender) or self.source.guess()

    def allows_redirect(self, sender: Address) -> bool:
        if super().allows_redirect(sender):
            return True
        peer, now = self._peer(sender)
        if peer.redirects >= MOST_REDIRECTS or not self.source.guess():
            return False
        peer.last, peer.line = now, self.line
        peer.tokens += 1
        peer.redirects += 1
        return True

    def _allow(self, to: Address, timeout: int) -> bool:
        return super()._allow(to, timeout) or self.source.guess()


@dataclass
class Course:
    """A scenario's walk so far. ``drawn``: all draws of the statements that are settled."""

    compiled: Compiled
    drawn: list[bool] = field(default_factory=list)

    def has_draws(self) -> bool:
        """A rule draws or asks what nobody knows, or a limit was reached."""
        return self._has_chance() or bool(self._walk([], 0)[0])

    def _has_chance(self) -> bool:
        return any(
            match.name == "statistic" and "--probability" in match.args
            for family in (4, 6)
            for table in self.compiled.rules.of(family).tables.values()
            for chain in table.chains.values()
            for rule in chain.rules
            for match in rule.matches
        )

    def ways(self, line: int) -> Iterator[tuple[list[bool], list[t.Step]]]:
        """Each way in which the statement of ``line`` can go on: its draws, and its steps."""
        waiting: list[list[bool]] = [list(self.drawn)]
        for _ in range(MOST_WAYS):
            if not waiting:
                return
            begun = waiting.pop()
            drawn, steps = self._walk(begun, line)
            waiting += [[*drawn[:at], not drawn[at]] for at in range(len(begun), len(drawn))]
            yield drawn, steps

    def _walk(self, drawn: list[bool], line: int) -> tuple[list[bool], list[t.Step]]:
        stack = Stack(self.compiled, WAYS)
        source = Steered(self.compiled.scenario.seed)
        source.steer(drawn)
        stack.runtime.random = source
        stack.runtime.decide = source.guess
        stack.runtime.state[Limits] = LateLimits(stack.runtime, source)
        for statement in self.compiled.script:
            steps = list(perform(stack, statement))
            if statement.line == line:
                if stack.tracks:
                    steps.append(listed(stack))
                return source.drawn[: source.count], steps
        return source.drawn[: source.count], []
