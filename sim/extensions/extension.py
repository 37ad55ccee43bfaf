"""What a match or target declares, is given, and gives back.

An extension is data plus two or three functions. The parser asks its options, the loader its
checks, the printer its ``save``; the walk asks ``judge`` or ``apply``. The core knows no
extension by name. Targets ask, the core acts: an ``Answer`` holds requests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from sim.base.frozen import dataclass
from sim.extensions.comparison import Compares, Comparison
from sim.extensions.drawing import Draw
from sim.extensions.traits import Changes, Opaque, Steady
from sim.model.flow import Flow, Manip
from sim.model.host import Host
from sim.model.replies import ReplyKind
from sim.model.rules import Arg, Args, FrameHook, Hook, Match, Verdict
from sim.packet.packet import Address, Packet

if TYPE_CHECKING:
    from sim.extensions.runtime import RouteResult, Runtime

ALL_HOOKS = frozenset(Hook)
BOTH = frozenset({4, 6})


class Refusal(ValueError):
    """What an extension's check says no with.

    ``flag`` names the option it is about (the parser points at it), empty for the whole match
    or target. ``hint`` is the cure.
    """

    def __init__(self, message: str, flag: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.flag = flag
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Names:
    """Where names are looked up at load time; ``None``: there is no host to ask.

    ``sets`` maps a set's name to its number of dimensions, ``set_families`` to 4 or 6 unless it
    serves both. ``accounting`` are the objects of nfacct.
    """

    users: Mapping[str, int] = field(default_factory=dict)
    groups: Mapping[str, int] = field(default_factory=dict)
    sets: Mapping[str, int] | None = None
    hostnames: Mapping[str, tuple[Address, ...]] = field(default_factory=dict)
    kernel: str = ""
    set_families: Mapping[str, int] = field(default_factory=dict)
    accounting: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class RuleContext:
    """The rule an option is parsed or checked in.

    While options are parsed, ``protocol`` is what ``-p`` said so far on the line (``None``: no
    ``-p`` yet or ``-p all``). In ``load`` checks ``hooks`` is the union of the hooks from which
    the rule can be reached (empty: unreachable), and everything is known.
    """

    family: int
    table: str
    chain: str
    names: Names
    protocol: int | None = None
    protocol_negated: bool = False
    hooks: frozenset[Hook] = frozenset()
    matches: tuple[Match, ...] = ()  # those before this one, then (for a target) all


ParseValue = Callable[[str, RuleContext], Any]
EVERY_TEXT = ".*"


@dataclass(frozen=True, slots=True)
class Field:
    """A property of the packet or its surroundings that an option compares.

    ``read`` gives ``None`` when this packet has no such thing: then the clause does not hold,
    negated or not. ``show`` words the value.
    """

    name: str
    read: Callable[[Context], Any]
    show: Callable[[Any], str] = str


@dataclass(frozen=True, slots=True)
class Option:
    """One option of an extension.

    ``parse(text, rule)`` makes the value and raises ``ValueError`` with what was wanted; with
    ``words`` 2 or more the text is the words joined by one blank; ``None``: no argument.
    ``save`` words the value for iptables-save (without flag). ``field`` makes the clause
    generic: ``read(ctx) in value``. ``metavar`` and ``help`` (one short line, our words) feed
    completion and hover help. ``plain`` is a regular expression: what it matches ``parse`` takes
    in every rule, so that it may be read when somebody looks (``EVERY_TEXT``: whatever is typed).
    """

    flag: str  # canonical, as iptables-save prints it: "--dport"
    parse: ParseValue | None = None
    aliases: tuple[str, ...] = ()  # other long names, and short ones such as "-x"
    required: bool = False
    invert: bool = False
    multi: bool = False
    excludes: tuple[str, ...] = ()  # canonical flags it cannot be used together with
    also: tuple[str, ...] = ()  # canonical flags it needs beside it
    words: int = 1
    optional: bool = False  # the value may be left out; ``parse`` then gets an empty text
    save: Callable[[Any], str] = str
    show: Callable[[Any], str] | None = None  # all of the value, where ``save`` leaves some out
    field: Field | None = None
    compares: Compares | None = None  # its clause as data, where it is a comparison and no more
    plain: str = ""
    metavar: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """One comparison of a rule: what it wanted, what the packet had.

    ``held`` already includes the negation; ``None``: not known, ``need`` names what is missing.
    """

    match: str  # "ip" for the built-in part
    flag: str
    want: str
    seen: str
    negated: bool = False
    held: bool | None = True
    need: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A match's answer. ``hotdrop``: the packet dies here, unlogged unless the match holds.

    ``packet``: a match that changes what rides beside the packet gives it back here (the kernel
    lets ``cluster`` change the packet type).
    """

    clauses: tuple[Clause, ...]
    hotdrop: bool = False
    packet: Packet | None = None

    @property
    def held(self) -> bool | None:
        """False if any clause fails, else unknown if any is, else true."""
        known = [clause.held for clause in self.clauses]
        if False in known:
            return False
        return None if None in known else True


@dataclass(frozen=True, slots=True)
class Context:
    """Where a match or target runs. Device names are empty where the hook has none."""

    packet: Packet
    hook: Hook | FrameHook
    table: str
    chain: str
    rule: int
    in_iface: str
    out_iface: str
    host: Host
    runtime: Runtime
    physin: str = ""
    physout: str = ""
    flow: Flow | None = None  # the entry the packet is attached to
    key: tuple[object, ...] = ()  # identity of this match or target in the ruleset, for its state
    route: RouteResult | None = None  # the packet's own (skb_dst); None: not routed, or bridged

    @property
    def family(self) -> int:
        return self.packet.family

    @property
    def next_hop(self) -> Address | None:
        """The gateway of the packet's route; ``None``: on-link, or not routed."""
        return self.route.via if self.route is not None else None

    @property
    def realm(self) -> int:
        """Of the packet's route: the source's in the upper half."""
        return self.route.realm if self.route is not None else 0


@dataclass(frozen=True, slots=True)
class MatchType:
    """``-m name``. ``judge`` ``None``: parsed and printed, but *undetermined* when reached.

    ``check`` is the tool's own final check, ``load`` the kernel's (``checkentry``); both may
    return other ``Args`` to keep. ``tables``, ``hooks`` and ``protocols`` are the kernel's
    declared limits. Options are declared in the kernel's evaluation order; when every option
    that compares has a ``field``, leave ``judge`` out and set ``by_fields``.
    """

    name: str
    options: tuple[Option, ...] = ()
    families: frozenset[int] = BOTH
    tables: frozenset[str] = frozenset()  # empty: all
    hooks: frozenset[Hook] = ALL_HOOKS
    protocols: frozenset[int] = frozenset()  # empty: any; else -p must be one, not negated
    check: Callable[[Args, RuleContext], Args | None] | None = None
    load: Callable[[Args, RuleContext], Args | None] | None = None
    save: Callable[[Args, int], str] | None = None  # (args, family) -> words after "-m name"
    judge: Callable[[Args, Context], Judgement] | None = None
    by_fields: bool = False
    presumes: tuple[Comparison, ...] = ()  # what must hold before its options are looked at
    options_apart: bool = False  # holds when each option does, judged alone; so by_fields too
    needs_conntrack: bool = False
    needs_defrag: bool = False
    aliases: tuple[str, ...] = ()  # "icmpv6" for icmp6, ...
    at_least_one: bool = False  # "At least one option is required"
    needs: Callable[[Args], tuple[str, ...]] | None = None  # what a target's ``makes`` made
    # What rules of a family share by name, and in words what they must agree on about it.
    shares: Callable[[Args], tuple[str, str]] | None = None
    is_native: bool = False  # iptables-nft has nf_tables compare it, not the xt module
    always_holds: bool = False  # of every packet, which it does not even look at
    needs_accounting: bool = False  # loading it makes conntrack count packets and bytes
    # May its answer change while nothing else does? Depends on its options, where it is asked.
    steady: Steady | Callable[[Args], Steady] = Steady.NEVER
    opaque: Opaque | None = None  # why options of it have no ``compares``; None: all have
    reservation: str = ""  # what of it is executed only in part, or waits for the host text
    is_undetermined: bool = False  # never known here; ``reservation`` says why
    not_built: str = ""  # why the kernel of reference does not load it ("has no IPVS")
    # Words behind ``-m NAME`` that load in one of its families at least, for random rules.
    examples: tuple[str, ...] = ()
    # Such words drawn from what a random scenario's packets are, where they are to meet it.
    draw: Draw | None = None
    # How iptables -L -n prints what ``save`` gave; most are a ``listing.Listing``. None: not known.
    listing: Callable[[str], str] | None = None
    since: str = ""  # the first kernel that has it, if not all that matter do ("3.9")
    until: str = ""  # the first kernel that has it no more
    removed: str = ""  # gone from kernels: since when, and what to use instead
    help: str = ""

    def steadiness(self, args: Args) -> Steady:
        """Of one use, with these options."""
        return self.steady if isinstance(self.steady, Steady) else self.steady(args)

    @property
    def is_modelled(self) -> bool:
        return self.by_fields or self.judge is not None


