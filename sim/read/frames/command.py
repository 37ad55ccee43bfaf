"""One command of ebtables or arptables: its words to options and values (xtables-eb.c)."""

from __future__ import annotations

import re
from dataclasses import field
from typing import Any

from sim.base.frozen import dataclass
from sim.extensions.args import integer
from sim.extensions.extension import Names, Option, RuleContext
from sim.extensions.frames.tool import Found, Kind, Tool
from sim.model.rules import Arg
from sim.read.command import Fault
from sim.read.statements import StatementWords
from sim.read.wording import alike

# Long name and letter of what is no part of a rule; "+": it has a value.
_CORE: dict[str, str] = {
    "--append": "A+", "--insert": "I+", "--delete": "D+", "--policy": "P+", "--flush": "F",
    "--delete-chain": "X", "--new-chain": "N+", "--rename-chain": "E+", "--list": "L",
    "--zero": "Z", "--table": "t+", "--jump": "j+", "--set-counters": "c+", "--modprobe": "M+",
    "--concurrent": "", "--init-table": "0", "--change-counters": "C+", "--check": "C+",
    "--Ln": "", "--Lc": "", "--Lx": "", "--Lmac2": "", "--version": "V", "--help": "h",
}  # fmt: skip
_LETTERS = {kind[0]: kind for kind in _CORE.values() if kind and kind != "0"}
_COMMANDS = "AIDPFXNELZ0C"
LONGEST_NAME = 31


@dataclass(slots=True)
class FrameUse:
    """A match, a watcher or the target, with the options given to it."""

    kind: Kind
    first: int  # its first word
    args: list[Arg] = field(default_factory=list)


@dataclass(slots=True)
class FrameCommand:
    """What the words say. ``at`` finds the word of an option by its letter."""

    words: StatementWords
    table: str = "filter"
    letter: str = ""
    chain: str = ""
    numbers: tuple[int, int] = (0, 0)  # of -I, or the first and last of -D
    policy: str = ""
    new_name: str = ""
    uses: list[FrameUse] = field(default_factory=list)
    jump: str = ""
    target: FrameUse | None = None
    at: dict[str, int] = field(default_factory=dict)
    stops: str = ""
    has_spec: bool = False

    @property
    def protocol(self) -> tuple[int | None, bool]:
        """What -p said: the number (0: Length) and whether it is negated."""
        for use in self.uses:
            for arg in use.args:
                if arg.flag == "-p":
                    return arg.value.number, arg.negated
        return None, False


def read_command(
    tool: Tool,
    words: StatementWords,
    names: Names,
    *,
    start: int = 0,
    table: str = "",
    restoring: bool = False,
) -> FrameCommand:
    """Read the words from ``start`` on. Raises ``Fault``."""
    reader = _FrameReader(tool, words, start, names, table or "filter", restoring)
    reader.read()
    return reader.command


def _decimal(text: str) -> int:
    """As -D reads it (strtol with base 10): a leading 0 is not octal, as it is to -I."""
    if not re.fullmatch(r"[ \t]*\+?[0-9]{1,10}", text):
        raise ValueError(text)
    return int(text)


