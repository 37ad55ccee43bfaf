"""What IPsec does to a packet on its way: looked up, worked on, undone, checked.

net/xfrm/{xfrm_policy,xfrm_output,xfrm_input}.c, net/ipv4/xfrm4_*.c, net/netfilter/nf_nat_proto.c.
``transmit`` and ``receive`` call this where the kernel does.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from enum import Enum

from sim.base.frozen import replace
from sim.extensions.runtime import RouteResult
from sim.kernel.ipsec.esp import Damaged, Unreadable, out_of_udp, unwrapped, without_ah
from sim.kernel.ipsec.work import IPPROTO_IPIP, IPPROTO_IPV6, hidden, joined, worked
from sim.kernel.ipsec.xfrm import rounds, with_output_mark
from sim.kernel.routing.core import either_setting
from sim.kernel.stack.core import Stack, Steps
from sim.kernel.stack.skb import Skb, Transforms
from sim.model.host import RouteKind
from sim.model.ipsec import State, XfrmDirection, XfrmMode
from sim.model.kernel_settings import Met
from sim.packet.headers import IPPROTO_AH, IPPROTO_ESP
from sim.packet.kinds import CtState
from sim.packet.packet import Packet
from sim.trace.outcomes.base import Cause
from sim.trace.outcomes.decided import Because, ByPart, FateVerdict, PackedBy
from sim.trace.outcomes.ipsec import (
    AhCut,
    AhPlainOnly,
    CannotRead,
    CompUnknown,
    ContentUnknown,
    EspBehindExtensions,
    EspShort,
    IpsecDropped,
    LeavesClear,
    LookUp,
    NoIpInside,
    NoState,
    Packed,
    PolicyAsks,
    PolicyCheckFailed,
    PolicyRefuses,
    PolicySays,
    Replayed,
    TooDeep,
    Unpacked,
    WayAsked,
    WorkUnknown,
    WrongEncap,
)
from sim.trace.steps import Step

IPPROTO_COMP = 108
DEEPEST = 6  # XFRM_MAX_DEPTH
LEAST = {IPPROTO_ESP: 8, IPPROTO_AH: 12}  # bytes that xfrm_parse_spi reads
# What the sender is told when the lookup fails before OUTPUT.
REFUSED = {LookUp.BLOCK: "EPERM", LookUp.UNREACHABLE: "EHOSTUNREACH"}
Outcome = Generator[Step, None, LookUp | None]


class Undone(Enum):
    """What the way in made of a packet."""

    NONE = "none"  # not IPsec's
    ENDED = "ended"
    TUNNEL = "tunnel"  # undone: goes back to PREROUTING
    TRANSPORT = "transport"  # the same


# ---- out: which policy -------------------------------------------------------------------------


def choose(stack: Stack, skb: Skb, route: RouteResult, *, again: bool = False) -> Outcome:
    """xfrm_lookup behind a routing decision: the skb gets its bundle, or none.

    Gives why the packet must not go on (block, acquire, unreachable), if it must not. What IPsec
    has worked on already is not looked up again.
    """
    before = skb.ipsec.bundle
    skb.ipsec = replace(skb.ipsec, bundle=None)
    skb.packet = replace(skb.packet, transforms=())
    if skb.ipsec.is_done or not stack.xfrm.is_used:
        return None
    found = stack.xfrm.out(skb.packet, route)
    if found.bundle is not None:
        skb.ipsec = replace(skb.ipsec, bundle=found.bundle)
        skb.packet = replace(skb.packet, transforms=found.bundle.transforms)
        skb.out_iface = found.bundle.routes[-1].dev
        yield stack.note(skb, PolicyAsks(found.bundle.policy, found.bundle.states, again))
        return None
    skb.out_iface = route.dev
    if found.policy is None:
        if before is not None:
            headers = skb.packet.headers
            yield stack.note(skb, LeavesClear(headers.src, headers.dst, before.policy, again))
        return None
    yield stack.note(skb, PolicySays(found.policy, found.outcome, found.cause, again))
    return None if found.outcome is LookUp.ALLOW else found.outcome


def refused(stack: Stack, skb: Skb, outcome: LookUp) -> Steps:
    """The fate of what ``choose`` did not let go; never goes on."""
    if outcome is LookUp.ACQUIRE and not (yield from stack.meets(skb, Met.ACQUIRE, ByPart.IPSEC)):
        return False
    why = PolicyRefuses(outcome)
    yield from stack.end(skb, FateVerdict.DROPPED, ByPart.IPSEC, why)
    return False


def choose_again(stack: Stack, skb: Skb, route: RouteResult) -> Outcome:
    """The same for what was routed or rewritten again (``Ways.look_up``)."""
    return choose(stack, skb, route, again=True)


# ---- out: the work -----------------------------------------------------------------------------


def transform(stack: Stack, skb: Skb) -> Steps:
    """xfrm_output_resume: one round; conntrack's entry is let go, the mark stays."""
    bundle = skb.ipsec.bundle
    assert bundle is not None
    before = skb.packet
    count = rounds(bundle.states)
    packet = replace(before, flow=None, ct_state=CtState.INVALID, ct_reply=False, secpath=())
    for state in bundle.states[:count]:
        if state.protocol == IPPROTO_COMP or not _can(state, packet):
            need = _missing(state)
            why = WorkUnknown(need)
            yield from stack.end(skb, FateVerdict.UNDETERMINED, ByPart.IPSEC, why, need=need)
            return False
        sequence = stack.xfrm.next_sequence(state)
        ident = stack.runtime.random.getrandbits(16)
        data = worked(state, packet, sequence, ident)
        packet = replace(packet, data=data, unknown=hidden(state, packet, data))
        packet = with_output_mark(packet, state)
    rest = bundle.rest
    carried = skb.ipsec.carried or (before, bundle.states)
    skb.ipsec = Transforms(rest, is_done=True, carried=carried)
    skb.route, skb.out_iface = bundle.routes[count - 1], bundle.routes[-1].dev
    skb.packet = replace(packet, transforms=rest.transforms if rest is not None else ())
    rewrites = (*skb.because.rewrites, PackedBy(bundle.policy))
    skb.because = replace(skb.because, rewrites=rewrites)
    if any(state.mode is XfrmMode.TUNNEL for state in bundle.states[:count]):
        skb.kind = RouteKind.UNICAST
    yield stack.note(skb, Packed(bundle.states[:count]), before)
    return True


