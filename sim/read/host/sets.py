"""IP sets: ``ipset save`` lines, ``ipset list`` output, and ``ipset`` commands.

A save of sixty thousand entries is read in about a second, so its lines are told by shape and
split by hand. What the elements mean is checked in the end, by ``sim.extensions.ipset``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import islice

from sim.base.errors import SourceError, Span
from sim.base.frozen import dataclass, replace
from sim.extensions.ipset import ADD_WORDS, ALIASES, CREATE_WORDS, dimensions, parse_entry
from sim.model.changes import SetDeed
from sim.model.host import SetEntry
from sim.read.host.draft import HostDraft, SetDraft
from sim.read.host.words import HostCommand, Word, word_error
from sim.read.lines import Line, clip, did_you_mean

Options = tuple[tuple[str, str], ...]

MOST_KEYS = 70_000  # more than a range may spell out
PLAIN_ADD = re.compile(r"add ([^\s\"]+) ([^\s\"]+)\s*\Z")
SAVED = re.compile(r"(create|add)\s+\S+\s+\S")
COMMANDS = {
    "create": "create", "n": "create", "-N": "create", "--create": "create",
    "add": "add", "-A": "add", "--add": "add", "del": "del", "-D": "del", "--del": "del",
    "flush": "flush", "-F": "flush", "--flush": "flush", "destroy": "destroy", "x": "destroy",
    "-X": "destroy", "--destroy": "destroy", "swap": "swap", "-W": "swap", "--swap": "swap",
    "rename": "rename", "e": "rename", "-E": "rename", "--rename": "rename",
}  # fmt: skip
PRINTING = frozenset({"list", "-L", "--list", "save", "-S", "--save", "test", "-T", "--test",
                      "version", "-V", "help", "-H", "restore", "-R"})  # fmt: skip
QUIET = frozenset({"-!", "-exist", "--exist", "-q", "-quiet", "--quiet"})


def saved_line(draft: HostDraft, line: Line) -> bool:
    """Read a line of ``ipset save``; false when it is none."""
    plain = PLAIN_ADD.match(line.text)
    if plain is not None and not line.joins:
        found = draft.sets.get(plain[1])
        if found is not None:
            number = line.number
            span = Span(number, plain.start(2) + 1, number, plain.end(2) + 1)
            found.entries.append(SetEntry(plain[2], (), False, span))
            return True
    if not SAVED.match(line.text.strip()):
        return False
    words = set_words(line)
    (_create if words[0].text == "create" else _add)(draft, line, words[1:], False)
    return True


def set_words(line: Line) -> list[Word]:
    """Blank-separated words; double quotes hold a comment together."""
    found = re.finditer(r'"([^"]*)"|[^\s"]+', line.text)
    return [Word(m[1] if m[1] is not None else m[0], m.start(), m.end()) for m in found]


def ipset_command(draft: HostDraft, line: Line, command: HostCommand) -> None:
    """Do what an ``ipset`` command does. Raises ``SourceError``."""
    words = [word for word in command.words[1:] if word.text not in QUIET]
    exist = any(word.text in ("-!", "-exist", "--exist") for word in command.words)
    if not words or words[0].text in PRINTING:
        return
    action = COMMANDS.get(words[0].text)
    if action is None:
        raise word_error(line, words[0], f'ipset knows no "{clip(words[0].text)}"',
                         did_you_mean(words[0].text, COMMANDS))  # fmt: skip
    ACTIONS[action](draft, line, words[1:], exist)


_OF_ELEMENTS = frozenset({"flush", "del", "swap", "rename"})


def deed_of(command: HostCommand) -> SetDeed | None:
    """What an ``ipset`` command that was done does to elements that no text tells."""
    words = [word.text for word in command.words[1:] if word.text not in QUIET]
    verb = COMMANDS.get(words[0], "") if command.name == "ipset" and words else ""
    if verb not in _OF_ELEMENTS:
        return None
    names = tuple(words[1:2] if verb in ("flush", "del") else words[1:3])
    return SetDeed(verb, names, words[2] if verb == "del" else "")


def _create(draft: HostDraft, line: Line, words: list[Word], exist: bool) -> None:
    if len(words) < 2:
        raise SourceError("create needs a name and a type", line.span(), where="host")
    name, kind = words[0].text, words[1].text
    kind = ALIASES.get(kind, kind)
    try:
        dimensions(kind)
    except ValueError as error:
        raise word_error(line, words[1], str(error)) from None
    options = _options(line, words[2:], CREATE_WORDS, "create")[0]
    if name in draft.sets:
        if not exist:
            raise word_error(line, words[0], f"there is a set {clip(name)} already")
        return
    draft.sets[name] = SetDraft(name, kind, options, line.span())


def _find(draft: HostDraft, line: Line, word: Word) -> SetDraft:
    found = draft.sets.get(word.text)
    if found is None:
        raise word_error(
            line,
            word,
            f"there is no set {clip(word.text)}",
            did_you_mean(word.text, draft.sets) or "create it in a line before",
        )
    return found


def _add(draft: HostDraft, line: Line, words: list[Word], exist: bool) -> None:
    if len(words) < 2:
        raise SourceError("a set and an element are wanted", line.span(), where="host")
    found = _find(draft, line, words[0])
    options, nomatch = _options(line, words[2:], ADD_WORDS, "add")
    span = line.span(words[1].start, words[1].end)
    entry = SetEntry(words[1].text, options, nomatch, span)
    if exist:  # an element that is there already only gets the new options
        _remove(found, entry)
    found.entries.append(entry)


def _options(
    line: Line, words: list[Word], known: Mapping[str, bool], command: str
) -> tuple[Options, bool]:
    """The options behind an element or type, and whether ``nomatch`` is among them."""
    out: list[tuple[str, str]] = []
    nomatch, at = False, 0
    while at < len(words):
        name = words[at].text if words[at].text in known else words[at].text.lstrip("-")
        if name in ("!", "exist"):
            at += 1
            continue
        if name not in known:
            raise word_error(line, words[at], f'"{clip(name)}" is no option of {command}',
                             did_you_mean(name, known))  # fmt: skip
        if name == "nomatch":
            nomatch = True
        elif not known[name]:
            out.append((name, ""))
        elif at + 1 >= len(words):
            raise word_error(line, words[at], f"{name} has no value")
        else:
            at += 1
            out.append((name, words[at].text))
        at += 1
    return tuple(out), nomatch


def _keys(found: SetDraft, element: str) -> tuple[object, ...]:
    """The element spelled out as the kernel keeps it; by its text where that is refused."""
    try:
        keys = parse_entry(found.kind, found.options, element).spelled_out()
        return tuple(islice(keys, MOST_KEYS))
    except ValueError:
        return (element,)


def _remove(found: SetDraft, gone: SetEntry) -> bool:
    """Take an element out; false when it is not there."""
    for old in found.entries:
        if old.element == gone.element:
            found.entries.remove(old)
            return True
    wanted = _keys(found, gone.element)
    for old in found.entries:
        keys = _keys(found, old.element)
        if keys == wanted:
            found.entries.remove(old)
            return True
        if set(wanted) < set(keys):
            raise ValueError(f"{gone.element} is a part of {old.element}, which is not taken apart")
    return False


def _del(draft: HostDraft, line: Line, words: list[Word], exist: bool) -> None:
    if len(words) < 2:
        raise SourceError("a set and an element are wanted", line.span(), where="host")
    found = _find(draft, line, words[0])
    try:
        there = _remove(found, SetEntry(words[1].text))
    except ValueError as error:
        raise word_error(line, words[1], str(error)) from None
    if not there and not exist:
        draft.note(f"line {line.number} changes nothing: {words[1].text} is not in {found.name}")


def _flush(draft: HostDraft, line: Line, words: list[Word], exist: bool) -> None:
    for found in [_find(draft, line, words[0])] if words else list(draft.sets.values()):
        found.entries.clear()


def _destroy(draft: HostDraft, line: Line, words: list[Word], exist: bool) -> None:
    if not words:
        draft.sets.clear()
    elif words[0].text in draft.sets or not exist:
        del draft.sets[_find(draft, line, words[0]).name]


def _swap(draft: HostDraft, line: Line, words: list[Word], exist: bool) -> None:
    if len(words) < 2:
        raise SourceError("two sets are wanted", line.span(), where="host")
    one, other = _find(draft, line, words[0]), _find(draft, line, words[1])
    if one.kind != other.kind:
        raise word_error(line, words[1], f"{one.name} and {other.name} are of different types")
    draft.sets[one.name], draft.sets[other.name] = (
        replace(other, name=one.name),
        replace(one, name=other.name),
    )


def _rename(draft: HostDraft, line: Line, words: list[Word], exist: bool) -> None:
    if len(words) < 2:
        raise SourceError("a set and its new name are wanted", line.span(), where="host")
    found = _find(draft, line, words[0])
    if words[1].text in draft.sets:
        raise word_error(line, words[1], f"there is a set {clip(words[1].text)} already")
    del draft.sets[found.name]
    draft.sets[words[1].text] = replace(found, name=words[1].text)


ACTIONS: dict[str, Callable[[HostDraft, Line, list[Word], bool], None]] = {
    "create": _create,
    "add": _add,
    "del": _del,
    "flush": _flush,
    "destroy": _destroy,
    "swap": _swap,
    "rename": _rename,
}


# ---- ipset list -----------------------------------------------------------------------------

LISTED = re.compile(
    r"(Name|Type|Revision|Header|Size in memory|References|Number of entries): ?(.*)|Members:"
)


@dataclass
class SetListing:
    """Where we are in ``ipset list`` output."""

    name: str = ""
    kind: str = ""
    in_members: bool = False


def listed_line(draft: HostDraft, line: Line, listing: SetListing) -> bool:
    """Read a line of ``ipset list``; false when it is none."""
    text = line.text.strip()
    found = LISTED.fullmatch(text)
    if found is None:
        if not (listing.in_members and text and listing.name in draft.sets):
            return False
        _add(draft, line, [Word(listing.name, 0, 0), *set_words(line)], False)
        return True
    if found[1] == "Name":
        listing.name, listing.kind, listing.in_members = found[2], "", False
    elif found[1] == "Type":
        listing.kind = found[2]
    elif found[1] == "Header" and listing.name and listing.kind:
        options = set_words(line)[1:]
        words = [Word(listing.name, 0, 1), Word(listing.kind, 0, 1), *options]
        _create(draft, line, words, False)
    elif text == "Members:":
        listing.in_members = True
    return True
