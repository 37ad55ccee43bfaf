"""IPsec's lookups: which policy a packet falls under, and which states do what it asks.

net/xfrm/{xfrm_policy,xfrm_state}.c, net/{ipv4,ipv6}/xfrm{4,6}_policy.c. The lists do not change
while a scenario runs; only sequence numbers do.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import field

from sim.base.frozen import dataclass, replace
from sim.extensions.runtime import RouteResult
from sim.kernel.ipsec.esp import fitting
from sim.kernel.routing.core import Routing, either_setting
from sim.model.host import NO_WAY, Host, RouteKind
from sim.model.ipsec import Policy, PolicyAction, Selector, State, Template, XfrmDirection, XfrmMode
from sim.model.routing import Query
from sim.packet.packet import Address, Packet, Transform
from sim.trace.outcomes.base import Cause
from sim.trace.outcomes.ipsec import (
    CameClear,
    LessIpsec,
    LookUp,
    NoStateFits,
    NotAsked,
    NoWayToEnd,
    OtherIpsec,
    PolicyBlocks,
    StateForOther,
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a route has become by a policy: the states, the route of the result, its MTU.

    ``steps`` are the states in the order of their work; what a tunnel ends begins a new round
    of OUTPUT and POSTROUTING. ``plain`` is the packet's own route, used again if another lookup
    finds no policy.
    """

    policy: Policy
    states: tuple[State, ...]
    routes: tuple[RouteResult, ...]  # the route after each state's work
    plain: RouteResult
    mtu: int

    @property
    def transforms(self) -> tuple[Transform, ...]:
        return tuple(state.transform for state in self.states)

    @property
    def rest(self) -> Bundle | None:
        """What is left after the first round: a tunnel in a tunnel."""
        done = rounds(self.states)
        if done == len(self.states):
            return None
        return replace(self, states=self.states[done:], routes=self.routes[done:])


def rounds(states: tuple[State, ...]) -> int:
    """How many states work before the packet is looked at again (xfrm_output_one)."""
    for count, state in enumerate(states[1:], 1):
        if state.mode is XfrmMode.TUNNEL:
            return count
    return len(states)


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What a lookup says; ``cause`` is what is missing for a policy's work."""

    outcome: LookUp
    policy: Policy | None = None
    bundle: Bundle | None = None
    cause: Cause | None = None


@dataclass
class Xfrm:
    """The host's policies and states."""

    host: Host
    routing: Routing
    sent: Counter[State] = field(default_factory=Counter)  # last sequence number out
    heard: dict[State, set[int]] = field(default_factory=dict)

    @property
    def is_used(self) -> bool:
        return bool(self.host.policies or self.host.states)

    def handles(self, protocol: int) -> bool:
        """Has the kernel a handler for this protocol? Its module came with the first state."""
        return any(state.protocol == protocol for state in self.host.states)

    # ---- policies ------------------------------------------------------------------------

    def policy(self, direction: XfrmDirection, packet: Packet, dev: str) -> Policy | None:
        """xfrm_policy_lookup: the lowest priority, then the one that was there first."""
        found: Policy | None = None
        for policy in self.host.policies:
            if policy.direction != direction or policy.family != packet.family:
                continue
            value, mask = policy.mark
            if packet.mark & mask != value or not selects(policy.selector, packet, dev):
                continue
            if found is None or policy.priority < found.priority:
                found = policy
        return found

    def out(self, packet: Packet, route: RouteResult) -> LookedUp:
        """xfrm_lookup for a packet that is to leave by this route."""
        if not any(policy.direction is XfrmDirection.OUT for policy in self.host.policies):
            return LookedUp(LookUp.NONE)
        if route.dev == "lo" or either_setting(self.host, route.dev, "disable_xfrm"):
            return LookedUp(LookUp.NONE)
        policy = self.policy(XfrmDirection.OUT, packet, route.dev)
        if policy is None:
            return LookedUp(LookUp.NONE)
        if policy.action is PolicyAction.BLOCK:
            return LookedUp(LookUp.BLOCK, policy)
        if not policy.templates:
            return LookedUp(LookUp.ALLOW, policy)
        return self._bundle(policy, packet, route)

    def _bundle(self, policy: Policy, packet: Packet, route: RouteResult) -> LookedUp:
        states: list[State] = []
        source, destination = packet.headers.src, packet.headers.dst
        for template in policy.templates:
            if template.mode is XfrmMode.TUNNEL:
                assert template.destination is not None
                destination = template.destination
                source = template.source or source
            state = self._state(policy, template, source, destination, packet)
            if state is not None:
                states.append(state)
            elif not template.optional:
                return LookedUp(LookUp.ACQUIRE, policy, cause=NoStateFits(source, destination))
        if not states:
            return LookedUp(LookUp.ALLOW, policy)
        return self._routed(policy, tuple(states), packet, route)

    def _routed(
        self, policy: Policy, states: tuple[State, ...], packet: Packet, route: RouteResult
    ) -> LookedUp:
        """Tunnels are routed by their ends, without the packet's mark."""
        current, routes, tos = route, [], packet.headers.tos & 0x1C
        for state in states:
            if state.mode is XfrmMode.TUNNEL:
                mark = _set(packet.mark, state.output_mark) if any(state.output_mark) else 0
                current = self.routing.lookup(
                    Query(state.destination, state.source, mark=mark, tos=tos)
                )
                if current.kind in (*NO_WAY, RouteKind.ANYCAST):
                    return LookedUp(LookUp.UNREACHABLE, policy, cause=NoWayToEnd(state.destination))
            routes.append(current)
        mtu = _mtu(self.host, current)
        for state in reversed(states):
            mtu = fitting(state, mtu)
        mtu = min(mtu, _mtu(self.host, route))
        # All of them carry the last one's device (xfrm_fill_dst).
        bundle = Bundle(policy, states, tuple(routes), route, mtu)
        return LookedUp(LookUp.BUNDLE, policy, bundle)

    # ---- states --------------------------------------------------------------------------

    def _state(
        self,
        policy: Policy,
        template: Template,
        source: Address,
        destination: Address,
        packet: Packet,
    ) -> State | None:
        """xfrm_state_find: the newest that fits. The mark is the policy's, not the packet's."""
        wanted = policy.mark[0] & policy.mark[1]
        for state in reversed(self.host.states):
            value, mask = state.mark
            if (
                state.destination == destination
                and state.source == source
                and state.protocol == template.protocol
                and state.mode == template.mode
                and state.reqid == template.reqid
                and template.spi in (0, state.spi)
                and wanted & mask == value
                and (state.selector is None or selects(state.selector, packet, ""))
            ):
                return state
        return None

    def state_in(self, protocol: int, packet: Packet, spi: int) -> State | None:
        """xfrm_state_lookup: by destination, SPI and protocol."""
        for state in reversed(self.host.states):
            value, mask = state.mark
            if (state.destination, state.spi, state.protocol) == (
                packet.headers.dst, spi, protocol,
            ) and packet.mark & mask == value:  # fmt: skip
                return state
        return None

    def next_sequence(self, state: State) -> int:
        self.sent[state] += 1
        return self.sent[state]

    def is_replayed(self, state: State, sequence: int) -> bool:
        """Without a window nothing is remembered (xfrm_replay_check_legacy)."""
        if not state.replay_window:
            return False
        if sequence == 0:
            return True
        heard = self.heard.setdefault(state, set())
        if sequence in heard or sequence + state.replay_window <= max(heard, default=0):
            return True
        heard.add(sequence)
        return False

    # ---- the check on the way in -----------------------------------------------------------

    def refusal(
        self, direction: XfrmDirection, packet: Packet, dev: str, path: tuple[State, ...]
    ) -> Cause | None:
        """__xfrm_policy_check: why a packet must not pass, or nothing.

        ``path`` are the states that undid its transforms, outermost first.
        """
        if not path and not any(p.direction == direction for p in self.host.policies):
            return None
        for state in reversed(path):
            if state.selector is not None and not selects(state.selector, packet, dev):
                return StateForOther(state)
        policy = self.policy(direction, packet, dev)
        if policy is None:
            if _has_tunnel(path, 0):
                return NotAsked(direction)
            return None
        if policy.action is PolicyAction.BLOCK:
            return PolicyBlocks(policy)
        place = 0
        for template in reversed(policy.templates):
            place = _undone(template, path, place)
            if place < 0:
                if not path:
                    return CameClear(policy)
                return OtherIpsec(policy)
        if _has_tunnel(path, place):
            return LessIpsec(policy)
        return None


