"""The options of the tool itself: commands, the built-in clauses, and the rest (do_parse).

Each function is given the reader, the option's value (or ``None``), and the number of the
option's word; ``reader.done - 1`` is the word that holds the value.
"""

from __future__ import annotations

import re

from sim.extensions.args import integer
from sim.extensions.protocol_names import protocol_number
from sim.extensions.targets import TARGETS
from sim.model.rules import STANDARD
from sim.read.addresses import device
from sim.read.command import LONGEST_NAME, Fault
from sim.read.rules.command_checks import option_name
from sim.read.rules.cursor import Cursor

_COMMANDS = frozenset("ADCIRLSFZNXEP")
_GENERAL = frozenset("tmhVwWM46")
_INVERTIBLE = frozenset("sdpiof")
_NUMBERED = {"D": "Dn", "Z": "Zn"}
_TOGETHER = {"L": ("Z", "Zn"), "S": ("Z", "Zn"), "Z": ("L", "S")}
_BLANK = re.compile(r"[ \t\n\v\f\r]")


def take(reader: Cursor, letter: str, value: str | None, at: int) -> None:
    """Do what a core option says. Raises ``Fault``."""
    invert, reader.invert = reader.invert, False
    if letter in _COMMANDS:
        _command(reader, letter, value, at, invert)
    elif letter in _GENERAL:
        _general(reader, letter, value or "", at, invert, given=value is not None)
    else:
        _clause(reader, letter, value or "", at, invert)


def _clause(reader: Cursor, letter: str, value: str, at: int, invert: bool) -> None:
    """An option that a rule keeps, or that changes how a list is printed."""
    command = reader.command
    key = "j" if letter == "g" else letter
    if key in command.at and letter != "v":
        shown = "-j or -g" if key == "j" else option_name(letter)
        raise Fault(f"{shown} is given twice", command.at[key], at, _twice_hint(letter))
    command.at[key] = at
    if invert:
        if letter not in _INVERTIBLE:
            raise Fault(f"{option_name(letter)} cannot be negated", at - 1, at)
        command.negated.add(letter)
    if letter == "s":
        command.source = value
    elif letter == "d":
        command.destination = value
    elif letter == "p":
        _protocol(reader, value, at, invert)
    elif letter in "jg":
        command.jump, command.goto = _target_name(reader, value), letter == "g"
        if letter == "j":
            reader.use_target(value, reader.done - 1)
    elif letter in "io":
        _interface(reader, letter, value, invert)
    elif letter == "f":
        if reader.family == 6:
            raise Fault("-f is only for IPv4", at, hint="use -m frag")
        command.fragment = not invert
    elif letter == "c":
        _counters(reader, value, at)


def _protocol(reader: Cursor, value: str, at: int, invert: bool) -> None:
    text = value.lower()
    try:
        number = protocol_number(text)
    except ValueError as error:
        hint = ""
        if value[:1] == "-":
            hint = "iptables 1.8.9 takes -p and its value only with a blank between them"
        raise Fault(str(error), reader.done - 1, hint=hint) from None
    if number == 0 and invert:
        raise Fault("`! -p all` matches nothing", at - 1, reader.done - 1)
    reader.command.protocol, reader.command.protocol_text = number, text


def _interface(reader: Cursor, letter: str, value: str, invert: bool) -> None:
    try:
        name = device(value, invert)
    except ValueError as error:
        raise Fault(str(error), reader.done - 1) from None
    if letter == "i":
        reader.command.in_iface = name
    else:
        reader.command.out_iface = name


def _target_name(reader: Cursor, value: str) -> str:
    at = reader.done - 1
    if not value:
        raise Fault("the target's name is empty", at)
    if len(value.encode()) > LONGEST_NAME:
        raise Fault(f"a target's name has at most {LONGEST_NAME} bytes", at)
    if _BLANK.search(value):
        raise Fault(f'the target\'s name "{value.strip()}" has a blank in it', at)
    return value


def _counters(reader: Cursor, value: str, at: int) -> None:
    packets, comma, octets = value.partition(",")
    if not comma:
        octets = reader.following() or ""
    first, second = (re.match(r"[ \t]*\+?(\d+)", text) for text in (packets, octets))
    if not first or not second:
        raise Fault("-c needs two numbers: packets and bytes", at, reader.done - 1)
    reader.command.counters = (int(first[1]), int(second[1]))


