"""One iptables command from its words: which command, which chain, which clauses.

This is the tools' own reading of their arguments (iptables/xshared.c, do_parse). Values of
extensions' options are only collected here; ``sim.parser.uses`` makes values of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sim.args import integer
from sim.extension import MatchType, Option, TargetType
from sim.matchers import MATCHES
from sim.model import DeviceName
from sim.parser.addresses import device, protocol_name, protocol_number
from sim.parser.options import (
    LONG_NAME,
    NO_VALUE,
    OPTIONAL,
    SHORT,
    Core,
    Found,
    Scope,
    abbreviation,
    candidates,
    scope_of,
    whole_name,
)
from sim.parser.statements import Words
from sim.parser.unknown import unknown_match, unknown_option
from sim.targets import TARGETS

LONGEST_NAME = 28  # of chains, matches and targets (XT_EXTENSION_MAXNAMELEN)
STANDARD = ("ACCEPT", "DROP", "QUEUE", "RETURN")
RULE_COMMANDS = frozenset("ADCIR")


class Fault(Exception):
    """Something wrong with words ``first`` to ``last`` of the command."""

    def __init__(self, message: str, first: int, last: int | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.first = first
        self.last = first if last is None else last
        self.hint = hint


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


@dataclass(slots=True)
class Command:
    """What the words say. ``at`` finds the word of an option by its letter."""

    words: Words
    family: int
    letters: str = ""  # the command; L or S may have Z beside it; "Dn", "Zn": by number
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
    other_family: bool = False  # -4 or -6 said that this line is not for us
    stops: str = ""  # -h or -V: the tool prints something and ends


_NUMBERED = {"D": "Dn", "Z": "Zn"}
_TOGETHER = {"L": ("Z", "Zn"), "S": ("Z", "Zn"), "Z": ("L", "S")}
# Options that a command may have beside it (xshared.c, commands_v_options).
_SPEC = frozenset("sdpjviocf")
_LEGAL: dict[str, frozenset[str]] = {
    "A": _SPEC, "I": _SPEC, "R": _SPEC, "D": _SPEC - {"c"}, "C": _SPEC - {"c"},
    "L": frozenset("nvx0"), "P": frozenset("vc"),
}  # fmt: skip
_ONLY_VERBOSE = frozenset("v")
_INVERTIBLE = frozenset("sdpiof")
_OPTION_BITS = "nsdpjvxio0cf"


class _Reader:
    """Walks the words once. ``done`` is the next word to look at, as getopt's optind is."""

    def __init__(self, words: Words, start: int, family: int, table: str, restoring: bool) -> None:
        self.words = words
        self.texts = words.texts
        self.done = start
        self.family = family
        self.restoring = restoring
        self.command = Command(words, family, table=table)
        self.scopes: list[Scope] = []
        self.protocol_loaded = False
        self.invert = False

    def read(self) -> Command:
        texts, family = self.texts, self.family
        while self.done < len(texts):
            at = self.done
            word = texts[at]
            self.done += 1
            if word[:1] != "-" or word == "-":
                self.argument(word, at)
                continue
            found = whole_name(word, family, self.scopes)
            if found is not None:
                self.option(found, word, at, None)
            elif word == "--":
                if self.done < len(texts):
                    raise Fault("nothing is read behind `--`", self.done, len(texts) - 1)
            elif word[1] == "-":
                self.long_option(word, at)
            else:
                self.letters(word, at)
            if self.command.other_family or self.command.stops:
                return self.command
        self.finish()
        return self.command

    def argument(self, word: str, at: int) -> None:
        if word != "!":
            raise Fault(f'"{word}" belongs to no option', at, hint=_argument_hint(self.texts, at))
        if self.invert:
            raise Fault("two `!` in a row", at - 1, at, "one says not; delete the other")
        self.invert = True

    def long_option(self, word: str, at: int) -> None:
        name, equals, value = word.partition("=")
        attached = value if equals else None
        found = whole_name(name, self.family, self.scopes)
        found = found or abbreviation(name, self.family, self.scopes)
        if found is not None and equals and not _takes(found):
            found = None
        if found is not None:
            self.option(found, name, at, attached)
        elif self.load_protocol(at):
            self.done = at  # once more, with the options of -p's match
        else:
            raise unknown_option_fault(self, name, at)

    def letters(self, word: str, at: int) -> None:
        """``-nvL`` is three options; the last may have its value glued on."""
        for place, letter in enumerate(word[1:], 1):
            core = SHORT.get(letter)
            if core is None:
                if self.load_protocol(at):
                    self.done = at
                    return
                raise unknown_option_fault(self, f"-{letter}", at)
            rest = word[place + 1 :]
            if core.takes == NO_VALUE:
                self.core(core, None, at)
                continue
            self.option(core, f"-{letter}", at, rest or None)
            return

    def option(self, found: Found, name: str, at: int, attached: str | None) -> None:
        if isinstance(found, Core):
            if found.takes == 1 and attached is None:
                if self.done >= len(self.texts):
                    raise Fault(f"{name} needs a value", at)
                attached = self.texts[self.done]
                self.done += 1
            elif attached is not None and found.letter in "psdjio":
                # 1.8.9 takes the whole word for the value: -ptcp is protocol "-ptcp".
                attached = self.texts[at]
            self.core(found, attached, at)
            return
        scope, option = found
        text, last = "", at
        if option.parse is not None:
            text, last = self.value(option, name, at, attached)
        command = self.command
        use = command.target
        if use is None or use.extension is not scope.extension:
            use = next(m for m in reversed(command.matches) if m.extension is scope.extension)
        use.typed.append(
            Typed(option, self.invert, text, at, last, command.protocol or None,
                  "p" in command.negated)
        )  # fmt: skip
        self.invert = False

    def value(self, option: Option, name: str, at: int, attached: str | None) -> tuple[str, int]:
        """An option's words: the first is any, those behind it must not look like an option."""
        words = [] if attached is None else [attached]
        last = at
        while len(words) < option.words:
            following = self.texts[self.done] if self.done < len(self.texts) else None
            if option.optional and (following is None or following[:1] in ("-", "!")):
                break
            if following is None or (words and following[:1] in ("-", "!")):
                wanted = f"{option.words} values" if option.words > 1 else "a value"
                shown = f" ({option.metavar})" if option.metavar else ""
                raise Fault(f"{name} needs {wanted}{shown}", at, last)
            words.append(following)
            last = self.done
            self.done += 1
        return " ".join(words), last

    def core(self, core: Core, value: str | None, at: int) -> None:
        letter = core.letter
        invert, self.invert = self.invert, False
        if letter in "ADCIRLSFZNXEP":
            self.command_letter(letter, value, at, invert)
        elif letter in "tmhVwWM46":
            self.general(letter, value, at, invert)
        else:
            self.clause(letter, value or "", at, invert)

    def clause(self, letter: str, value: str, at: int, invert: bool) -> None:
        """An option that a rule keeps, or that changes how a list is printed."""
        command = self.command
        bit = "j" if letter == "g" else letter
        if bit in command.at and letter != "v":
            shown = "-j or -g" if bit == "j" else _named(letter)
            raise Fault(f"{shown} is given twice", command.at[bit], at, _twice_hint(letter))
        command.at[bit] = at
        if invert:
            if letter not in _INVERTIBLE:
                raise Fault(f"{_named(letter)} cannot be negated", at - 1, at)
            command.negated.add(letter)
        if letter == "s":
            command.source = value
        elif letter == "d":
            command.destination = value
        elif letter == "p":
            self.protocol(value, at, invert)
        elif letter == "j":
            self.jump(value, at)
        elif letter == "g":
            command.jump, command.goto = self.target_name(value, at), True
        elif letter in "io":
            try:
                name = device(value, invert)
            except ValueError as error:
                raise Fault(str(error), self.done - 1) from None
            if letter == "i":
                command.in_iface = name
            else:
                command.out_iface = name
        elif letter == "f":
            if self.family == 6:
                raise Fault("-f is only for IPv4", at, hint="use -m frag --fragmore or --fraglast")
            command.fragment = not invert
        elif letter == "c":
            self.counters(value, at)

    def protocol(self, value: str, at: int, invert: bool) -> None:
        text = value.lower()
        try:
            number = protocol_number(text)
        except ValueError as error:
            raise Fault(str(error), self.done - 1, hint=_glued_hint(value)) from None
        if number == 0 and invert:
            raise Fault("`! -p all` would match nothing", at - 1, self.done - 1)
        self.command.protocol, self.command.protocol_text = number, text

    def jump(self, value: str, at: int) -> None:
        command = self.command
        command.jump = self.target_name(value, at)
        target = TARGETS.get((value, self.family))
        if target is not None:
            command.target = Use(target, value, self.done - 1)
            self.scopes.insert(0, scope_of(target))

    def target_name(self, value: str, at: int) -> str:
        if not value:
            raise Fault("the target's name is empty", self.done - 1)
        if len(value.encode()) > LONGEST_NAME:
            raise Fault(f"a target's name has at most {LONGEST_NAME} bytes", self.done - 1)
        if re.search(r"[ \t\n\v\f\r]", value):
            raise Fault(f'the target\'s name "{value}" has a blank in it', self.done - 1)
        return value

    def counters(self, value: str, at: int) -> None:
        packets, comma, octets = value.partition(",")
        if not comma:
            octets = self.following() or ""
        numbers = [re.match(r"[ \t]*\+?(\d+)", text) for text in (packets, octets)]
        if not numbers[0] or not numbers[1]:
            raise Fault("-c needs two numbers: packets and bytes", at, self.done - 1)
        self.command.counters = (int(numbers[0][1]), int(numbers[1][1]))

    def following(self) -> str | None:
        """The next word, taken, if it looks neither like an option nor like a negation."""
        if self.done < len(self.texts) and self.texts[self.done][:1] not in ("-", "!"):
            self.done += 1
            return self.texts[self.done - 1]
        return None

    def command_letter(self, letter: str, value: str | None, at: int, invert: bool) -> None:
        command = self.command
        if invert:
            raise Fault(f"{_named(letter)} cannot be negated", at - 1, at)
        if letter == "N":
            self.check_new_name(value or "")
        if command.letters and not set(_TOGETHER.get(letter, ())) & {command.letters}:
            other = command.letters[0]
            raise Fault(
                f"-{letter} and -{other} are two commands", at, hint="one command on each line"
            )
        command.letters += letter
        command.at["command"] = at
        if value is None and letter in "LSFZX":
            value = self.following()
        if value is not None:
            command.chain = value
            command.at["chain"] = self.done - 1
        if letter in "DRILSZ":
            self.rule_number(letter)
        elif letter in "EP":
            second = self.following()
            if second is None:
                wanted = "the old and the new name" if letter == "E" else "a chain and a policy"
                raise Fault(f"-{letter} needs {wanted}", at, self.done - 1)
            command.at["second"] = self.done - 1
            if letter == "E":
                command.new_name = second
            else:
                command.policy = second

    def rule_number(self, letter: str) -> None:
        command = self.command
        text = self.following()
        if text is None:
            if letter == "R":
                raise Fault("-R needs a rule number", command.at["command"], self.done - 1)
            command.number = 1 if letter == "I" else 0
            return
        try:
            command.number = integer(text, 1, 0x7FFFFFFF)
        except ValueError:
            raise Fault(
                f'"{text}" is not a rule number; rules are counted from 1', self.done - 1
            ) from None
        command.at["number"] = self.done - 1
        if letter in _NUMBERED:
            command.letters = command.letters[:-1] + _NUMBERED[letter]

    def check_new_name(self, name: str) -> None:
        at = self.done - 1
        if len(name.encode()) > LONGEST_NAME:
            raise Fault(f"a chain's name has at most {LONGEST_NAME} bytes", at)
        if name[:1] in ("-", "!"):
            raise Fault(f"a chain's name cannot begin with `{name[0]}`", at)
        if name in STANDARD or (name, self.family) in TARGETS:
            raise Fault(f"{name} is a target already, so no chain can have that name", at)
        if re.search(r"[ \t\n\v\f\r]", name):
            raise Fault(f'the chain\'s name "{name}" has a blank in it', at)

    def general(self, letter: str, value: str | None, at: int, invert: bool) -> None:
        command = self.command
        if letter == "t":
            if invert:
                raise Fault("-t cannot be negated", at - 1, at)
            if self.restoring:
                raise Fault(
                    "-t is not taken here: the *table line above says the table", at, self.done - 1
                )
            command.table = value or ""
            command.at["t"] = self.done - 1
        elif letter == "m":
            if invert:
                raise Fault(
                    "-m cannot be negated", at - 1, at, "put the `!` before the match's option"
                )
            self.match(value or "", self.done - 1)
        elif letter in "hV":
            command.stops = letter
            command.at["stops"] = at
        elif letter in "wW":
            self.wait(letter, value, at)
        elif letter in "46":
            self.only_family(int(letter), at)

    def match(self, name: str, at: int) -> None:
        if len(name.encode()) > LONGEST_NAME:
            raise Fault(f"a match's name has at most {LONGEST_NAME} bytes", at)
        match_type = find_match(name, self.family)
        if match_type is None:
            message, hint = unknown_match(name, self.family)
            raise Fault(message, at, hint=hint)
        if match_type.removed:
            raise Fault(f"-m {name}: {match_type.removed}", at)
        if not any(use.extension is match_type for use in self.command.matches):
            self.scopes.insert(0, scope_of(match_type))
        self.command.matches.append(Use(match_type, name, at))

    def load_protocol(self, at: int) -> bool:
        """An unknown option may be one of the match that -p names; then that is loaded, once."""
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

    def wait(self, letter: str, value: str | None, at: int) -> None:
        if self.restoring:
            raise Fault(f"-{letter} is not taken inside a dump", at, hint="delete it")
        text = value if value is not None else self.following()
        if text is None and letter == "W":
            raise Fault("-W needs a number of microseconds", at)
        if text is not None and not re.match(r"[ \t]*[-+]?\d", text):
            raise Fault(f'"{text}" is not a time to wait', self.done - 1)

    def only_family(self, family: int, at: int) -> None:
        if family == self.family:
            return
        if not self.restoring:
            raise Fault(
                f"-{family} asks for IPv{family}, and this command is for IPv{self.family}",
                at,
                hint=f"use {'ip6tables' if family == 6 else 'iptables'}",
            )
        self.command.other_family = True

    def finish(self) -> None:
        """What can only be said when every word is read."""
        command = self.command
        if command.table == "nat" and "DROP" in (command.policy, command.jump):
            at = command.at.get("second", command.at.get("j", 0) + 1)
            raise Fault(
                "the nat table is not for filtering, so DROP is refused in it", at,
                hint="drop in the filter table, or in raw if it must be early",
            )  # fmt: skip
        if not command.letters:
            what = "only blanks" if not self.texts else "no command (-A, -I, -D, ...)"
            raise Fault(f"the line has {what}", 0, len(self.texts) - 1)
        if self.invert:
            raise Fault("nothing follows this `!`", len(self.texts) - 1)
        self.check_options()
        chain = command.chain
        if chain is not None and len(chain.encode()) > LONGEST_NAME:
            raise Fault(f"a chain's name has at most {LONGEST_NAME} bytes", command.at["chain"])
        if command.letters in ("A", "D", "Dn", "C", "I", "R"):
            if chain in ("PREROUTING", "INPUT") and "o" in command.at:
                raise Fault(f"-o cannot be used in {chain}: the packet has no way out yet",
                            command.at["o"], command.at["o"] + 1)  # fmt: skip
            if chain in ("POSTROUTING", "OUTPUT") and "i" in command.at:
                raise Fault(f"-i cannot be used in {chain}: the tool refuses it",
                            command.at["i"], command.at["i"] + 1)  # fmt: skip

    def check_options(self) -> None:
        """Options that the command cannot have. One that either of two can have is fine."""
        command = self.command
        letters = [letter for letter in ("L", "S", "Zn", "Z", "Dn") if letter in command.letters]
        letters = letters[:2] if len(letters) > 1 and "Z" in command.letters else letters
        names = letters or [command.letters]
        legal = frozenset().union(*(_LEGAL.get(name, _ONLY_VERBOSE) for name in names))
        for bit in _OPTION_BITS:
            if bit in command.at and bit not in legal:
                raise Fault(
                    f"{_named(bit)} cannot be used with -{command.letters[0]}", command.at[bit]
                )


