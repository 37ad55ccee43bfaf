"""The report as JSON: the keys that page, API and command line give to programs."""

from __future__ import annotations

from typing import TypedDict


class DecidedFields(TypedDict):
    kind: str
    text: str
    table: str | None
    chain: str | None
    rule: int | None
    rule_text: str | None
    source_line: int | None


class RewriteFields(TypedDict):
    manip: str
    text: str
    by: str | None


class DifferingFields(TypedDict):
    option: str
    wanted: str
    seen: str
    negated: bool
    since: str | None
    text: str


class MissFields(TypedDict):
    table: str
    chain: str
    rule: int
    rule_text: str
    source_line: int | None
    differing: list[DifferingFields]
    text: str


class SymptomFields(TypedDict):
    name: str
    text: str


class EditFields(TypedDict):
    where: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str


class FixFields(TypedDict):
    label: str
    edits: list[EditFields]


class DeathFields(TypedDict):
    packet: int
    direction: str
    tried: bool
    text: str


class CauseFields(TypedDict):
    name: str
    symptom: str
    text: str
    fix: FixFields | None
    proof: list[str]
    opens: str | None


class PacketFields(TypedDict):
    packet: int
    text: str
    outcome: str
    sentence: str
    decided_by: DecidedFields | None
    rewrites: list[RewriteFields]
    closest_miss: MissFields | None
    state: dict[str, str]
    worked: bool | None
    died_at: DeathFields | None
    symptoms: list[SymptomFields]
    causes: list[CauseFields]
    cut: bool