def _command(reader: Cursor, letter: str, value: str | None, at: int, invert: bool) -> None:
    command = reader.command
    if invert:
        raise Fault(f"-{letter} cannot be negated", at - 1, at)
    if letter == "N":
        _check_new_name(reader, value or "")
    if command.letters and command.letters not in _TOGETHER.get(letter, ()):
        raise Fault(
            f"-{letter} and -{command.letters[0]} are two commands",
            at,
            hint="give each a line of its own",
        )
    command.letters += letter
    command.at["command"] = at
    if value is None:
        value = reader.following()
    if value is not None:
        command.chain = value
        command.at["chain"] = reader.done - 1
    if letter in "DRILSZ":
        _rule_number(reader, letter)
    elif letter in "EP":
        second = reader.following()
        if second is None:
            wanted = "the old and the new name" if letter == "E" else "a chain and a policy"
            raise Fault(f"-{letter} needs {wanted}", at, reader.done - 1)
        command.at["second"] = reader.done - 1
        if letter == "E":
            command.new_name = second
        else:
            command.policy = second


def _rule_number(reader: Cursor, letter: str) -> None:
    command = reader.command
    text = reader.following()
    if text is None:
        if letter == "R":
            raise Fault("-R needs a rule number", command.at["command"], reader.done - 1)
        command.number = 1 if letter == "I" else 0
        return
    try:
        command.number = integer(text, 1, 0x7FFFFFFF)
    except ValueError:
        raise Fault(
            f'"{text}" is not a rule number; rules are counted from 1', reader.done - 1
        ) from None
    command.at["number"] = reader.done - 1
    if letter in _NUMBERED:
        command.letters = command.letters[:-1] + _NUMBERED[letter]


def _check_new_name(reader: Cursor, name: str) -> None:
    at = reader.done - 1
    if len(name.encode()) > LONGEST_NAME:
        raise Fault(f"a chain's name has at most {LONGEST_NAME} bytes", at)
    if name[:1] in ("-", "!"):
        raise Fault(f"a chain's name cannot begin with `{name[0]}`", at)
    if name in (*STANDARD, "standard") or is_shipped(name, reader.family):
        raise Fault(f"{name} is a target, so no chain can have that name", at)
    if _BLANK.search(name):
        raise Fault(f'the chain\'s name "{name}" has a blank in it', at)


def is_shipped(name: str, family: int) -> bool:
    """Whether iptables 1.8.9 has a target of this name; some of those no kernel has any more."""
    target = TARGETS.get((name, family))
    return target is not None and (not target.removed or name in ("ULOG", "CLUSTERIP"))


def _general(
    reader: Cursor, letter: str, value: str, at: int, invert: bool, *, given: bool
) -> None:
    """Options that are about the call, not about a rule."""
    command = reader.command
    if letter == "m":
        if invert:
            raise Fault("-m cannot be negated", at - 1, at, "put `!` before the match's option")
        reader.use_match(value, reader.done - 1)
    elif letter == "t":
        if invert:
            raise Fault("-t cannot be negated", at - 1, at)
        if reader.restoring:
            raise Fault(
                "-t is refused inside a dump", at, reader.done - 1,
                "the *table line above says the table; delete this",
            )  # fmt: skip
        command.table = value
        command.at["t"] = reader.done - 1
    elif letter in "hV":
        command.stops = letter
        command.at["stops"] = at
    elif letter in "wW":
        _wait(reader, letter, value if given else None, at)
    elif letter in "46" and int(letter) != reader.family:
        if not reader.restoring:
            other = "ip6tables" if letter == "6" else "iptables"
            raise Fault(
                f"-{letter} asks for IPv{letter}, and this command is for IPv{reader.family}",
                at,
                hint=f"use {other}",
            )
        command.other_family = True


def _wait(reader: Cursor, letter: str, value: str | None, at: int) -> None:
    if reader.restoring:
        raise Fault(f"-{letter} is refused inside a dump", at, hint="delete it")
    text = value if value is not None else reader.following()
    if text is None and letter == "W":
        raise Fault("-W needs a number of microseconds", at)
    reader.command.at[letter] = at
    if text is not None and not re.match(r"[ \t]*[-+]?\d", text):
        raise Fault(f'"{text}" is not a time to wait', reader.done - 1)


def _twice_hint(letter: str) -> str:
    if letter in "sd":
        return "several addresses go into one list with commas"
    if letter in "jg":
        return "a rule has one target; write two rules"
    return "delete one"
