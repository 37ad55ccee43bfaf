"""One paste of everything a machine prints, sorted into rules and host.

What belongs to the rules has a shape of its own (a dump from its ``*table`` to ``COMMIT`` or, since
ebtables prints none, to a line that no dump has; a command of the tools); all the rest is for the
host text. No line is lost and none changes.
"""

from __future__ import annotations

import re

_TABLE = re.compile(r"^\*(filter|nat|mangle|raw|security|broute)\s*$")
_HEADER = re.compile(r"^# (Generated|Completed) (by|on)\b")
_COMMAND = re.compile(r"^\s*(sudo\s+)?(\S*/)?(ip6?|eb|arp)tables(-legacy|-nft)?\s")

# What only a machine's own listing has: ip addr, ip route, sysctl -a, passwd, ipset save.
_MACHINE = re.compile(
    r"^(\d+: [\w.@-]+: <|default via |net\.\w[\w./-]* = |\w[\w-]*:x:\d+:\d+:|create \S+ \w+:)",
    re.MULTILINE,
)
_IN_DUMP = re.compile(r"\s*$|[:#*-]|\[\d+:\d+\]|COMMIT\s*$")


def sort_paste(text: str) -> tuple[str, str]:
    """``(rules, host)``: the lines of each, in their order."""
    rules: list[str] = []
    host: list[str] = []
    in_dump = in_command = False
    for line in text.split("\n"):
        if _TABLE.match(line):
            in_dump = True
        elif in_dump and not _IN_DUMP.match(line):
            in_dump = False
        belongs = in_dump or in_command or bool(_COMMAND.match(line) or _HEADER.match(line))
        (rules if belongs else host).append(line)
        if belongs:
            in_command = not in_dump and line.rstrip().endswith("\\")
        if in_dump and line.strip() == "COMMIT":
            in_dump = False
    return _joined(rules), _joined(host)


def _joined(lines: list[str]) -> str:
    text = "\n".join(lines).strip("\n")
    return f"{text}\n" if text else ""


def is_mixed(text: str) -> bool:
    """Does the text hold what belongs to the host, beside rules or from a machine without any?"""
    rules, host = sort_paste(text)
    return bool(rules or _MACHINE.search(host)) and any(
        line.strip() and not line.lstrip().startswith("#") for line in host.split("\n")
    )
