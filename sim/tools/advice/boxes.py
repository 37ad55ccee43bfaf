"""A rule as a box: for each field of the packet the values it can have if the rule matches.

A box is never too small: what is not understood leaves its field open and makes the box
inexact, or stands beside it as a literal, which is the same question asked of the same packet.
So an empty box proves that nothing matches, and an exact box that holds another proves that
whatever matches the other matches it too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from sim.base.intervals import Intervals, both, is_inside, of_values, outside, union
from sim.base.values import Masked, OneOf, Range
from sim.extensions.matchers import MATCHES
from sim.extensions.matchers.tcp import SYN_ALONE
from sim.extensions.traits import Steady
from sim.model.rules import AddressMask, Arg, DeviceName, Hook, IpPart, Match, Rule

STATES = ("INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED")
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
    exact = True

    def narrow(name: str, values: Intervals) -> None:
        fields[name] = both(fields[name], values) if name in fields else values

    for name, values in _built_in(rule.ip, family, literals):
        narrow(name, values)
    for match in rule.matches:
        if match.name == "comment":
            continue
        known = _READERS.get(match.name)
        if known is not None:
            asked = known(match, family)
            for name, values in asked.fields:
                narrow(name, values)
            literals |= asked.literals
            exact = exact and asked.exact
        elif _is_literal(match, family):
            literals |= _literals(match, family)
        else:
            exact = False
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
        fields["state"] = states("NEW", "RELATED")
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


@dataclass(frozen=True, slots=True)
class _Asked:
    fields: tuple[tuple[str, Intervals], ...] = ()
    literals: frozenset[Literal] = frozenset()
    exact: bool = True


def _turned(values: Intervals, arg: Arg, name: str, family: int) -> tuple[str, Intervals]:
    return name, outside(values, top(name, family)) if arg.negated else values


def _numbers(value: Any) -> Intervals:
    if isinstance(value, OneOf):
        return union(piece for member in value.members for piece in _numbers(member))
    if isinstance(value, Range):
        return ((value.low, value.high),) if value.low <= value.high else ()
    return ((int(value), int(value)),)


def _ports(match: Match, family: int) -> _Asked:
    """tcp and udp: both read ports of a header that is not in a later fragment."""
    fields: list[tuple[str, Intervals]] = [("later_fragment", of_values([0]))]
    literals: set[Literal] = set()
    for arg in match.args:
        if arg.flag in ("--sport", "--dport"):
            fields.append(_turned(_numbers(arg.value), arg, arg.flag[2:], family))
        elif arg.flag in ("--tcp-flags", "--syn"):
            test = SYN_ALONE if arg.flag == "--syn" else arg.value
            fields.append(_turned(_flag_values(test.mask, test.want), arg, "flags", family))
        else:
            literals.add(_literal(match, arg))
    return _Asked(tuple(fields), frozenset(literals))


@lru_cache(maxsize=256)
def _flag_values(mask: int, want: int) -> Intervals:
    return of_values(flags for flags in range(256) if flags & mask == want)


def _multiport(match: Match, family: int) -> _Asked:
    fields: list[tuple[str, Intervals]] = [("later_fragment", of_values([0]))]
    exact = True
    for arg in match.args:
        values = _numbers(arg.value)
        names = {"--sports": ["sport"], "--dports": ["dport"]}.get(arg.flag, ["sport", "dport"])
        if len(names) == 1 or arg.negated:
            fields += [_turned(values, arg, name, family) for name in names]
        else:
            exact = False  # either port: no box
    return _Asked(tuple(fields), frozenset(), exact)


def _state(match: Match, family: int) -> _Asked:
    fields: list[tuple[str, Intervals]] = []
    literals: set[Literal] = set()
    for arg in match.args:
        if arg.flag not in ("--ctstate", "--state"):
            literals.add(_whole(match))
            continue
        members = [str(member) for member in arg.value.members]
        plain = states(*(member for member in members if member in STATES))
        if len(plain) and not set(members) - set(STATES):
            fields.append(_turned(plain, arg, "state", family))
        else:  # SNAT and DNAT are bits beside the state
            literals.add(_whole(match))
            if arg.negated:
                fields.append(_turned(plain, arg, "state", family))
    return _Asked(tuple(fields), frozenset(literals))


def _icmp(match: Match, family: int) -> _Asked:
    fields: list[tuple[str, Intervals]] = [("later_fragment", of_values([0]))]
    for arg in match.args:
        test = arg.value
        low, high = (0, 65535) if test.any_type else (0, 0)
        if not test.any_type:
            low, high = test.type * 256 + test.low, test.type * 256 + test.high
        values = union([(low, high)])
        fields.append(_turned(values, arg, "icmp", family))
    return _Asked(tuple(fields))


def _iprange(match: Match, family: int) -> _Asked:
    return _Asked(tuple(
        _turned(union([(int(arg.value.first), int(arg.value.last))]), arg, arg.flag[2:5], family)
        for arg in match.args
    ))  # fmt: skip


_READERS = {
    "tcp": _ports,
    "udp": _ports,
    "multiport": _multiport,
    "conntrack": _state,
    "state": _state,
    "icmp": _icmp,
    "icmp6": _icmp,
    "icmpv6": _icmp,
    "iprange": _iprange,
}


# ---- matches that are literals ---------------------------------------------------------------


def _is_literal(match: Match, family: int) -> bool:
    """A match that is asked twice may be a literal only if its answer stays."""
    kind = MATCHES.get((match.name, family))
    return kind is not None and kind.steadiness(match.args) is not Steady.NEVER


def _is_changeable(literal: Literal, family: int) -> bool:
    """May a target between two rules change what it looks at?"""
    kind = MATCHES.get((literal[0], family))
    return kind is not None and kind.steady is not Steady.ALWAYS


def _literals(match: Match, family: int) -> set[Literal]:
    """Each option for itself where the match is nothing but its options, else all in one."""
    kind = MATCHES.get((match.name, family))
    if (kind is not None and kind.by_fields) or len(match.args) == 1:
        return {_literal(match, arg) for arg in match.args}
    return {_whole(match)}


def _literal(match: Match, arg: Arg) -> Literal:
    value = arg.value
    text = f"{value.value}/{value.mask}" if isinstance(value, Masked) else str(value)
    return match.name, arg.flag, text, arg.negated


def _whole(match: Match) -> Literal:
    words = " ".join(f"{'! ' * arg.negated}{arg.flag} {arg.value}" for arg in match.args)
    return match.name, "", words, False
