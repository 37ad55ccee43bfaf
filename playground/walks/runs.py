"""From typed texts to a bounded stream of steps: what page, socket and API share."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from playground.site.limits import LIMITS
from playground.site.plain import is_plain, typed_text
from sim.base.budget import Budget, spent_from
from sim.base.errors import Refused, SourceError, Span
from sim.kernel.traversal import run
from sim.model.scenario import Compiled, Scenario
from sim.read.expect import Expectation, parse_expect
from sim.read.rules.ruleset import load_rules
from sim.read.scenario import compile_scenario
from sim.trace.steps import Missed, Step

if TYPE_CHECKING:
    from sim.tools.whatif import Passing

_ENDLESS = 1 << 62
TEXTS = ("rules", "host", "packets", "expect")
FIELDS = ("title", "description", *TEXTS)


# Set from elsewhere when nobody waits any more for what the current thread works out.
given_up: ContextVar[threading.Event | None] = ContextVar("given_up", default=None)


def is_given_up() -> bool:
    event = given_up.get()
    return event is not None and event.is_set()


# The CPU time of the thread (``time.thread_time``) at which it answers with what it has.
ends: ContextVar[float] = ContextVar("ends", default=math.inf)


def is_late() -> bool:
    """Whether the time that one answer may take of a core is over."""
    return time.thread_time() > ends.get()


# The same, at which all texts of a run have to be read.
reads_until: ContextVar[float] = ContextVar("reads_until", default=math.inf)


@contextmanager
def reading_in_time() -> Iterator[None]:
    """Around all that is read before a run begins: together it has the time of one reading.

    Budgets end there; a worker ends what asks none a little later.
    """
    end = min(time.thread_time() + LIMITS.read_seconds, ends.get())
    before, until_then = ends.set(end), reads_until.set(end)
    try:
        yield
    finally:
        reads_until.reset(until_then)
        ends.reset(before)


# Steps that can be rendered behind that moment, and for each second before it.
_LATE_STEPS, _STEPS_A_SECOND = 1_500, 2_000


def page_steps() -> int:
    """How many steps a page that is rendered in one go has, within the time that is left."""
    left = ends.get() - time.thread_time()
    return int(min(LIMITS.page_steps, _LATE_STEPS + max(0.0, left) * _STEPS_A_SECOND))


class Stopped(Exception):
    """A limit ended the run. The message is for the person who started it."""


@dataclass(frozen=True, slots=True)
class Prepared:
    compiled: Compiled
    expectations: tuple[Expectation, ...]


def scenario_of(values: Mapping[str, object]) -> Scenario:
    """The scenario of a form or a socket message."""
    return Scenario.from_json({name: typed_text(values.get(name)) for name in FIELDS})


def prepare(scenario: Scenario, *, limited: bool = True) -> Prepared:
    """Parse and load. Raises ``Refused`` with the errors of all texts together.

    ``limited``: the web's limits on size hold; a person's own command line has none.
    """
    if not limited:
        with spent_from(Budget(objects=_ENDLESS, looks=_ENDLESS)):
            return _prepared(scenario)
    within_limits(scenario)
    with spent_from(reading()):
        return _prepared(scenario)


def of_any_size() -> Budget:
    """For a person's own files: as many rules as there are, yet no work without end."""
    return Budget(objects=_ENDLESS)


def reading() -> Budget:
    """What the web gives for reading the texts of one scenario."""
    end = min(time.thread_time() + LIMITS.read_seconds, ends.get())
    return Budget(is_over=lambda: time.thread_time() > end or is_given_up())


def until(deadline: float) -> Budget:
    """What the web gives for work that is over at ``deadline`` (``time.monotonic``)."""
    return Budget(
        objects=_ENDLESS,
        looks=_ENDLESS,
        is_over=lambda: time.monotonic() > deadline or is_late() or is_given_up(),
    )


def _prepared(scenario: Scenario) -> Prepared:
    errors: list[SourceError] = []
    expectations: tuple[Expectation, ...] = ()
    compiled: Compiled | None = None
    try:
        compiled = compile_scenario(scenario)
    except Refused as refused:
        errors.extend(refused.errors)
    try:
        expectations = parse_expect(scenario.expect)
    except Refused as refused:
        errors.extend(refused.errors)
    if compiled is not None:
        errors.extend(_without_packet(expectations, compiled))
    if errors or compiled is None:
        raise Refused(errors)
    return Prepared(compiled, expectations)


