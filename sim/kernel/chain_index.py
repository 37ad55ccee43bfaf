"""Which rules of a chain may match a packet, without asking them one after the other.

A *tuple space*: rules that ask for the same fields under the same masks have one shape, and for
each shape one dictionary leads from the values asked for to the places of the rules. A packet
is looked up once in each shape; the rules found are those that may match, all others miss. A
firewall of 100,000 rules has a handful of shapes.

What is keyed on is pure, and the kernel tests it before anything that remembers or drops:
``-s -d -i -o -p`` without a negation, and one ``--dport`` of TCP or UDP where nothing but
comments stands in front of it. That port is keyed on only for packets whose header is there:
of a later fragment, or of a header cut short, the match decides otherwise. Where nf_tables
compares ports by itself they are never keyed on. An IPv6 packet cut short in its extension
headers is dropped by the first ``-p``, so it is looked up nowhere.

The index only passes over; a rule that it finds is tried like any other. Without it the walk is
the same, step for step.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import field
from functools import cache
from typing import NamedTuple

from sim.base.frozen import dataclass
from sim.base.kept import Kept
from sim.base.values import saved_network
from sim.extensions.comparison import WHOLE_PACKET, Wanted, Within
from sim.extensions.extension import Option
from sim.extensions.ip_match import View
from sim.extensions.matchers import MATCHES
from sim.extensions.matchers.ports import PLAIN_PORT
from sim.model.rules import FIXED, AddressMask, Chain, DeviceName, Rule, RuleShape
from sim.packet.headers import IPPROTO_TCP, IPPROTO_UDP

# How much of a transport header its match wants to see before it looks at the ports.
HEADER_BYTES = {IPPROTO_TCP: 20, IPPROTO_UDP: 8}
WHOLE_NAME = -1
NO_PORT = -1  # of a packet that is neither TCP nor UDP: rules with a port miss it by ``-p``

Places = list[int]
Key = tuple[int | str, ...]


class KeyShape(NamedTuple):
    """The fields that a rule is keyed on. ``None``, or false: not on this one.

    Addresses: the mask. Devices: how many characters of the name, ``WHOLE_NAME`` for all.
    """

    source: int | None
    destination: int | None
    in_iface: int | None
    out_iface: int | None
    protocol: bool
    dport: bool

    def key(self, view: View, dport: int) -> Key:
        """What a rule of this shape must ask for to match the packet."""
        key: list[int | str] = []
        if self.source is not None:
            key.append(view.src & self.source)
        if self.destination is not None:
            key.append(view.dst & self.destination)
        if self.in_iface is not None:
            key.append(_front(view.in_iface, self.in_iface))
        if self.out_iface is not None:
            key.append(_front(view.out_iface, self.out_iface))
        if self.protocol:
            key.append(view.protocol)
        if self.dport:
            key.append(dport)
        return tuple(key)


@cache
def _flags(shape: KeyShape) -> tuple[str, ...]:
    """Of the built-in clauses that a key of this shape holds, in its order: the kernel's."""
    return (
        tuple(
            flag
            for flag, asked in zip(("-s", "-d", "-i", "-o"), shape[:4], strict=True)
            if asked is not None
        )
        + ("-p",) * shape.protocol
    )


def _front(name: str, length: int) -> str:
    return name if length == WHOLE_NAME else name[:length]


@dataclass(slots=True)
class ChainIndex:
    """The rules of one chain by what they ask for. Places count from 0, in the chain's order."""

    shapes: dict[KeyShape, dict[Key, Places]] = field(default_factory=dict)
    rows: list[tuple[KeyShape, Key]] = field(default_factory=list)  # of each rule
    plans: dict[RuleShape, KeyPlan | None] = field(default_factory=dict)

    def add(self, row: tuple[KeyShape, Key]) -> None:
        """The chain's next rule, by what it is keyed on."""
        place = len(self.rows)
        self.rows.append(row)
        shape, key = row
        places = self.shapes.get(shape)
        if places is None:
            places = self.shapes[shape] = {}
        known = places.get(key)
        if known is None:
            places[key] = [place]
        else:
            known.append(place)

    def found(self, view: View, dport: int) -> tuple[Places, ...]:
        """The places of all rules that may match, a rising list for each shape that has some."""
        found = []
        for shape, places in self.shapes.items():
            here = places.get(shape.key(view, dport))
            if here is not None:
                found.append(here)
        return tuple(found)

    def with_another(self, place: int, row: tuple[KeyShape, Key]) -> ChainIndex:
        """The same but for the rule at one place. The two share what does not differ."""
        made = ChainIndex(dict(self.shapes), [*self.rows], self.plans)
        made.rows[place] = row
        for (shape, key), is_there in ((self.rows[place], False), (row, True)):
            keys = made.shapes[shape] = dict(made.shapes.get(shape, {}))
            places = [other for other in keys.get(key, ()) if other != place]
            if is_there:
                insort(places, place)
            if places:
                keys[key] = places
            else:
                del keys[key]
        return made


