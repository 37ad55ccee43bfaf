"""Words to one iptables command: which option each belongs to (xshared.c, do_parse).

Values of extensions' options are only collected here; ``sim.read.rules.uses`` makes values of them.
"""

from __future__ import annotations

import re

from sim.extensions.extension import Option
from sim.extensions.protocol_names import protocol_name
from sim.read.command import Command, Fault, Typed, Use
from sim.read.rules.command_checks import check_command
from sim.read.rules.core_options import take
from sim.read.rules.cursor import Cursor, find_match
from sim.read.rules.options import (
    NO_VALUE,
    SHORT,
    VALUE,
    Core,
    Found,
    abbreviation,
    candidates,
    scope_of,
    whole_name,
)
from sim.read.rules.unknown import stray_word, unknown_option
from sim.read.statements import StatementWords


def read_command(
    words: StatementWords,
    family: int,
    *,
    start: int = 0,
    table: str = "filter",
    restoring: bool = False,
) -> Command:
    """Read the words from ``start`` on. Raises ``Fault``.

    ``restoring``: a line of a dump, where ``table`` is fixed and some options are refused.
    """
    reader = OptionReader(words, start, family, table, restoring)
    reader.read()
    return reader.command


class OptionReader(Cursor):
    """Walks the words once, as getopt does."""

    def read(self) -> None:
        texts, family, command = self.texts, self.family, self.command
        while self.done < len(texts):
            at = self.done
            word = texts[at]
            self.done += 1
            if word[:1] != "-" or word == "-":
                self._argument(word, at)
                continue
            found = whole_name(word, family, self.scopes)
            if found is not None:
                self._option(found, word, at, None)
            elif word == "--":
                if self.done < len(texts):
                    raise Fault("nothing is read behind `--`", self.done, len(texts) - 1)
            elif word[1] == "-":
                self._long_option(word, at)
            else:
                self._letters(word, at)
            if command.other_family or command.stops:
                return
        check_command(command, dangling=self.invert)

    def _argument(self, word: str, at: int) -> None:
        if word != "!":
            message, hint = stray_word(self.texts, at)
            raise Fault(message, at, hint=hint)
        if self.invert:
            raise Fault("two `!` in a row", at - 1, at, "delete both, or one of them")
        self.invert = True

    def _long_option(self, word: str, at: int) -> None:
        name, equals, value = word.partition("=")
        found = whole_name(name, self.family, self.scopes)
        found = found or abbreviation(name, self.family, self.scopes)
        if found is not None and equals and not _takes_value(found):
            found = None
        if found is not None:
            self._option(found, name, at, value if equals else None)
        elif self._load_protocol(at):
            self.done = at  # once more, with the options of the match that -p names
        else:
            raise self._unknown(name, at)

    def _letters(self, word: str, at: int) -> None:
        """``-nvL`` is three options; the last may have its value glued on."""
        for place, letter in enumerate(word[1:], 1):
            core = SHORT.get(letter)
            if core is None:
                if not self._load_protocol(at):
                    raise self._unknown(f"-{letter}", at)
                self.done = at
                return
            if core.takes != NO_VALUE:
                self._option(core, f"-{letter}", at, word[place + 1 :] or None)
                return
            take(self, core.letter, None, at)

    def _option(self, found: Found, name: str, at: int, attached: str | None) -> None:
        if isinstance(found, Core):
            if found.takes == VALUE and attached is None:
                if self.done >= len(self.texts):
                    raise Fault(f"{name} needs a value", at)
                attached = self.texts[self.done]
                self.done += 1
            elif attached is not None and found.letter in "psdjio":
                # 1.8.9 takes the whole word for the value: -ptcp is a protocol "-ptcp".
                attached = self.texts[at]
            take(self, found.letter, attached, at)
            return
        scope, option = found
        text, last = "", at
        if option.parse is not None:
            text, last = self._value(option, name, at, attached)
        command = self.command
        use = command.target
        if use is None or use.extension is not scope.extension:
            use = next(m for m in reversed(command.matches) if m.extension is scope.extension)
        protocol, negated = command.protocol or None, "p" in command.negated
        use.typed.append(Typed(option, self.invert, text, at, last, protocol, negated))
        self.invert = False

    def _value(self, option: Option, name: str, at: int, attached: str | None) -> tuple[str, int]:
        """An option's words: the first is any, those behind it must not look like an option."""
        words = [] if attached is None else [attached]
        last = at
        while len(words) < option.words:
            following = self.texts[self.done] if self.done < len(self.texts) else None
            if option.optional and (following is None or following[:1] in ("-", "!")):
                break
            if following is None or (words and following[:1] in ("-", "!")):
                wanted = f"{option.words} values" if option.words > 1 else "a value"
                shown = f": {option.metavar}" if option.metavar else ""
                raise Fault(f"{name} needs {wanted}{shown}", at, last)
            words.append(following)
            last = self.done
            self.done += 1
        return " ".join(words), last

    def _load_protocol(self, at: int) -> bool:
        """An unknown option may be one of the match that -p names; then that is used, once."""
        command = self.command
        if self.protocol_loaded or command.protocol is None:
            return False
        name = command.protocol_text
        if re.match(r"[ \t+\d]", name):
            name = protocol_name(command.protocol) if command.protocol else "all"
        match_type = find_match(name, self.family)
        if match_type is None:
            return False
        self.protocol_loaded = True
        self.scopes.insert(0, scope_of(match_type))
        command.matches.append(Use(match_type, name, at))
        return True

    def _unknown(self, name: str, at: int) -> Fault:
        target = self.command.target
        if target is not None and target.extension.removed:
            return Fault(f"-j {target.name}: {target.extension.removed}", target.at)
        message, hint = unknown_option(
            name,
            self.family,
            tuple(scope.extension.name for scope in self.scopes),
            self.command.protocol_text,
            candidates(name, self.family, self.scopes),
        )
        return Fault(message, at, hint=hint)


def _takes_value(found: Found) -> bool:
    if isinstance(found, Core):
        return found.takes != NO_VALUE
    return found[1].parse is not None
