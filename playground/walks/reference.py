"""What the editors complete and explain, from the extensions' own declarations."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from sim.extensions.extension import MatchType, Option, TargetType
from sim.extensions.frames.tool import Tool
from sim.extensions.matchers import MATCHES
from sim.extensions.targets import TARGETS
from sim.read.frames.dialect import TOOLS, evidence
from sim.read.packets.language import described
from sim.read.rules.options import LONG_NAME

# The options that every rule has; their words are ours, their meaning iptables'.
CORE: tuple[tuple[str, str, str], ...] = (
    ("-A", "CHAIN", "append a rule to a chain"),
    ("-I", "CHAIN [N]", "insert a rule into a chain, first or at place N"),
    ("-D", "CHAIN N", "delete a rule by number or by its words"),
    ("-R", "CHAIN N", "replace rule N of a chain"),
    ("-N", "CHAIN", "make a user chain"),
    ("-X", "[CHAIN]", "remove an empty user chain"),
    ("-F", "[CHAIN]", "remove all rules of a chain"),
    ("-P", "CHAIN TARGET", "set the policy of a built-in chain"),
    ("-E", "OLD NEW", "rename a user chain"),
    ("-t", "TABLE", "the table: filter, nat, mangle, raw or security"),
    ("-s", "ADDRESS[/MASK]", "the packet's source address"),
    ("-d", "ADDRESS[/MASK]", "the packet's destination address"),
    ("-i", "DEVICE[+]", "the device the packet came in on"),
    ("-o", "DEVICE[+]", "the device the packet goes out on"),
    ("-p", "PROTOCOL", "the protocol: tcp, udp, icmp, ... or a number"),
    ("-f", "", "second and later fragments (IPv4)"),
    ("-m", "MATCH", "ask a match extension"),
    ("-j", "TARGET", "what to do when the rule matches"),
    ("-g", "CHAIN", "go on in a chain without coming back here"),
)


@cache
def reference() -> dict[str, Any]:
    """Core options, matches and targets with a line of help each, ready for JSON."""
    return {
        "core": [*_core(lambda flag: flag), *_core(lambda flag: LONG_NAME[flag[1:]])],
        "matches": _described(MATCHES),
        "targets": {
            **{
                name: {"help": text, "options": []}
                for name, text in _STANDARD.items()
                if name != "CONTINUE"  # the other tools' word
            },
            **_described(TARGETS),
        },
        "tools": {name: _tool(tool) for name, tool in TOOLS.items()},
        "evidence": evidence(),
        "packets": described(),
    }


def _tool(tool: Tool) -> dict[str, Any]:
    """The options of ebtables or arptables: all of them stand in a rule without a ``-m``."""
    tables = ", ".join(tool.order)
    words = [(flag, metavar, {"-t": f"the table: {tables}"}.get(flag, text))
             for flag, metavar, text in CORE if flag in _OF_ALL]  # fmt: skip
    core = [_named(flag, metavar, text) for flag, metavar, text in words]
    core += [_named(LONG_NAME[flag[1:]], metavar, text) for flag, metavar, text in words]
    kinds: list[MatchType | TargetType] = [*tool.matches.values(), *tool.watchers.values()]
    return {
        "core": [*(option for kind in kinds for option in _options(kind)), *core],
        "targets": {
            **{name: {"help": _STANDARD[name], "options": []} for name in tool.standard},
            **{
                name: {"help": kind.help, "options": _options(kind)}
                for name, kind in tool.targets.items()
            },
        },
    }


def _options(kind: MatchType | TargetType) -> list[dict[str, str]]:
    """By every name; an option without words of its own is about what its extension is about."""
    return [
        _named(name, option.metavar, option.help or kind.help)
        for option in kind.options
        for name in (option.flag, *option.aliases)
    ]


def _named(flag: str, metavar: str, text: str) -> dict[str, str]:
    return {"flag": flag, "metavar": metavar, "help": text}


# What every tool has of CORE in the same sense.
_OF_ALL = {"-A", "-I", "-D", "-N", "-X", "-F", "-P", "-E", "-t", "-j"}


def _core(name: Callable[[str], str]) -> list[dict[str, str]]:
    """The options that every rule has, by the short or by the long name the parser knows."""
    return [{"flag": name(flag), "metavar": words, "help": text} for flag, words, text in CORE]


_STANDARD = {
    "ACCEPT": "let the packet go on; this table is done with it",
    "DROP": "end the packet without an answer",
    "RETURN": "back to the calling chain; in a built-in chain its policy",
    "CONTINUE": "on to the next rule",
    "QUEUE": "hand the packet to a program",
}


def _described(
    known: dict[tuple[str, int], MatchType] | dict[tuple[str, int], TargetType],
) -> dict[str, Any]:
    described: dict[str, Any] = {}
    for (name, _), kind in known.items():
        if kind.removed or name != kind.name:
            continue
        entry = described.setdefault(name, {"help": kind.help, "options": []})
        flags = {option["flag"] for option in entry["options"]}
        entry["options"] += [_option(o) for o in kind.options if o.flag not in flags]
    return dict(sorted(described.items()))


def _option(option: Option) -> dict[str, str]:
    return {"flag": option.flag, "metavar": option.metavar, "help": option.help}
