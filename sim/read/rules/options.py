"""Which option a word is: getopt_long as the tools call it.

The core options come first, then those of the extension that was named last, then the older
ones. A whole name wins; else every name that begins so must mean one and the same option.
Words are read in order and nothing is moved: a word that belongs to no option is an argument
of its own, which the tools refuse.
"""

from __future__ import annotations

from difflib import get_close_matches

from sim.base.frozen import dataclass
from sim.extensions.extension import MatchType, Option, TargetType

NO_VALUE, VALUE, OPTIONAL = 0, 1, 2

Extension = MatchType | TargetType


@dataclass(frozen=True, slots=True)
class Core:
    """An option of the tool itself. ``letter`` is its short form, or stands for one."""

    letter: str
    takes: int


# In the tool's own order (iptables.c, original_opts); 0 is --line-numbers.
_LONG: tuple[tuple[str, str, int], ...] = (
    ("append", "A", VALUE), ("delete", "D", VALUE), ("check", "C", VALUE), ("insert", "I", VALUE),
    ("replace", "R", VALUE), ("list", "L", OPTIONAL), ("list-rules", "S", OPTIONAL),
    ("flush", "F", OPTIONAL), ("zero", "Z", OPTIONAL), ("new-chain", "N", VALUE),
    ("delete-chain", "X", OPTIONAL), ("rename-chain", "E", VALUE), ("policy", "P", VALUE),
    ("source", "s", VALUE), ("destination", "d", VALUE), ("src", "s", VALUE), ("dst", "d", VALUE),
    ("protocol", "p", VALUE), ("in-interface", "i", VALUE), ("jump", "j", VALUE),
    ("table", "t", VALUE), ("match", "m", VALUE), ("numeric", "n", NO_VALUE),
    ("out-interface", "o", VALUE), ("verbose", "v", NO_VALUE), ("wait", "w", OPTIONAL),
    ("wait-interval", "W", OPTIONAL), ("exact", "x", NO_VALUE), ("fragments", "f", NO_VALUE),
    ("version", "V", NO_VALUE), ("help", "h", OPTIONAL), ("line-numbers", "0", NO_VALUE),
    ("modprobe", "M", VALUE), ("set-counters", "c", VALUE), ("goto", "g", VALUE),
    ("ipv4", "4", NO_VALUE), ("ipv6", "6", NO_VALUE),
)  # fmt: skip

LONG_NAME = {letter: f"--{name}" for name, letter, _ in reversed(_LONG)}


def _core(letter: str) -> Core:
    return next(Core(short, takes) for _, short, takes in _LONG if short == letter)


SHORT: dict[str, Core] = {letter: _core(letter) for _, letter, _ in _LONG if letter != "0"}
_LONG4: dict[str, Core] = {f"--{name}": _core(letter) for name, letter, _ in _LONG}
_LONG6: dict[str, Core] = {name: core for name, core in _LONG4.items() if core.letter != "f"}
_WHOLE: dict[int, dict[str, Core]] = {
    family: {**{f"-{letter}": core for letter, core in SHORT.items()}, **names}
    for family, names in ((4, _LONG4), (6, _LONG6))
}


@dataclass(frozen=True, slots=True)
class Scope:
    """The options of one extension that a line has named."""

    extension: Extension
    names: dict[str, Option]


_scopes: dict[int, Scope] = {}


def scope_of(extension: Extension) -> Scope:
    """The option names of an extension, made once."""
    scope = _scopes.get(id(extension))
    if scope is None:
        names = {
            name: option for option in extension.options for name in (option.flag, *option.aliases)
        }
        scope = _scopes[id(extension)] = Scope(extension, names)
    return scope


Found = Core | tuple[Scope, Option]


def whole_name(word: str, family: int, scopes: list[Scope]) -> Found | None:
    """The option with exactly this name."""
    core = _WHOLE[family].get(word)
    if core is not None:
        return core
    for scope in scopes:
        option = scope.names.get(word)
        if option is not None:
            return scope, option
    return None


def abbreviation(word: str, family: int, scopes: list[Scope]) -> Found | None:
    """The one option whose long names include one that begins with ``word``.

    ``None``: there is no such, or there are several (an ambiguity is as bad to the tools).
    """
    names = _LONG4 if family == 4 else _LONG6
    found: list[Found] = [core for name, core in names.items() if name.startswith(word)]
    for scope in scopes:
        found += [(scope, option) for name, option in scope.names.items() if name.startswith(word)]
    if not found or any(other != found[0] for other in found[1:]):
        return None
    return found[0]


def candidates(word: str, family: int, scopes: list[Scope]) -> tuple[str, ...]:
    """Names that ``word`` may have been meant as: those it begins, else those that look alike."""
    names = list(_LONG4 if family == 4 else _LONG6)
    names += [name for scope in scopes for name in scope.names]
    begun = [name for name in names if name.startswith(word)] if len(word) > 2 else []
    return tuple(dict.fromkeys(begun or get_close_matches(word, names, 2, 0.75)))
