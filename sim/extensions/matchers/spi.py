"""What esp, ah and ipcomp share: a range of security parameter indexes."""

from __future__ import annotations

from sim.base.values import Range
from sim.extensions.drawing import Draw, DrawPlace
from sim.extensions.extension import Clause, Context, Judgement
from sim.extensions.matchers.clauses import fails
from sim.model.rules import Args

WHOLE = Range(0, 0xFFFFFFFF)


def spi_clause(match: str, flag: str, args: Args, seen: int) -> Clause:
    """The SPI compared with the range, which is everything when the option is not there."""
    arg = args.get(flag)
    if arg is None:
        return Clause(match, flag, "any SPI", f"{seen:#x}")
    held = (seen in arg.value) != arg.negated
    return Clause(match, flag, str(arg.value), f"{seen:#x}", arg.negated, held)


def saved_spi(flag: str, args: Args) -> str:
    """Printed in decimal, and not at all when the range is everything, even if negated."""
    arg = args.get(flag)
    if arg is None or arg.value == WHOLE:
        return ""
    return f"{'! ' * arg.negated}{flag} {arg.value}"


def transport_word(match: str, ctx: Context, size: int, at: int, bytes_: int) -> int | Judgement:
    """A number in the transport header, which must have ``size`` bytes.

    A later fragment never matches; a packet that ends too early is dropped on the spot.
    """
    headers = ctx.packet.headers
    want = f"a {match} header"
    if headers.fragment_offset:
        return fails(match, want, f"a fragment at {headers.fragment_offset}")
    data = ctx.packet.data[headers.payload_offset :]
    if len(data) < size:
        return fails(match, f"{want} of {size} bytes", f"{len(data)} bytes", hotdrop=True)
    return int.from_bytes(data[at : at + bytes_], "big")


def drawn_spi(option: str, protocol: str) -> Draw:
    """A range for a random rule of that protocol."""

    def make(place: DrawPlace) -> str | None:
        if place.protocol != protocol:
            return None
        low = place.random.randrange(3) * 100
        return f"{place.negation()}--{option} {low}:{low + 200}"

    return make
