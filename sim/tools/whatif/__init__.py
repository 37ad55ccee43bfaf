"""What would have let it through? Small changes, each simulated and kept if it helps.

A candidate is the same scenario with one thing different, as text: a word of the packet's line,
a line of the host (a sysctl, a route, a listener), a rule. Nothing is claimed that a replay did
not show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from sim.base.budget import Spent
from sim.base.errors import Refused
from sim.base.frozen import dataclass, replace
from sim.kernel.traversal import run
from sim.model.scenario import Compiled, Scenario
from sim.packet.script import Statement
from sim.read.scenario import compile_scenario
from sim.tell.render import sentence
from sim.tools.whatif.hosts import PASSES, host_lines, listeners
from sim.tools.whatif.packets import other_packets
from sim.tools.whatif.rules import rules_before
from sim.trace.steps import Fate, Step

# A person reads a handful; trying stops after so many replays, and the page says so.
MOST_TRIED = 40
# Of these, other packets: a long chain must not leave the host and the rules without a turn.
MOST_PACKETS = 24


@dataclass(frozen=True, slots=True)
class Change:
    """One change that flips the fate. ``text`` is what to type, ``where`` the text it goes to."""

    where: str  # packets, host, rules
    kind: str  # "another packet", "a line of the host", "a rule"
    text: str
    sentence: str  # the fate with it
    also: str = ""  # a line of the host that is needed with it


@dataclass(frozen=True, slots=True)
class Passing:
    """What was found, smallest first, and how many candidates were tried."""

    changes: tuple[Change, ...]
    tried: int


def what_would_pass(
    compiled: Compiled, line: int, is_late: Callable[[], bool] = lambda: False
) -> Passing:
    """Changes that let the packet of a statement through; none if it passes already.

    ``is_late`` is asked between two tries and ends the search, as a spent budget does.
    """
    try:
        steps = [step for step in run(compiled) if step.line <= line]
    except Spent:
        return Passing((), 0)
    fate = next((s for s in steps if isinstance(s, Fate) and s.main and s.line == line), None)
    if fate is None or fate.verdict in PASSES:
        return Passing((), 0)
    own = [step for step in steps if step.line == line and step.packet.id == fate.packet.id]
    search = _Search(line, is_late)
    for candidate in _candidates(compiled, line, own, fate):
        search.attempt(candidate)
    if not search.found:
        for pair in search.pairs:
            search.attempt(pair)
    return Passing(tuple(search.found), search.tried)


class _Search:
    """What was found so far. Once the tries or the time are used up, nothing more is tried."""

    def __init__(self, line: int, is_late: Callable[[], bool]) -> None:
        self.line = line
        self.is_late = is_late
        self.tried = 0
        self.found: list[Change] = []
        self.pairs: list[_Candidate] = []

    def attempt(self, candidate: _Candidate) -> None:
        if self.tried == MOST_TRIED or self.is_late():
            return
        self.tried += 1
        outcome = _fate_of(candidate.scenario, self.line)
        if outcome is None:
            return
        if outcome.verdict in PASSES:
            where, kind, text = candidate.where, candidate.kind, candidate.text
            self.found.append(Change(where, kind, text, sentence(outcome), candidate.also))
        elif candidate.where == "rules" and not candidate.also:
            # The rule helps as far as the socket: then a listener is what else is missing.
            for text in listeners(outcome):
                both = _with_host_line(candidate.scenario, text)
                self.pairs.append(replace(candidate, scenario=both, also=text))


def _fate_of(scenario: Scenario, line: int) -> Fate | None:
    """The fate of one statement; what comes behind it is not walked."""
    try:
        for step in run(compile_scenario(scenario), folded=True):
            if step.line > line:
                return None
            if isinstance(step, Fate) and step.main and step.line == line:
                return step
    except (Refused, Spent):
        pass
    return None


@dataclass(frozen=True, slots=True)
class _Candidate:
    where: str
    kind: str
    text: str
    scenario: Scenario
    also: str = ""


def _candidates(
    compiled: Compiled, line: int, steps: list[Step], fate: Fate
) -> Iterator[_Candidate]:
    """Smallest first: the packet, then a line of the host, then a rule."""
    scenario = compiled.scenario
    statement = next(s for s in compiled.script if s.line == line)
    other = _once(other_packets(statement, steps, fate, compiled.host))
    for text in islice(other, MOST_PACKETS):
        packets = _with_line(scenario.packets, statement, text)
        yield _Candidate("packets", "another packet", text, replace(scenario, packets=packets))
    for kind, text in host_lines(steps, fate, compiled.host):
        yield _Candidate("host", kind, text, _with_host_line(scenario, text))
    for text in rules_before(steps, fate):
        rules = f"{scenario.rules.rstrip()}\n{text}\n"
        yield _Candidate("rules", "a rule", text, replace(scenario, rules=rules))


def _once(texts: Iterator[str]) -> Iterator[str]:
    """Without repetitions, and no further than it is asked: a hostile chain has many clauses."""
    seen: set[str] = set()
    for text in texts:
        if text not in seen:
            seen.add(text)
            yield text


def _with_host_line(scenario: Scenario, text: str) -> Scenario:
    return replace(scenario, host=f"{scenario.host.rstrip()}\n{text}\n")


def _with_line(text: str, statement: Statement, new: str) -> str:
    """A statement may be continued behind a backslash: then all its lines go."""
    lines = text.split("\n")
    first = end = statement.span.line - 1
    while lines[end].endswith("\\") and end + 1 < len(lines):
        end += 1
    lines[first : end + 1] = [new]
    return "\n".join(lines)
