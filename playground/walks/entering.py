"""The way in: whatever a person has, as a scenario to walk, and what was understood of it.

A text that can be read as it stands stays as it is. What is not there is proposed from what is,
as text that says so; nothing of an example stays behind rules that are a person's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from playground.walks import pasted, runs
from sim.base.budget import spent_from
from sim.base.errors import Refused
from sim.model.host import Host
from sim.model.scenario import Compiled, Scenario
from sim.read.host.text import parse_host
from sim.read.packets.tcpdump import is_dump
from sim.read.packets.text import grouped, readable
from sim.read.paste.model import PasteEntry, Question, Reading
from sim.read.scenario import compile_scenario
from sim.tools.propose_packets import propose_listeners, propose_packets

EDITORS = ("rules", "host", "packets")
OF_EXAMPLES = ("host", "packets", "title", "description")  # what is not to stay behind own rules
PROPOSED = "# Proposed from the rules"  # how the first line of a proposed text begins
MOST_COMPARED = 300  # rules of a text, to tell whether it is still an example's
ALIKE = 0.6  # share of a line that has to be the same, and of the lines


@dataclass(frozen=True, slots=True)
class Entered:
    """A scenario, and how it came from what was put in. ``aside``: texts that were set aside."""

    scenario: Scenario
    receipt: tuple[PasteEntry, ...] = ()
    questions: tuple[Question, ...] = ()
    is_open: bool = False  # a question comes before any walk
    is_empty: bool = False  # nothing could be read
    aside: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()  # texts that a later answer left as the person had made them
    unread: str = ""  # how many lines of packets are none yet

    @property
    def used(self) -> tuple[PasteEntry, ...]:
        return tuple(entry for entry in self.receipt if entry.became)

    @property
    def unused(self) -> tuple[PasteEntry, ...]:
        return tuple(entry for entry in self.receipt if not entry.became)

    @property
    def proposed(self) -> tuple[str, ...]:
        return proposed_in(self.scenario)

    @property
    def counts(self) -> str:
        """What came of it: ``7 rules, 2 interfaces, 1 packet``."""
        return ", ".join(
            f"{number:,} {word}{'' if number == 1 else 's'}"
            for word, number in _counts(self.scenario, self.proposed).items()
            if number
        )


def proposed_in(scenario: Scenario) -> tuple[str, ...]:
    """The texts that are still a proposal."""
    return tuple(name for name in EDITORS if getattr(scenario, name).startswith(PROPOSED))


def _counts(scenario: Scenario, proposed: Iterable[str]) -> dict[str, int]:
    rules = interfaces = packets = 0
    try:
        loaded = _compiled(scenario).rules
        rules = sum(
            len(chain.rules)
            for family in (4, 6)
            for table in loaded.of(family).tables.values()
            for chain in table.chains.values()
        )
    except Refused:
        pass
    if "host" not in proposed:
        interfaces = sum(name != "lo" for name in _host(scenario.host).interfaces)
    if "packets" not in proposed:
        packets = sum(says(line) for line in scenario.packets.split("\n"))
    return {"rule": rules, "interface": interfaces, "packet": packets}


def _compiled(scenario: Scenario) -> Compiled:
    """Its rules and host. Raises ``Refused``."""
    with spent_from(runs.reading()):
        return compile_scenario(replace(scenario, packets="", expect=""))


def says(line: str) -> bool:
    """Is the line of a text more than a comment?"""
    return bool(line.strip()) and not line.lstrip().startswith("#")


def entered(texts: list[str], answers: Mapping[str, str], *, bare: bool = False) -> Entered:
    """A paste of anything, or several, as a scenario that can be walked if no question is open.

    ``bare``: nothing is proposed, for programs that did not ask for it.
    """
    reading = _read(
        "".join(text if text.endswith("\n") else f"{text}\n" for text in texts), answers
    )
    scenario = pasted.scenario_of(reading)
    if not (reading.is_open or reading.is_empty or bare):
        scenario = with_proposals(scenario)
    return _entered(scenario, reading)


def _read(text: str, answers: Mapping[str, str]) -> Reading:
    with spent_from(runs.reading()):
        return pasted.read([text], answers)


def _entered(scenario: Scenario, reading: Reading) -> Entered:
    return Entered(scenario, reading.receipt, reading.questions, reading.is_open, reading.is_empty)


def with_proposals(scenario: Scenario) -> Scenario:
    """A host where none is told, then packets where there are none, from what is there.

    A scenario whose texts cannot be read stays as it is: the run tells their errors.
    """
    try:
        told, is_still = scenario.host, not scenario.packets.strip()
        hostless = is_hostless(told)
        if hostless:
            scenario = runs.with_proposed_host(scenario)
            ended = told if told.endswith("\n") or not told else f"{told}\n"
            scenario = replace(scenario, host=f"{scenario.host}{ended}")
        if is_still:
            scenario = _with_packets(scenario, with_services=hostless)
    except Refused:
        pass
    return scenario


def is_hostless(text: str) -> bool:
    """Does the host text name no interface? A script's sysctls alone do not tell what a host is."""
    try:
        with spent_from(runs.reading()):
            return not text.strip() or not parse_host(text).interfaces.keys() - {"lo"}
    except Refused:
        return False


