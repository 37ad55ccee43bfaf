"""Where a random rule is to stand, and what its values are drawn from."""

from __future__ import annotations

from random import Random

from sim.base.frozen import dataclass
from sim.extensions.drawing import MARKS, PORTS
from sim.model.rules import Hook
from sim.tools.generate.world import Facts, World

NUMBERS = {
    "tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58, "sctp": 132, "udplite": 136, "dccp": 33,
    "gre": 47, "esp": 50, "ah": 51, "ipcomp": 108, "89": 89, "mobility-header": 135,
}  # fmt: skip


@dataclass(slots=True)
class RulePlace:
    """``hooks``: those from which the rule's chain can be reached. ``protocol``: ``-p``."""

    world: World
    family: int
    table: str
    chain: str
    hooks: frozenset[Hook]
    protocol: str = ""

    @property
    def random(self) -> Random:
        return self.world.random

    def chance(self, probability: float) -> bool:
        return self.world.chance(probability)

    def within(self, *hooks: Hook) -> bool:
        """Can the rule only be reached from these hooks?"""
        return self.hooks <= frozenset(hooks)

    def fact(self) -> Facts | None:
        """A packet that may come by; of the rule's protocol where there is one."""
        return self.world.fact(self.family, self.protocol) or self.world.fact(self.family)

    def negation(self, probability: float = 0.15) -> str:
        return "! " if self.chance(probability) else ""

    def address(self) -> str:
        """An address, mostly of a packet."""
        found = self.fact()
        if found is not None and self.chance(0.75):
            return self.world.pick((found.src, found.dst))
        return self.world.somebody(self.family)

    def network(self) -> str:
        """An address with a mask, mostly around one of a packet."""
        address = self.address()
        lengths = (8, 16, 24, 25, 30, 32, 32) if self.family == 4 else (16, 32, 48, 64, 128, 128)
        if self.family == 4 and self.chance(0.05):
            return f"{address}/255.0.255.0"
        return f"{address}/{self.world.pick(lengths)}"

    def port(self) -> int:
        found = self.fact()
        if found is not None and found.sport and self.chance(0.7):
            return self.world.pick((found.sport, found.dport))
        return self.world.pick(PORTS)

    def port_range(self) -> str:
        port = self.port()
        kind = self.random.random()
        if kind < 0.6:
            return str(port)
        if kind < 0.7:
            return f":{port}"
        if kind < 0.8:
            return f"{port}:"
        return f"{max(0, port - self.random.randrange(50))}:{min(65535, port + 50)}"

    def device(self) -> str:
        name = self.world.pick([*(d.name for d in self.world.devices), *self.world.bridges])
        if self.chance(0.1):
            return name[:-1] + "+"
        return "lo" if self.chance(0.1) else name

    def mark(self) -> str:
        value = self.world.pick((0, *MARKS))
        return f"{value:#x}" if self.chance(0.6) else f"{value:#x}/{self.world.pick(MARKS):#x}"

    def words(self, *optional: str, least: int = 0) -> str:
        """Some of the words, in the order given, at least ``least``."""
        count = self.random.randint(least, len(optional)) if optional else 0
        chosen = sorted(self.random.sample(range(len(optional)), count))
        return " ".join(optional[index] for index in chosen)
