"""-m u32: compare 32-bit words of the packet, found by a little path (net/netfilter/xt_u32.c).

``0>>22&0x3C@12>>26&0x3C@0=0:255``: a word is read at an offset from the IP header, masked and
shifted; ``@`` takes the value as a new base and reads the word at the number behind it. A test
that would read past the packet's end makes the whole match false (inverted: true).
"""

from __future__ import annotations

import re

from sim.base.frozen import dataclass
from sim.base.values import Range
from sim.extensions.args import integer
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import (
    Clause,
    Context,
    Judgement,
    MatchType,
    Option,
    Refusal,
    RuleContext,
)
from sim.extensions.listing import Listing
from sim.extensions.traits import Opaque, Steady
from sim.model.rules import Args
from sim.packet.chance import WHAT, bits
from sim.packet.packet import Packet

MOST = 10  # XT_U32_MAXSIZE, of tests, numbers in a location, values
_NUMBER = re.compile(r"\s*\+?(0[xX][0-9a-fA-F]+|[0-9]+)")
_OPERATORS = {"&": "&", "<": "<<", ">": ">>", "@": "@"}


FULL = 0xFFFFFFFF


class U32Unknown(Exception):
    """The answer lies in bits that no scenario can know."""


@dataclass(frozen=True, slots=True)
class U32Test:
    """``steps`` are (operator, number), the first one being the start ("", offset)."""

    steps: tuple[tuple[str, int], ...]
    values: tuple[Range, ...]

    def __str__(self) -> str:
        path = "".join(f"{operator}{number:#x}" for operator, number in self.steps)
        return f"{path}={','.join(_shown(value) for value in self.values)}"

    def value_in(self, packet: Packet) -> int | None:
        """The word that the path leads to, ``None``: outside the packet.

        Raises ``U32Unknown`` when it holds bits that nobody knows, or would be found by some.
        """
        data, mask = packet.data, packet.unknown
        base, at = 0, self.steps[0][1]
        value, blurred = _word(data, at), bits(mask, at, 4)
        for operator, number in self.steps[1:]:
            if value is None:
                return None
            if operator == "&":
                value, blurred = value & number, blurred & number
            elif operator == "<<":
                value, blurred = value << number & FULL, blurred << number & FULL
            elif operator == ">>":
                value, blurred = value >> number, blurred >> number
            else:
                if blurred:
                    raise U32Unknown
                base += value
                value = _word(data, base + number) if base <= FULL else None
                blurred = bits(mask, base + number, 4)
        if blurred and value is not None:
            raise U32Unknown
        return value


@dataclass(frozen=True, slots=True)
class Tests:
    """Tests joined by ``&&``: all must hold."""

    tests: tuple[U32Test, ...]

    def __str__(self) -> str:
        return '"' + "&&".join(str(test) for test in self.tests) + '"'


def _shown(value: Range) -> str:
    return f"{value.low:#x}" if value.low == value.high else f"{value.low:#x}:{value.high:#x}"


def _word(data: bytes, at: int) -> int | None:
    return int.from_bytes(data[at : at + 4], "big") if at + 4 <= len(data) else None


