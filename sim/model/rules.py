"""What the rules text says, once loaded: tables, chains, rules. Plain frozen data.

A loaded ruleset is immutable and apart from any run: counters are a fold over a trace, and the
state of a stateful match lives in ``runtime``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.base.errors import Span
from sim.base.frozen import dataclass

# What families are called beside 4 and 6 (include/uapi/linux/netfilter.h). INET: both of these.
INET, ARP, BRIDGE = 1, 3, 7
FAMILY_NAMES = {ARP: "arp", BRIDGE: "bridge"}


class Hook(StrEnum):
    """Where iptables and ip6tables have chains, which are called the same."""

    PREROUTING = "PREROUTING"
    INPUT = "INPUT"
    FORWARD = "FORWARD"
    OUTPUT = "OUTPUT"
    POSTROUTING = "POSTROUTING"

    @property
    def family(self) -> int:
        return INET

    @property
    def chain(self) -> str:
        """The built-in chain that a table has here."""
        return self.value


class FrameHook(StrEnum):
    """Where ebtables and arptables have chains. Printed with the family: ``BRIDGE FORWARD``."""

    family: int
    chain: str

    def __new__(cls, family: int, chain: str) -> FrameHook:
        text = f"{FAMILY_NAMES[family].upper()} {chain}"
        hook = str.__new__(cls, text)
        hook._value_, hook.family, hook.chain = text, family, chain
        return hook

    BROUTING = BRIDGE, "BROUTING"
    PREROUTING = BRIDGE, "PREROUTING"
    INPUT = BRIDGE, "INPUT"
    FORWARD = BRIDGE, "FORWARD"
    OUTPUT = BRIDGE, "OUTPUT"
    POSTROUTING = BRIDGE, "POSTROUTING"
    ARP_INPUT = ARP, "INPUT"
    ARP_OUTPUT = ARP, "OUTPUT"
    ARP_FORWARD = ARP, "FORWARD"


AnyHook = Hook | FrameHook


def table_name(family: int, table: str) -> str:
    """A table as the whole text knows it: those of frames have their family in front, as in nft."""
    prefix = FAMILY_NAMES.get(family, "")
    return f"{prefix} {table}" if prefix else table


class Registered(NamedTuple):
    """Something registered at a hook: a table's base chain, or one of conntrack's parts.

    The least ``priority`` runs first.
    """

    priority: int
    what: str


class Verdict(StrEnum):
    """Netfilter's verdicts, then the two ways in which a rule does not give one."""

    ACCEPT = "ACCEPT"
    DROP = "DROP"
    STOLEN = "STOLEN"
    QUEUE = "QUEUE"
    REPEAT = "REPEAT"
    CONTINUE = "CONTINUE"  # go on with the next rule
    RETURN = "RETURN"  # back to the calling chain; in a built-in chain: the policy


# Built-in chains of each table in hook order, which is also the order iptables-save prints.
TABLE_HOOKS: dict[str, tuple[Hook, ...]] = {
    "raw": (Hook.PREROUTING, Hook.OUTPUT),
    "mangle": (Hook.PREROUTING, Hook.INPUT, Hook.FORWARD, Hook.OUTPUT, Hook.POSTROUTING),
    "nat": (Hook.PREROUTING, Hook.INPUT, Hook.OUTPUT, Hook.POSTROUTING),
    "filter": (Hook.INPUT, Hook.FORWARD, Hook.OUTPUT),
    "security": (Hook.INPUT, Hook.FORWARD, Hook.OUTPUT),
}


# A host may have loaded rules with both backends: the kernel walks both. Then the tables of
# iptables-nft are called by this and their name: "nft filter".
OF_NFT = "nft "


# The same of ebtables and arptables.
FRAME_TABLES: dict[int, dict[str, tuple[str, ...]]] = {
    BRIDGE: {
        "broute": ("BROUTING",),
        "nat": ("PREROUTING", "OUTPUT", "POSTROUTING"),
        "filter": ("INPUT", "FORWARD", "OUTPUT"),
    },
    ARP: {"filter": ("INPUT", "OUTPUT", "FORWARD")},
}


@dataclass(frozen=True, slots=True)
class Arg:
    """One option as used in a rule. ``value`` is what its ``Option`` made of the words.

    Options that take no value have ``value`` ``True``.
    """

    flag: str
    value: Any
    negated: bool = False
    span: Span | None = None