def _without_packet(
    expectations: Iterable[Expectation], compiled: Compiled
) -> Iterator[SourceError]:
    known = {statement.line for statement in compiled.script}
    for expectation in expectations:
        if expectation.packet not in known:
            yield SourceError(
                f"there is no statement {expectation.packet} in the packets text",
                expectation.span,
                where="expect",
                hint=f"it has {len(known)}; blank lines and comments do not count",
            )


def within_limits(scenario: Scenario) -> None:
    """Raises ``Refused`` when a text is larger than the published limits, or cannot be kept."""
    errors = []
    for name in TEXTS:
        size, most = len(getattr(scenario, name).encode()), getattr(LIMITS, f"{name}_bytes")
        if size > most:
            errors.append(
                SourceError(f"{size} bytes; at most {most} are taken", Span(1, 1, 1, 2), where=name)
            )
    for name in ("title", "description"):
        size, most = len(getattr(scenario, name)), getattr(LIMITS, f"{name}_characters")
        if size > most:
            errors.append(
                SourceError(
                    f"the {name} has {size} characters; at most {most} are taken",
                    Span(1, 1, 1, 2),
                    where="scenario",
                )
            )
    errors += [
        SourceError(
            f"the {name} holds a NUL character",
            Span(1, 1, 1, 2),
            where="scenario",
            hint="remove it: no database keeps it",
        )
        for name in FIELDS
        if not is_plain(getattr(scenario, name))
    ]
    if errors:
        raise Refused(errors)


def steps(prepared: Prepared, *, folded: bool = False) -> Iterator[Step]:
    """The steps, up to the limits. Raises ``Stopped`` where one is reached.

    ``folded``: rules that cannot match are one step, as ``run`` has it.
    """
    script = prepared.compiled.script
    if len(script) > LIMITS.statements:
        raise Stopped(
            f"the packets text has {len(script)} statements; at most {LIMITS.statements} run here"
        )
    deadline = time.monotonic() + LIMITS.run_seconds
    for number, step in enumerate(run(prepared.compiled, flows=True, folded=folded), 1):
        if step.last_seq > LIMITS.steps:
            if isinstance(step, Missed) and step.seq <= LIMITS.steps:
                yield step.cut(step.seq, LIMITS.steps)
            raise Stopped(f"stopped after {LIMITS.steps} steps, the most a run may take here")
        if number % 64 == 0 and is_given_up():
            raise Stopped("stopped: nobody waits for it")
        if number % 64 == 0 and time.monotonic() > deadline:
            raise Stopped(f"stopped after {LIMITS.run_seconds} s, the longest a run may take here")
        if number % 64 == 0 and is_late():
            raise Stopped(
                f"stopped at {LIMITS.answer_seconds} s of a core, the most an answer may take here"
            )
        yield step


@dataclass(frozen=True, slots=True)
class Walk:
    """A finished run, or why there is none."""

    prepared: Prepared | None = None
    steps: tuple[Step, ...] = ()
    refused: Refused | None = None
    stopped: str = ""


def walk_of(scenario: Scenario) -> Walk:
    """The whole run at once, up to the limits."""
    try:
        prepared = prepare(scenario)
    except Refused as refused:
        return Walk(refused=refused)
    found: list[Step] = []
    stopped = ""
    try:
        found.extend(steps(prepared))
    except Stopped as reason:
        stopped = str(reason)
    return Walk(prepared, tuple(found), None, stopped)


def what_would_pass(prepared: Prepared, line: int) -> Passing:
    """Small changes that let a statement's packet through, within the time of a run."""
    from sim.tools import whatif  # few want it, and it brings much along

    deadline = time.monotonic() + LIMITS.run_seconds
    with spent_from(until(deadline)):
        return whatif.what_would_pass(
            prepared.compiled,
            line,
            lambda: time.monotonic() > deadline or is_late() or is_given_up(),
        )


def with_proposed_host(scenario: Scenario) -> Scenario:
    """The scenario with a host inferred from its rules and packets, as editable text.

    Raises ``Refused`` when the rules cannot be read.
    """
    from sim.tools.propose import propose_host

    within_limits(scenario)
    with spent_from(reading()):
        rules = load_rules(scenario.rules)
    return replace(scenario, host=propose_host(rules, scenario.packets))
