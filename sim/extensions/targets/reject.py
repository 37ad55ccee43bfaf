"""-j REJECT: drop the packet and say so to its sender.

net/ipv4/netfilter/ipt_REJECT.c and nf_reject_ipv4.c, net/ipv6/netfilter/ip6t_REJECT.c and
nf_reject_ipv6.c. The packet is dropped whether or not an answer may be sent.
"""

from __future__ import annotations

from functools import partial
from ipaddress import IPv6Address

from sim.base.frozen import dataclass
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import (
    Answer,
    CloseFlow,
    Context,
    Emit,
    Option,
    Refusal,
    Request,
    RuleContext,
    TargetType,
)
from sim.extensions.listing import Listing
from sim.extensions.protocol_hint import protocol_hint
from sim.extensions.traits import Changes
from sim.model.host import RouteKind
from sim.model.replies import ReplyKind
from sim.model.rules import Args, Hook, Verdict
from sim.packet.headers import IPPROTO_TCP
from sim.packet.icmp import (
    DEST_UNREACH,
    V6_DEST_UNREACH,
    has_echoed_options,
    icmp_error,
    is_checksummed,
    is_error_allowed,
    is_icmp_error,
)
from sim.packet.kinds import PacketType
from sim.packet.packet import Owner, Packet
from sim.packet.reset import is_reset_allowed, tcp_reset
from sim.packet.summed import holds_in_hook

# The kernel's control socket sends ICMP errors: it is a socket, but nobody's file.
CONTROL_SOCKET = Owner(uid=0, gid=0, has_file=False)


@dataclass(frozen=True, slots=True)
class RejectKind:
    """One ``--reject-with``; ``code`` is that of destination unreachable."""

    name: ReplyKind
    alias: str
    code: int = 0


# In the tool's order: a shortened name takes the first that begins with it.
KINDS4 = (
    RejectKind(ReplyKind.ICMP_NET_UNREACHABLE, "net-unreach", 0),
    RejectKind(ReplyKind.ICMP_HOST_UNREACHABLE, "host-unreach", 1),
    RejectKind(ReplyKind.ICMP_PROTO_UNREACHABLE, "proto-unreach", 2),
    RejectKind(ReplyKind.ICMP_PORT_UNREACHABLE, "port-unreach", 3),
    RejectKind(ReplyKind.ICMP_NET_PROHIBITED, "net-prohib", 9),
    RejectKind(ReplyKind.ICMP_HOST_PROHIBITED, "host-prohib", 10),
    RejectKind(ReplyKind.TCP_RESET, "tcp-rst"),
    RejectKind(ReplyKind.ICMP_ADMIN_PROHIBITED, "admin-prohib", 13),
)
KINDS6 = (
    RejectKind(ReplyKind.ICMP6_NO_ROUTE, "no-route", 0),
    RejectKind(ReplyKind.ICMP6_ADM_PROHIBITED, "adm-prohibited", 1),
    RejectKind(ReplyKind.ICMP6_ADDR_UNREACHABLE, "addr-unreach", 3),
    RejectKind(ReplyKind.ICMP6_PORT_UNREACHABLE, "port-unreach", 4),
    RejectKind(ReplyKind.TCP_RESET, "tcp-reset"),
    RejectKind(ReplyKind.ICMP6_POLICY_FAIL, "policy-fail", 5),
    RejectKind(ReplyKind.ICMP6_REJECT_ROUTE, "reject-route", 6),
)
DEFAULTS = {4: KINDS4[3], 6: KINDS6[3]}


def _kind(text: str, rule: RuleContext, kinds: tuple[RejectKind, ...]) -> RejectKind:
    word = text.lower()
    if word in ("echo-reply", "echoreply"):
        raise ValueError("REJECT cannot answer with an echo reply since Linux 2.6.0")
    for kind in kinds:
        if kind.name.startswith(word) or kind.alias.startswith(word):
            return kind
    names = ", ".join(kind.name for kind in kinds)
    raise ValueError(f'"{text}" is not a way to reject: {names}')


