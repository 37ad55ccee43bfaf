"""-m ah: the SPI of an authentication header (net/ipv4/netfilter/ipt_ah.c, ip6t_ah.c).

IPv4 looks at the transport header and so needs ``-p ah``. IPv6 finds the header among the
extension headers, can also compare its length, and must not have ``-p ah``, which never matches.
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.frozen import replace
from sim.extensions.args import number
from sim.extensions.comparison import compares
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Clause, Context, Judgement, MatchType, Option, in_order
from sim.extensions.listing import SPI, Listing, ListingPart
from sim.extensions.matchers.clauses import fails
from sim.extensions.matchers.parsing import UINT32, flagged, range_of
from sim.extensions.matchers.skipping import AUTH, Malformed, find_header, header_size
from sim.extensions.matchers.spi import drawn_spi, saved_spi, spi_clause, transport_word
from sim.extensions.traits import Opaque, Steady
from sim.model.rules import Args
from sim.packet.headers import IPPROTO_AH


def _judge4(args: Args, ctx: Context) -> Judgement:
    spi = transport_word("ah", ctx, 12, 4, 4)
    if isinstance(spi, Judgement):
        return spi
    return Judgement((spi_clause("ah", "--ahspi", args, spi),))


def _judge6(args: Args, ctx: Context) -> Judgement:
    data = ctx.packet.data
    try:
        at = find_header(data, AUTH)
    except Malformed:
        return fails("ah", "an authentication header", "a packet that ends early", hotdrop=True)
    if at is None:
        return fails("ah", "an authentication header", "none")
    if len(data) < at + 12 or len(data) < at + header_size(AUTH, data[at + 1]):
        return fails("ah", "an authentication header", "one that is cut off", hotdrop=True)
    return in_order(_clauses(args, data[at : at + 12]))


def _clauses(args: Args, header: bytes) -> Iterator[Clause]:
    yield spi_clause("ah", "--ahspi", args, int.from_bytes(header[4:8], "big"))
    length = args.get("--ahlen")
    if length is not None and length.value:
        size = (header[1] + 2) * 4
        held = (size == length.value) != length.negated
        yield Clause("ah", "--ahlen", f"{length.value} bytes", f"{size}", length.negated, held)
    if "--ahres" in args:
        reserved = int.from_bytes(header[2:4], "big")
        yield Clause("ah", "--ahres", "reserved field 0", f"{reserved:#x}", held=not reserved)


def _save6(args: Args, family: int) -> str:
    words = [saved_spi("--ahspi", args)]
    length = args.get("--ahlen")
    if length is not None and (length.value or length.negated):
        words.append(flagged(length, length.value))
    if "--ahres" in args:
        words.append("--ahres")
    return " ".join(filter(None, words))


_SPI = Option("--ahspi", range_of(UINT32), invert=True, metavar="SPI[:SPI]",
              help="security parameter index")  # fmt: skip

_LISTING = Listing(
    "ah",
    {
        "--ahspi": SPI,
        "--ahlen": ListingPart("length:{n}{}", glued=True, skip="0"),
        "--ahres": "reserved",
    },
    of_all=True,
)


def _draw(place: DrawPlace) -> str | None:
    if place.family == 6:
        return f"{place.negation()}--ahspi 0:300 " + place.words(
            f"{place.negation()}--ahlen 16", "--ahres"
        )
    return drawn_spi("ahspi", "ah")(place)


MATCH4 = MatchType(
    "ah",
    options=(replace(_SPI, compares=compares("ah_spi")),),
    families=frozenset({4}),
    protocols=frozenset({IPPROTO_AH}),
    save=lambda args, family: saved_spi("--ahspi", args),
    judge=_judge4,
    help="SPI of an AH packet",
    steady=Steady.ALWAYS,
    listing=_LISTING,
    draw=_draw,
    examples=("", "--ahspi 256", "! --ahspi 1:300"),
)
MATCH6 = MatchType(
    "ah",
    options=(
        _SPI,
        Option("--ahlen", number(), invert=True, metavar="BYTES", help="length of the header"),
        Option("--ahres", help="the reserved field is zero"),
    ),
    families=frozenset({6}),
    save=_save6,
    judge=_judge6,
    help="authentication header of an IPv6 packet",
    steady=Steady.ALWAYS,
    listing=_LISTING,
    opaque=Opaque.HEADERS,
    draw=_draw,
    examples=("", "--ahspi 256", "! --ahspi 1:300"),
)
