"""A parsed line on its way into the draft: the words' values, and errors at their place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lark import Token
from lark.tree import Tree

from sim.base.errors import SourceError, Span
from sim.base.frozen import dataclass
from sim.read.host.draft import HostDraft
from sim.read.host.plain import shapes
from sim.read.host.values import BY_TERMINAL, WANTED
from sim.read.lines import Line, Shape, grammar, token_error

STARTS = (
    "fact",
    "output_route",
    "nexthop_line",
    "output_rule",
    "rule_items",
    "link",
    "link_layer",
    "inet",
    "one_line",
    "brief",
    "brief_link",
    "socket",
    "netstat",
    "address_args",
    "link_set_args",
    "link_add_args",
)

# Words that are understood but not worth listing when something else stands there.
RARE = frozenset(
    {
        "error", "pref", "expires", "advmss", "hoplimit", "window", "rtt", "rttvar", "initcwnd",
        "initrwnd", "rto_min", "ssthresh", "cwnd", "reordering", "quickack", "features",
        "congctl", "users", "used", "age", "dead", "pervasive", "cache", "offload", "trap",
        "rt_offload", "rt_trap", "notify", "unresolved", "nhid", "[detached]", "proto_static",
        "preference", "prio", "order", "sup_pl", "sup_group", "dsfield", "realms", "protocol",
        "linkdown", "FAILED", "INCOMPLETE", "REACHABLE", "STALE", "DELAY", "PROBE", "PERMANENT",
        "NOARP", "router", "neighbor", "addrgenmode", "alias", "allmulticast", "carrier",
        "multicast", "promisc", "qlen", "state", "txqlen", "txqueuelen", "netns",
    }
)  # fmt: skip


def shape() -> Shape:
    return Shape(grammar("host", *STARTS, more=shapes()), "host", WANTED, RARE, beside=("ipsec",))


@dataclass(frozen=True, slots=True)
class Reader:
    """One line's tree with what is needed to act on it."""

    draft: HostDraft
    line: Line
    tree: Tree[Token]

    @property
    def span(self) -> Span:
        return self.line.span()

    @property
    def tokens(self) -> list[Token]:
        return [child for child in self.tree.children if isinstance(child, Token)]

    def items(self) -> Iterator[Reader]:
        """The sub-trees, in the order typed."""
        for child in self.tree.children:
            if isinstance(child, Tree):
                yield Reader(self.draft, self.line, child)

    @property
    def name(self) -> str:
        return str(self.tree.data)

    def value(self, index: int = 0) -> Any:
        """The value of the line's word number ``index`` (from 0), by its terminal."""
        return self.value_of(self.tokens[index])

    def value_of(self, token: Token) -> Any:
        parse = BY_TERMINAL.get(token.type)
        if parse is None:
            return str(token)
        try:
            return parse(str(token))
        except ValueError as error:
            raise self.error(str(error), token) from None

    def values(self) -> list[Any]:
        return [self.value_of(token) for token in self.tokens]

    def checked(self, low: int, high: int) -> int:
        """The line's first word, a number, refused outside ``low`` to ``high``."""
        value: int = self.value()
        if not low <= value <= high:
            raise self.error(f"{value} is out of range ({low} to {high})", self.tokens[0])
        return value

    def error(self, message: str, token: Token | None = None, hint: str = "") -> SourceError:
        if token is None:
            return SourceError(message, self.span, where="host", hint=hint)
        return token_error(self.line, token, message, "host", hint)

    def token_span(self, index: int = 0) -> Span:
        token = self.tokens[index]
        at = token.start_pos or 0
        return self.line.span(at, at + len(token))
