"""-m mh: the type of an IPv6 mobility header (net/ipv6/netfilter/ip6t_mh.c).

A header that is cut off, or that something follows, is dropped on the spot.
"""

from __future__ import annotations

from sim.base.values import Range
from sim.extensions.args import integer
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Clause, Context, Judgement, MatchType, Option, RuleContext
from sim.extensions.listing import Listing
from sim.extensions.matchers.clauses import fails
from sim.extensions.traits import Opaque, Steady
from sim.model.rules import Args

IPPROTO_MH = 135
NOTHING_FOLLOWS = 59
# Each name and its abbreviation, in the order in which the tool looks for a beginning.
TYPES = {
    "binding-refresh-request": 0, "brr": 0, "home-test-init": 1, "hoti": 1,
    "careof-test-init": 2, "coti": 2, "home-test": 3, "hot": 3, "careof-test": 4, "cot": 4,
    "binding-update": 5, "bu": 5, "binding-acknowledgement": 6, "ba": 6, "binding-error": 7,
    "be": 7,
}  # fmt: skip
WHOLE = Range(0, 255)


def _type(text: str) -> int:
    """A name may be shortened to any beginning of it; the first that fits counts."""
    folded = text.lower()
    if folded in TYPES:
        return TYPES[folded]
    for name, number in TYPES.items():
        if name.startswith(folded):
            return number
    try:
        return integer(text, 0, 255)
    except ValueError:
        raise ValueError(
            f'"{text}" is neither a type from 0 to 255 nor one of {", ".join(TYPES)}'
        ) from None


def _types(text: str, rule: RuleContext) -> Range:
    first, colon, second = text.partition(":")
    if not colon:
        value = _type(first)
        return Range(value, value)
    found = Range(_type(first) if first else 0, _type(second) if second else 255)
    if found.low > found.high:
        raise ValueError(f"the range {text} is backwards")
    return found


def _judge(args: Args, ctx: Context) -> Judgement:
    headers = ctx.packet.headers
    want = "a mobility header"
    if headers.fragment_offset:
        return fails("mh", want, f"a fragment at {headers.fragment_offset}")
    data = ctx.packet.data[headers.payload_offset :]
    if len(data) < 6:
        return fails("mh", f"{want} of 6 bytes", f"{len(data)} bytes", hotdrop=True)
    if data[0] != NOTHING_FOLLOWS:
        return fails("mh", f"nothing behind {want}", f"protocol {data[0]}", hotdrop=True)
    arg = args.get("--mh-type")
    if arg is None:
        return Judgement((Clause("mh", "", want, f"type {data[2]}"),))
    held = (data[2] in arg.value) != arg.negated
    return Judgement((Clause("mh", "--mh-type", str(arg.value), f"{data[2]}", arg.negated, held),))


def _save(args: Args, family: int) -> str:
    arg = args.get("--mh-type")
    if arg is None or arg.value == WHOLE:
        return ""
    return f"{'! ' * arg.negated}--mh-type {arg.value}"


def _draw(place: DrawPlace) -> str | None:
    if place.protocol != "mobility-header":
        return None
    return f"{place.negation()}--mh-type {place.world.pick(('0', '5', '1:6'))}"


MATCH = MatchType(
    "mh",
    options=(
        Option("--mh-type", _types, invert=True, metavar="TYPE[:TYPE]",
               help="type by number or name (binding-update, ...)"),
    ),
    families=frozenset({6}),
    protocols=frozenset({IPPROTO_MH}),
    save=_save,
    judge=_judge,
    help="type of an IPv6 mobility header",
    steady=Steady.ALWAYS,
    listing=Listing("mh", {"--mh-type": "{n}{}"}),
    opaque=Opaque.HEADERS,
    draw=_draw,
    examples=("", "--mh-type 1"),
)  # fmt: skip
