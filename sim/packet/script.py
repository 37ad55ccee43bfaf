"""What the packets text says: a list of statements, not yet packets.

Bytes are made when a statement's turn comes (``conversation``), because a TCP sequence number,
or what ``reply`` answers, depends on what happened before.
"""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Address
from typing import Any

from sim.base.errors import Span
from sim.base.frozen import dataclass
from sim.packet.packet import Owner


@dataclass(frozen=True, slots=True)
class PacketSpec:
    """One described packet. ``None`` means: not said, so filled in by ``conversation``.

    ``protocol`` is its number; ``fields`` holds what the line named (``flags``, ``seq``,
    ``ack``, ``window``, ``mss``, ``ttl``, ``tos``, ``id``, ``df``, ``mf``, ``offset``,
    ``length``, ``payload``, ``type``, ``code``, ``icmp_id``, ``icmp_seq``, ``mtu``,
    ``quoting``, ``options``, ...). ``raw``: the whole packet was given as bytes.
    """

    family: int
    protocol: int
    src: Any = None
    dst: Any = None
    sport: int | None = None
    dport: int | None = None
    fields: tuple[tuple[str, Any], ...] = ()
    raw: bytes | None = None

    def get(self, name: str, default: Any = None) -> Any:
        for key, value in self.fields:
            if key == name:
                return value
        return default


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """``line`` counts statements from 1; ``span`` is the place in the text."""

    line: int
    span: Span
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inject(Statement):
    """``in IFACE ...``: the packet arrives from the wire. Empty MACs: the obvious ones."""

    iface: str
    spec: PacketSpec
    src_mac: str = ""
    dst_mac: str = ""
    mark: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectArp(Statement):
    """``in IFACE arp request A -> B``. ``operation`` 1 or 2; empty MACs: the obvious ones."""

    iface: str
    operation: int
    sender: IPv4Address
    target: IPv4Address
    src_mac: str = ""  # of the frame
    dst_mac: str = ""
    sender_mac: str = ""  # in the message
    target_mac: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Originate(Statement):
    """``local ...``: a process on the host sends it."""

    spec: PacketSpec
    owner: Owner
    mark: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply(Statement):
    """``reply``: the far end answers the last packet that left. ``fields`` override."""

    fields: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(Statement):
    """``wait 30s``"""

    nanoseconds: int


class DeviceChange(StrEnum):
    """What may happen to a device between packets."""

    DOWN = "down"
    UP = "up"
    ADDRESS = "address"  # it has this one instead of those it had


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Statement):
    """Something happens to the host: ``down eth0``, ``up eth0``, ``address eth0 A/L``."""

    action: DeviceChange
    iface: str
    address: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedCommand(Statement):
    """A command that is typed between packets. ``changes`` are of ``sim.model.changes``.

    ``notes``: what the command does not do, in sentences.
    """

    changes: tuple[Any, ...] = ()
    notes: tuple[str, ...] = ()


Script = tuple[Statement, ...]