def _wanted(args: Args, family: int) -> RejectKind:
    kind: RejectKind = args.value("--reject-with", DEFAULTS[family])
    return kind


def load(args: Args, rule: RuleContext) -> None:
    is_reset = _wanted(args, rule.family).name == ReplyKind.TCP_RESET
    if is_reset and (rule.protocol != IPPROTO_TCP or rule.protocol_negated):
        raise Refusal(
            "a TCP reset can only answer TCP", "--reject-with", hint=protocol_hint("-p tcp", rule)
        )


def save(args: Args, family: int) -> str:
    return f"--reject-with {_wanted(args, family).name}"


def apply(args: Args, ctx: Context) -> Answer:
    kind = _wanted(args, ctx.family)
    silent = _why_silent_reset(ctx) if kind.name == ReplyKind.TCP_RESET else _why_silent_error(ctx)
    if silent:
        text = f"rejected in silence: {silent}"
        return Answer(Verdict.DROP, ctx.packet, text, rejected_with=kind.name)
    if kind.name != ReplyKind.TCP_RESET and has_echoed_options(ctx.packet):
        need = "the echo of IP options in an ICMP error, which is not modelled"
        return Answer(Verdict.DROP, ctx.packet, "", need=need, rejected_with=kind.name)
    text = f"the host answers with {kind.name}"
    requests = _reset(ctx) if kind.name == ReplyKind.TCP_RESET else _error(ctx, kind)
    return Answer(Verdict.DROP, ctx.packet, text, requests, rejected_with=kind.name)


def _why_silent_error(ctx: Context) -> str:
    """Why no ICMP error is sent, in the kernel's order, or empty."""
    packet = ctx.packet
    headers = packet.headers
    if headers.fragment_offset:
        return "it is not the first fragment"
    is_right = packet.summed.is_valid or _holds(ctx)
    if is_checksummed(packet) and not is_right:
        return "its checksum is wrong, or not a plain sum over its payload"
    if is_icmp_error(packet):
        return "no ICMP error answers an ICMP error"
    if packet.link is not None and packet.link.kind is not PacketType.HOST:
        return f"it came as a link-layer {packet.link.kind}"
    broadcast = _was_broadcast(ctx)
    if broadcast:
        return broadcast
    if not is_error_allowed(packet):
        return "its addresses do not name a single sender and receiver"
    return ""


def _why_silent_reset(ctx: Context) -> str:
    packet = ctx.packet
    headers = packet.headers
    if headers.fragment_offset:
        return "it is not the first fragment"
    if headers.tcp is None:
        return "it has no complete TCP header"
    if not is_reset_allowed(packet):
        return "no reset answers a reset"
    if not _holds(ctx):
        return "its TCP checksum is wrong"
    if ctx.family == 4:
        return _was_broadcast(ctx)
    if any(end.is_multicast or end == IPv6Address(0) for end in (headers.src, headers.dst)):
        return "its addresses are not both unicast"
    return ""


def _holds(ctx: Context) -> bool:
    """nf_ip_checksum: what was summed is not always summed again."""
    return holds_in_hook(ctx.packet, is_incoming=ctx.hook is Hook.INPUT)


def _was_broadcast(ctx: Context) -> str:
    """IPv4: was the packet routed as broadcast or multicast? A bridged one was not routed."""
    if ctx.family == 6 or ctx.physout:
        return ""
    kind = ctx.runtime.routing.address_type(ctx.packet.headers.dst)
    if kind not in ("BROADCAST", "MULTICAST") or _goes_by_gateway(ctx):
        return ""
    return f"its destination is {kind.lower()}"


def _reply_mark(ctx: Context) -> int:
    """IP4_REPLY_MARK: only with ``fwmark_reflect`` does an answer inherit the mark."""
    family = "ipv4" if ctx.family == 4 else "ipv6"
    reflect = ctx.host.sysctl(f"net.{family}.fwmark_reflect", "0")
    return ctx.packet.mark if reflect.strip() != "0" else 0


