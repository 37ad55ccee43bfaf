"""-m frag: the IPv6 fragment header (net/ipv6/netfilter/ip6t_frag.c).

With conntrack on, fragments are put together before any rule and nothing is left to match.
--fraglen is printed but no kernel looks at it.
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.extensions.args import number
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Clause, Context, Judgement, MatchType, Option, in_order
from sim.extensions.listing import Listing
from sim.extensions.matchers.clauses import fails
from sim.extensions.matchers.parsing import UINT32, flagged, range_of
from sim.extensions.matchers.skipping import FRAGMENT, Malformed, find_header
from sim.extensions.matchers.spi import WHOLE, saved_spi
from sim.extensions.traits import Opaque, Steady
from sim.model.rules import Args


def _judge(args: Args, ctx: Context) -> Judgement:
    data = ctx.packet.data
    try:
        at = find_header(data, FRAGMENT)
    except Malformed:
        return fails("frag", "a fragment header", "a packet that ends early", hotdrop=True)
    if at is None:
        return fails("frag", "a fragment header", "none")
    if len(data) < at + 8:
        return fails("frag", "a fragment header", "one that is cut off", hotdrop=True)
    return in_order(_clauses(args, data[at : at + 8]))


def _clauses(args: Args, header: bytes) -> Iterator[Clause]:
    ident = int.from_bytes(header[4:8], "big")
    word = int.from_bytes(header[2:4], "big")
    more = bool(word & 1)
    ids = args.get("--fragid")
    if ids is None:
        yield Clause("frag", "--fragid", "a fragment header", f"id {ident:#x}")
    else:
        held = (ident in ids.value) != ids.negated
        want = "any" if ids.value == WHOLE else str(ids.value)
        yield Clause("frag", "--fragid", want, f"{ident}", ids.negated, held)
    if "--fragres" in args:
        reserved = header[1] or word & 6
        yield Clause("frag", "--fragres", "reserved bits 0", f"{reserved:#x}", held=not reserved)
    if "--fragfirst" in args:
        offset = word & ~7
        yield Clause("frag", "--fragfirst", "the first fragment", f"offset {offset}",
                     held=not offset)  # fmt: skip
    seen = "more follow" if more else "the last"
    if "--fragmore" in args:
        yield Clause("frag", "--fragmore", "more fragments follow", seen, held=more)
    if "--fraglast" in args:
        yield Clause("frag", "--fraglast", "the last fragment", seen, held=not more)


def _save(args: Args, family: int) -> str:
    words = [saved_spi("--fragid", args)]
    length = args.get("--fraglen")
    if length is not None:
        words.append(flagged(length, length.value))
    words += [
        flag for flag in ("--fragres", "--fragfirst", "--fragmore", "--fraglast") if flag in args
    ]
    return " ".join(filter(None, words))


def _draw(place: DrawPlace) -> str:
    return place.words(
        f"{place.negation()}--fragid 77",
        place.world.pick(("--fragfirst", "--fragmore", "--fraglast")),
    )


MATCH = MatchType(
    "frag",
    options=(
        Option("--fragid", range_of(UINT32), invert=True, metavar="ID[:ID]",
               help="identification of the fragments"),
        Option("--fraglen", number(), invert=True, metavar="BYTES",
               help="without effect: kernels do not look at it"),
        Option("--fragres", help="the reserved bits are zero"),
        Option("--fragfirst", help="the first fragment"),
        Option("--fragmore", excludes=("--fraglast",), help="more fragments follow"),
        Option("--fraglast", excludes=("--fragmore",), help="the last fragment"),
    ),
    families=frozenset({6}),
    save=_save,
    judge=_judge,
    help="the IPv6 fragment header",
    steady=Steady.ALWAYS,
    listing=Listing("frag", {"--fragid": "id{s}:{n}{}", "--fraglen": "length:{n}{}",
        "--fragres": "reserved", "--fragfirst": "first", "--fragmore": "more",
        "--fraglast": "last"}),
    opaque=Opaque.HEADERS,
    draw=_draw,
    examples=(
        "",
        "--fragid 1:42 --fraglen 42 --fragres --fragfirst --fragmore",
        "! --fragid 16 --fraglast",
    ),
)  # fmt: skip
