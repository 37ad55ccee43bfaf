"""What an extension draws its arguments from, for random rules.

An extension's ``draw`` gives the words behind its name, made so that packets of a random scenario
hold them or just miss; ``None``: it cannot stand there. ``sim.tools.generate`` makes the scenario
and asks. Pools are small on purpose: rules draw from those that the packets are made of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Protocol, TypeVar

from sim.model.rules import Hook

T = TypeVar("T")

P, I, F, O, S = (  # noqa: E741 -- the five hooks, in order
    Hook.PREROUTING, Hook.INPUT, Hook.FORWARD, Hook.OUTPUT, Hook.POSTROUTING,
)  # fmt: skip
PORTED = ("tcp", "udp", "sctp")
PORTS = (22, 53, 80, 443, 1000, 5353, 8080, 40000, 40001)
MARKS = (0x1, 0x2, 0x10, 0x11, 0xFF, 0x80000001)
UIDS = (0, 33, 1000, 1001)
GIDS = (0, 33, 100)
TOS = (0x00, 0x08, 0x10, 0x28, 0xB8, 0x01, 0x02, 0x03)
TTLS = (64, 64, 64, 64, 128, 2, 5, 255)
PAYLOADS = ("hello", "GET / HTTP/1.1", "PORT 10,0,0,1,4,1", "aXbXc", "0123456789" * 4)
# Their members' parts, as many as ``--match-set`` names directions for.
SETS = {
    "nets": 1, "hosts": 1, "pairs": 2, "triples": 3, "ports": 1, "bits": 1, "macs": 2,
    "services": 2, "wires": 2, "all": 2, "nets6": 1, "hosts6": 1, "pairs6": 2, "services6": 2,
}  # fmt: skip


class DrawnFacts(Protocol):
    """What one packet will look like."""

    @property
    def payload(self) -> str: ...
    @property
    def uid(self) -> int | None: ...
    @property
    def gid(self) -> int: ...


class DrawnDevice(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def neighbours(self) -> Mapping[int, list[str]]:
        """By family: who lives behind it."""


class DrawWorld(Protocol):
    """The scenario around the rule."""

    @property
    def lines(self) -> Sequence[str]:
        """Of the host text."""

    @property
    def sets(self) -> Mapping[int, tuple[str, ...]]:
        """Names of the host's sets, by family."""

    @property
    def accounts(self) -> tuple[str, ...]: ...
    @property
    def bridges(self) -> tuple[str, ...]: ...
    @property
    def macs(self) -> Sequence[str]: ...
    @property
    def devices(self) -> Sequence[DrawnDevice]: ...
    @property
    def facts(self) -> Sequence[DrawnFacts]: ...

    def pick(self, items: Sequence[T]) -> T: ...
    def own(self, family: int) -> list[str]:
        """Addresses of the host."""
        ...

    def somebody(self, family: int) -> str:
        """An address of somebody else, mostly."""
        ...


class DrawPlace(Protocol):
    """Where the rule is to stand; ``hooks``: those from which its chain can be reached."""

    @property
    def world(self) -> DrawWorld: ...
    @property
    def family(self) -> int: ...
    @property
    def table(self) -> str: ...
    @property
    def chain(self) -> str: ...
    @property
    def hooks(self) -> frozenset[Hook]: ...
    @property
    def protocol(self) -> str:
        """The rule's ``-p``; empty without one."""

    @property
    def random(self) -> Random: ...

    def chance(self, probability: float) -> bool: ...
    def within(self, *hooks: Hook) -> bool:
        """Can the rule only be reached from these hooks?"""
        ...

    def fact(self) -> DrawnFacts | None:
        """A packet that may come by."""
        ...

    def negation(self, probability: float = 0.15) -> str:
        """``! ``, now and then."""
        ...

    def address(self) -> str: ...
    def network(self) -> str: ...
    def port(self) -> int: ...
    def port_range(self) -> str: ...
    def device(self) -> str: ...
    def mark(self) -> str: ...
    def words(self, *optional: str, least: int = 0) -> str:
        """Some of the words, in the order given, at least ``least``."""
        ...


Draw = Callable[[DrawPlace], str | None]
