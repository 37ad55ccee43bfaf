"""IPsec's nouns: what ``ip xfrm policy`` and ``ip xfrm state`` list. No behaviour of packets.

include/uapi/linux/xfrm.h; the lookup is in ``xfrm``, the bytes are in ``esp``.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network

from sim.base.errors import Span
from sim.base.frozen import dataclass
from sim.packet.packet import Address, Transform

Network = IPv4Network | IPv6Network
PROTOCOLS = {"esp": 50, "ah": 51, "comp": 108}
NAMES = {50: "ESP", 51: "AH", 108: "IPComp"}


class XfrmMode(StrEnum):
    """Whether IPsec packs the whole packet or what is inside it (XFRM_MODE_...)."""

    TUNNEL = "tunnel"
    TRANSPORT = "transport"


class XfrmDirection(StrEnum):
    """Which packets a policy is for (XFRM_POLICY_...)."""

    IN = "in"  # what comes to the host itself
    OUT = "out"
    FWD = "fwd"  # what it forwards


class PolicyAction(StrEnum):
    ALLOW = "allow"
    BLOCK = "block"


class AlgorithmKind(StrEnum):
    """What an algorithm does, as ``ip xfrm state`` names it."""

    ENC = "enc"
    AUTH = "auth"
    AUTH_TRUNC = "auth-trunc"
    AEAD = "aead"
    COMP = "comp"


@dataclass(frozen=True, slots=True)
class Selector:
    """Which packets a policy or a state is for.

    ``protocol`` 0: any. Ports are (value, mask); of ICMP type and code stand in their place.
    """

    source: Network
    destination: Network
    protocol: int = 0
    sport: tuple[int, int] = (0, 0)
    dport: tuple[int, int] = (0, 0)
    dev: str = ""

    def __str__(self) -> str:
        return f"{self.source} -> {self.destination}"


@dataclass(frozen=True, slots=True)
class Template:
    """What a policy asks for. ``spi`` and ``reqid`` 0 and ends ``None``: left open."""

    protocol: int = 50
    mode: XfrmMode = XfrmMode.TUNNEL
    source: Address | None = None
    destination: Address | None = None
    spi: int = 0
    reqid: int = 0
    optional: bool = False  # "level use"


@dataclass(frozen=True, slots=True)
class Policy:
    """One line of ``ip xfrm policy``. The lowest ``priority`` wins, then the earliest."""

    direction: XfrmDirection
    selector: Selector
    templates: tuple[Template, ...] = ()
    priority: int = 0
    action: PolicyAction = PolicyAction.ALLOW
    mark: tuple[int, int] = (0, 0)  # value, mask
    span: Span | None = None

    @property
    def family(self) -> int:
        return self.selector.source.version


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One algorithm of a state as ``ip xfrm`` names it. ``bits``: its truncation or ICV length."""

    kind: AlgorithmKind
    name: str
    key: bytes = b""
    bits: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """One security association, as ``ip xfrm state`` lists it."""

    source: Address
    destination: Address
    protocol: int
    spi: int
    mode: XfrmMode = XfrmMode.TUNNEL
    reqid: int = 0
    algorithms: tuple[Algorithm, ...] = ()
    selector: Selector | None = None
    replay_window: int = 0
    encap: tuple[int, int] | None = None  # UDP ports of NAT traversal
    mark: tuple[int, int] = (0, 0)
    output_mark: tuple[int, int] = (0, 0)  # "output-mark": what it sets
    flags: frozenset[str] = field(default_factory=frozenset)
    span: Span | None = None

    @property
    def transform(self) -> Transform:
        """As ``-m policy`` sees it."""
        return Transform(
            self.protocol, self.mode, self.spi, self.reqid, self.source, self.destination
        )

    def __str__(self) -> str:
        name = NAMES.get(self.protocol, str(self.protocol))
        return f"{name} {self.source} -> {self.destination} spi {self.spi:#x}"