def find_match(name: str, family: int) -> MatchType | None:
    """The match that the tools load under a name."""
    if name in ("icmpv6", "ipv6-icmp"):
        name = "icmp6"
    return MATCHES.get((name, family))


def unknown_option_fault(reader: _Reader, name: str, at: int) -> Fault:
    message, hint = unknown_option(
        name,
        reader.family,
        tuple(scope.extension.name for scope in reader.scopes),
        reader.command.protocol_text,
        candidates(name, reader.family, reader.scopes),
    )
    return Fault(message, at, hint=hint)


def read_command(
    words: Words, family: int, *, start: int = 0, table: str = "filter", restoring: bool = False
) -> Command:
    """Read the words from ``start`` on. Raises ``Fault``.

    ``restoring``: a line of a dump, where ``table`` is fixed and some options are refused.
    """
    return _Reader(words, start, family, table, restoring).read()


def _takes(found: Found) -> bool:
    if isinstance(found, Core):
        return found.takes != NO_VALUE
    return found[1].parse is not None


def _named(letter: str) -> str:
    return LONG_NAME[letter] if letter == "0" else f"-{letter}"


def _twice_hint(letter: str) -> str:
    if letter in "sd":
        return "several addresses go in one list with commas, without negation"
    if letter in "jg":
        return "a rule has one target; write two rules"
    return "delete one"