def _with_packets(scenario: Scenario, *, with_services: bool) -> Scenario:
    """With proposed packets; of a host that is proposed too, what they ask listens."""
    compiled = _compiled(scenario)
    rules, host = compiled.rules, compiled.host
    packets = propose_packets(rules, host)
    services = propose_listeners(rules, host) if with_services else ""
    return replace(scenario, packets=packets, host=f"{scenario.host}{services}")


def answered(
    current: Scenario, text: str, before: Mapping[str, str], answers: Mapping[str, str]
) -> Entered:
    """The same paste with more answers. What the person changed since stays changed."""
    old = entered([text], before).scenario
    new = entered([text], {**before, **answers})
    kept = tuple(
        name for name in EDITORS
        if getattr(current, name).strip() not in ("", getattr(old, name).strip())
    )  # fmt: skip
    texts = {name: getattr(current, name) for name in kept}
    return replace(new, scenario=_with(new.scenario, texts), kept=kept)


def _with(scenario: Scenario, texts: Mapping[str, str]) -> Scenario:
    values: dict[str, Any] = {**texts}
    return replace(scenario, **values)


# What is pasted into an editor.


def put_into(scenario: Scenario, name: str, own: Iterable[str] = ()) -> Entered:
    """One editor's text, read if it cannot be read as it stands; the rest goes where it belongs.

    ``own``: texts that are still an example's, behind rules that no longer are.
    """
    scenario, aside = set_aside(scenario, own)
    made = _packets_read(scenario) if name == "packets" else _text_read(scenario, name)
    if not made.is_open and aside:
        made = replace(made, scenario=with_proposals(made.scenario))
    return replace(made, aside=aside)


def _text_read(scenario: Scenario, name: str) -> Entered:
    text = getattr(scenario, name)
    if not text.strip() or _is_plain(scenario, name):
        return Entered(scenario)
    reading = _read(text, {})
    if reading.is_open or reading.is_empty:
        return _entered(scenario, reading)
    made = _with(scenario, {name: ""})
    return _entered(_joined(made, reading), reading)


def _is_plain(scenario: Scenario, name: str) -> bool:
    """Can this editor's text be read as it is, and does it mean what it says?"""
    if name == "host":
        return _is_host(scenario.host)
    try:
        _compiled(scenario)
    except Refused as refused:
        if any(error.where == "rules" for error in refused.errors):
            return False
    from sim.read.paste.cut import has_hash_prompts

    return not has_hash_prompts(scenario.rules)


def _is_host(text: str) -> bool:
    try:
        with spent_from(runs.reading()):
            parse_host(text)
    except Refused:
        return False
    return True


def _joined(scenario: Scenario, reading: Reading) -> Scenario:
    """What was read, behind what stands in each text; a second host takes the first one's place."""
    texts = {}
    for name in EDITORS:
        here, new = getattr(scenario, name), getattr(reading, name)
        if not new.strip():
            continue
        both = f"{here.rstrip()}\n{new}" if here.strip() else new
        is_second = here.strip() and name == "host" and not _is_host(both)
        texts[name] = new if is_second else both
    return _with(scenario, texts)