class Args:
    """The options of one match or target use, in the order they were typed."""

    __slots__ = ("_by_flag", "items")

    def __init__(self, items: tuple[Arg, ...] = ()) -> None:
        self.items = items
        self._by_flag = {arg.flag: arg for arg in items}

    def __contains__(self, flag: str) -> bool:
        return flag in self._by_flag

    def __iter__(self) -> Iterator[Arg]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Args) and self.items == other.items

    def __hash__(self) -> int:
        return hash(tuple(arg.flag for arg in self.items))

    def __repr__(self) -> str:
        return f"Args({self.items!r})"

    def get(self, flag: str) -> Arg | None:
        """The option, or ``None``; of a repeated one, the last."""
        return self._by_flag.get(flag)

    def value(self, flag: str, default: Any = None) -> Any:
        arg = self._by_flag.get(flag)
        return default if arg is None else arg.value

    def negated(self, flag: str) -> bool:
        arg = self._by_flag.get(flag)
        return arg is not None and arg.negated


@dataclass(frozen=True, slots=True)
class Match:
    """``-m name`` with its options, after the extension's checks."""

    name: str
    args: Args
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """``-j NAME`` where NAME is an extension, with its options, after its checks."""

    name: str
    args: Args = field(default_factory=Args)
    span: Span | None = None


# The names after ``-j`` that are neither chains nor extensions. In text: words are looked up here.
STANDARD = tuple(
    verdict.value for verdict in (Verdict.ACCEPT, Verdict.DROP, Verdict.QUEUE, Verdict.RETURN)
)


@dataclass(frozen=True, slots=True)
class Standard:
    """``-j`` and one of ``STANDARD``."""

    verdict: Verdict
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Jump:
    """``-j CHAIN`` or, with ``goto``, ``-g CHAIN``."""

    chain: str
    goto: bool = False
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class AddressMask:
    """``-s``/``-d``. ``address`` is masked already; the mask need not be contiguous."""

    family: int
    address: int
    mask: int
    negated: bool = False


@dataclass(frozen=True, slots=True)
class DeviceName:
    """``-i``/``-o``. ``prefix``: typed with a trailing ``+`` (not kept in ``name``)."""

    name: str
    prefix: bool = False
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Protocol:
    """``-p``. ``number`` 0 is never stored: no protocol clause at all."""

    number: int
    negated: bool = False


@dataclass(frozen=True, slots=True)
class IpPart:
    """The built-in clauses, in the order the kernel tests them."""

    source: AddressMask | None = None
    destination: AddressMask | None = None
    in_iface: DeviceName | None = None
    out_iface: DeviceName | None = None
    protocol: Protocol | None = None
    fragment: bool | None = None  # -f: True, ! -f: False
    # IPv6 `-p all`: tests nothing, yet the kernel does not call such a rule unconditional.
    any_protocol: bool = False

    @property
    def is_empty(self) -> bool:
        return self == _EMPTY_PART


_EMPTY_PART = IpPart()


FIXED = -1


class RuleShape(Protocol):
    """What rules have in common that differ in some texts alone: all that no text decides."""

    def slot(self, flag: str, match: int = -1) -> int | None:
        """Which of a rule's ``texts`` is the value of a clause (``match``: of the match with this
        number) that is not negated, where it is plain: see ``Option.plain``; an address as
        iptables-save prints it.

        ``FIXED``: the clause is the same in all of them, or in none. ``None``: neither.
        """


class Later:
    """Fields that are made when first asked for: of 100,000 rules few are ever looked at.

    One that is not set yet is asked of ``_source``, by its name, and kept.
    """

    __slots__ = ("_source",)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name[:2] == "__" or name == "_source":
                raise AttributeError(name)
            value = getattr(self._source, name)
            object.__setattr__(self, name, value)
            return value