def _can(state: State, packet: Packet) -> bool:
    inner = packet.headers
    if state.protocol == IPPROTO_AH:
        ends = 4 if state.mode is XfrmMode.TUNNEL else inner.family
        return state.source.version == ends == 4 and (
            state.mode is XfrmMode.TUNNEL or not inner.options
        )
    return not (state.mode is XfrmMode.TRANSPORT and inner.family == 6 and inner.extensions)


def _missing(state: State) -> Cause:
    if state.protocol == IPPROTO_COMP:
        return CompUnknown()
    if state.protocol == IPPROTO_AH:
        return AhPlainOnly()
    return EspBehindExtensions()


# ---- in ----------------------------------------------------------------------------------------


def undo(stack: Stack, skb: Skb) -> Generator[Step, None, Undone]:
    """xfrm_input: what INPUT let pass and IPsec is responsible for."""
    before = skb.packet
    found = _part(stack, before)
    if found is None:
        return Undone.NONE
    result = Undone.TRANSPORT
    while found is not None:
        protocol, part, is_in_udp = found
        if len(part) < LEAST[protocol]:
            yield from _dropped(stack, skb, AhCut() if protocol == IPPROTO_AH else EspShort())
            return Undone.ENDED
        spi = int.from_bytes(part[4:8] if protocol == IPPROTO_AH else part[:4], "big")
        sequence = int.from_bytes(part[8:12] if protocol == IPPROTO_AH else part[4:8], "big")
        state = stack.xfrm.state_in(protocol, skb.packet, spi)
        cause: Cause | None = None
        if state is None:
            cause = NoState(protocol, skb.packet.headers.dst, spi)
        elif (state.encap is not None) != is_in_udp:
            cause = WrongEncap(state)
        elif len(skb.ipsec.path) >= DEEPEST:
            cause = TooDeep()
        elif stack.xfrm.is_replayed(state, sequence):
            cause = Replayed(state, sequence)
        if state is None or cause is not None:
            assert cause is not None
            yield from _dropped(stack, skb, cause)
            return Undone.ENDED
        try:
            following, content = _content(state, skb.packet, part)
        except Unreadable as unreadable:
            need = CannotRead(state, unreadable.cause)
            why = ContentUnknown(need)
            yield from stack.end(skb, FateVerdict.UNDETERMINED, ByPart.IPSEC, why, need=need)
            return Undone.ENDED
        except Damaged as damage:
            yield from _dropped(stack, skb, damage.cause)
            return Undone.ENDED
        skb.ipsec = replace(skb.ipsec, path=(*skb.ipsec.path, state))
        if state.mode is XfrmMode.TUNNEL:
            if not _holds_ip(following, content):
                yield from _dropped(stack, skb, NoIpInside())
                return Undone.ENDED
            skb.packet = _with_ecn(
                state, skb.packet, replace(skb.packet, data=content, unknown=b"")
            )
            result = Undone.TUNNEL
            break
        size = skb.packet.headers.payload_offset
        data = joined(skb.packet.data[:size], following, content)
        skb.packet = replace(skb.packet, data=data, unknown=b"")
        found = _part(stack, skb.packet)
    skb.packet = replace(
        skb.packet, flow=None, ct_state=CtState.INVALID, ct_reply=False,
        secpath=tuple(state.transform for state in skb.ipsec.path),
    )  # fmt: skip
    skb.because = Because()  # of the packet outside
    yield stack.note(skb, Unpacked(skb.ipsec.path[-1], skb.in_iface), before)
    return result