@dataclass(frozen=True, slots=True)
class NatRange:
    """What a NAT target asks for. Addresses are inclusive; ``None`` ports: any.

    ``flags``: PERSISTENT, RANDOM, RANDOM_FULLY, OFFSET, NETMAP.
    """

    min_address: Address | None = None
    max_address: Address | None = None
    min_port: int | None = None
    max_port: int | None = None
    base_port: int = 0
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SetNat:
    """Bind this connection: ``manip`` SRC or DST. ``masquerade``: remember the out device."""

    manip: Manip
    range: NatRange
    masquerade: bool = False


@dataclass(frozen=True, slots=True)
class SetFlow:
    """Change fields of the packet's conntrack entry (mark, labels, secmark, expires)."""

    changes: tuple[tuple[str, object], ...]


@dataclass(frozen=True, slots=True)
class CloseFlow:
    """The packet's TCP connection is over: a reset goes out (nf_conntrack_tcp_set_closing)."""


@dataclass(frozen=True, slots=True)
class UseTemplate:
    """``-j CT``: what the lookup that follows shall use. ``notrack``: stay untracked."""

    notrack: bool = False
    zone_original: int | None = None
    zone_reply: int | None = None
    zone_from_mark: bool = False
    helper: str = ""
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Emit:
    """The host sends a packet of its own now, before this rule's verdict takes effect.

    It is routed and walks from OUTPUT on; ``is_direct``: it goes straight out of ``dev``.
    ``source_from_route``: the source in ``packet`` is a placeholder (all zeros) for the one that
    the route to its destination prefers; no route, no packet. ``ttl_from_route``: so is its hop
    limit, in IPv6, for that of the device it leaves by (ip6_dst_hoplimit).
    """

    packet: Packet
    reason: ReplyKind
    is_direct: bool = False
    related: bool = False  # inherits the flow of the packet it answers (RELATED / reply)
    source_from_route: bool = False
    ttl_from_route: bool = False
    dev: str = ""
    gateway: Address | None = None  # route to this instead of the packet's destination (TEE)


@dataclass(frozen=True, slots=True)
class Log:
    """A line to the kernel log or to a netlink group; ``line`` is all of it, where known."""

    prefix: str
    line: str = ""


@dataclass(frozen=True, slots=True)
class PutTogether:
    """What was gathered from fragments is one piece from now on (skb_ensure_writable of it all):
    it is cut anew where it has to be."""


Request = SetNat | SetFlow | CloseFlow | UseTemplate | Emit | Log | PutTogether


@dataclass(frozen=True, slots=True)
class Answer:
    """What a target gives back. ``packet`` is the packet after it.

    ``text`` says what it did in words ("mark becomes 0x1"); ``need`` not empty: undetermined.
    ``rejected_with`` is REJECT's answer, also when none goes out.
    """

    verdict: Verdict
    packet: Packet
    text: str = ""
    requests: tuple[Request, ...] = ()
    need: str = ""
    rejected_with: ReplyKind | None = None
    is_bypass: bool = False  # accepted only because nobody listens on its queue