@dataclass(slots=True)
class Indexes:
    """The indexes of one chain: with ports and without, each made when it is first wanted.

    They are kept as long as the chain, so they must not hold it.
    """

    family: int
    with_ports: ChainIndex | None = None
    without: ChainIndex | None = None

    def may_match(self, chain: Chain, view: View, *, is_nft: bool) -> tuple[Places, ...] | None:
        """Where the rules are that may match the packet; ``None``: nobody can say, ask all."""
        if view.is_cut_short:
            return None
        dport = None if is_nft else dport_of(view)
        if dport is None:
            if self.without is None:
                self.without = self._made(chain, with_ports=False)
            return self.without.found(view, NO_PORT)
        if self.with_ports is None:
            self.with_ports = self._made(chain, with_ports=True)
        return self.with_ports.found(view, dport)

    def failing(self, rule: Rule, view: View, keys: dict[KeyShape, Key]) -> str:
        """The built-in clause that fails first for a packet that misses the rule, where that is
        told without making the rule; else nothing. ``keys`` keeps what the packet has."""
        index = self.with_ports
        shape = rule.shape
        plan = index.plans.get(shape) if index is not None and shape is not None else None
        if index is None or plan is None or not plan.is_whole:
            return ""
        asked, wanted = index.rows[rule.number - 1]
        seen = keys.get(asked)
        if seen is None:
            seen = keys[asked] = asked.key(view, NO_PORT)
        for flag, want, has in zip(_flags(asked), wanted, seen, strict=False):
            if want != has:
                return flag
        return ""

    def with_another(self, rule: Rule) -> Indexes:
        """Those of a chain that has this rule in the place of one."""
        made = Indexes(self.family)
        if self.with_ports is not None:
            row = _keyed(rule, asked_dport(rule, self.family))
            made.with_ports = self.with_ports.with_another(rule.number - 1, row)
        if self.without is not None:
            made.without = self.without.with_another(rule.number - 1, _keyed(rule, None))
        return made

    def _made(self, chain: Chain, *, with_ports: bool) -> ChainIndex:
        index = ChainIndex()
        if not with_ports:
            for rule in chain.rules:
                index.add(_keyed(rule, None))
            return index
        plans = index.plans
        for rule in chain.rules:
            shape = rule.shape
            if shape is not None and shape not in plans:
                plans[shape] = _plan(rule, shape, self.family)
            plan = plans[shape] if shape is not None else None
            if plan is not None:
                index.add(plan.of(rule.texts))
            else:
                index.add(_keyed(rule, asked_dport(rule, self.family)))
        return index


# By family: what a chain is keyed on depends on the matches that its family has.
_KEPT4 = Kept[Chain, Indexes](lambda _: Indexes(4))
_KEPT6 = Kept[Chain, Indexes](lambda _: Indexes(6))


def indexes_of(chain: Chain, family: int) -> Indexes:
    """The chain's indexes, which every run shares and which go with the chain."""
    return (_KEPT4 if family == 4 else _KEPT6).of(chain)


def carry_over(old: Chain, new: Chain, place: int, family: int) -> None:
    """``new`` is ``old`` with another rule at a place (from 0): what is known of the one serves
    the other, so that a walk after an edit makes no index."""
    kept = _KEPT4 if family == 4 else _KEPT6
    known = kept.known(old)
    if known is not None:
        kept.keep(new, known.with_another(new.rules[place]))


def dport_of(view: View) -> int | None:
    """The port that ``--dport`` sees; ``None``: its match looks for a header that is not there."""
    headers = view.packet.headers
    size = HEADER_BYTES.get(headers.protocol)
    if size is None:
        return NO_PORT
    ports = headers.tcp or headers.udp
    if headers.fragment_offset or ports is None or len(view.packet.payload) < size:
        return None
    return ports.dport


def asked_dport(rule: Rule, family: int) -> int | None:
    """The one port of TCP or UDP that a rule asks for before anything else that may matter."""
    clause = _port_clause(rule, family)
    arg = rule.arg(clause.match, clause.option.flag) if clause is not None else None
    if arg is None or arg.negated or clause is None or clause.option.compares is None:
        return None
    return _single(clause.option.compares.wanted(arg.value))


class PortClause(NamedTuple):
    """Where a rule asks for the port: the number of the match, and its option."""

    match: int
    option: Option


def _port_clause(rule: Rule, family: int) -> PortClause | None:
    """``None``: what asks for it, if anything does, is not all that may matter."""
    protocol = rule.ip.protocol
    if protocol is None or protocol.negated:
        return None
    for number, name in enumerate(rule.match_names):
        kind = MATCHES.get((name, family))
        if kind is None or not kind.is_modelled:
            return None
        if kind.always_holds:
            continue
        is_of_ports = protocol.number in HEADER_BYTES and kind.protocols == {protocol.number}
        if not is_of_ports or kind.presumes != WHOLE_PACKET:
            return None
        option = _port_option(name, family)
        return PortClause(number, option) if option is not None else None
    return None


