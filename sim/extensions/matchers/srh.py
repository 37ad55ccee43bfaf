"""-m srh: the IPv6 segment routing header (net/ipv6/netfilter/ip6t_srh.c).

The numbers of a field share one place: of --srh-hdr-len-eq 4 --srh-hdr-len-gt 2 the last number
typed counts for both. A packet without such a header never matches.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address

from sim.base.values import address_text
from sim.extensions.args import host_mask, integer, mask_length, number
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import (
    Clause,
    Context,
    Judgement,
    MatchType,
    Option,
    RuleContext,
    in_order,
)
from sim.extensions.listing import Listing
from sim.extensions.matchers.clauses import fails
from sim.extensions.matchers.skipping import ROUTING, Malformed, find_header
from sim.extensions.traits import Opaque, Steady
from sim.model.rules import Arg, Args

TYPE = 4
# Flag, the field whose number it shares, and how it compares; in the kernel's order.
NUMBERS = (
    ("--srh-next-hdr", "next header", "is"),
    ("--srh-hdr-len-eq", "header length", "is"),
    ("--srh-hdr-len-gt", "header length", "above"),
    ("--srh-hdr-len-lt", "header length", "below"),
    ("--srh-segs-left-eq", "segments left", "is"),
    ("--srh-segs-left-gt", "segments left", "above"),
    ("--srh-segs-left-lt", "segments left", "below"),
    ("--srh-last-entry-eq", "last entry", "is"),
    ("--srh-last-entry-gt", "last entry", "above"),
    ("--srh-last-entry-lt", "last entry", "below"),
    ("--srh-tag", "tag", "is"),
)
FIELDS = {flag: field for flag, field, _ in NUMBERS}
SEGMENTS = ("--srh-psid", "--srh-nsid", "--srh-lsid")


def _number_of(args: Args, flag: str) -> int:
    """The last number typed for the field of this option."""
    return [arg.value for arg in args if FIELDS.get(arg.flag) == FIELDS[flag]][-1]  # type: ignore[no-any-return]


def _judge(args: Args, ctx: Context) -> Judgement:
    data = ctx.packet.data
    want = "a segment routing header"
    try:
        at = find_header(data, ROUTING)
    except Malformed:
        at = None
    if at is None or len(data) < at + 8 or len(data) - at < (data[at + 1] + 1) * 8:
        return fails("srh", want, "none")
    if data[at + 2] != TYPE:
        return fails("srh", want, f"a routing header of type {data[at + 2]}")
    if data[at + 3] > data[at + 4]:
        return fails("srh", want, f"{data[at + 3]} segments left of {data[at + 4] + 1}")
    return in_order(_clauses(args, data, at))


def _clauses(args: Args, data: bytes, at: int) -> Iterator[Clause]:
    values = {
        "next header": data[at],
        "header length": data[at + 1],
        "segments left": data[at + 3],
        "last entry": data[at + 4],
        # The kernel forgets to swap the bytes of the tag.
        "tag": int.from_bytes(data[at + 6 : at + 8], "little"),
    }
    yield Clause("srh", "", "a segment routing header", f"{values['segments left']} segments left")
    for flag, field, relation in NUMBERS:
        arg = args.get(flag)
        if arg is None:
            continue
        wanted, seen = _number_of(args, flag), values[field]
        held = {"is": seen == wanted, "above": seen > wanted, "below": seen < wanted}[relation]
        want = f"{field} {'' if relation == 'is' else relation + ' '}{wanted}"
        yield Clause("srh", flag, want, f"{seen}", arg.negated, held != arg.negated)
    yield from _segment_clauses(args, data, at, values["segments left"], values["last entry"])


def _segment_clauses(args: Args, data: bytes, at: int, left: int, last: int) -> Iterator[Clause]:
    """Previous, next and last segment; a previous or next one that is not there fails."""
    for flag, words in zip(SEGMENTS, ("previous", "next", "last"), strict=True):
        arg = args.get(flag)
        if arg is None:
            continue
        missing = (flag == "--srh-psid" and left == last) or (flag == "--srh-nsid" and left == 0)
        index = {"--srh-psid": left + 1, "--srh-nsid": left - 1, "--srh-lsid": 0}[flag]
        place = at + 8 + 16 * index
        want = f"{words} segment {_shown(arg)}"
        if missing or len(data) < place + 16:
            yield Clause("srh", flag, want, f"no {words} segment", arg.negated, False)
            continue
        segment = IPv6Address(data[place : place + 16])
        same = segment in arg.value
        yield Clause("srh", flag, want, address_text(segment), arg.negated, same != arg.negated)


def _shown(arg: Arg) -> str:
    return f"{address_text(arg.value.address)}/{mask_length(arg.value.mask, 6)}"


def _tag(text: str, rule: RuleContext) -> int:
    return integer(text, 0, 65535)


def _save(args: Args, family: int) -> str:
    words = []
    for flag, _, _ in NUMBERS:
        arg = args.get(flag)
        if arg is not None:
            words.append(f"{'! ' * arg.negated}{flag} {_number_of(args, flag)}")
    for flag in SEGMENTS:
        arg = args.get(flag)
        if arg is not None:
            words.append(f"{'! ' * arg.negated}{flag} {_shown(arg)}")
    return " ".join(words)


def _option(flag: str, field: str, relation: str) -> Option:
    parse = _tag if flag == "--srh-tag" else number(0, 255)
    return Option(flag, parse, invert=True, metavar="NUMBER", help=f"{field} {relation} this")


def _draw(place: DrawPlace) -> str:
    return place.words(
        f"{place.negation()}--srh-next-hdr 17", f"{place.negation()}--srh-last-entry-eq 0"
    )


MATCH = MatchType(
    "srh",
    options=(
        *(_option(*row) for row in NUMBERS),
        Option("--srh-psid", host_mask, invert=True, metavar="ADDRESS[/MASK]",
               help="the segment before the current one"),
        Option("--srh-nsid", host_mask, invert=True, metavar="ADDRESS[/MASK]",
               help="the segment after the current one"),
        Option("--srh-lsid", host_mask, invert=True, metavar="ADDRESS[/MASK]",
               help="the last segment of the path"),
    ),
    families=frozenset({6}),
    save=_save,
    judge=_judge,
    help="the IPv6 segment routing header",
    steady=Steady.ALWAYS,
    listing=Listing("srh", {
        **{flag: f"{flag[6:]}:{{n}}{{}}" for flag in FIELDS},
        **{flag: f"{flag[6:]} {{N}}{{}}" for flag in SEGMENTS},
    }),
    opaque=Opaque.HEADERS,
    draw=_draw,
    examples=(
        "",
        "! --srh-next-hdr 6 ! --srh-hdr-len-gt 4 ! --srh-tag 65535",
        "--srh-hdr-len-eq 2 --srh-hdr-len-gt 2",
        "--srh-psid 2001:db8::1/128 ! --srh-nsid 2001:db8::/32 --srh-lsid ::/0",
    ),
)  # fmt: skip