@dataclass(frozen=True, slots=True)
class TargetType:
    """``-j NAME``. ``apply`` ``None``: parsed and printed, but *undetermined* when reached.

    Fields that a match has too mean the same here.
    """

    name: str
    options: tuple[Option, ...] = ()
    families: frozenset[int] = BOTH
    tables: frozenset[str] = frozenset()  # empty: all
    hooks: frozenset[Hook] = ALL_HOOKS
    protocols: frozenset[int] = frozenset()
    check: Callable[[Args, RuleContext], Args | None] | None = None
    load: Callable[[Args, RuleContext], Args | None] | None = None
    save: Callable[[Args, int], str] | None = None  # (args, family) -> words after "-j NAME"
    apply: Callable[[Args, Context], Answer] | None = None
    needs_conntrack: bool | Callable[[Args], bool] = False
    needs_defrag: bool = False
    aliases: tuple[str, ...] = ()
    at_least_one: bool = False
    makes: Callable[[Args], tuple[str, ...]] | None = None  # named objects that exist from then on
    puts_together: bool = False  # asks for all bytes in one piece (``PutTogether``)
    needs_synproxy: bool = False  # loading it registers SYNPROXY's hooks
    ends: bool = False  # lets go of the packet for the rest of the chain, whatever it does with it
    changes: Changes = Changes.SOMETHING
    reservation: str = ""
    is_undetermined: bool = False
    not_built: str = ""
    examples: tuple[str, ...] = ()
    draw: Draw | None = None
    listing: Callable[[str], str] | None = None
    since: str = ""
    until: str = ""
    removed: str = ""
    help: str = ""


def default_save(options: tuple[Option, ...], args: Args) -> str:
    """``[! ]flag value`` for every option used, in declared order, quoted where needed."""
    words = []
    for option in options:
        for arg in args:
            if arg.flag != option.flag:
                continue
            word = f"! {option.flag}" if arg.negated else option.flag
            words.append(word if option.parse is None else f"{word} {option.save(arg.value)}")
    return " ".join(words)


def saved_string(text: str) -> str:
    """A string as iptables-save prints it: quoted if it holds anything but plain characters.

    libxtables/xtables.c, xtables_save_string: plain are letters, digits, ``_`` and ``-``;
    anything else is put in double quotes, with a backslash before quote, apostrophe and
    backslash.
    """
    if text and all(char.isascii() and (char.isalnum() or char in "_-") for char in text):
        return text
    escaped = "".join(f"\\{char}" if char in "\\\"'" else char for char in text)
    return f'"{escaped}"'


def option_clause(match: str, option: Option, arg: Arg, ctx: Context) -> Clause:
    """The clause of an option that has a ``field``."""
    assert option.field is not None
    seen = option.field.read(ctx)
    want = option.save(arg.value)
    if seen is None:
        return Clause(match, option.flag, want, f"no {option.field.name}", arg.negated, False)
    held = (seen in arg.value) != arg.negated
    return Clause(match, option.flag, want, option.field.show(seen), arg.negated, held)


def in_order(clauses: Iterable[Clause]) -> Judgement:
    """Take clauses until one fails; those behind it are never looked at, as in the kernel."""
    seen = []
    for clause in clauses:
        seen.append(clause)
        if clause.held is False:
            break
    return Judgement(tuple(seen))


def judge_fields(match_type: MatchType, args: Args, ctx: Context) -> Judgement:
    """Judge by the declared fields, in declared order, stopping at the first that fails."""
    return in_order(
        option_clause(match_type.name, option, arg, ctx)
        for option in match_type.options
        if option.field is not None
        for arg in args
        if arg.flag == option.flag
    )


# A clause that cannot be decided and does not say why.
UNKNOWN = "not known"


def unmodelled(kind: str, name: str) -> str:
    """What is missing for an extension without code. ``kind``: match or target."""
    return f"the {kind} {name}, which is not modelled yet"


def untold(clauses: tuple[str, ...]) -> str:
    """What is missing of a rule whose listing left something out."""
    return f"{' and '.join(clauses)} of this rule, which the listing does not tell"
