"""A rule as a box: for each field of the packet the values it can have if the rule matches.

A box is never too small: what is not understood leaves its field open and makes the box
inexact, or stands beside it as a literal, which is the same question asked of the same packet.
So an empty box proves that nothing matches, and an exact box that holds another proves that
whatever matches the other matches it too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import lru_cache

from sim.base.frozen import dataclass, replace
from sim.base.intervals import Intervals, both, is_inside, of_values, outside
from sim.base.values import Masked
from sim.extensions.comparison import AnyBits, Comparison, Wanted, Within
from sim.extensions.extension import MatchType, Option
from sim.extensions.matchers import MATCHES
from sim.extensions.matchers.ct_states import PLAIN_STATES
from sim.extensions.traits import Steady
from sim.model.rules import AddressMask, Arg, DeviceName, Hook, IpPart, Match, Rule
from sim.packet.kinds import CtState

STATES = PLAIN_STATES
_NAME_BYTES = 16
NO_DEVICE: Intervals = ((0, 0),)
SOME_DEVICE: Intervals = ((1, (1 << 8 * _NAME_BYTES) - 1),)
_TOPS = {
    "iif": (1 << 8 * _NAME_BYTES) - 1,
    "oif": (1 << 8 * _NAME_BYTES) - 1,
    "protocol": 255,
    "later_fragment": 1,
    "sport": 65535,
    "dport": 65535,
    "state": len(STATES) - 1,
    "flags": 255,
    "icmp": 65535,
}

_BOX_FIELDS = frozenset({*_TOPS, "src", "dst"}) - {"state"}
_MOST_LISTED = 255
_CHANGEABLE_FIELDS = frozenset({"state"})

Literal = tuple[str, str, str, bool]  # match, option, value, negated


@dataclass(frozen=True, slots=True)
class Box:
    """``fields``: only those that are narrowed. ``exact``: the rule asks nothing else."""

    family: int = 4
    fields: Mapping[str, Intervals] = field(default_factory=dict)
    literals: frozenset[Literal] = frozenset()
    exact: bool = True

    @property
    def is_empty(self) -> bool:
        """No packet at all."""
        return any(not values for values in self.fields.values()) or self._is_contradictory

    @property
    def _is_contradictory(self) -> bool:
        return any(
            (name, flag, value, not negated) in self.literals
            for name, flag, value, negated in self.literals
            if negated
        )

    @property
    def why_empty(self) -> str:
        """The field that has no value left, empty if the box has packets."""
        for name, values in self.fields.items():
            if not values:
                return name
        return "what is asked twice" if self._is_contradictory else ""

    def get(self, name: str) -> Intervals:
        return self.fields.get(name, ((0, top(name, self.family)),))

    def narrowed(self, name: str, values: Intervals) -> Box:
        return replace(self, fields={**self.fields, name: both(self.get(name), values)})

    def meet(self, other: Box) -> Box:
        """What is in both boxes."""
        fields = dict(self.fields)
        for name, values in other.fields.items():
            fields[name] = both(fields[name], values) if name in fields else values
        return Box(self.family, fields, self.literals | other.literals, self.exact and other.exact)

    def meets(self, other: Box) -> bool:
        """May a packet be in both?"""
        for name, values in other.fields.items():
            mine = self.fields.get(name)
            if not (values if mine is None else both(mine, values)):
                return False
        return not self.meet(other).is_empty

    def covers(self, other: Box) -> bool:
        """Does every packet of ``other`` match this? Only an exact box can say so."""
        return (
            self.exact
            and self.literals <= other.literals
            and all(is_inside(other.get(name), values) for name, values in self.fields.items())
        )

    def minus(self, other: Box) -> list[Box] | None:
        """Boxes that together are this one without ``other``, which must be exact."""
        if not other.exact or not other.literals <= self.literals:
            return None
        pieces, rest = [], self
        for name, values in other.fields.items():
            left = both(rest.get(name), outside(values, top(name, self.family)))
            if left:
                pieces.append(replace(rest, fields={**rest.fields, name: left}))
            rest = rest.narrowed(name, values)
            if not rest.fields[name]:
                return [self]
        return pieces


def top(name: str, family: int) -> int:
    """The highest value of a field."""
    if name in ("src", "dst"):
        return (1 << (32 if family == 4 else 128)) - 1
    return _TOPS[name]


def box_of(rule: Rule, family: int) -> Box:
    """The packets that a rule can match, wherever it stands."""
    fields: dict[str, Intervals] = {}
    literals: set[Literal] = set()
    exact = not rule.untold

    def narrow(name: str, values: Intervals) -> None:
        fields[name] = both(fields[name], values) if name in fields else values

    for name, values in _built_in(rule.ip, family, literals):
        narrow(name, values)
    for match in rule.matches:
        if match.name == "comment":
            continue
        kind = MATCHES.get((match.name, family))
        if kind is None:
            exact = False
            continue
        asked = _asked(kind, match, family)
        for name, values in asked.fields:
            narrow(name, values)
        literals |= asked.literals
        exact = exact and asked.exact
    return Box(family, fields, frozenset(literals), exact)


def settled(box: Box, *, changing: bool) -> Box:
    """The box for comparing rules of one chain, some of which may change the packet.

    ``changing``: a target of the table may rewrite marks, states or header bits between them.
    """
    if not changing:
        return box
    fields = {n: v for n, v in box.fields.items() if n not in _CHANGEABLE_FIELDS}
    literals = frozenset(each for each in box.literals if not _is_changeable(each, box.family))
    same = len(fields) == len(box.fields) and literals == box.literals
    return Box(box.family, fields, literals, box.exact and same)


def at_hook(hook: Hook, table: str, family: int) -> Box:
    """What is true of every packet of a hook: its devices, and in nat its state."""
    fields: dict[str, Intervals] = {}
    if hook in (Hook.PREROUTING, Hook.INPUT):
        fields = {"iif": SOME_DEVICE, "oif": NO_DEVICE}
    elif hook is Hook.FORWARD:
        fields = {"iif": SOME_DEVICE, "oif": SOME_DEVICE}
    elif hook is Hook.OUTPUT:
        fields = {"iif": NO_DEVICE, "oif": SOME_DEVICE}
    else:
        fields = {"oif": SOME_DEVICE}
    if table == "nat":  # nf_nat_inet_fn: only what begins a connection looks at the rules
        fields["state"] = states(CtState.NEW, CtState.RELATED)
    return Box(family, fields)


def states(*names: str) -> Intervals:
    return of_values(STATES.index(name) for name in names)


def device(name: str, *, prefix: bool = False) -> Intervals:
    """A device name as a number: sixteen bytes, so that a prefix is an interval."""
    raw = name.encode()[:_NAME_BYTES]
    low = int.from_bytes(raw.ljust(_NAME_BYTES, b"\0"))
    return ((low, int.from_bytes(raw.ljust(_NAME_BYTES, b"\xff")) if prefix else low),)


# ---- the built-in part ---------------------------------------------------------------------


def _built_in(part: IpPart, family: int, literals: set[Literal]) -> Iterator[tuple[str, Intervals]]:
    for name, address in (("src", part.source), ("dst", part.destination)):
        if address is not None:
            found = _addresses(address)
            if found is None:
                literals.add(("ip", name, f"{address.address}/{address.mask}", address.negated))
            else:
                yield name, found
    for name, named in (("iif", part.in_iface), ("oif", part.out_iface)):
        if named is not None:
            yield name, _device(named, name)
    if part.protocol is not None:
        values: Intervals = ((part.protocol.number, part.protocol.number),)
        yield "protocol", outside(values, 255) if part.protocol.negated else values
    if part.fragment is not None:
        yield "later_fragment", of_values([int(part.fragment)])


def _addresses(wanted: AddressMask) -> Intervals | None:
    """``None``: the mask has holes."""
    last = (1 << (32 if wanted.family == 4 else 128)) - 1
    hosts = last ^ wanted.mask
    if hosts & (hosts + 1):
        return None
    values: Intervals = ((wanted.address, wanted.address | hosts),)
    return outside(values, last) if wanted.negated else values


def _device(named: DeviceName, name: str) -> Intervals:
    values = device(named.name, prefix=named.prefix)
    return outside(values, _TOPS[name]) if named.negated else values


# ---- matches that narrow fields --------------------------------------------------------------


@dataclass(slots=True)
class _Asked:
    """What one match asks: fields that it narrows, the rest as literals."""

    fields: list[tuple[str, Intervals]] = field(default_factory=list)
    literals: set[Literal] = field(default_factory=set)
    exact: bool = True


def _asked(kind: MatchType, match: Match, family: int) -> _Asked:
    asked, rest = _Asked(), list[Arg]()
    for comparison in kind.presumes:
        asked.fields += _narrowed(comparison, family) or ()
    for option in kind.options:
        for arg in match.args:
            if arg.flag == option.flag:
                _ask(option, arg, family, asked, rest)
    if asked.exact and (rest or not asked.fields):
        _leave(kind, match, rest, asked)
    return asked


def _ask(option: Option, arg: Arg, family: int, asked: _Asked, rest: list[Arg]) -> None:
    if option.compares is None:
        rest.append(arg)
        return
    comparison = option.compares.of(arg.value, negated=arg.negated)
    if comparison.fields == ("ctstate",):
        if _narrow_state(comparison, asked):
            rest.append(arg)
        return
    narrowed = _narrowed(comparison, family)
    if narrowed is not None:
        asked.fields += narrowed
    elif len(comparison.fields) > 1:
        asked.exact = False  # either of two fields: no box
    else:
        rest.append(arg)


def _narrowed(comparison: Comparison, family: int) -> list[tuple[str, Intervals]] | None:
    """Fields with the values that are left; ``None``: a box cannot say it."""
    if len(comparison.fields) > 1 and not comparison.negated:
        return None
    if any(name not in _BOX_FIELDS for name in comparison.fields):
        return None
    found = []
    for name in comparison.fields:
        highest = top(name, family)
        values = _values(comparison.wanted, highest)
        found.append((name, outside(values, highest) if comparison.negated else values))
    return found


def _values(wanted: Wanted, highest: int) -> Intervals:
    if isinstance(wanted, Within):
        return both(wanted.values, ((0, highest),))
    assert highest <= _MOST_LISTED, "a mask over a field that is too wide to be listed"
    return _listed(wanted, highest)


@lru_cache(maxsize=256)
def _listed(wanted: Wanted, highest: int) -> Intervals:
    return of_values(value for value in range(highest + 1) if value in wanted)


def _narrow_state(comparison: Comparison, asked: _Asked) -> bool:
    """Does more remain to be asked? SNAT and DNAT are bits beside the state."""
    assert isinstance(comparison.wanted, AnyBits)
    bits = comparison.wanted.mask
    plain = of_values(at for at in range(len(STATES)) if bits >> at & 1)
    has_more = bits >> len(STATES) != 0
    if comparison.negated:
        asked.fields.append(("state", outside(plain, top("state", 4))))
    elif plain and not has_more:
        asked.fields.append(("state", plain))
    return has_more


# ---- what remains --------------------------------------------------------------------------


def _leave(kind: MatchType, match: Match, rest: list[Arg], asked: _Asked) -> None:
    """Options that narrow no field stand beside the box, where asking again changes nothing."""
    if kind.steadiness(match.args) is Steady.NEVER:
        asked.exact = False
    elif rest and (kind.by_fields or kind.options_apart or len(match.args) == 1):
        asked.literals |= {_literal(match, arg) for arg in rest}
    else:
        asked.literals.add(_whole(match))


def _is_changeable(literal: Literal, family: int) -> bool:
    """May a target between two rules change what it looks at?"""
    kind = MATCHES.get((literal[0], family))
    return kind is not None and kind.steady is not Steady.ALWAYS


def _literal(match: Match, arg: Arg) -> Literal:
    value = arg.value
    text = f"{value.value}/{value.mask}" if isinstance(value, Masked) else str(value)
    return match.name, arg.flag, text, arg.negated


def _whole(match: Match) -> Literal:
    words = " ".join(f"{'! ' * arg.negated}{arg.flag} {arg.value}" for arg in match.args)
    return match.name, "", words, False