@dataclass(frozen=True, slots=True)
class Rule(Later):
    number: int  # one-based place in its chain
    ip: IpPart
    matches: tuple[Match, ...]
    target: Standard | Jump | Target | None
    span: Span | None = None
    text: str = ""  # as iptables-save prints it, from ``-A``
    packets: int = 0
    bytes: int = 0
    untold: tuple[str, ...] = ()  # clauses that it may have, which its listing did not tell

    @property
    def is_unconditional(self) -> bool:
        """No clause and no match: what the kernel calls an unconditional rule."""
        return self.ip.is_empty and not self.matches and not self.untold

    @property
    def match_names(self) -> tuple[str, ...]:
        """The names of its matches, without making them."""
        source = getattr(self, "_source", None)
        if source is None:
            return tuple([match.name for match in self.matches])
        names: tuple[str, ...] = source.match_names
        return names

    @property
    def target_name(self) -> str:
        """The name of the extension that is its target, or nothing; without making it."""
        source = getattr(self, "_source", None)
        if source is None:
            return self.target.name if isinstance(self.target, Target) else ""
        name: str = source.target_name
        return name

    @property
    def line(self) -> int:
        """The first line of the rules text that it stands in; 0: it has none."""
        source = getattr(self, "_source", None)
        if source is None:
            return self.span.line if self.span is not None else 0
        line: int = source.line
        return line

    @property
    def shape(self) -> RuleShape | None:
        """What it has in common with others; ``None``: nobody knows whom it is like."""
        source = getattr(self, "_source", None)
        return source.shape if source is not None else None

    @property
    def texts(self) -> tuple[str, ...]:
        """What a rule that has a shape does not share with the others."""
        source = getattr(self, "_source", None)
        return source.texts if source is not None else ()

    def arg(self, match: int, flag: str) -> Arg | None:
        """An option of one of its matches, by the match's number, without making the matches."""
        source = getattr(self, "_source", None)
        if source is None:
            return self.matches[match].args.get(flag)
        found: Arg | None = source.arg(match, flag)
        return found

    @classmethod
    def later(cls, number: int, source: object) -> Rule:
        """A rule whose other fields are those of ``source``, asked for when they are wanted."""
        rule = cls.__new__(cls)
        _set_number(rule, number)
        _set_source(rule, source)
        return rule


# A frozen object's fields are set past its own ``__setattr__``; by the slot that is quickest.
_set_number = Rule.__dict__["number"].__set__
_set_source = Later.__dict__["_source"].__set__


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Chain:
    """``policy`` is ``None`` for a user chain, ``ACCEPT`` or ``DROP`` for a built-in one.

    A user chain of ebtables has one too: ``ACCEPT``, ``DROP`` or ``RETURN``.
    """

    name: str
    policy: Verdict | None
    rules: tuple[Rule, ...] = ()
    span: Span | None = None
    packets: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """``of_nft``: iptables-nft loaded it beside iptables-legacy's of the same ``base`` name."""

    name: str
    chains: dict[str, Chain]
    of_nft: bool = False

    @property
    def base(self) -> str:
        """``filter`` of ``nft filter``."""
        return self.name[len(OF_NFT) :] if self.of_nft else self.name


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Ruleset:
    """The tables of one family, in the order in which they were first touched."""

    family: int
    tables: dict[str, Table] = field(default_factory=dict)

    @property
    def has_both(self) -> bool:
        """Both backends have loaded tables."""
        return any(table.of_nft for table in self.tables.values())

    def named(self, base: str) -> list[Table]:
        """The tables of this name, one or one of each backend, in the order of the walk.

        What is registered last at a priority runs first there (nf_hook_entries_grow in
        net/netfilter/core.c).
        """
        found = [table for table in self.tables.values() if table.base == base]
        return found[::-1]

    def uses(self, match: str) -> Iterator[Args]:
        """The options of every use of a match, in the order the kernel checks a loaded ruleset.

        That is table by table, built-in chains in hook order, then user chains by name; what a
        match shares between rules (recent's lists, hashlimit's tables) is made by the first.
        """
        for table in self.tables.values():
            built_in = [hook.value for hook in TABLE_HOOKS.get(table.base, ())]
            user = sorted(name for name in table.chains if name not in built_in)
            for name in (*built_in, *user):
                chain = table.chains.get(name)
                for rule in chain.rules if chain else ():
                    if match in rule.match_names:
                        yield from (used.args for used in rule.matches if used.name == match)


@dataclass(frozen=True, slots=True)
class Rules:
    """All families of one rules text; ``bridge`` is what ebtables loads, ``arp`` arptables."""

    ipv4: Ruleset = field(default_factory=lambda: Ruleset(4))
    ipv6: Ruleset = field(default_factory=lambda: Ruleset(6))
    bridge: Ruleset = field(default_factory=lambda: Ruleset(BRIDGE))
    arp: Ruleset = field(default_factory=lambda: Ruleset(ARP))

    def of(self, family: int) -> Ruleset:
        """The family's tables; what is none of the others counts as IPv6."""
        if family == 4:
            return self.ipv4
        if family == BRIDGE:
            return self.bridge
        return self.arp if family == ARP else self.ipv6