class _Address(NamedTuple):
    """``-s`` or ``-d`` of rules that are alike: the text that has it, or what it is in all."""

    text: int = FIXED
    mask: int | None = None
    value: int = 0


@dataclass(slots=True)
class KeyPlan:
    """How what rules are keyed on follows from their texts, where all else is the same.

    So a rule of a long chain need not be made to be passed over. ``rest`` are the values behind
    the addresses, without a port that is told by the text numbered ``dport``.
    """

    shape: KeyShape  # of one of them
    source: _Address
    destination: _Address
    rest: Key
    dport: int
    is_whole: bool  # no built-in clause in front of the port is left out
    shapes: dict[tuple[int | None, int | None], KeyShape] = field(default_factory=dict)

    def of(self, texts: tuple[str, ...]) -> tuple[KeyShape, Key]:
        """What a rule with these texts is keyed on."""
        key: list[int | str] = []
        source = self._address(self.source, texts, key)
        destination = self._address(self.destination, texts, key)
        key += self.rest
        if self.dport != FIXED:
            key.append(int(texts[self.dport]))
        shape = self.shapes.get((source, destination))
        if shape is None:
            shape = self.shape._replace(source=source, destination=destination)
            self.shapes[source, destination] = shape
        return shape, tuple(key)

    @staticmethod
    def _address(wanted: _Address, texts: tuple[str, ...], key: list[int | str]) -> int | None:
        """The mask that is keyed on; the value goes to ``key``."""
        text, mask, value = wanted
        if text != FIXED:
            value, mask = saved_network(texts[text])
        if not mask:
            return None
        key.append(value)
        return mask


def _plan(rule: Rule, shape: RuleShape, family: int) -> KeyPlan | None:
    """The plan for all rules of a shape, from one of them; ``None``: each must be made."""
    part = rule.ip
    source = _planned(part.source, shape.slot("-s"))
    destination = _planned(part.destination, shape.slot("-d"))
    devices = part.in_iface, part.out_iface
    if source is None or destination is None:
        return None
    if any(d and shape.slot(flag) != FIXED for d, flag in zip(devices, ("-i", "-o"), strict=True)):
        return None
    clause, port, text = _port_clause(rule, family), asked_dport(rule, family), FIXED
    if clause is not None:
        told = shape.slot(clause.option.flag, clause.match)
        is_told = port is not None and clause.option.plain == PLAIN_PORT
        if told is None or (told != FIXED and not is_told):
            return None
        text = told
    own, key = _keyed(rule, port)
    addresses = (own.source is not None) + (own.destination is not None)
    rest = key[addresses:] if text == FIXED else key[addresses:-1]
    clauses = part.source, part.destination, *devices, part.protocol
    is_whole = not any(clause is not None and clause.negated for clause in clauses)
    return KeyPlan(own, source, destination, rest, text, is_whole)


def _planned(wanted: AddressMask | None, text: int | None) -> _Address | None:
    """``None``: a text has it that does not simply tell it."""
    if wanted is not None and wanted.negated:
        return _Address()
    if text is None or text != FIXED:
        return _Address(text) if text is not None else None
    return _Address(FIXED, wanted.mask, wanted.address) if wanted is not None else _Address()


@cache
def _port_option(match: str, family: int) -> Option | None:
    """The option of a match that compares the destination port and no more."""
    options = MATCHES[match, family].options
    return next((o for o in options if o.compares and o.compares.fields == ("dport",)), None)


def _single(wanted: Wanted) -> int | None:
    if not isinstance(wanted, Within) or len(wanted.values) != 1:
        return None
    low, high = wanted.values[0]
    return low if low == high else None


def _keyed(rule: Rule, dport: int | None) -> tuple[KeyShape, Key]:
    part = rule.ip
    key: list[int | str] = []
    source = _address(part.source, key)
    destination = _address(part.destination, key)
    in_iface = _device(part.in_iface, key)
    out_iface = _device(part.out_iface, key)
    protocol = part.protocol is not None and not part.protocol.negated
    if part.protocol is not None and protocol:
        key.append(part.protocol.number)
    if dport is not None:
        key.append(dport)
    shape = KeyShape(source, destination, in_iface, out_iface, protocol, dport is not None)
    return shape, tuple(key)


def _address(wanted: AddressMask | None, key: list[int | str]) -> int | None:
    """The mask that is keyed on; the value goes to ``key``."""
    if wanted is None or wanted.negated:
        return None
    key.append(wanted.address)
    return wanted.mask


def _device(wanted: DeviceName | None, key: list[int | str]) -> int | None:
    if wanted is None or wanted.negated:
        return None
    key.append(wanted.name)
    return len(wanted.name) if wanted.prefix else WHOLE_NAME
