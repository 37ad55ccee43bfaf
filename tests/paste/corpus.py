"""Where the pastes with known results are, and how two rulesets or hosts are compared."""

from __future__ import annotations

from pathlib import Path

from sim.base.jiffies import HZ
from sim.extensions.ipset.build import from_host
from sim.extensions.ipset.listing import listing
from sim.read.host.text import parse_host
from sim.read.paste.reading import read_paste
from sim.read.rules.ruleset import load_rules
from sim.tell.save import save

SHARED = Path(__file__).resolve().parents[3] / "shared"
PASTES, CASES = SHARED / "pastes", SHARED / "cases"


def decoded(data: bytes) -> str:
    """As the page and the command line decode a file."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def told(dump: str) -> dict[str, list[str]]:
    """The tables of a dump that say more than an empty one: ``table`` to its lines."""
    tables: dict[str, list[str]] = {}
    name = ""
    for line in dump.split("\n"):
        if line.startswith("*"):
            name = line[1:]
        elif line and name and not line.startswith("#") and line != "COMMIT":
            tables.setdefault(name, []).append(line)
    return {name: lines for name, lines in tables.items() if not all(map(_says_nothing, lines))}


def _says_nothing(line: str) -> bool:
    return line.startswith(":") and " ACCEPT " in line


def rules_of(text: str, family: int, host: str = "") -> dict[str, list[str]]:
    from sim.read.names import names_of

    return told(save(load_rules(text, names_of(parse_host(host))).of(family)))


def sets_of(text: str) -> list[str]:
    """The sets of a host text as ``ipset save`` would print their elements, sorted."""
    live = from_host(parse_host(text))
    return sorted(line for one in live.by_name.values() for line in listing(one, HZ))


def sections(text: str) -> dict[str, str]:
    """The ``[name]`` parts of an expected file."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in text.split("\n"):
        if line.startswith("[") and line.endswith("]"):
            name = line[1:-1]
            found[name] = []
        elif name:
            found[name].append(line)
    return {name: "\n".join(lines) for name, lines in found.items()}


__all__ = ["CASES", "PASTES", "decoded", "read_paste", "rules_of", "sections", "sets_of", "told"]
