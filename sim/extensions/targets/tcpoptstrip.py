"""-j TCPOPTSTRIP: overwrite TCP options with NOPs (net/netfilter/xt_TCPOPTSTRIP.c)."""

from __future__ import annotations

from sim.extensions.args import integer
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Answer, Context, Option, RuleContext, TargetType
from sim.extensions.listing import Listing
from sim.model.rules import Args, Verdict
from sim.packet.headers import IPPROTO_TCP
from sim.packet.tcp_options import TCPOPT_NOP, options

NAMES = {
    "mss": 2, "wscale": 3, "sack-permitted": 4, "sack": 5, "timestamp": 8, "md5": 19,
}  # fmt: skip
_WORDS = {value: name for name, value in NAMES.items()}


def _kinds(text: str, rule: RuleContext) -> frozenset[int]:
    kinds: set[int] = set()
    for word in text.split(","):
        try:
            kind = NAMES[word] if word in NAMES else integer(word, 2, 255)
        except ValueError:
            names = ", ".join(NAMES)
            raise ValueError(f'"{word}" is not a TCP option: 2 to 255, or {names}') from None
        if kind in kinds:
            raise ValueError(f"the TCP option {word} is named twice")
        kinds.add(kind)
    return frozenset(kinds)


def _save(kinds: frozenset[int]) -> str:
    return ",".join(str(kind) for kind in sorted(kinds))


def apply(args: Args, ctx: Context) -> Answer:
    packet, kinds = ctx.packet, args.value("--strip-options", frozenset())
    if packet.headers.fragment_offset:
        return Answer(Verdict.CONTINUE, packet, "nothing: a later fragment has no TCP header")
    part = packet.payload
    size = (part[12] >> 4) * 4 if len(part) >= 20 else 0
    if len(part) < 20 or size > len(part):
        return Answer(Verdict.DROP, packet, "dropped: the TCP header is cut off")
    header, found = bytearray(part[:size]), []
    for at, length in options(part[:size], 2):
        if at + length > size:
            break
        if part[at] in kinds:
            header[at : at + length] = bytes((TCPOPT_NOP,)) * length
            found.append(_WORDS.get(part[at], str(part[at])))
    if not found:
        return Answer(Verdict.CONTINUE, packet, "nothing: no such option")
    packet = packet.patched(20, bytes(header[20:]))
    return Answer(Verdict.CONTINUE, packet, f"TCP options stripped: {', '.join(found)}")


def _draw(place: DrawPlace) -> str | None:
    return "--strip-options mss,sack-permitted" if place.protocol == "tcp" else None


TARGET = TargetType(
    "TCPOPTSTRIP",
    options=(
        Option(
            "--strip-options",
            _kinds,
            save=_save,
            metavar="OPTION,...",
            help="options by number or name",
        ),
    ),
    tables=frozenset({"mangle"}),
    protocols=frozenset({IPPROTO_TCP}),
    apply=apply,
    help="overwrite TCP options with NOPs",
    listing=Listing("TCPOPTSTRIP", {"--strip-options": "options {}"}, head_with_parts=True),
    draw=_draw,
    examples=("--strip-options 2",),
)