def _packets_read(scenario: Scenario) -> Entered:
    """The packets text: each run of lines that are no statement, read as what they are."""
    lines = scenario.packets.split("\n")
    statements = [line for line, _ in grouped(scenario.packets)]
    bad = {line.number for line in statements if not _is_statement(line.text)}
    receipt: list[PasteEntry] = []
    made: list[str] = []
    unread = came = at = 0
    while at < len(lines):
        end = at
        while end + 1 in bad:
            end += 1
        if end == at:
            made.append(lines[at])
            at += 1
            continue
        found, told = _as_packets(lines[at:end], at, scenario.host)
        for entry in told:
            here = lines[entry.first - 1 : entry.last]
            if not entry.became:
                made += here
                unread += sum(map(says, here))
                continue
            receipt.append(entry)
            if "packets" not in entry.became:  # a table of conntrack's is the host's
                scenario = _joined(scenario, _read("\n".join(here) + "\n", {}))
                continue
            packets = found if len(told) == 1 else _as_packets(here, entry.first, scenario.host)[0]
            made += packets
            came += len(packets)
        at = end
    if not receipt:
        return Entered(scenario)
    total = len(statements) - len(bad) + came + unread
    told_of = f"{total - unread} of {total}" if unread else ""
    return Entered(replace(scenario, packets="\n".join(made)), tuple(receipt), unread=told_of)


def _is_statement(line: str) -> bool:
    return is_dump(line) or any(True for _ in readable(line, most=1))


def _host(text: str) -> Host:
    try:
        with spent_from(runs.reading()):
            return parse_host(text)
    except Refused:
        return Host()


def _as_packets(lines: list[str], at: int, host: str) -> tuple[list[str], list[PasteEntry]]:
    """Lines of a log, a capture, a command: the packets text of them, with its receipt."""
    before = host if host.endswith("\n") or not host else f"{host}\n"
    shift = before.count("\n") - at
    reading = _read(f"{before}{chr(10).join(lines)}\n", {})
    found = reading.packets.rstrip("\n").split("\n") if reading.packets.strip() else []
    told = [
        PasteEntry(entry.first - shift, entry.last - shift, entry.form, entry.became, entry.note)
        for entry in reading.receipt
        if entry.first - shift > at
    ]
    return found, _whole(told, at + 1, at + len(lines))


def _whole(told: list[PasteEntry], first: int, last: int) -> list[PasteEntry]:
    """The entries, with one for each gap: every line from ``first`` to ``last`` is in one."""
    whole: list[PasteEntry] = []
    for entry in told:
        if entry.first > first:
            whole.append(PasteEntry(first, entry.first - 1, "text", ""))
        whole.append(entry)
        first = entry.last + 1
    if first <= last:
        whole.append(PasteEntry(first, last, "text", ""))
    return whole


def to_run(scenario: Scenario, own: Iterable[str] = (), *, is_live: bool = False) -> Entered:
    """The texts as a run takes them: pastes read, what is missing proposed.

    ``is_live``: it runs while somebody types, who wants the texts left alone; a host is proposed
    for packets that have none.
    """
    given = scenario
    scenario, aside = set_aside(scenario, own)
    receipt: tuple[PasteEntry, ...] = ()
    if not is_live:
        scenario, receipt = pasted.mended_with_receipt(scenario)
    if aside or not is_live or scenario.packets.strip():
        scenario = with_proposals(scenario)
    if aside and not scenario.host.strip():  # rules in error: their mending comes first
        return Entered(given)
    return Entered(scenario, receipt, aside=aside)


# What an example leaves.


def set_aside(scenario: Scenario, names: Iterable[str]) -> tuple[Scenario, tuple[str, ...]]:
    """The scenario without an example's texts, and which they were."""
    gone = tuple(name for name in OF_EXAMPLES if name in names)
    texts = dict.fromkeys(gone, "")
    if "packets" in gone:
        texts["expect"] = ""
    return _with(scenario, texts), tuple(name for name in gone if name in EDITORS)


def of_example(scenario: Scenario, example: Scenario | None) -> tuple[str, ...]:
    """The texts that are still the example's, if the rules are not its own any more."""
    if example is None or not is_own(scenario.rules, example.rules):
        return ()
    return tuple(
        name for name in OF_EXAMPLES
        if getattr(scenario, name).strip() == getattr(example, name).strip()
    )  # fmt: skip


def is_own(rules: str, example: str) -> bool:
    """Did other rules take the place of the example's? To change a few of them is not that."""
    mine, theirs = _lines(rules), _lines(example)
    if not mine or not theirs:
        return False
    alike = sum(any(_alike(one, line) for line in mine) for one in theirs)
    return alike < ALIKE * len(theirs)


def _lines(text: str) -> list[str]:
    found = [line.strip() for line in text.split("\n") if " -" in f" {line}" and says(line)]
    return found[:MOST_COMPARED]


def _alike(one: str, other: str) -> bool:
    matcher = SequenceMatcher(None, one.split(), other.split(), autojunk=False)
    return matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE
