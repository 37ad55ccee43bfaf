"""Edits of the texts: made by rule, applied all at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sim.base.errors import Span
from sim.base.frozen import replace
from sim.model.rules import Rule
from sim.model.scenario import Scenario
from sim.tools.advice.case import Case, Reached, Spot
from sim.tools.advice.finding import Edit, Fix

# The beginning of a rule in a dump or on a command line, up to its chain.
_APPENDED = re.compile(r"^(?P<head>.*?(?<!\S))(?:-A|--append)\s+(?P<chain>\S+)")
_COUNTERS = re.compile(r"^\[\d+:\d+\]\s*")


def applied(scenario: Scenario, edits: Iterable[Edit]) -> Scenario:
    """The scenario with the edits made, the last place first so that places stay right."""
    texts: dict[str, Any] = {}
    for edit in sorted(edits, key=lambda each: (each.span.line, each.span.column), reverse=True):
        text = texts.get(edit.where, getattr(scenario, edit.where))
        start = offset(text, edit.span.line, edit.span.column)
        end = max(start, offset(text, edit.span.end_line, edit.span.end_column))
        texts[edit.where] = text[:start] + edit.text + text[end:]
    return replace(scenario, **texts)


def offset(text: str, line: int, column: int) -> int:
    """Where a line and column are; places behind the end are the end."""
    at = 0
    for _ in range(line - 1):
        found = text.find("\n", at)
        if found < 0:
            return len(text)
        at = found + 1
    end = text.find("\n", at)
    return min(at + column - 1, len(text) if end < 0 else end)


def is_alone(case: Case, rule: Rule) -> bool:
    """Does the rule have its lines for itself, so that they can be moved?"""
    if rule.span is None:
        return False
    return not any(
        line in case.crowded for line in range(rule.span.line, rule.span.end_line + 1)
    ) and bool(re.search(r"(?<!\S)-[A-Z]|--(?:append|insert)", _lines(case, rule)))


def whole_lines(rule: Rule) -> Span:
    assert rule.span is not None
    return Span(rule.span.line, 1, rule.span.end_line + 1, 1)


def without(case: Case, *spots: Spot, label: str = "Take the rule out") -> Fix | None:
    """The rules' lines deleted."""
    if not all(is_alone(case, spot.rule) for spot in spots):
        return None
    return Fix(label, tuple(Edit("rules", whole_lines(spot.rule), "") for spot in spots))


def moved_before(case: Case, spots: Sequence[Spot], before: Spot, label: str) -> Fix | None:
    """The rules' lines put in front of those of another rule of their chain, in their order."""
    if not all(_is_appended(case, each) for each in (*spots, before)):
        return None
    assert before.rule.span is not None
    line = before.rule.span.line
    if any(spot.rule.span is None or spot.rule.span.line <= line for spot in spots):
        return None
    text = "".join(_lines(case, spot.rule).rstrip("\n") + "\n" for spot in spots)
    taken = tuple(Edit("rules", whole_lines(spot.rule), "") for spot in spots)
    return Fix(label, (*taken, Edit("rules", Span(line, 1, line, 1), text)))


def line_before(case: Case, spot: Spot, body: str) -> Edit | None:
    """A new rule ``body`` (what follows ``-A CHAIN``) on a line in front of a rule's own."""
    head = _head(case, spot)
    if head is None or spot.rule.span is None:
        return None
    line = spot.rule.span.line
    return Edit("rules", Span(line, 1, line, 1), f"{head}-A {spot.chain} {body}\n")


def line_after(case: Case, spot: Spot, body: str) -> Edit | None:
    head = _head(case, spot)
    if head is None or spot.rule.span is None:
        return None
    line = spot.rule.span.end_line + 1
    start = "" if line <= case.rules_text.count("\n") + 1 else "\n"
    return Edit("rules", Span(line, 1, line, 1), f"{start}{head}-A {spot.chain} {body}\n")


