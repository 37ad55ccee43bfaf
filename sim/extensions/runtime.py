"""The only mutable thing of a run: clock, seeded random, conntrack entries, sets, buckets.

Made afresh for each run; a run never sees another's. Interfaces that lower levels call
(routing, sets) are protocols here, so that a match file needs nothing above its level.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from functools import cached_property
from random import Random
from typing import Any, Protocol

from sim.base.frozen import dataclass
from sim.model.flow import Flow
from sim.model.host import Host, RouteKind, Socket
from sim.model.routing import Query
from sim.model.rules import Rules
from sim.packet.packet import Address, Packet


@dataclass(frozen=True, slots=True)
class RouteResult:
    """What a route lookup said."""

    kind: RouteKind
    dev: str = ""
    via: Address | None = None
    src: Address | None = None  # preferred source of the route
    names_source: bool = False  # ``src`` stands in the route, it was not chosen
    table: int = 0
    route: str = ""  # as `ip route` would print it
    rule: str = ""  # the policy rule that led here
    mtu: int = 0
    mtu_locked: bool = False
    realm: int = 0  # dst.tclassid: the source's realm in the upper half


class RoutingView(Protocol):
    """What matches and targets may ask of routing; ``sim.kernel.routing.core.Routing`` is it."""

    def lookup(self, query: Query) -> RouteResult: ...

    def address_type(self, address: Address, dev: str = "") -> str:
        """UNSPEC UNICAST LOCAL BROADCAST ANYCAST MULTICAST BLACKHOLE UNREACHABLE PROHIBIT."""
        ...

    def mtu_of(self, route: RouteResult, family: int) -> int:
        """How long a packet may be that goes by this route, in bytes (dst_mtu)."""
        ...

    def is_local(self, address: Address) -> bool: ...

    def is_anycast(self, address: Address, oif: str = "") -> bool: ...

    def masquerade_address(
        self, family: int, dev: str, next_hop: Address | None, destination: Address
    ) -> Address | None: ...

    def redirect_address(self, family: int, dev: str, destination: Address) -> Address | None:
        """Where REDIRECT in PREROUTING sends what came in on ``dev``."""
        ...


class SocketView(Protocol):
    def find(
        self, protocol: str, destination: Address, port: int, source: Address, sport: int, dev: str
    ) -> Socket | None: ...

    def has_connection(
        self, protocol: str, local: Address, port: int, remote: Address, remote_port: int
    ) -> bool: ...

    def connected(self, packet: Packet) -> Socket | None:
        """The socket of the connection that an arriving packet belongs to; no listener."""
        ...


@dataclass
class Runtime:
    """``now`` is nanoseconds since the scenario's start; ``epoch`` the wall time of that start,
    0 if nobody said it.

    ``state`` belongs to the stateful matches and targets: each keeps its own under its own key
    (``ctx.key``, or a name that several rules share: ``("recent", name)``). ``sets`` is
    ``sim.extensions.ipset``'s live copy of the host's sets.
    """

    host: Host
    routing: RoutingView
    sockets: SocketView
    seed: int = 0
    epoch: int = 0  # seconds since 1970, UTC
    backend: str = "legacy"  # which iptables loaded the rules
    now: int = 0
    flows: dict[int, Flow] = field(default_factory=dict)
    state: dict[object, Any] = field(default_factory=dict)
    sets: Any = None
    accounting: bool = False  # nf_conntrack_acct
    rules: Rules = field(default_factory=Rules)  # what is loaded: some state is shared by rules
    next_flow: int = 1
    next_packet: int = 1
    next_seq: int = 1
    # Says whether a clause holds of which nobody can know; without it the walk ends there.
    # The laboratory follows the kernel with it.
    decide: Callable[[], bool] | None = None
    tick: int = 0  # grows with every statement; within one the kernel's clock stands still

    @cached_property
    def random(self) -> Random:
        """Most walks draw nothing."""
        return Random(self.seed)

    def new_packet_id(self) -> int:
        value, self.next_packet = self.next_packet, self.next_packet + 1
        return value

    def seq(self, count: int = 1) -> int:
        """The number of a step, or the first of ``count`` that one step stands for."""
        value, self.next_seq = self.next_seq, self.next_seq + count
        return value
