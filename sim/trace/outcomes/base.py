"""What every outcome is: a noun. Who decides it makes it, once; ``sim.tell`` alone words it.

Each noun is a frozen dataclass with the facts that its sentence needs. A new one goes into the
file of its subject here, its words into the file of the same name in ``sim.tell.wording``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class Topic(StrEnum):
    """What a note is about: JSON's ``topic``."""

    ANSWER = "answer"
    BACKEND = "backend"
    BRIDGE = "bridge"
    DEFRAG = "defrag"
    ENDLESS = "endless"
    FRAGMENTATION = "fragmentation"
    IPSEC = "ipsec"
    LEARNED = "learned"
    LIMITED = "limited"
    LOOPBACK = "loopback"
    MTU = "mtu"
    NAT = "nat"
    NEIGHBOUR = "neighbour"
    PACKET = "packet"
    SKIPPED = "skipped"
    TTL = "ttl"


class Noun:
    """Something that happened, without its words."""

    __slots__ = ()


class Why(Noun):
    """Why a packet has its fate: a sentence of its own."""

    __slots__ = ()


class Note(Noun):
    """A decision of the stack outside rules: a sentence of its own."""

    __slots__ = ()
    topic: ClassVar[Topic]


class Cause(Noun):
    """Part of a sentence: what another noun goes back to."""

    __slots__ = ()
