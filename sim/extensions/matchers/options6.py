"""-m dst and -m hbh: IPv6 destination and hop-by-hop options (net/ipv6/netfilter/ip6t_hbh.c).

The two differ in the header they look for. The options named must be the header's first ones,
in this order; paddings count (type 0 is Pad1, 1 is PadN). A length of 255 means any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sim.extensions.args import number
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
from sim.extensions.matchers.parsing import flagged
from sim.extensions.matchers.skipping import DEST, HOP, Malformed, find_header
from sim.extensions.traits import Opaque, Steady
from sim.model.rules import Args

MOST = 16
ANY = 255
_NUMBER = re.compile(r"\s*([+-]?)(0[xX][0-9a-fA-F]+|[0-9]+)\Z")


class HeaderOptions(tuple[tuple[int, int], ...]):
    """(type, length) of each option; the length is ``ANY`` when none was given."""

    __slots__ = ()

    def __str__(self) -> str:
        return ",".join(f"{kind}" if size == ANY else f"{kind}:{size}" for kind, size in self)


def _byte(text: str) -> int:
    """The lowest byte of a number in any base, as the tool takes it."""
    found = _NUMBER.match(text)
    if not found:
        raise ValueError(f'"{text}" is not a number')
    digits = found[2]
    octal = len(digits) > 1 and digits[0] == "0" and digits.isdecimal()
    try:
        value = int(digits, 8 if octal else 0)
    except ValueError:
        raise ValueError(f'"{text}" is not a number (a leading 0 means octal)') from None
    return (-value if found[1] == "-" else value) & 0xFF


def parse_options(text: str, rule: RuleContext) -> HeaderOptions:
    options: list[tuple[int, int]] = []
    for word in text.split(","):
        if len(options) == MOST:
            raise ValueError(f"at most {MOST} options")
        kind, colon, size = word.partition(":")
        if colon and len(options) == MOST - 1:
            raise ValueError(f"option {MOST} cannot have a length")
        if colon and not _byte(kind):
            raise ValueError("option 0 (Pad1) has no length")
        options.append((_byte(kind), _byte(size) if colon else ANY))
    return HeaderOptions(options)


def _match(name: str, header: int, words: str) -> MatchType:
    length_flag, options_flag = f"--{name}-len", f"--{name}-opts"

    def judge(args: Args, ctx: Context) -> Judgement:
        data = ctx.packet.data
        try:
            at = find_header(data, header)
        except Malformed:
            return fails(name, f"{words} header", "a packet that ends early", hotdrop=True)
        if at is None:
            return fails(name, f"{words} header", "none")
        size = (data[at + 1] + 1) * 8
        if len(data) - at < size:
            return fails(name, f"{words} header", "one that is cut off", hotdrop=True)
        return in_order(clauses(args, data, at, size))

    def clauses(args: Args, data: bytes, at: int, size: int) -> Iterator[Clause]:
        wanted = args.get(options_flag)
        if wanted is not None:
            seen = " ".join(f"{kind}:{length}" for kind, length in _read(data, at, size))
            held = _begins_with(wanted.value, data, at + 2, size - 2)
            yield Clause(name, options_flag, str(wanted.value), seen or "none", held=held)
        length = args.get(length_flag)
        if length is not None:
            held = (size == length.value) != length.negated
            yield Clause(name, length_flag, f"{length.value} bytes", f"{size}", length.negated,
                         held)  # fmt: skip
        if wanted is None and length is None:
            yield Clause(name, "", f"{words} header", f"{size} bytes of it")

    def save(args: Args, family: int) -> str:
        saved = [flagged(arg, arg.value) for arg in args if arg.flag == length_flag]
        saved += [flagged(arg, arg.value) for arg in args if arg.flag == options_flag]
        return " ".join(saved)

    def draw(place: DrawPlace) -> str:
        return place.words(f"{place.negation()}{length_flag} 8", f"{options_flag} 1,5:2")

    return MatchType(
        name,
        options=(
            Option(length_flag, number(), invert=True, metavar="BYTES",
                   help=f"length of the {words} header"),
            Option(options_flag, parse_options, metavar="TYPE[:LENGTH],...",
                   help=f"the {words} options it begins with"),
        ),
        families=frozenset({6}),
        save=save,
        judge=judge,
        help=f"{words} options of an IPv6 packet",
    steady=Steady.ALWAYS,
    listing=Listing(name, {length_flag: "length:{n}{}", options_flag: "opts {}"}),
    opaque=Opaque.HEADERS,
    draw=draw,
    examples=("", f"{length_flag} 8", f"! {length_flag} 16 {options_flag} 149:92,123:12"),
    )  # fmt: skip


def _begins_with(wanted: HeaderOptions, data: bytes, at: int, left: int) -> bool:
    """The kernel's walk: it stops, unmatched, where the header or the packet ends."""
    for place, (kind, size) in enumerate(wanted):
        # ``left`` is unsigned in the kernel, so that past the end it is very large.
        if left & 0xFFFFFFFF < 1 or at >= len(data) or data[at] != kind:
            return False
        step = 1
        if kind:
            if left & 0xFFFFFFFF < 2 or at + 1 >= len(data):
                return False
            if size not in (ANY, data[at + 1]):
                return False
            step = data[at + 1] + 2
        outside = at > len(data) - step or left & 0xFFFFFFFF < step
        if outside and place < len(wanted) - 1:
            return False
        at, left = at + step, left - step
    return True


def _read(data: bytes, at: int, size: int) -> Iterator[tuple[int, int]]:
    """The options that are really there."""
    place, end = at + 2, at + size
    while place < end:
        if not data[place]:
            yield 0, 0
            place += 1
        elif place + 1 < end:
            yield data[place], data[place + 1]
            place += data[place + 1] + 2
        else:
            return


DST = _match("dst", DEST, "destination")
HBH = _match("hbh", HOP, "hop-by-hop")