class _U32Reader:
    """The text and how far it has been read; errors say at which character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def skip_blanks(self) -> str:
        """The next character that is not a blank, left unread; empty at the end."""
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1
        return self.text[self.at : self.at + 1]

    def number(self) -> int:
        found = _NUMBER.match(self.text, self.at)
        if not found:
            raise self.wrong("a number was expected")
        try:
            value = integer(found[1])
        except ValueError as error:
            raise self.wrong(str(error)) from None
        self.at = found.end()
        return value

    def twice(self, char: str) -> None:
        if self.text[self.at : self.at + 2] != char * 2:
            raise self.wrong(f'"{char * 2}" was expected')
        self.at += 2

    def wrong(self, message: str) -> ValueError:
        return ValueError(f"{message} at character {self.at + 1} of the u32 tests")


def parse_tests(text: str, rule: RuleContext) -> Tests:
    reader = _U32Reader(text)
    tests = []
    while True:
        tests.append(U32Test(_read_path(reader), _read_values(reader)))
        if not reader.skip_blanks():
            return Tests(tuple(tests))
        reader.twice("&")
        if len(tests) == MOST:
            raise reader.wrong(f"at most {MOST} tests")


def _read_path(reader: _U32Reader) -> tuple[tuple[str, int], ...]:
    steps: list[tuple[str, int]] = []
    while (char := reader.skip_blanks()) != "=":
        if not char:
            raise reader.wrong('"=" and a value were expected')
        operator = ""
        if steps:
            if char not in _OPERATORS:
                raise reader.wrong("one of & << >> @ = was expected")
            operator = _OPERATORS[char]
            if char in "<>":
                reader.twice(char)
            else:
                reader.at += 1
        steps.append((operator, reader.number()))
        if len(steps) > MOST:
            raise reader.wrong(f"at most {MOST} numbers in a location")
    if not steps:
        raise reader.wrong("a location was expected")
    reader.at += 1
    return tuple(steps)


def _read_values(reader: _U32Reader) -> tuple[Range, ...]:
    values: list[Range] = []
    while (char := reader.skip_blanks()) not in ("", "&") or not values:
        if values:
            if char != ",":
                raise reader.wrong('"," or "&&" was expected')
            reader.at += 1
        low = high = reader.number()
        if reader.skip_blanks() == ":":
            reader.at += 1
            high = reader.number()
        values.append(Range(low, high))
        if len(values) > MOST:
            raise reader.wrong(f"at most {MOST} values")
    return tuple(values)


def _judge(args: Args, ctx: Context) -> Judgement:
    arg = args.get("--u32")
    assert arg is not None
    seen = []
    held = True
    for test in arg.value.tests:
        try:
            value = test.value_in(ctx.packet)
        except U32Unknown:
            want = str(arg.value)
            return Judgement((Clause("u32", "--u32", want, "", arg.negated, None, WHAT),))
        held = value is not None and any(value in wanted for wanted in test.values)
        seen.append("past the packet's end" if value is None else f"{value:#x}")
        if not held:
            break
    return Judgement(
        (Clause("u32", "--u32", str(arg.value), ", ".join(seen), arg.negated, held != arg.negated),)
    )


def _load(args: Args, rule: RuleContext) -> None:
    tests: Tests = args.value("--u32")
    for test in tests.tests:
        for operator, number in test.steps:
            if operator in ("<<", ">>") and number > 31:
                raise Refusal(f"a shift by {number} of a 32-bit word", "--u32")


def _draw(place: DrawPlace) -> str:
    programs: tuple[str, ...]
    if place.family == 4:
        programs = (
            "6&0xFF=6", "6&0xFF=17", "4&0x3FFF=0", "8>>24=60:64", "12=0xC0A86400:0xC0A864FF",
            "0>>22&0x3C@0>>16=0:1024", "0>>22&0x3C@12>>26&0x3C@0=0x48454C4C",
            "2&0xFFFF=0x1C:0x40&&6&0xFF=17", "400=1",
        )  # fmt: skip
    else:
        programs = ("4&0xFF=64", "3&0xFF=6,17", "0>>28=6", "36&0xFFFF=7", "400=1")
    return f'{place.negation()}--u32 "{place.world.pick(programs)}"'


MATCH = MatchType(
    "u32",
    options=(
        Option("--u32", parse_tests, required=True, invert=True, metavar="TESTS",
               help='words of the packet, as in "6&0xFF=1&&0>>22&0x3C@0>>24=8"'),
    ),
    load=_load,
    judge=_judge,
    help="32-bit words anywhere in the packet",
    steady=Steady.UNTIL_CHANGED,
    listing=Listing(parts={"--u32": "u32 {N}{raw}"}),
    opaque=Opaque.BYTES,
    draw=_draw,
    examples=('--u32 "0x0>>0x16&0x3c@0xc>>0x1a&0x3c@0x0=0x0:0xff"',),
)  # fmt: skip
