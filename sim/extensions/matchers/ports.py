"""Source and destination port, as the port matches share them.

tcp and dccp read ports with their own code (any base, services of that protocol, no backward
range); udp and sctp leave it to libxtables (decimal, any service, a backward range is kept and
never matches).
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.values import Range
from sim.extensions.args import own_port, resolved_port
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Clause, ParseValue, RuleContext
from sim.extensions.matchers.clauses import compared
from sim.model.rules import Args

EVERY_PORT = Range(0, 65535)
# One port in figures, as both read it and iptables-save prints it.
PLAIN_PORT = (
    "[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]|[1-9][0-9]{0,3}|0"
)


def resolved_range(text: str, rule: RuleContext) -> Range:
    """``80``, ``http``, ``a:b``, ``:b``, ``a:``, all read by getaddrinfo (XTTYPE_PORTRC)."""
    first, found, second = text.partition(":")
    if ":" in second:
        raise ValueError(f'"{text}" has more than two ports: a range is LOW:HIGH')
    low = resolved_port(first, rule) if first else 0
    if not found:
        return Range(low, low)
    return Range(low, resolved_port(second, rule) if second else 65535)


def own_range(protocol: int) -> ParseValue:
    """The same forms for one protocol, read by the match itself; never backward."""

    def parse(text: str, rule: RuleContext) -> Range:
        first, found, second = text.partition(":")
        if not found:
            value = own_port(first, protocol)
            return Range(value, value)
        low = own_port(first, protocol) if first else 0
        high = own_port(second, protocol) if second else 65535
        if low > high:
            raise ValueError(f"the port range {text} is backwards: {low} is above {high}")
        return Range(low, high)

    return parse


def port_clauses(match: str, args: Args, sport: int, dport: int) -> Iterator[Clause]:
    """Source port, then destination port."""
    for flag, seen in (("--sport", sport), ("--dport", dport)):
        arg = args.get(flag)
        if arg is not None:
            yield compared(match, arg, seen)


def saved_ports(args: Args) -> list[str]:
    """As iptables-save prints them: 0:65535 is not printed, not even inverted."""
    words = []
    for flag in ("--sport", "--dport"):
        arg = args.get(flag)
        if arg is not None and arg.value != EVERY_PORT:
            words.append(f"{'! ' * arg.negated}{flag} {arg.value}")
    return words


def drawn_ports(place: DrawPlace) -> str:
    """Ports for a random rule."""
    return place.words(
        f"{place.negation()}--sport {place.port_range()}",
        f"{place.negation()}--dport {place.port_range()}",
        least=1,
    )