def _glued_hint(value: str) -> str:
    if value[:1] == "-":
        return "put a blank between the option and its value: iptables 1.8.9 reads them as one word"
    return ""


_ODD = re.compile("[\u2010-\u2015\u2212\u00a0\u2007\u202f\u200b\u201c-\u201f\u2018-\u201b\r]")


def _argument_hint(texts: list[str], at: int) -> str:
    word = texts[at]
    odd = _ODD.search(word)
    if odd:
        if odd[0] == "\r":
            return "the line ends in a carriage return: save the text with Unix line ends"
        return "a word processor put a long dash, a curly quote or a fixed blank here; retype it"
    if at and texts[at - 1] == "!":
        return "write `!` before the option: `! -s 10.0.0.1`"
    if word == "!":
        return ""
    if at > 1 and texts[at - 2 : at - 1] == ["!"]:
        return ""
    before = texts[at - 1] if at else ""
    if (at > 1 and before == "!") or (at > 1 and texts[at - 1] == "!"):
        return "write `!` before the option"
    if word[:1] == "#":
        return "a remark behind a rule is refused: give it a line of its own"
    if word == "\\":
        return "lines of a dump cannot be continued; join them"
    if word.startswith("*"):
        return "the table above has no COMMIT"
    if word.lower() == "commit":
        return "COMMIT stands alone, in capitals, at the line's very start"
    if word.rpartition("/")[2] in ("iptables", "ip6tables", "sudo"):
        return "inside *table ... COMMIT a line begins with the command: -A ..."
    if word[:1] in "'`":
        return "only double quotes group words in a dump"
    return ""


__all__ = ["OPTIONAL", "Command", "Fault", "Typed", "Use", "find_match", "read_command"]
