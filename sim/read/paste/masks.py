"""Values that people hide before they paste: ``X.X.X.X``, ``203.0.113.xxx``, ``aa:xx:...``.

The same mask is the same value wherever it stands: what a person answers, else a stand-in. Masks
that begin alike stand in one network, so that ``X.X.X.1`` can be the gateway of ``X.X.X.X``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import field
from ipaddress import ip_address

from sim.base.frozen import dataclass
from sim.read.paste.desk import Desk
from sim.read.paste.prompts import bare_prompt

_HIDDEN4 = r"(?:\d{0,2}(?:[xX]{1,3}|[yY]{1,3}|[zZ]{1,3}|\*{1,3}|#{1,3}))"
_PART4 = rf"(?:{_HIDDEN4}|\d{{1,3}})"
_HIDDEN6 = r"(?:[\da-fA-F]{0,3}(?:[xX]{1,4}|\*{1,4}))"
_PART6 = rf"(?:{_HIDDEN6}|[\da-fA-F]{{1,4}})"
_HIDDEN_MAC = r"(?:[\da-fA-F]?(?:[xX]{1,2}|[yY]{2}|\*{1,2}|#{2}))"
_PART_MAC = rf"(?:{_HIDDEN_MAC}|[\da-fA-F]{{2}})"
# `NAME=mask` in a script is a variable to ask for by its name; these are no variables.
_BEFORE = r"(?<![\w.:*#@/-])(?<!(?<!\bSRC)(?<!\bDST)(?<!\bsrc)(?<!\bdst)=)(?<!=[\"'])"
_MAC = re.compile(rf"{_BEFORE}{_PART_MAC}(?::{_PART_MAC}){{5}}(?![\w:])")
_SIX = re.compile(rf"{_BEFORE}(?=[^\s/]*[xX*])(?:{_PART6}?:){{2,7}}{_PART6}?(?![\w:])")
_FOUR = re.compile(rf"{_BEFORE}{_PART4}(?:\.{_PART4}){{3}}(?![\w*#]|\.\d)")
_OF_DEVICE = re.compile(r"\blink/|\bether\s|\bHWaddr\s")
_IS_HIDDEN = re.compile(r"[xXyYzZ*#]")
# Every mask of an address has one of these; a line of LOG without any is passed over.
_MAY_HIDE = re.compile(r"[xXyYzZ*#][.:]|[.:][\da-fA-F]{0,3}[xXyYzZ*#]")
_NAMED = re.compile(
    r"(?P<before>(?:^|[\s!])(?:-s|-d|--src|--dst|--source|--destination|--to|--to-source"
    r"|--to-destination|via|inet|src|dst|peer|from|->|SRC=|DST=)\s*!?\s*)"
    r"(?P<mask><[A-Za-z][\w .-]{0,40}>|\[(?:REDACTED|redacted|hidden|my[\w .-]*|your[\w .-]*)\])",
    re.MULTILINE,
)
# What stands in the place of an address in a line of LOG or tcpdump can be nothing else.
_LOGGED = re.compile(
    r"(?P<before>\b(?:SRC|DST)=)(?P<mask><[^<>]*>|[A-Za-z_][\w.-]*|[-*.]+)(?=\s|$)"
)
_IS_LOGGED = re.compile(r"\b(?:IN|OUT|LEN|PROTO)=.*\b(?:SRC|DST)=|\b(?:SRC|DST)=.*\b(?:LEN|PROTO)=")
_SEEN = re.compile(
    r"(?P<before>\bIP6? |(?<=\S) > )(?P<mask><[^<>]{1,40}>|\[[A-Za-z][\w .-]{0,40}\])(?=[.: ])"
)
_IS_SEEN = re.compile(r"\bIP6? \S.* > \S")
_OF_SIX = re.compile(r"\bHOPLIMIT=|\bIP6 ")
MOST_MASKS = 50
LONGEST_MASKED = 5_000  # characters of a line


@dataclass(slots=True)
class Masks:
    """What stands for each mask of one paste."""

    desk: Desk
    text: str
    parts: dict[tuple[str, ...], int] = field(default_factory=dict)  # of IPv4, by what is before
    values: dict[str, str] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)  # those that are worth a question
    notes: dict[str, str] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)  # the notes on the line at hand

    def address(self, mask: str) -> str:
        """The IPv4 address of a mask such as ``X.X.113.5``."""
        words = tuple(mask.upper().split("."))
        answer = self._answer(mask)
        if answer is not None and answer.count(".") == 3:
            for at, octet in enumerate(answer.split(".")):
                if _IS_HIDDEN.search(words[at]) and octet.isdecimal():
                    self.parts.setdefault(words[: at + 1], int(octet))
            return answer
        known = len(self.parts)
        octets = [self._octet(words, at) for at in range(4)]
        value = ".".join(map(str, octets))
        if len(self.parts) > known:
            self._ask(mask, value)
        return value

    def _octet(self, words: tuple[str, ...], at: int) -> int:
        word = words[at]
        if not _IS_HIDDEN.search(word):
            return min(int(word), 255)
        key = words[: at + 1]
        if key not in self.parts:
            alike = sum(len(one) == at + 1 and one[:at] == key[:at] for one in self.parts)
            first = (198, 18, 1 + sum(len(one) == 3 for one in self.parts), 10 + alike)[at]
            while at == 3 and self._is_taken(words, first):
                first += 1
            self.parts[key] = first
        return self.parts[key]

    def _is_taken(self, words: tuple[str, ...], last: int) -> bool:
        return ".".join((*words[:3], str(last))) in self.text and last < 254

    def six(self, mask: str) -> str:
        """The IPv6 address of a mask; hidden groups are numbers that nobody has."""
        try:
            ip_address(mask)
            return mask
        except ValueError:
            pass
        return self._whole(mask, lambda count: re.sub(_HIDDEN6, f"f{count:x}", mask), ip_address)

    def mac(self, mask: str) -> str:
        return self._whole(mask, lambda count: f"02:00:00:00:ff:{count:02x}", str)

    def named(self, mask: str) -> str:
        return self._whole(mask, lambda count: f"198.18.0.{10 + count}", ip_address)

    def of_log(self, line: str) -> str:
        """A line of LOG or tcpdump with addresses for what stands in their place."""
        pattern = _LOGGED if _IS_LOGGED.search(line) else _SEEN if _IS_SEEN.search(line) else None
        if pattern is None:
            return line
        named = self.named_six if _OF_SIX.search(line) else self.named
        return pattern.sub(lambda found: found["before"] + named(found["mask"]), line)

    def named_six(self, mask: str) -> str:
        return self._whole(mask, lambda count: f"2001:db8:ff::{count:x}", ip_address)

    def _whole(self, mask: str, made: Callable[[int], str], check: Callable[[str], object]) -> str:
        if mask not in self.values:
            value = made(len(self.values) + 1)
            try:
                check(value)
            except ValueError:
                return mask
            answer = self._answer(mask)
            if answer is None and check is not str and not mask.lower().startswith("fe80:"):
                self._ask(mask, value)
            elif answer is None:
                self.notes[mask] = f"{mask} is hidden: {value} stands for it"
            self.values[mask] = answer if answer is not None else value
        if mask in self.notes:
            self.seen[mask] = self.notes[mask]
        return self.values[mask]

    def _answer(self, mask: str) -> str | None:
        answer = self.desk.answers.get(mask)
        return answer.strip() if answer and answer.strip() else None

    def _ask(self, mask: str, value: str) -> None:
        self.asked[mask] = value
        self.notes[mask] = f"{mask} is read as {value}"


@dataclass(frozen=True, slots=True)
class Unmasked:
    """The lines with a value for each mask; what is to be said and asked of each, by its number."""

    lines: list[str]
    notes: dict[int, dict[str, str]]  # the mask, and what it is read as
    values: dict[str, str]

    def tell(self, first: int, last: int, desk: Desk) -> list[tuple[int, str]]:
        """Ask for the masks of these lines; what is to be said of them, each once."""
        told = []
        for number in range(first, last + 1):
            for mask, note in self.notes.get(number, {}).items():
                if mask in self.values and mask not in desk.answers:
                    desk.ask(mask, f"Which address is {mask}? Until then {self.values[mask]} "
                             "stands for it.", optional=True)  # fmt: skip
                if mask not in desk.told:
                    desk.told.add(mask)
                    told.append((number, note))
        return told


def unmasked(lines: Sequence[str], desk: Desk) -> Unmasked:
    """A value for each mask. Comments are left as they are."""
    found = Unmasked(list(lines), {}, {})
    shown = [line for line in lines if _is_masked(line)]
    if not shown:
        return found
    text = "\n".join(line for line in shown if _MAY_HIDE.search(line))
    masks = Masks(desk, "\n".join(lines))
    four = {mask for mask in _FOUR.findall(text) if _IS_HIDDEN.search(mask)}
    # What is answered comes first, then the most hidden: the others follow from it.
    order = sorted(
        four,
        key=lambda one: (
            one not in desk.answers,
            -len(_IS_HIDDEN.findall(one)),
            text.index(one),
            -len(one),
        ),
    )
    known = {mask: masks.address(mask) for mask in order[:MOST_MASKS]}
    of_four, masks.notes = masks.notes, {}

    def put(value: Callable[[str], str]) -> Callable[[re.Match[str]], str]:
        return lambda found: value(found[0]) if _IS_HIDDEN.search(found[0]) else found[0]

    for number, line in enumerate(lines, 1):
        if not _is_masked(line):
            continue
        masks.seen = {}
        if _MAY_HIDE.search(line):
            masks.seen = {mask: of_four[mask] for mask in _FOUR.findall(line) if mask in of_four}
            if not _OF_DEVICE.search(line):  # a device's own is then not known
                line = _MAC.sub(put(masks.mac), line)
            line = _SIX.sub(put(masks.six), line)
            line = _FOUR.sub(lambda found: known.get(found[0], found[0]), line)
        line = _NAMED.sub(lambda found: found["before"] + masks.named(found["mask"]), line)
        line = masks.of_log(line)
        found.lines[number - 1] = line
        if masks.seen:
            found.notes[number] = masks.seen
    found.values.update(masks.asked)
    return found


def _is_masked(line: str) -> bool:
    """Something may be hidden in it, and it is no comment but perhaps a root prompt's command."""
    if len(line) > LONGEST_MASKED:
        return False
    if not _IS_HIDDEN.search(line) and "<" not in line and "[" not in line and "SRC=" not in line:
        return False
    return not line.lstrip().startswith("#") or bare_prompt(line) is not None
