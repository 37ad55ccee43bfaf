"""How much ``verify`` sees: something is taken away from the simulation alone; is it noticed?

Either one rule that held, or one behaviour of the engine. Only scenarios in which the simulation
then says something else are asked: of the others nobody could tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from random import Random
from typing import Any

from playground.lab.account import simulated
from playground.lab.draws import Course
from playground.lab.errors import NotComparable, RulesRefused
from playground.lab.replay import Case, Laboratory
from playground.lab.verify import MOST_STEPS, loaded_by
from sim.base.errors import Refused
from sim.kernel.bridge import ports
from sim.kernel.conntrack.core import Tracker
from sim.kernel.routing import input as routing
from sim.kernel.stack import (
    bridge_fit,
    cutting,
    deliver,
    deliver_icmp,
    emission,
    fitting,
    forward,
    transmit,
)
from sim.kernel.traversal import run
from sim.model.scenario import Compiled
from sim.read.scenario import compile_scenario
from sim.tools.generate.scenario import generate
from sim.trace import steps as t


@dataclass(frozen=True, slots=True)
class Behaviour:
    """``places``: the modules or classes whose ``name`` is called for it; ``without``: makes what
    is called instead of the original."""

    what: str
    places: tuple[Any, ...]
    name: str
    without: Callable[[Any], Any]

    @contextmanager
    def taken_away(self) -> Iterator[None]:
        originals = [getattr(place, self.name) for place in self.places]
        try:
            for place, original in zip(self.places, originals, strict=True):
                setattr(place, self.name, self.without(original))
            yield
        finally:
            for place, original in zip(self.places, originals, strict=True):
                setattr(place, self.name, original)


def _says(answer: object) -> Callable[[Any], Any]:
    return lambda original: lambda *args, **named: answer


BEHAVIOURS = (
    Behaviour("a reset closes its entry", (Tracker,), "close", _says(None)),
    Behaviour("entries that timed out go", (Tracker,), "expire", _says(())),
    Behaviour("a bridge learns its senders", (ports.Bridges,), "learn", _says(False)),
    Behaviour("rp_filter", (routing,), "reverse_path_mode", _says(0)),
    Behaviour("groups that were not joined", (routing, transmit), "has_joined", _says(True)),
    Behaviour("a device's MTU", (fitting, transmit, bridge_fit), "link_mtu", _says(65535)),
    Behaviour("a forwarded packet's MTU", (forward,), "_forward_mtu", _says(65535)),
    Behaviour("anycast", (deliver, deliver_icmp), "is_anycast", _says(False)),
    Behaviour(
        "checksums at sockets", (deliver, deliver_icmp), "holds_at_socket", _says(True)
    ),
    Behaviour("the limit of ICMP errors", (emission,), "_within_limit", _says(True)),
    Behaviour("IPv4 redirects", (forward,), "_redirect4", _says(())),
    Behaviour("IPv6 redirects", (forward,), "_redirect6", _says(())),
    Behaviour(
        "fragments are cut as they came",
        (cutting,),
        "_cuts",
        lambda original: lambda length, most, sizes: original(length, most, ()),
    ),
)  # fmt: skip


@dataclass(slots=True)
class Sight:
    """How many scenarios were told otherwise, and how many of them the kernel gave away."""

    rules: Counter[bool] = field(default_factory=Counter)  # noticed: True
    behaviours: dict[str, Counter[bool]] = field(default_factory=dict)

    def add(self, what: str, noticed: bool) -> None:
        if what:
            self.behaviours.setdefault(what, Counter())[noticed] += 1
        else:
            self.rules[noticed] += 1

    def lines(self) -> list[str]:
        """As ``verify`` prints them."""
        of_all: Counter[bool] = sum(self.behaviours.values(), Counter())
        found = [
            f"sight: without a rule that held {_share(self.rules)} are noticed, "
            f"without a behaviour {_share(of_all)}"
        ]
        found += [f"sight: without {what}: {_share(n)}" for what, n in self.behaviours.items()]
        return found


def _share(counted: Counter[bool]) -> str:
    return f"{counted[True]} of {counted.total()}"


def look(laboratory: Laboratory, seeds: Sequence[int], weights: Collection[str] = ()) -> Sight:
    """Take away from each of these scenarios what it uses, one thing at a time."""
    sight = Sight()
    for seed in seeds:
        generated = generate(seed, weights)
        try:
            whole = compile_scenario(loaded_by(generated.scenario, laboratory))
        except Refused:
            continue
        if whole.host.kernel or Course(whole).has_draws():
            continue
        steps = list(islice(run(whole, flows=True), MOST_STEPS))
        if len(steps) == MOST_STEPS:
            continue
        case = _case(whole, generated.texts, steps)
        less = _without_a_rule(whole, steps, Random(seed))
        if less is not None:
            _ask(laboratory, sight, "", case, list(islice(run(less, flows=True), MOST_STEPS)))
        for behaviour in BEHAVIOURS:
            with behaviour.taken_away():
                other = list(islice(run(whole, flows=True), MOST_STEPS))
            _ask(laboratory, sight, behaviour.what, case, other)
    return sight


def _case(compiled: Compiled, texts: dict[int, str], steps: list[t.Step]) -> Case:
    raw = {family for family in (4, 6) if "raw" in compiled.rules.of(family).tables}
    return Case(compiled.host, texts, {}, raw, compiled.script, steps)


def _without_a_rule(whole: Compiled, steps: Sequence[t.Step], random: Random) -> Compiled | None:
    """The scenario without a line whose rule held for some packet."""
    used = sorted({
        step.source_line for step in steps
        if isinstance(step, t.RuleTried) and step.held and step.source_line
    })  # fmt: skip
    if not used:
        return None
    lines = whole.scenario.rules.split("\n")
    lines[random.choice(used) - 1] = ""
    try:
        return compile_scenario(replace(whole.scenario, rules="\n".join(lines)))
    except Refused:
        return None


def _ask(laboratory: Laboratory, sight: Sight, what: str, case: Case, other: list[t.Step]) -> None:
    if _said(case.steps) == _said(other) or len(other) == MOST_STEPS:
        return
    try:
        replayed = laboratory.compare(replace(case, steps=other))
    except (NotComparable, RulesRefused):
        return
    if replayed.difference is None and replayed.skipped:
        return  # what was taken away may lie behind the end of what could be compared
    sight.add(what, replayed.difference is not None)


def _said(steps: Sequence[t.Step]) -> list[object]:
    """What can be compared: lines and frames of each statement, and how each packet ended."""
    told = [(one.line, one.trace, one.wires) for one in simulated(steps).values()]
    ends = [(step.line, step.verdict) for step in steps if isinstance(step, t.Fate)]
    tables = [step.lines for step in steps if isinstance(step, t.FlowsListed)]
    return [told, ends, tables]
