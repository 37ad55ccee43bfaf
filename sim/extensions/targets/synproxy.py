"""-j SYNPROXY: answer SYNs in a server's stead (net/ipv4/netfilter/ipt_SYNPROXY.c).

The client's SYN is answered with a cookie; only when its ACK proves that it is there does the
server get a SYN (net/netfilter/nf_synproxy_core.c). What follows is ``sim.extensions.synproxy``'s.
"""

from __future__ import annotations

from sim.extensions.args import number
from sim.extensions.drawing import DrawPlace, F, I
from sim.extensions.extension import Answer, Context, Emit, Option, TargetType
from sim.extensions.listing import Listing, plain, switches
from sim.extensions.synproxy import Offer, client_ack, client_syn, offer_of
from sim.model.replies import ReplyKind
from sim.model.rules import Args, Hook, Verdict
from sim.packet.headers import ACK, FIN, IPPROTO_TCP, RST, SYN
from sim.packet.summed import holds_in_hook


def _wanted(args: Args) -> Offer:
    """What the rule allows; the kernel's fields are narrow, and cut what was typed."""
    return Offer(
        mss=args.value("--mss", 0) & 0xFFFF,
        wscale=args.value("--wscale", 0) & 0xFF,
        has_mss="--mss" in args,
        has_wscale="--wscale" in args,
        has_sack="--sack-perm" in args,
        has_timestamp="--timestamp" in args,
        has_ecn="--ecn" in args,
    )


def save(args: Args, family: int) -> str:
    wanted, words = _wanted(args), []
    if wanted.has_sack:
        words.append("--sack-perm")
    if wanted.has_timestamp:
        words.append("--timestamp")
    if wanted.has_wscale:
        words.append(f"--wscale {wanted.wscale}")
    if wanted.has_mss:
        words.append(f"--mss {wanted.mss}")
    if wanted.has_ecn:
        words.append("--ecn")
    return " ".join(words)


def apply(args: Args, ctx: Context) -> Answer:
    packet, tcp = ctx.packet, ctx.packet.headers.tcp
    if not holds_in_hook(packet, is_incoming=ctx.hook is Hook.INPUT):
        return Answer(Verdict.DROP, packet, "dropped: its checksum is wrong")
    if tcp is None or len(packet.payload) < tcp.offset:
        return Answer(Verdict.DROP, packet, "dropped: the TCP header is cut off")
    flags = tcp.flags & (SYN | ACK | FIN | RST)
    theirs = offer_of(tcp)
    if flags == SYN:
        answer = client_syn(ctx.runtime, packet, theirs, _wanted(args))
        text = "answered with a SYN+ACK that carries a cookie; the server hears nothing yet"
        return Answer(Verdict.STOLEN, packet, text, (Emit(answer, ReplyKind.SYN_ACK),))
    if flags == ACK:
        syn = client_ack(ctx.runtime, packet, theirs)
        if syn is None:
            return Answer(Verdict.DROP, packet, "dropped: it acknowledges no cookie of ours")
        text = "the cookie is right: the server gets a SYN in the client's name"
        return Answer(Verdict.STOLEN, packet, text, (Emit(syn, ReplyKind.SYN),))
    return Answer(Verdict.CONTINUE, packet, "nothing: neither a SYN nor a plain ACK")


def _draw(place: DrawPlace) -> str | None:
    if place.protocol != "tcp" or not place.within(I, F):
        return None
    if any(line.endswith("failed") for line in place.world.lines):
        return None  # its answers would hold entries back that are gone for the simulation
    return "--sack-perm --timestamp --wscale 7 --mss 1460"


TARGET = TargetType(
    "SYNPROXY",
    options=(
        Option("--sack-perm", help="pass selective acknowledgement on"),
        Option("--timestamp", help="pass timestamps on; the cookie needs them for more"),
        Option("--wscale", number(), metavar="SHIFT", help="window scale of the server"),
        Option("--mss", number(), metavar="MSS", help="MSS of the server"),
        Option("--ecn", help="pass ECN on"),
    ),
    hooks=frozenset({Hook.INPUT, Hook.FORWARD}),
    protocols=frozenset({IPPROTO_TCP}),
    save=save,
    apply=apply,
    needs_conntrack=True,
    help="answer SYNs in a server's stead",
    needs_synproxy=True,
    listing=Listing(
        "SYNPROXY", {**switches("sack-perm timestamp"), **plain("wscale mss"), **switches("ecn")}
    ),
    draw=_draw,
    examples=("--sack-perm --timestamp --wscale 7 --mss 1460 --ecn",),
)
