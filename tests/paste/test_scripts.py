"""Scripts in the styles that people write give what they left behind when they were really run."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sim.read.host.text import parse_host
from sim.read.paste.model import Reading
from tests.paste.corpus import PASTES, decoded, read_paste, rules_of, sections, sets_of, told

SCRIPTS = PASTES / "scripts"


# Its expected file lost a rule: bytes of Latin-1 in a LOG prefix (iptables-legacy keeps it).
LOST = {"06-heimserver": '-A INPUT -m limit --limit 6/min -j LOG --log-prefix "Müll: "'}


def runs() -> Iterator[Any]:
    """Each script with each of its answers; a script that asks nothing, once."""
    for script in sorted(SCRIPTS.glob("*.sh")) if SCRIPTS.is_dir() else ():
        asks = script.with_suffix(".asks")
        cases = tomllib.loads(asks.read_text())["run"] if asks.exists() else [{"expected": ""}]
        for case in cases:
            yield pytest.param(script, case, id=f"{script.stem}-{case['expected']}")


def answers_of(case: dict[str, Any]) -> dict[str, str]:
    given = case.get("answers", {})
    return {name: "false" if value is False else str(value) for name, value in given.items()}


def expected_of(script: Path, case: dict[str, Any]) -> dict[str, str]:
    ends = f".{case['expected']}" if case["expected"] else ""
    return sections(decoded((script.parent / f"{script.stem}.expected{ends}").read_bytes()))


def differences(script: str, reading: Reading, expected: dict[str, str]) -> list[str]:
    found = []
    for family, name in ((4, "iptables-save"), (6, "ip6tables-save")):
        mine, theirs = rules_of(reading.rules, family, reading.host), told(expected[name])
        for table in mine.keys() | theirs.keys():
            if mine.get(table) != theirs.get(table):
                found.append(f"{name} {table}: {mine.get(table)} is not {theirs.get(table)}")
    mine_sets, their_sets = sets_of(reading.host), sets_of(expected["ipset save"])
    if mine_sets != their_sets:
        found.append(f"ipset: {mine_sets} is not {their_sets}")
    settings = parse_host(reading.host).sysctls
    for line in expected["sysctl changed"].split("\n"):
        path, _, value = line.partition(" = ")
        words = path.split("/")
        spelled = ("/".join(words[-2:]), ".".join(words[-2:]))
        by_the_kernel = "conf" in words and not any(one in script for one in spelled)
        if path and not by_the_kernel and settings.get(path.replace("/", ".")) != value:
            found.append(f"{path} is {settings.get(path.replace('/', '.'))}, not {value}")
    return found


def without(reading: Reading, rule: str) -> Reading:
    lines = reading.rules.split("\n")
    kept = [line for line in lines if "--log-prefix 'Müll: '" not in line]
    assert len(kept) == len(lines) - 1, rule
    return replace(reading, rules="\n".join(kept))


@pytest.mark.skipif(not SCRIPTS.is_dir(), reason="../shared/pastes is not here")
@pytest.mark.parametrize(("script", "case"), list(runs()))
def test_a_script_gives_what_it_left_behind(script: Path, case: dict[str, Any]) -> None:
    """The rules, sets and settings are those of the real run; an unanswered value is asked."""
    text = decoded(script.read_bytes())
    reading = read_paste(text, answers_of(case))
    asked = {question.name for question in reading.questions}
    if case["expected"] == "" and script.stem.startswith("37"):
        assert asked == {"SSH_PORT", "ADMIN_IP", "SERVER_IP", "DNS", "203.0.113.xx"}
        return
    lost = LOST.get(script.stem)
    if lost is not None:
        reading = without(reading, lost)
    assert differences(text, reading, expected_of(script, case)) == []
