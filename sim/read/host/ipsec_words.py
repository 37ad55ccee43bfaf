"""Words of IPsec lines, one after the other, and what policies and states share in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import field
from typing import Any, TypeVar

from sim.base.errors import SourceError
from sim.base.frozen import dataclass
from sim.model.host import Network
from sim.model.ipsec import PROTOCOLS, Selector
from sim.packet.packet import Address
from sim.read.host.values import address, any_network, device, number, protocol, strict_network
from sim.read.lines import Line, clip, did_you_mean

T = TypeVar("T")
ICMPS = (1, 58)


@dataclass
class IpsecWords:
    """A place among the words of one or several lines."""

    words: list[tuple[Line, str, int, int]]  # line, text, where it begins and ends
    at: int = 0

    @classmethod
    def of(cls, lines: Iterable[Line], skip: int = 0) -> IpsecWords:
        """All words of the lines, the first ``skip`` left out."""
        found = [
            (line, match[0], match.start(), match.end())
            for line in lines
            for match in re.finditer(r"\S+", line.text)
        ]
        return cls(found[skip:])

    @property
    def here(self) -> str:
        """The next word, empty at the end."""
        return self.words[self.at][1] if self.at < len(self.words) else ""

    def take(self) -> str:
        if not self.here:
            raise self.error("the line ends too early")
        self.at += 1
        return self.words[self.at - 1][1]

    def takes(self, *wanted: str) -> bool:
        """Step over the next word if it is one of these."""
        if self.here not in wanted:
            return False
        self.at += 1
        return True

    def value(self, parse: Callable[[str], T]) -> T:
        """The next word as a value."""
        text = self.take()
        try:
            return parse(text)
        except ValueError as error:
            raise self.error(str(error), self.at - 1) from None

    def choice(self, choices: Iterable[str], what: str) -> str:
        text = self.take()
        if text not in choices:
            known = ", ".join(choices)
            raise self.error(f'"{clip(text)}" is not {what} ({known})', self.at - 1,
                             did_you_mean(text, choices))  # fmt: skip
        return text

    def unknown(self, known: Iterable[str]) -> SourceError:
        words = sorted(known)
        message = f'"{clip(self.here)}" is not understood here, wanted: {", ".join(words)}'
        return self.error(message, self.at, did_you_mean(self.here, words))

    def error(self, message: str, at: int | None = None, hint: str = "") -> SourceError:
        place = min(self.at if at is None else at, len(self.words) - 1)
        line, _, start, end = self.words[place]
        return SourceError(message, line.span(start, end), where="host", hint=hint)


def end_or_any(text: str) -> Address | None:
    """An address; zero leaves it open."""
    found = address(text)
    return found if int(found) else None


def ipsec_protocol(text: str) -> int:
    found = PROTOCOLS.get(text) or (int(text) if text.isdecimal() else 0)
    if found not in PROTOCOLS.values():
        raise ValueError(f'"{text}" is not esp, ah or comp')
    return found


@dataclass
class SelectorDraft:
    """A selector while it is being read."""

    source: Network | None = None
    destination: Network | None = None
    said: dict[str, Any] = field(default_factory=dict)

    WORDS = ("src", "dst", "dev", "proto", "sport", "dport", "type", "code", "uid")

    def reads(self, words: IpsecWords) -> bool:
        """Read the selector's next item; false: the next word is none of its."""
        key = words.here
        if key not in self.WORDS:
            return False
        words.at += 1
        match key:
            case "src":
                self.source = words.value(strict_network)
            case "dst":
                self.destination = words.value(strict_network)
            case "dev":
                self.said["dev"] = words.value(device)
            case "proto":
                self.said["protocol"] = words.value(protocol)
            case "uid":
                words.take()
            case "sport" | "dport":
                self.said[key] = words.value(port_mask)
            case "type" | "code":
                place = "sport" if key == "type" else "dport"
                self.said[place] = (words.value(lambda text: number(text, 0, 255)), 0xFFFF)
        return True

    def made(self, words: IpsecWords) -> Selector:
        family = 6 if ":" in f"{self.source}{self.destination}" else 4
        source = self.source or any_network(family)
        destination = self.destination or any_network(family)
        if source.version != destination.version:
            raise words.error(f"{source} and {destination} are of two families")
        return Selector(source, destination, **self.said)


def port_mask(text: str) -> tuple[int, int]:
    """A port, ``value/mask``, or any."""
    if text in ("any", "0"):
        return 0, 0
    value, slash, mask = text.partition("/")
    return number(value, 0, 65535), number(mask, 0, 65535) if slash else 0xFFFF


def marked(words: IpsecWords) -> tuple[int, int]:
    """``VALUE[/MASK]`` or ``VALUE mask MASK``."""
    value, slash, mask = words.take().partition("/")
    try:
        low = number(value)
        high = number(mask) if slash else 0xFFFFFFFF
    except ValueError as error:
        raise words.error(str(error), words.at - 1) from None
    if words.takes("mask"):
        high = words.value(number)
    return low, high
