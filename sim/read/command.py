"""One iptables command as its words say it, before anything is done. Plain data."""

from __future__ import annotations

from dataclasses import field

from sim.base.frozen import dataclass
from sim.extensions.extension import MatchType, Option, TargetType
from sim.model.rules import DeviceName
from sim.read.statements import StatementWords

LONGEST_NAME = 28  # bytes of a chain's, match's or target's name (XT_EXTENSION_MAXNAMELEN)


class Fault(Exception):
    """Something wrong with words ``first`` to ``last`` of the command. ``lacks``: the name that
    no line tells of, as in ``SourceError``."""

    def __init__(
        self, message: str, first: int, last: int | None = None, hint: str = "", lacks: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.first = first
        self.last = first if last is None else last
        self.hint = hint
        self.lacks = lacks


@dataclass(slots=True)
class Typed:
    """One use of an extension's option. ``protocol`` is what -p had said by then."""

    option: Option
    negated: bool
    text: str
    first: int  # its word, and the last word of its value
    last: int
    protocol: int | None
    protocol_negated: bool


@dataclass(slots=True)
class Use:
    """``-m name`` or ``-j NAME`` with the options given to it so far."""

    extension: MatchType | TargetType
    name: str
    at: int  # the word that names it
    typed: list[Typed] = field(default_factory=list)

    @property
    def shown(self) -> str:
        kind = "match" if isinstance(self.extension, MatchType) else "target"
        return f"the {kind} {self.extension.name}"


@dataclass(slots=True)
class Command:
    """What the words say. ``at`` finds the word of an option by its letter."""

    words: StatementWords
    family: int
    letters: str = ""  # the command; L or S may have Z beside it; "Dn", "Zn": by rule number
    chain: str | None = None
    table: str = "filter"
    number: int = 0
    policy: str = ""
    new_name: str = ""
    source: str | None = None
    destination: str | None = None
    in_iface: DeviceName | None = None
    out_iface: DeviceName | None = None
    protocol: int | None = None  # None: no -p; 0: -p all
    protocol_text: str = ""
    fragment: bool | None = None
    negated: set[str] = field(default_factory=set)
    matches: list[Use] = field(default_factory=list)
    target: Use | None = None
    jump: str = ""
    goto: bool = False
    counters: tuple[int, int] = (0, 0)
    at: dict[str, int] = field(default_factory=dict)
    untold: tuple[str, ...] = ()  # what the comment above says is not told of the rule
    other_family: bool = False  # -4 or -6 said that this line is not for us
    stops: str = ""  # -h or -V: the tool prints something and ends