class _FrameReader:
    """Walks the words once; ``done`` is the next one to look at."""

    def __init__(
        self,
        tool: Tool,
        words: StatementWords,
        start: int,
        names: Names,
        table: str,
        restoring: bool,
    ) -> None:
        self.tool = tool
        self.texts, self.done, self.names, self.restoring = words.texts, start, names, restoring
        self.command = FrameCommand(words, table)
        self.pending = -1  # the word of a `!` that belongs to what follows

    def read(self) -> None:
        while self.done < len(self.texts) and not self.command.stops:
            at = self.done
            word = self.texts[at]
            self.done += 1
            if word == "!":
                if self.pending >= 0:
                    raise Fault("two `!` in a row", at - 1, at, "delete one of them")
                self.pending = at
            elif not word.startswith("-") or word == "-":
                raise Fault(f'"{word}" belongs to no option', at)
            elif word.startswith("--"):
                name, equals, value = word.partition("=")
                self._option(name, at, value if equals else None)
            else:
                self._option(word[:2], at, word[2:] or None)
        if self.pending >= 0:
            raise Fault("nothing follows this `!`", self.pending)
        self._check()

    # ---- one option

    def _option(self, name: str, at: int, attached: str | None) -> None:
        found = self._found(name)
        if found is not None:
            self._use(found, at, attached)
            return
        kind = _CORE.get(self._whole(name, at)) if name.startswith("--") else _LETTERS.get(name[1])
        if kind is None:
            raise self._unknown(name, at)
        if self.pending >= 0:
            raise Fault(f"{name} cannot be negated", self.pending, at)
        if not kind:
            return
        letter, value = kind[0], ""
        if kind.endswith("+"):
            value = self._value(name, at, attached)
        elif attached:
            raise Fault(f"{name} takes no value", at)
        self._core(letter, value, at)

    def _found(self, name: str) -> Found | None:
        target = self.command.target
        if target is not None and name in self.tool.target_options[target.kind.name]:
            return self.tool.target_options[target.kind.name][name]
        return self.tool.options.get(name)

    def _whole(self, name: str, at: int) -> str:
        """A long name may be cut short as long as only one begins so."""
        if name in _CORE:
            return name
        found = [known for known in _CORE if known.startswith(name)]
        return found[0] if len(found) == 1 else name

    def _value(self, name: str, at: int, attached: str | None) -> str:
        if attached is not None:
            return attached
        if self.done >= len(self.texts):
            raise Fault(f"{name} needs a value", at)
        self.done += 1
        return self.texts[self.done - 1]

    def _use(self, found: Found, at: int, attached: str | None) -> None:
        kind, option = found
        first, negated = at, self.pending >= 0
        if negated:
            first, self.pending = self.pending, -1
        elif option.parse is not None and attached is None and self.texts[at + 1 : at + 2] == ["!"]:
            negated = True
            self.done += 1
        if negated and not option.invert:
            raise Fault(f"{option.flag} cannot be negated", first, at)
        value: Any = True
        if option.parse is not None:
            text = self._value(option.flag, at, attached)
            value = self._parsed(option, text, at)
        use = self._place(kind, first)
        if any(arg.flag == option.flag for arg in use.args):
            raise Fault(f"{option.flag} is given twice", first, self.done - 1)
        self._excluded(use, option, first)
        span = self.command.words.span(first, self.done - 1)
        use.args.append(Arg(option.flag, value, negated, span))
        self.command.has_spec = True

    def _excluded(self, use: FrameUse, option: Option, at: int) -> None:
        for arg in use.args:
            if arg.flag in option.excludes:
                raise Fault(f"{option.flag} cannot stand beside {arg.flag}", at, self.done - 1)

    def _parsed(self, option: Option, text: str, at: int) -> Any:
        assert option.parse is not None
        command = self.command
        protocol, negated = command.protocol
        rule = RuleContext(
            self.tool.family, command.table, command.chain, self.names, protocol, negated
        )
        try:
            return option.parse(text, rule)
        except ValueError as error:
            raise Fault(f"{option.flag}: {error}", at, self.done - 1) from None

    def _place(self, kind: Kind, at: int) -> FrameUse:
        command = self.command
        if command.target is not None and command.target.kind is kind:
            return command.target
        for use in command.uses:
            if use.kind is kind:
                return use
        command.uses.append(FrameUse(kind, at))
        return command.uses[-1]

    def _unknown(self, name: str, at: int) -> Fault:
        for target, options in self.tool.target_options.items():
            if name in options:
                return Fault(f"{name} belongs to {target}", at, hint=f"write -j {target} before it")
        if name == "-m":
            hint = f"{self.tool.name} has no -m: its matches are there without being named"
            return Fault(f"-m is no option of {self.tool.name}", at, hint=hint)
        known = [*self.tool.options, *_CORE]
        return Fault(f"{self.tool.name} has no option {name}", at, hint=alike(name, known))

    # ---- commands

    def _core(self, letter: str, value: str, at: int) -> None:
        command = self.command
        if letter in ("V", "h"):
            command.stops = letter
        elif letter == "t":
            if self.restoring:
                raise Fault("-t has no place in a dump: *TABLE says it", at, self.done - 1)
            command.table = value
            command.at["t"] = self.done - 1
        elif letter == "j":
            self._jump(value, at)
        elif letter == "c":
            self.done += 1  # its second number
        elif letter == "P" and command.letter == "N":
            command.policy = value
            command.at["P"] = self.done - 1
        elif letter in _COMMANDS:
            self._begin(letter, value, at)

    def _jump(self, value: str, at: int) -> None:
        command = self.command
        if command.jump:
            raise Fault("-j is given twice", at, self.done - 1)
        command.jump, command.at["j"] = value, self.done - 1
        command.has_spec = True
        if value in self.tool.targets:
            command.target = FrameUse(self.tool.targets[value], at)

    def _begin(self, letter: str, value: str, at: int) -> None:
        command = self.command
        if command.letter and not {command.letter, letter} <= {"L", "Z"}:
            raise Fault(f"one command at a time: -{command.letter} stands here already", at)
        command.letter, command.chain = letter, value
        command.at[letter] = command.at["chain"] = self.done - 1
        if letter in "FXLZ":
            command.chain = self._following() or ""
            command.at["chain"] = self.done - 1
        elif letter in "ID":
            self._numbers(letter)
        elif letter == "P":
            command.policy = self._second("a policy", at)
            command.at["P"] = self.done - 1
        elif letter == "E":
            command.new_name = self._second("the new name", at)
        elif letter == "C":
            hint = "delete this line"
            raise Fault("this only changes counters, or asks for a rule", at, hint=hint)

    def _following(self) -> str | None:
        if self.done < len(self.texts) and self.texts[self.done][:1] not in ("-", "!"):
            self.done += 1
            return self.texts[self.done - 1]
        return None

    def _second(self, what: str, at: int) -> str:
        found = self._following()
        if found is None:
            raise Fault(f"{what} is missing", at, self.done - 1)
        return found

    def _numbers(self, letter: str) -> None:
        word = self._following()
        if word is None:
            return
        first, colon, last = word.partition(":")
        try:
            if letter == "I":
                low = high = integer(first)
            else:
                low, high = _decimal(first), _decimal(last or first)
        except ValueError:
            low = high = 0
        if low < 1 or (colon and letter == "I") or high < low:
            raise Fault(f'"{word}" is no number of a rule: they begin at 1', self.done - 1)
        self.command.numbers = (low, high)

    def _check(self) -> None:
        command = self.command
        if command.stops:
            return
        if not command.letter:
            hint = "a rule begins with -A CHAIN"
            raise Fault("there is no command here", 0, len(self.texts) - 1, hint=hint)
        if command.letter == "N" and len(command.chain.encode()) > LONGEST_NAME:
            raise Fault(f"a chain's name has at most {LONGEST_NAME} bytes", command.at["N"])
        if command.has_spec and command.letter not in "AID":
            raise Fault(f"-{command.letter} takes no rule", command.at[command.letter])
        if command.letter in "AID":
            self._check_devices()

    def _check_devices(self) -> None:
        """A built-in chain knows no device of the other direction; a user chain may."""
        chain = self.command.chain
        for use in self.command.uses:
            for arg in use.args:
                if chain in self.tool.no_device.get(arg.flag, ()):
                    is_in = arg.flag in ("-i", "--logical-in")
                    where = "comes in there by no port" if is_in else "has no way out yet"
                    message = f"{arg.flag} in {chain}: a frame {where}"
                    raise Fault(message, use.first, hint="delete it, or use another chain")
