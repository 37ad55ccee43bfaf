"""How far a command line is read, and what its words named so far."""

from __future__ import annotations

from sim.extensions.extension import MatchType
from sim.extensions.matchers import MATCHES
from sim.extensions.targets import TARGETS
from sim.read.command import LONGEST_NAME, Command, Fault, Use
from sim.read.rules.options import Scope, scope_of
from sim.read.rules.unknown import unknown_match
from sim.read.statements import StatementWords


class Cursor:
    """``done`` is the next word to look at, as getopt's optind is."""

    def __init__(
        self, words: StatementWords, start: int, family: int, table: str, restoring: bool
    ) -> None:
        self.words = words
        self.texts = words.texts
        self.done = start
        self.family = family
        self.restoring = restoring
        self.command = Command(words, family, table=table)
        self.scopes: list[Scope] = []  # of the extensions named so far, the last one first
        self.protocol_loaded = False
        self.invert = False

    def following(self) -> str | None:
        """The next word, taken, if it looks neither like an option nor like a negation."""
        if self.done < len(self.texts) and self.texts[self.done][:1] not in ("-", "!"):
            self.done += 1
            return self.texts[self.done - 1]
        return None

    def use_match(self, name: str, at: int) -> None:
        """``-m name``."""
        if len(name.encode()) > LONGEST_NAME:
            raise Fault(f"a match's name has at most {LONGEST_NAME} bytes", at)
        match_type = find_match(name, self.family)
        if match_type is None:
            message, hint = unknown_match(name, self.family)
            raise Fault(message, at, hint=hint)
        if match_type.removed:
            raise Fault(f"-m {name}: {match_type.removed}", at)
        if all(use.extension is not match_type for use in self.command.matches):
            self.scopes.insert(0, scope_of(match_type))
        self.command.matches.append(Use(match_type, name, at))

    def use_target(self, name: str, at: int) -> None:
        """``-j NAME``; it may still turn out to be a chain."""
        target = TARGETS.get((name, self.family))
        if target is not None:
            self.command.target = Use(target, name, at)
            self.scopes.insert(0, scope_of(target))


def find_match(name: str, family: int) -> MatchType | None:
    """The match that the tools load under a name."""
    if name in ("icmpv6", "ipv6-icmp"):
        name = "icmp6"
    return MATCHES.get((name, family))
