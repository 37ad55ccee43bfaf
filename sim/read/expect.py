"""The expect text: what each packet's fate must be, and whether it was."""

from __future__ import annotations

import ipaddress
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from sim.base.errors import Refused, SourceError, Span
from sim.base.frozen import dataclass
from sim.extensions.args import integer
from sim.read import tables
from sim.read.lines import clip
from sim.trace.outcomes.decided import FateVerdict

PROPERTIES = ("out", "src", "dst", "sport", "dport", "mark", "ttl", "tos", "at", "with")
MOST_STATEMENTS = 1_000_000_000
_NUMBERS = ("sport", "dport", "mark", "ttl", "tos")


@dataclass(frozen=True, slots=True)
class Expectation:
    """One line: packet number, verdict, and the properties that are to be checked."""

    packet: int
    verdict: FateVerdict
    properties: tuple[tuple[str, str], ...]
    span: Span
    text: str


@cache
def _grammar() -> Lark:
    return tables.parser(
        Path(__file__).parent.joinpath("grammars", "expect.lark").read_text(), parser="lalr"
    )


def parse_expect(text: str) -> tuple[Expectation, ...]:
    """Raises ``Refused`` with every line that cannot be understood."""
    found: list[Expectation] = []
    errors: list[SourceError] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            found.append(_expectation(_grammar().parse(line), number, line))
        except UnexpectedInput as error:
            column = max(1, getattr(error, "column", 1))
            errors.append(
                SourceError(
                    f'"{line.strip()}" is not an expectation',
                    Span(number, column, number, len(line) + 1),
                    where="expect",
                    hint="write NUMBER: FATE, for example 1: forwarded out eth0 src 203.0.113.1",
                )
            )
        except SourceError as error:
            errors.append(error)
    if errors:
        raise Refused(errors)
    return tuple(found)


def _span(token: Token, number: int) -> Span:
    column = token.column or 1
    return Span(number, column, number, column + len(token))


def _expectation(tree: Tree[Token], number: int, line: str) -> Expectation:
    tokens: list[Token] = list(tree.scan_values(lambda value: isinstance(value, Token)))
    packet, verdict, *words = tokens
    if verdict not in set(FateVerdict):
        near = get_close_matches(str(verdict), tuple(FateVerdict), 1)
        raise SourceError(
            f'"{verdict}" is no fate; wanted one of {", ".join(tuple(FateVerdict))}',
            _span(verdict, number),
            where="expect",
            hint=f"did you mean {near[0]}?" if near else "",
        )
    properties: list[tuple[str, str]] = []
    while words:
        name = words.pop(0)
        if name not in PROPERTIES:
            raise SourceError(
                f'"{name}" is no property of a fate; wanted one of {", ".join(PROPERTIES)}',
                _span(name, number),
                where="expect",
            )
        if not words:
            raise SourceError(f"{name} needs a value", _span(name, number), where="expect")
        value = words.pop(0)
        properties.append((str(name), _value(str(name), value, words, number)))
    try:
        statement = integer(packet.strip().lstrip("0"), 1, MOST_STATEMENTS)
    except ValueError:
        raise SourceError(
            f"there is no statement {clip(packet.strip())}", _span(packet, number), where="expect"
        ) from None
    return Expectation(
        statement, FateVerdict(verdict), tuple(properties), Span.of_line(number, line), line.strip()
    )


def _value(name: str, value: Token, rest: list[Token], number: int) -> str:
    try:
        if name in _NUMBERS:
            return str(integer(value))
        if name in ("src", "dst"):
            return str(ipaddress.ip_address(value.strip("[]")))
    except ValueError as error:
        raise SourceError(str(error), _span(value, number), where="expect") from None
    if name == "at" and value in ("bridge", "arp") and rest and ":" in rest[0]:
        value = Token("WORD", f"{value} {rest.pop(0)}")  # a table's name of two words
    if name == "at" and rest and rest[0] == "rule":
        rest.pop(0)
        try:
            rule = integer(rest.pop(0), 1) if rest else 0
        except ValueError as error:
            raise SourceError(str(error), _span(value, number), where="expect") from None
        if not rule:
            raise SourceError("rule needs a number", _span(value, number), where="expect")
        return f"{value} rule {rule}"
    if name == "at" and rest and rest[0] == "policy":
        rest.pop(0)
        return f"{value} policy"
    return str(value)
