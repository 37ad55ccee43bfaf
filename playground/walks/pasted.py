"""Pastes of any form as scenarios: what page, API and commands share.

The reader of pastes takes as long to import as everything else: it comes with the first paste.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sim.base.errors import Refused
from sim.model.scenario import Scenario
from sim.read.paste.model import PasteEntry, Question, Reading
from sim.read.rules.ruleset import load_rules
from sim.read.scenario import compile_scenario, host_of

_TOML = ("title", "description", "rules", "host", "packets", "expect", "seed")


def decoded(data: bytes) -> str:
    """A file's text: UTF-8, or what old editors on Windows wrote."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def read(texts: list[str], answers: Mapping[str, str]) -> Reading:
    """Several texts, read as one paste in their order."""
    from sim.read.paste.reading import read_paste

    whole = "".join(text if text.endswith("\n") else f"{text}\n" for text in texts)
    return read_paste(whole, answers)


def answers_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Answers as programs give them: ``false`` and ``null`` say that there is nothing."""
    return {
        str(name): "false" if value is False or value is None else str(value)
        for name, value in values.items()
    }


def is_scenario(text: str) -> bool:
    """Is this a scenario file, and no paste?"""
    first = next((line.strip() for line in text.removeprefix("\ufeff").split("\n")
                  if line.strip() and not line.strip().startswith("#")), "")  # fmt: skip
    name, equals, value = first.partition("=")
    return bool(equals) and name.strip() in _TOML and value.strip()[:1] in "\"'" + "0123456789"


def scenario_of(reading: Reading) -> Scenario:
    more = {name: value for name, value in reading.more.items() if name in _TOML}
    return Scenario(rules=reading.rules, host=reading.host, packets=reading.packets, **more)


def mended(scenario: Scenario) -> Scenario:
    """A scenario whose texts hold what only a paste can: read as one.

    Texts that can be read as they are stay as they are, but for commands behind a root prompt,
    which would be taken for comments.
    """
    return mended_with_receipt(scenario)[0]


def mended_with_receipt(scenario: Scenario) -> tuple[Scenario, tuple[PasteEntry, ...]]:
    """The same, and what the rules were taken for."""
    scenario = _with_host_read(scenario)
    if not _needs_reading(scenario):
        return scenario, ()
    from sim.read.paste.reading import read_paste

    reading = read_paste(scenario.rules)
    if reading.is_open or reading.aside or not reading.rules.strip():
        return scenario, ()
    host = scenario.host
    if reading.host.strip():
        host = f"{host.rstrip()}\n{reading.host}" if host.strip() else reading.host
    packets = f"{reading.packets}{scenario.packets}" if reading.packets else scenario.packets
    made = replace(scenario, rules=reading.rules, host=host, packets=packets)
    return (made, reading.receipt) if _compiles(made) else (scenario, ())


def _with_host_read(scenario: Scenario) -> Scenario:
    """The scenario whose host text is what other tools print, as lines of the host text."""
    try:
        host_of(scenario.host)
        return scenario
    except Refused:
        pass
    from sim.read.paste.reading import read_paste

    reading = read_paste(scenario.host)
    if reading.is_open or reading.aside or reading.rules.strip() or reading.packets.strip():
        return scenario
    made = replace(scenario, host=reading.host)
    return made if _compiles(made) else scenario


def _needs_reading(scenario: Scenario) -> bool:
    if not _compiles(scenario):
        try:
            load_rules(scenario.rules)
        except Refused:
            return True
    if "#" not in scenario.rules:
        return False
    from sim.read.paste.cut import has_hash_prompts

    return has_hash_prompts(scenario.rules)


def _compiles(scenario: Scenario) -> bool:
    """What was compiled is kept for the run, while rules loaded apart are loaded twice."""
    try:
        compile_scenario(scenario)
    except Refused:
        return False
    return True


def receipt_line(entry: PasteEntry) -> str:
    """One entry as a person reads it."""
    where = f"line {entry.first}" if entry.first == entry.last else (
        f"lines {entry.first}-{entry.last}")  # fmt: skip
    became = f" -> {entry.became}" if entry.became else " left aside"
    note = f": {entry.note}" if entry.note else ""
    return f"{where}: {entry.form}{became}{note}"


def question_line(question: Question) -> str:
    offered = f" ({', '.join(question.answers)})" if any(question.answers) else ""
    return f"question: {question.text}{offered}: --answer '{question.name}=…'"