def first_in(case: Case, reached: Reached, body: str) -> Edit:
    """A new rule at the top of a chain: before its first one, else by a command at the end."""
    if reached.spots:
        made = line_before(case, reached.spots[0], body)
        if made is not None:
            return made
    return command(case, reached.family, reached.table, f"-I {reached.chain.name} {body}")


def last_open(case: Case, reached: Reached, body: str) -> Edit:
    """A new rule where packets still come by: before the rule that ends the chain."""
    if reached.live < len(reached.spots) or (
        reached.spots and reached.spots[reached.live - 1].rule.is_unconditional
    ):
        made = line_before(case, reached.spots[reached.live - 1], body)
        if made is not None:
            return made
        return command(
            case, reached.family, reached.table, f"-I {reached.chain.name} {reached.live} {body}"
        )
    if reached.spots:
        made = line_after(case, reached.spots[-1], body)
        if made is not None:
            return made
    return command(case, reached.family, reached.table, f"-A {reached.chain.name} {body}")


def command(case: Case, family: int, table: str, words: str) -> Edit:
    """A command line at the end of the rules text, which dumps and commands both allow."""
    tool = "iptables" if family == 4 else "ip6tables"
    loaded = case.compiled.rules.of(family).tables.get(table)
    if loaded is not None and loaded.of_nft:
        tool = f"{tool}-nft"
    base = loaded.base if loaded is not None else table
    where = "" if base == "filter" else f" -t {base}"
    return at_end("rules", case.rules_text, f"{tool}{where} {words}")


def at_end(where: str, text: str, line: str) -> Edit:
    number = text.count("\n") + 1
    column = len(text) - text.rfind("\n")
    before = "\n" if text and not text.endswith("\n") else ""
    return Edit(where, Span(number, column, number, column), f"{before}{line}\n")


def host_line(case: Case, line: str) -> Edit:
    """A line more in the host text."""
    return at_end("host", case.host_text, line)


def sysctl(case: Case, name: str, value: str) -> Edit:
    """The setting changed where the host text has it, else said at its end."""
    pattern = re.compile(rf"^(.*(?<![\w.-]){re.escape(name)}\s*=\s*)(\S+)(.*)$")
    slashed = name.replace(".", "/")
    for number, line in reversed(list(enumerate(case.host_text.split("\n"), 1))):
        found = pattern.match(line)
        if found and not line.lstrip().startswith("#") and slashed not in line:
            start = found.end(1) + 1
            return Edit("host", Span(number, start, number, start + len(found[2])), value)
    device = re.fullmatch(r"(net\.ipv[46]\.(?:conf|neigh))\.(.+)\.(\w+)", name)
    if device:  # sysctl takes a dot in a device's name for an end
        name = f"{device[1]}.{device[2].replace('.', '/')}.{device[3]}"
    return host_line(case, f"sysctl {name} = {value}")


def target_replaced(spot: Spot, words: str) -> Edit | None:
    """The target and its options, as long as they stand on one line, replaced by others."""
    target = spot.rule.target
    span = getattr(target, "span", None)
    if span is None:
        return None
    args = getattr(target, "args", ())
    end = max((arg.span for arg in args if arg.span), default=span, key=lambda s: s.end_column)
    if end.end_line != span.line:
        return None
    return Edit("rules", Span(span.line, span.column, span.line, end.end_column), words)


def _lines(case: Case, rule: Rule) -> str:
    assert rule.span is not None
    return "\n".join(case.lines[rule.span.line - 1 : rule.span.end_line])


def _head(case: Case, spot: Spot) -> str | None:
    """What stands before ``-A`` on the rule's line; ``None``: it is not simply appended."""
    if not is_alone(case, spot.rule):
        return None
    found = _APPENDED.match(_lines(case, spot.rule))
    if found is None:
        return None
    return _COUNTERS.sub("", found["head"])


def _is_appended(case: Case, spot: Spot) -> bool:
    return _head(case, spot) is not None
