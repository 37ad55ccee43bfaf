"""How ``iptables -L -n`` prints a match or a target, as data over how iptables-save prints it.

The two are one to one but for what ``-L`` leaves out. So a listing is a head and, for each option
that is saved, a template; a reader can take the templates the other way. Blanks between words
are single here, where the tool prints some twice.

``{}`` is the value, ``{raw}`` the same with its quotes. Of a negated option ``{n}`` is ``!``,
``{N}`` is ``!`` and a blank, ``{b}`` a blank and ``!``, ``{eq}`` is ``!=`` for ``==``. ``{s}`` is
an ``s`` where the value is a range.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field

from sim.base.frozen import dataclass, replace
from sim.extensions.extension import MatchType, Option, TargetType, default_save
from sim.model.rules import Args

_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|\S+')
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Saved:
    """One option as iptables-save prints it; ``value`` without quotes, ``raw`` with them."""

    flag: str
    raw: str = ""
    negated: bool = False

    @property
    def value(self) -> str:
        return " ".join(map(unquoted, _WORD.findall(self.raw)))


def unquoted(word: str) -> str:
    is_quoted = len(word) > 1 and word.startswith('"') and word.endswith('"')
    return _ESCAPED.sub(r"\1", word[1:-1]) if is_quoted else word


def saved_options(text: str) -> tuple[Saved, ...]:
    """The options in what a ``save`` gave."""
    found: list[Saved] = []
    negated = False
    for word in _WORD.findall(text):
        if word == "!":
            negated = True
        elif word.startswith("--"):
            found.append(Saved(word, negated=negated))
            negated = False
        elif found:
            last = found[-1]
            found[-1] = Saved(last.flag, f"{last.raw} {word}".lstrip(), last.negated)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class ListingPart:
    """A template, and what turns the saved value into the listed one."""

    template: str
    show: Callable[[str], str] = str
    glued: bool = False  # to the word before it
    skip: str | Callable[[str], bool] = ""  # values that are listed only when negated

    def skips(self, saved: Saved) -> bool:
        if saved.negated or not self.skip:
            return False
        return self.skip(saved.value) if callable(self.skip) else saved.value == self.skip

    def of(self, saved: Saved) -> str:
        value, no = saved.value, saved.negated
        return self.template.format(
            self.show(value),
            raw=saved.raw,
            n="!" if no else "",
            N="! " if no else "",
            b=" !" if no else "",
            eq="!=" if no else "==",
            s="s" if ":" in value else "",
        )


Parts = Mapping[str, "str | ListingPart"]


@dataclass(frozen=True, slots=True)
class Listing:
    """``head`` stands first, always or, with ``head_with_parts``, only before an option.

    ``parts`` are in the order of the listing; an option that is not there is not listed.
    ``usual``: what is listed though iptables-save leaves it out. ``of_all``: made of every option
    as it was read, since some that are listed are not saved. ``needs``: the option that is listed
    always, also where nobody gave it.
    """

    head: str = ""
    parts: Parts = field(default_factory=dict)
    head_with_parts: bool = False
    usual: tuple[Saved, ...] = ()
    of_all: bool = False
    needs: str = ""

    def __call__(self, text: str) -> str:
        """The listing of a saved text."""
        options = saved_options(text)
        there = {option.flag for option in options}
        options += tuple(option for option in self.usual if option.flag not in there)
        words = ""
        for flag, part in self.parts.items():
            known = part if isinstance(part, ListingPart) else ListingPart(part)
            for option in options:
                if option.flag == flag and not known.skips(option):
                    words += ("" if known.glued and words else " ") + known.of(option).rstrip()
        head = self.head if words or not self.head_with_parts else ""
        return (head + words).strip()


SPI = ListingPart("spi{s}:{n}{}", skip="0:4294967295")


def listed(kind: MatchType | TargetType, args: Args, family: int) -> str | None:
    """How a use of an extension is listed; ``None``: it does not say."""
    listing = kind.listing
    if listing is None:
        return None
    if kind.save is None or (isinstance(listing, Listing) and listing.of_all):
        return listing(_as_read(kind.options, args))
    return listing(kind.save(args, family))


def _as_read(options: tuple[Option, ...], args: Args) -> str:
    """``default_save`` with all of each value."""
    shown = tuple(replace(each, save=each.show or each.save) for each in options)
    return default_save(shown, args)


def ports(name: str, more: Parts | None = None) -> Listing:
    """Of a match that compares ports: ``tcp spt:1 dpts:!2:3``."""
    every = "0:65535"
    parts: Parts = {
        "--sport": ListingPart("spt{s}:{n}{}", skip=every),
        "--dport": ListingPart("dpt{s}:{n}{}", skip=every),
        **(more or {}),
    }
    return Listing(name, parts, of_all=True)


def plain(flags: str, *, prefix: str = "--") -> dict[str, str]:
    """Options that are listed by their name without dashes, and their value."""
    return {f"{prefix}{name}": f"{name} {{}}" for name in flags.split()}


def switches(flags: str, *, prefix: str = "--") -> dict[str, str]:
    """The same of options without a value."""
    return {f"{prefix}{name}": name for name in flags.split()}


def added_up(flags: Mapping[str, int], options: tuple[Saved, ...]) -> int:
    """The sum of the bits of the switches that are there."""
    return sum(bit for flag, bit in flags.items() if any(one.flag == flag for one in options))


def mark_change(value: int, mask: int) -> str:
    """``set``, ``and``, ``or``, ``xor``, ``xset``, as libxt_MARK.c and libxt_CONNMARK.c call it."""
    if value == 0:
        return f"and {~mask & 0xFFFFFFFF:#x}"
    if value == mask:
        return f"or {value:#x}"
    if mask == 0:
        return f"xor {value:#x}"
    return f"set {value:#x}" if mask == 0xFFFFFFFF else f"xset {value:#x}/{mask:#x}"


def mark_pair(text: str) -> tuple[int, int]:
    """``VALUE/MASK`` in hex as it is saved."""
    value, _, mask = text.partition("/")
    return int(value, 16), int(mask, 16) if mask else 0xFFFFFFFF
