"""-j ECN: change the ECN bits of IPv4 and of TCP (net/ipv4/netfilter/ipt_ECN.c)."""

from __future__ import annotations

from sim.extensions.args import number
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Answer, Context, Option, Refusal, RuleContext, TargetType
from sim.extensions.listing import Listing
from sim.extensions.protocol_hint import protocol_hint
from sim.model.rules import Args, Verdict
from sim.packet.headers import CWR, ECE, IPPROTO_TCP
from sim.packet.packet import Packet

_TCP_FLAGS = ("--ecn-tcp-remove", "--ecn-tcp-ece", "--ecn-tcp-cwr")


def _tcp_bits(args: Args) -> dict[int, int]:
    """Bit -> 0 or 1, for the TCP bits that the rule sets."""
    if "--ecn-tcp-remove" in args:
        return {ECE: 0, CWR: 0}
    bits = {}
    if "--ecn-tcp-ece" in args:
        bits[ECE] = args.value("--ecn-tcp-ece")
    if "--ecn-tcp-cwr" in args:
        bits[CWR] = args.value("--ecn-tcp-cwr")
    return bits


def check(args: Args, rule: RuleContext) -> None:
    if not len(args):
        raise Refusal("ECN needs --ecn-tcp-remove, --ecn-tcp-ece, --ecn-tcp-cwr or --ecn-ip-ect")


def load(args: Args, rule: RuleContext) -> None:
    if _tcp_bits(args) and (rule.protocol != IPPROTO_TCP or rule.protocol_negated):
        flag = next(flag for flag in _TCP_FLAGS if flag in args)
        raise Refusal("only TCP has these bits", flag, hint=protocol_hint("-p tcp", rule))


def save(args: Args, family: int) -> str:
    bits, has_ip = _tcp_bits(args), "--ecn-ip-ect" in args
    if bits == {ECE: 0, CWR: 0} and not has_ip:
        return "--ecn-tcp-remove"
    words = []
    if ECE in bits:
        words.append(f"--ecn-tcp-ece {bits[ECE]}")
    if CWR in bits:
        words.append(f"--ecn-tcp-cwr {bits[CWR]}")
    if has_ip:
        words.append(f"--ecn-ip-ect {args.value('--ecn-ip-ect')}")
    return " ".join(words)


def _with_tcp_bits(packet: Packet, bits: dict[int, int]) -> Packet | None:
    """The kernel looks where a TCP header would be, even in a later fragment."""
    part = packet.payload
    if len(part) < 20:
        return None
    flags = part[13]
    for bit, value in bits.items():
        flags = flags | bit if value else flags & ~bit
    if flags == part[13]:
        return packet
    return packet.patched(12, bytes((part[12], flags)))


def apply(args: Args, ctx: Context) -> Answer:
    packet, done = ctx.packet, []
    ect, bits = args.value("--ecn-ip-ect"), _tcp_bits(args)
    if ect is not None and packet.headers.tos & 3 != ect:
        packet = packet.with_tos(packet.headers.tos & ~3 | ect)
        done.append(f"ECN field of IP becomes {ect}")
    if bits and packet.headers.protocol == IPPROTO_TCP:
        changed = _with_tcp_bits(packet, bits)
        if changed is None:
            return Answer(Verdict.DROP, packet, "dropped: the TCP header is cut off")
        if changed is not packet:
            words = " and ".join(
                f"{'ECE' if bit == ECE else 'CWR'} {'on' if value else 'off'}"
                for bit, value in bits.items()
            )
            done.append(f"TCP flags: {words}")
        packet = changed
    return Answer(Verdict.CONTINUE, packet, ", ".join(done) or "nothing: the bits are so already")


def _draw(place: DrawPlace) -> str | None:
    return "--ecn-tcp-remove" if place.protocol == "tcp" else None


TARGET = TargetType(
    "ECN",
    options=(
        Option(
            "--ecn-tcp-remove",
            excludes=("--ecn-tcp-ece", "--ecn-tcp-cwr"),
            help="clear ECE and CWR in the TCP header",
        ),
        Option(
            "--ecn-tcp-cwr",
            number(0, 1),
            excludes=("--ecn-tcp-remove",),
            metavar="0|1",
            help="the CWR bit of TCP",
        ),
        Option(
            "--ecn-tcp-ece",
            number(0, 1),
            excludes=("--ecn-tcp-remove",),
            metavar="0|1",
            help="the ECE bit of TCP",
        ),
        Option("--ecn-ip-ect", number(0, 3), metavar="0..3", help="the ECN field of IP"),
    ),
    families=frozenset({4}),
    tables=frozenset({"mangle"}),
    check=check,
    load=load,
    save=save,
    apply=apply,
    help="change the ECN bits",
    listing=Listing(
        "ECN",
        {
            "--ecn-tcp-remove": "TCP remove",
            "--ecn-tcp-ece": "ECE={}",
            "--ecn-tcp-cwr": "CWR={}",
            "--ecn-ip-ect": "ECT codepoint={}",
        },
    ),
    draw=_draw,
    examples=("--ecn-tcp-remove", "--ecn-ip-ect 0", "--ecn-tcp-cwr 1", "--ecn-tcp-ece 1"),
)