def _ttl(ctx: Context) -> int:
    """IPv6's is the device's by which the answer leaves: ``ttl_from_route``."""
    return int(ctx.host.sysctl("net.ipv4.ip_default_ttl", "64")) if ctx.family == 4 else 64


def _error(ctx: Context, kind: RejectKind) -> tuple[Request, ...]:
    """The kernel asks the route back for the source unless the packet was for this host.

    IPv4 looks at the packet's route for that, which may be local although the address is not; a
    bridged packet has the bridge's own (br_netfilter's fake_rtable), which is not.
    Where IPv6's errors come from is the same for all of them (``kernel.stack.emission``).
    """
    destination = ctx.packet.headers.dst
    is_delivered = ctx.hook is Hook.INPUT
    is_ours = ctx.family == 4 and (is_delivered or (not ctx.physout and _is_routed_here(ctx)))
    type = DEST_UNREACH if ctx.family == 4 else V6_DEST_UNREACH
    source = destination if is_ours else None
    data = icmp_error(ctx.packet, type, kind.code, source, ttl=_ttl(ctx))
    packet = Packet(data, mark=_reply_mark(ctx), owner=CONTROL_SOCKET)
    emit = Emit(
        packet, kind.name, related=True, source_from_route=source is None, ttl_from_route=True
    )
    return (emit,)


def _is_routed_here(ctx: Context) -> bool:
    if _goes_by_gateway(ctx):
        return ctx.route is not None and ctx.route.kind is RouteKind.LOCAL
    return ctx.runtime.routing.is_local(ctx.packet.headers.dst)


def _goes_by_gateway(ctx: Context) -> bool:
    """A copy (TEE) has the route to its gateway, whoever the packet is for."""
    return ctx.packet.is_copy and ctx.hook is Hook.OUTPUT and ctx.route is not None


def _reset(ctx: Context) -> tuple[Request, ...]:
    """Sent from the packet's own destination; the connection's entry goes to CLOSE at once.

    For a bridged packet the reset goes straight back out of the port, past every hook.
    """
    packet = Packet(tcp_reset(ctx.packet, ttl=_ttl(ctx)), mark=_reply_mark(ctx))
    dev = ctx.physin
    emit = Emit(
        packet, ReplyKind.TCP_RESET, is_direct=bool(dev), related=True, ttl_from_route=True, dev=dev
    )
    return (CloseFlow(), emit)


def _draw(place: DrawPlace) -> str | None:
    if place.protocol == "tcp" and place.chance(0.5):
        return "--reject-with tcp-reset"
    kinds = KINDS4 if place.family == 4 else KINDS6
    kind = place.world.pick([each.name for each in kinds if each.name is not ReplyKind.TCP_RESET])
    return place.words(f"--reject-with {kind}")


def _target(family: int, kinds: tuple[RejectKind, ...]) -> TargetType:
    return TargetType(
        "REJECT",
        options=(
            Option(
                "--reject-with",
                partial(_kind, kinds=kinds),
                save=lambda kind: kind.name,
                metavar="TYPE",
                help="what to answer: " + ", ".join(kind.name for kind in kinds),
            ),
        ),
        families=frozenset({family}),
        tables=frozenset({"filter"}),
        hooks=frozenset({Hook.INPUT, Hook.FORWARD, Hook.OUTPUT}),
        load=load,
        save=save,
        apply=apply,
        help="drop the packet and tell its sender",
        reservation="undetermined for packets whose IP options the answer would echo",
        ends=True,
        changes=Changes.NOTHING,
        listing=Listing(parts={"--reject-with": "reject-with {}"}),
        draw=_draw,
        examples=("", "--reject-with tcp-reset"),
    )


TARGETS = (_target(4, KINDS4), _target(6, KINDS6))
