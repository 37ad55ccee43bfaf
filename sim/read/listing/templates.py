"""An extension's own templates taken the other way: what is listed, back to what is saved.

A text may be read in several ways (``/* a */ tcp dpt:80 /* b */`` is one comment or two), so a
reading is a stream of pairs: the options as iptables-save prints them, and where the text goes on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from sim.base.frozen import dataclass
from sim.extensions.extension import MatchType, Option, TargetType
from sim.extensions.listing import Listing, ListingPart
from sim.read.listing.own import OWN, UNSHOWN, VALUES

Found = tuple[str, int]  # options as they are saved, and where the next word begins
Read = Callable[[str, int], Iterator[Found]]

_FIELD = re.compile(r"\{(\w*)\}")
_FREE = {("comment", "--comment"), ("helper", "--helper")}  # values that may hold blanks
_RAW = r'(?:"(?:[^"\\]|\\.)*"|\S+)'
_SIGNS = {"n": "(?P<n>!?)", "N": "(?P<n>(?:! ?)?)", "b": "(?P<n>(?: ?!)?)", "eq": "(?P<n>[!=]=)",
          "s": "s?"}  # fmt: skip
_PLAIN = re.compile(r"[\w.:/,@%+=*^{}\[\]()-]+")


@dataclass(frozen=True, slots=True)
class PartReader:
    """One option's template as a pattern."""

    flag: str
    pattern: re.Pattern[str]
    glued: bool
    words: int  # how many words the value has; 0: the option has none
    is_raw: bool
    unshown: Callable[[str], str]
    again: bool  # the option may stand there several times
    is_free: bool  # its value may hold blanks, so that it may end in several places

    def options(self, found: re.Match[str]) -> str:
        parts = found.groupdict()
        sign = "! " if parts.get("n") not in (None, "", "==") else ""
        if "value" not in parts:
            return f"{sign}{self.flag}"
        value = parts["value"] or ""
        if not self.is_raw:
            value = self.unshown(value)
            if self.words < 2 and value:
                value = quoted(value)
        return f"{sign}{self.flag} {value}".rstrip()


def quoted(value: str) -> str:
    """A word as iptables-save prints it: in quotes where it needs them."""
    if _PLAIN.fullmatch(value):
        return value
    escaped = re.sub(r'(["\\\'])', r"\\\1", value)
    return f'"{escaped}"'


_READERS: dict[int, Read | None] = {}  # by the identity of the extension, which lives for good


def reader_of(kind: MatchType | TargetType) -> Read | None:
    """How a use of this extension is read; ``None``: it does not say how it is listed."""
    if id(kind) not in _READERS:
        _READERS[id(kind)] = _made(kind)
    return _READERS[id(kind)]


_OWN_STARTS = {"icmp6": "ipv6-icmp", "hashlimit": "limit:", "time": "TIME", "ipcomp": "comp"}


def starts_of(kind: MatchType) -> tuple[str, ...]:
    """What a use of the match is listed with first, but for a ``!``; empty: anything."""
    if kind.name in OWN:
        return (_OWN_STARTS.get(kind.name, kind.name),)
    if not isinstance(kind.listing, Listing):
        return ()
    listing = kind.listing
    if listing.head and not listing.head_with_parts:
        return (listing.head.split(" ")[0],)
    templates = [
        part if isinstance(part, str) else part.template for part in listing.parts.values()
    ]
    starts = tuple(
        re.sub(r"^(?:\{[nNb]\})+", "", text).partition("{")[0].split(" ")[0] for text in templates
    )
    return starts if all(starts) else ()


def _made(kind: MatchType | TargetType) -> Read | None:
    if kind.name in OWN:
        return OWN[kind.name]
    if not isinstance(kind.listing, Listing):
        return None
    listing = kind.listing
    parts = [
        (flag, part if isinstance(part, ListingPart) else ListingPart(part))
        for flag, part in listing.parts.items()
        if flag != "--syn"  # --tcp-flags says the same, and is what is saved
    ]
    has_glued = any(part.glued for _, part in parts)
    readers = tuple(_reader(kind, flag, part, has_glued) for flag, part in parts)
    head = re.compile(_blanks(listing.head))
    may_lack_head = listing.head_with_parts or not listing.head

    def read(text: str, at: int) -> Iterator[Found]:
        start = head.match(text, at)
        if start is not None:
            for options, end in _parts(text, start.end(), readers, 0, ""):
                if not listing.needs or listing.needs in options.split():
                    yield options, end
        if start is None and may_lack_head:
            yield "", at

    return read


def _reader(
    kind: MatchType | TargetType, flag: str, part: ListingPart, may_be_glued: bool
) -> PartReader:
    option = next((one for one in kind.options if one.flag == flag), Option(flag))
    words = 0 if option.parse is None else option.words
    is_raw = "{raw}" in part.template
    value = VALUES.get((kind.name, flag)) or (_RAW if is_raw else _value(kind.name, option, words))
    pattern = ""
    template = part.template if words else part.template.removesuffix("{}").rstrip()
    for at, piece in enumerate(_FIELD.split(template)):
        if at % 2 == 0:
            pattern += _blanks(piece)
        elif piece in ("", "raw"):
            pattern += f"(?P<value>{value})" if words else ""
        else:
            pattern += _SIGNS[piece]
    end = "" if may_be_glued and not part.glued else r"(?=\s|$)"
    return PartReader(
        flag, re.compile(pattern + end), part.glued, words, is_raw,
        UNSHOWN.get((kind.name, flag), str), option.multi, (kind.name, flag) in _FREE,
    )  # fmt: skip


def _value(name: str, option: Option, words: int) -> str:
    if (name, option.flag) in _FREE:
        return r".*?"
    one = r"\S+" if not option.optional else r"(?:\S+)?"
    return one + r"(?: +\S+)" * (words - 1)


def _blanks(text: str) -> str:
    """A literal in which a blank is one or more."""
    return r" +".join(re.escape(word) for word in text.split(" "))


def _parts(
    text: str, at: int, readers: tuple[PartReader, ...], number: int, said: str
) -> Iterator[Found]:
    """The parts from ``number`` on, each there or not; longer readings come first."""
    for place in range(number, len(readers)):
        reader = readers[place]
        start = at if reader.glued and said else _skip(text, at)
        for found in _ends(reader, text, start):
            options = f"{said} {reader.options(found)}".lstrip()
            following = place if reader.again else place + 1
            yield from _parts(text, found.end(), readers, following, options)
    yield said, at


def _ends(reader: PartReader, text: str, at: int) -> Iterator[re.Match[str]]:
    """A free text may end at the first place that ends it, and at each later one."""
    found = reader.pattern.match(text, at)
    tries = 0
    while found is not None and tries < _MOST_ENDS:
        yield found
        if not reader.is_free:
            return
        found = _longer(reader.pattern, text, at, found.end())
        tries += 1


_MOST_ENDS = 8


def _longer(pattern: re.Pattern[str], text: str, at: int, behind: int) -> re.Match[str] | None:
    for end in range(behind + 1, len(text) + 1):
        if end == len(text) or text[end].isspace():
            found = pattern.fullmatch(text, at, end)
            if found is not None:
                return found
    return None


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t":
        at += 1
    return at
