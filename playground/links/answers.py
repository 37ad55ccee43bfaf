"""What the API takes and answers: the types that the views fill and ``openapi`` describes."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from sim.base.errors import ErrorFields
from sim.model.scenario import Scenario
from sim.read.paste.model import PasteEntry, Question
from sim.tell.jsonl import Step
from sim.tools.why.fields import PacketFields

# One word for programs.
Reason = Literal[
    "json", "size", "refused", "rate", "key", "unknown", "gone", "method", "type",
    "bad", "forbidden", "busy", "broken",
]  # fmt: skip


class Refusal(TypedDict):
    reason: Reason
    message: str
    request: NotRequired[str]  # its id, to be named in a report
    retry_after: NotRequired[int]  # seconds
    errors: NotRequired[list[ErrorFields]]


class Error(TypedDict):
    error: Refusal


class Expected(TypedDict):
    """A line of the expectations; it came true where ``failures`` is empty."""

    text: str
    failures: list[str]


class Receipt(TypedDict):
    """Where a paste was walked: the texts that it became, and what was taken for what."""

    scenario: NotRequired[Annotated[dict[str, Any], Scenario]]  # its ``as_json``
    receipt: NotRequired[list[Annotated[dict[str, Any], PasteEntry]]]
    questions: NotRequired[list[Annotated[dict[str, Any], Question]]]


class Trace(Receipt):
    engine: str
    notes: list[str]
    steps: list[Step]
    expectations: list[Expected]
    stopped: str | None


class Stored(TypedDict):
    """A version of a link: its steps, or what it is refused for."""

    id: str
    version: int
    latest: int
    title: str
    tags: list[str]
    engine: str
    saved_under: str
    scenario: Annotated[dict[str, Any], Scenario]  # its ``as_json``
    errors: NotRequired[list[ErrorFields]]
    steps: NotRequired[list[Step]]
    stopped: NotRequired[str]


class Saved(TypedDict):
    id: str
    version: int
    url: str


class Paste(TypedDict):
    """A request: a paste of any form, and answers to questions by their names."""

    text: str
    answers: NotRequired[dict[str, Any]]


class Asking(TypedDict, total=False):
    """A request for reasons: what it says beside its texts."""

    never: bool
    packet: int | None


class Saving(TypedDict, total=False):
    """A request to store a scenario: what it says beside its texts."""

    listed: bool


class Reading(TypedDict):
    rules: str
    host: str
    packets: str
    receipt: list[Annotated[dict[str, Any], PasteEntry]]
    questions: list[Annotated[dict[str, Any], Question]]


class Why(Receipt):
    """What decided each packet's fate, what went wrong, and the fixes that a replay proved."""

    packets: list[PacketFields]
    stopped: str | None


class Limit(TypedDict):
    name: str
    value: int
    words: str
    setting: str  # the environment variable that sets it


class Limits(TypedDict):
    engine: str
    limits: dict[str, int]
    table: list[Limit]