def _set(mark: int, change: tuple[int, int]) -> int:
    value, mask = change
    return value & mask | mark & ~mask & 0xFFFFFFFF


def with_output_mark(packet: Packet, state: State) -> Packet:
    """A state's output-mark is set on what it has worked on (xfrm_smark_get)."""
    if not any(state.output_mark):
        return packet
    return packet.with_mark(_set(packet.mark, state.output_mark))


def _mtu(host: Host, route: RouteResult) -> int:
    interface = host.interface(route.dev)
    return route.mtu or (interface.mtu if interface is not None else 1500)


def _undone(template: Template, path: tuple[State, ...], start: int) -> int:
    """xfrm_policy_ok: the place in the path behind the state that did this; negative: none."""
    if template.optional and template.mode is XfrmMode.TRANSPORT:
        return start
    for at in range(start, len(path)):
        if _did(template, path[at]):
            return at + 1
        if path[at].mode is not XfrmMode.TRANSPORT:
            break
    return start if template.optional else -1


def _did(template: Template, state: State) -> bool:
    """xfrm_state_ok: is this the state that the template asks for?"""
    if (template.protocol, template.mode) != (state.protocol, state.mode):
        return False
    if template.spi not in (0, state.spi) or template.reqid not in (0, state.reqid):
        return False
    if template.mode is XfrmMode.TRANSPORT:
        return True
    ends = ((template.source, state.source), (template.destination, state.destination))
    return all(want is None or want == has for want, has in ends)


def _has_tunnel(path: tuple[State, ...], start: int) -> bool:
    return any(state.mode is not XfrmMode.TRANSPORT for state in path[start:])


def selects(selector: Selector, packet: Packet, dev: str) -> bool:
    """__xfrm4_selector_match, __xfrm6_selector_match."""
    headers = packet.headers
    if selector.source.version != headers.family:
        return False
    if headers.src not in selector.source or headers.dst not in selector.destination:
        return False
    if selector.protocol not in (0, headers.protocol):
        return False
    if selector.dev not in ("", dev):
        return False
    sport, dport = _ports(packet)
    return all(
        (seen ^ value) & mask == 0
        for seen, (value, mask) in ((sport, selector.sport), (dport, selector.dport))
    )


def _ports(packet: Packet) -> tuple[int, int]:
    """For ICMP type and code; of a fragment nothing (decode_session4)."""
    headers = packet.headers
    if headers.is_fragment:
        return 0, 0
    if headers.icmp is not None:
        return headers.icmp.type, headers.icmp.code
    return headers.sport or 0, headers.dport or 0
