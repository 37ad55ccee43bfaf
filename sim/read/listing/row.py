"""One row of a listing, cut at its columns.

Columns are padded and never cut, so a long name moves the rest: blanks divide, not places
(iptables/iptables.c, print_firewall). A rule without a target has an empty first column; the
number of words before ``opt`` tells.
"""

from __future__ import annotations

import re

from sim.base.frozen import dataclass
from sim.extensions.protocol_names import TOOL_PROTOCOLS
from sim.packet.protocols import PROTOCOL_ALIASES, PROTOCOLS

_WORD = re.compile(r"\S+")
_NUMBER = re.compile(r"\d+")
_COUNT = re.compile(r"\d+[KMGT]?")
_OPT = ("--", "-f", "!f")
_ADDRESS = re.compile(
    r"!?(?:anywhere|default|\d{1,3}(?:\.\d{1,3}){3}(?:/\S+)?|[\da-fA-F]*:[\da-fA-F:.]*(?:/\S+)?"
    r"|[\w.-]+(?:/\d+)?)"
)
EVERYWHERE = ("anywhere", "0.0.0.0/0", "::/0")


@dataclass(frozen=True, slots=True)
class ColumnHeads:
    """Which columns the listing has; ``None``: its line of heads is missing."""

    numbers: bool | None = None
    counters: bool | None = None
    devices: bool | None = None

    @classmethod
    def of(cls, line: str) -> ColumnHeads:
        words = line.split()
        return cls("num" in words, "pkts" in words, "in" in words and "out" in words)


@dataclass(frozen=True, slots=True)
class ListedRow:
    """The columns as they are printed; ``rest`` is what the extensions print."""

    target: str
    protocol: str
    opt: str
    in_iface: str
    out_iface: str
    source: str
    destination: str
    rest: str
    has_devices: bool


def is_heads(line: str) -> bool:
    """The line of column heads under a chain's name."""
    words = line.split()
    return "target" in words and "prot" in words and "source" in words


def split(line: str, heads: ColumnHeads) -> ListedRow | None:
    """The row's columns; ``None``: it is no row of a listing."""
    words = list(_WORD.finditer(line))
    for at in _starts([word[0] for word in words[:4]], heads):
        for has_devices in (True, False) if heads.devices is None else (heads.devices,):
            row = _at(line, words, at, has_devices)
            if row is not None:
                return row
    return None


def _starts(words: list[str], heads: ColumnHeads) -> list[int]:
    """Behind which word the target's column may begin, the likely first."""
    if heads.counters is not None:
        skipped = bool(heads.numbers) + 2 * bool(heads.counters)
        return [skipped] if all(map(_COUNT.fullmatch, words[:skipped])) else []
    count = 0
    while count < len(words) and count < 3 and _COUNT.fullmatch(words[count]):
        count += 1
    return list(range(count, -1, -1))


def _at(line: str, words: list[re.Match[str]], at: int, has_devices: bool) -> ListedRow | None:
    texts = [word[0] for word in words]
    for target in (1, 0):
        for opt in (1, 0):
            first = at + target + 1 + opt + 2 * has_devices
            if first + 1 >= len(texts):
                continue
            if opt and texts[at + target + 1] not in _OPT:
                continue
            if not _is_protocol(texts[at + target]):
                continue
            source, destination = texts[first : first + 2]
            if not (_ADDRESS.fullmatch(source) and _ADDRESS.fullmatch(destination)):
                continue
            if not opt and not _is_surely_address(source):
                continue
            devices = texts[first - 2 : first] if has_devices else ["", ""]
            if has_devices and any(map(_is_no_device, devices)):
                continue
            return ListedRow(
                texts[at] if target else "",
                texts[at + target],
                texts[at + target + 1] if opt else "--",
                devices[0],
                devices[1],
                source,
                destination,
                line[words[first + 1].end() :].strip(" \t\r\0"),
                has_devices,
            )
    return None


def _is_protocol(word: str) -> bool:
    word = word.removeprefix("!")
    if _NUMBER.fullmatch(word):
        return int(word) <= 255
    return word in TOOL_PROTOCOLS or word in PROTOCOLS or word in PROTOCOL_ALIASES


def _is_no_device(word: str) -> bool:
    return word in _OPT or _is_surely_address(word)


def _is_surely_address(word: str) -> bool:
    word = word.removeprefix("!")
    return word == "anywhere" or bool(
        re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){3}(?:/\S+)?|[\da-fA-F]*::?[\da-fA-F:.]*(?:/\S+)?", word)
        and any(sign in word for sign in ".:")
    )