def _dropped(stack: Stack, skb: Skb, cause: Cause) -> Iterator[Step]:
    yield from stack.end(skb, FateVerdict.DROPPED, ByPart.IPSEC, IpsecDropped(cause))


def _part(stack: Stack, packet: Packet) -> tuple[int, bytes, bool] | None:
    """Protocol and bytes from the ESP or AH header on, and whether it came in UDP."""
    headers = packet.headers
    if headers.fragment_offset or not stack.xfrm.is_used:
        return None
    if headers.protocol in (IPPROTO_ESP, IPPROTO_AH) and stack.xfrm.handles(headers.protocol):
        return headers.protocol, packet.payload, False
    if headers.udp is not None and any(
        state.encap is not None and headers.dport in state.encap for state in stack.xfrm.host.states
    ):
        inner = out_of_udp(packet.payload)
        return (IPPROTO_ESP, inner, True) if inner is not None else None
    return None


def _content(state: State, packet: Packet, part: bytes) -> tuple[int, bytes]:
    if state.protocol == IPPROTO_AH:
        return without_ah(state, packet.data[: packet.headers.length])
    return unwrapped(state, part)


def _holds_ip(following: int, content: bytes) -> bool:
    """A whole IP header of the version that ESP or AH names (xfrm_remove_mode)."""
    version, size = {IPPROTO_IPIP: (4, 20), IPPROTO_IPV6: (6, 40)}.get(following, (0, 0))
    return version > 0 and len(content) >= size and content[0] >> 4 == version


def _with_ecn(state: State, outer: Packet, inner: Packet) -> Packet:
    """Congestion that the outer header met is passed on (ipip_ecn_decapsulate)."""
    size = (inner.data[0] & 15) * 4
    if inner.data[0] >> 4 == 4 and not 20 <= size <= len(inner.data):
        return inner  # ip_rcv refuses it
    tos = inner.headers.tos
    if "decap-dscp" in state.flags:
        tos = outer.headers.tos & 0xFC | tos & 3
    if "noecn" not in state.flags and outer.headers.tos & 3 == 3 and tos & 3:
        tos |= 3
    return inner.with_tos(tos) if tos != inner.headers.tos else inner


def check(stack: Stack, skb: Skb, direction: XfrmDirection) -> Steps:
    """xfrm_policy_check: may it pass as it came? ``direction`` is in or fwd."""
    if not stack.xfrm.is_used or (skb.is_looped and skb.in_iface == "lo"):
        return True
    if skb.packet.family == 6:
        if not (yield from stack.meets(skb, Met.POLICY, ByPart.IPSEC)):
            return False
    elif either_setting(stack.runtime.host, skb.in_iface, "disable_policy"):
        return True
    cause = stack.xfrm.refusal(
        direction, _untranslated(stack, skb.packet), skb.in_iface, skb.ipsec.path
    )
    if cause is None:
        if skb.ipsec.path:
            yield stack.note(skb, WayAsked(direction))
        return True
    why = PolicyCheckFailed(direction, cause)
    yield from stack.end(skb, FateVerdict.DROPPED, ByPart.IPSEC, why)
    return False


def _untranslated(stack: Stack, packet: Packet) -> Packet:
    """With the ends that came in: policies do not see NAT (nf_nat_decode_session)."""
    flow = stack.runtime.flows.get(packet.flow) if packet.flow is not None else None
    if flow is None:
        return packet
    came = flow.reply if packet.ct_reply else flow.original
    own, others = ("SRC_NAT", "DST_NAT") if packet.ct_reply else ("DST_NAT", "SRC_NAT")
    if flow.has(own):
        packet = packet.with_destination(came.dst, came.dport)
    if flow.has(others):
        packet = packet.with_source(came.src, came.sport)
    return packet
