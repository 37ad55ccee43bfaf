"""-m ipv6header: which headers an IPv6 packet has (net/ipv6/netfilter/ip6t_ipv6header.c).

Hard (the default): exactly these. --soft: at least these; inverted, none of these.
``prot`` is anything behind the extension headers that is neither ESP nor "no next header".
"""

from __future__ import annotations

from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Clause, Context, Judgement, MatchType, Option, RuleContext
from sim.extensions.listing import Listing, ListingPart
from sim.extensions.matchers.clauses import fails
from sim.extensions.matchers.skipping import (
    AUTH,
    DEST,
    ESP,
    EXTENSIONS,
    FRAGMENT,
    HOP,
    NONE,
    ROUTING,
    header_size,
)
from sim.extensions.traits import Opaque, Steady
from sim.model.rules import Args
from sim.packet.protocols import PROTOCOL_ALIASES, PROTOCOLS

PROTOCOL = 255
# In the order they are printed: number, bit, name that is printed.
HEADERS = (
    (HOP, 128, "hop-by-hop"),
    (DEST, 64, "ipv6-opts"),
    (ROUTING, 32, "ipv6-route"),
    (FRAGMENT, 16, "ipv6-frag"),
    (AUTH, 8, "ah"),
    (ESP, 4, "esp"),
    (NONE, 2, "ipv6-nonxt"),
    (PROTOCOL, 1, "protocol"),
)
BITS = {number: bit for number, bit, _ in HEADERS}
SHORT = {
    "hop-by-hop": HOP, "hop": HOP, "dst": DEST, "route": ROUTING, "frag": FRAGMENT, "auth": AUTH,
    "esp": ESP, "none": NONE, "prot": PROTOCOL, "protocol": PROTOCOL,
}  # fmt: skip


def _headers(text: str, rule: RuleContext) -> int:
    bits = 0
    for word in filter(None, text.split(",")):
        number = PROTOCOLS.get(word, PROTOCOL_ALIASES.get(word, SHORT.get(word)))
        if number is None and word in map(str, BITS):
            number = int(word)
        if number not in BITS:
            raise ValueError(f'"{word}" is not one of {", ".join(SHORT)}')
        bits |= BITS[number]
    if not bits:
        raise ValueError(f"at least one of {', '.join(SHORT)}")
    return bits


def shown(bits: int) -> str:
    return ",".join(name for _, bit, name in HEADERS if bits & bit) or "none"


def _judge(args: Args, ctx: Context) -> Judgement:
    arg = args.get("--header")
    assert arg is not None
    soft = "--soft" in args
    want = f"{'at least' if soft else 'exactly'} {shown(arg.value)}"
    if soft and arg.negated:
        want = f"none of {shown(arg.value)}"
    data = ctx.packet.data
    number, at, bits = data[6], 40, 0
    while number in EXTENSIONS or number == ESP:
        if number == NONE:
            bits |= BITS[NONE]
            break
        if len(data) - at < 2:
            return fails("ipv6header", want, "a packet that ends early")
        bits |= BITS[number]
        if number == ESP:
            break
        number, at = data[at], at + header_size(number, data[at + 1])
        if at > len(data):
            break
    if number not in (NONE, ESP):
        bits |= BITS[PROTOCOL]
    if soft:
        held = not (bits ^ arg.value ^ (0xFF if arg.negated else 0)) & arg.value
    else:
        held = (bits == arg.value) != arg.negated
    negated = arg.negated and not soft
    return Judgement((Clause("ipv6header", "--header", want, shown(bits), negated, held),))


def _listed(text: str) -> str:
    names = {name: bit for _, bit, name in HEADERS}
    return f"0x{sum(names[word] for word in text.split(',')):02X}"


def _draw(place: DrawPlace) -> str:
    names = place.words("hop", "dst", "route", "frag", "none", "prot", "esp", least=1)
    return f"{place.negation()}--header {names.replace(' ', ',')} " + place.words("--soft")


MATCH = MatchType(
    "ipv6header",
    options=(
        Option("--header", _headers, required=True, invert=True, save=shown, metavar="NAMES",
               help="hop, dst, route, frag, auth, esp, none, prot"),
        Option("--soft", help="other headers may be there as well"),
    ),
    families=frozenset({6}),
    judge=_judge,
    help="which headers an IPv6 packet has",
    steady=Steady.ALWAYS,
    listing=Listing("ipv6header", {
        "--header": ListingPart("flags:{n}{}", _listed), "--soft": "soft"}),
    opaque=Opaque.HEADERS,
    draw=_draw,
    examples=("--header hop-by-hop",),
)  # fmt: skip
