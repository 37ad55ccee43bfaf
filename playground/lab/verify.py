"""One scenario, both answers, one verdict; and the tallies over many."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from playground.lab.draws import Course
from playground.lab.errors import NotComparable, RulesRefused
from playground.lab.replay import Case, Laboratory, Replayed
from sim.base.backends import explained
from sim.base.errors import Refused
from sim.extensions.frames.base import NAME as FRAME
from sim.extensions.hooks import services_of
from sim.extensions.matchers import MATCHES
from sim.extensions.targets import TARGETS
from sim.kernel.traversal import run
from sim.model.rules import ARP, BRIDGE, Ruleset
from sim.model.scenario import Compiled, Scenario
from sim.read.host.text import parse_host
from sim.read.scenario import compile_scenario
from sim.tell.frames_save import save as save_frames
from sim.tell.save import save
from sim.tools.generate.scenario import Generated, generate
from sim.trace import steps as t

LISTED_OFTEN = 12  # statements: what lists takes time, and limits of ICMP errors see it pass
ATTEMPTS, LATE = 3, 0.9  # replays of a case that differs; seconds by which one may be late
MOST_STEPS = 20_000  # a packet that copies itself for ever would occupy the kernel as well


# What random rules hold with arguments made to meet their packets.
_MATCHES = frozenset(kind.name for kind in MATCHES.values() if kind.draw)
_TARGETS = frozenset(kind.name for kind in TARGETS.values() if kind.draw)


@dataclass(frozen=True, slots=True)
class Verdict:
    """``outcome``: equal, different, refused (by both), or skipped; ``text`` tells more."""

    outcome: str
    text: str = ""
    replayed: Replayed = field(default_factory=Replayed)


@dataclass(slots=True)
class Tally:
    """Figures over many cases: outcomes, what was compared, how often extensions held."""

    outcomes: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    statements: int = 0
    lines: int = 0
    wires: int = 0
    flows: int = 0
    reads: int = 0
    partly: Counter[str] = field(default_factory=Counter)
    matches: dict[str, Counter[bool | None]] = field(default_factory=dict)
    targets: Counter[str] = field(default_factory=Counter)
    fates: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def cases(self) -> int:
        return sum(self.outcomes.values())

    def add(self, verdict: Verdict, steps: Sequence[t.Step]) -> None:
        self.outcomes[verdict.outcome] += 1
        replayed = verdict.replayed
        self.statements += replayed.statements
        self.lines += replayed.lines
        self.wires += replayed.wires
        self.flows += replayed.flows
        self.reads += replayed.reads
        if verdict.outcome == "skipped":
            self.skipped[_kind(verdict.text)] += 1
        if replayed.skipped:
            self.partly[_kind(replayed.skipped)] += 1
        for step in steps:
            self._count(step)

    def gaps(self) -> dict[str, list[str]]:
        """Extensions that random rules hold and of which this run proves nothing, or half."""
        counts = {name: self.matches.get(name, Counter()) for name in sorted(_MATCHES)}
        counts.pop("comment", None)  # it has no clause: there is nothing to hold
        return {
            "matches never asked": [name for name, seen in counts.items() if not seen],
            "matches that never held": [n for n, seen in counts.items() if seen and not seen[True]],
            "matches that always held": [
                name for name, seen in counts.items() if seen[True] and not seen[False]
            ],
            "targets never run": [name for name in sorted(_TARGETS) if not self.targets[name]],
        }

    def figures(self) -> dict[str, Any]:
        """Everything that was counted, for JSON."""
        names = sorted({*self.matches, *_MATCHES})
        seen = {name: self.matches.get(name, Counter()) for name in names}
        return {
            "scenarios": self.cases, "seconds": round(self.seconds, 1),
            "outcomes": dict(self.outcomes), "statements": self.statements,
            "trace_lines": self.lines, "wires": self.wires,
            "conntrack_entries": self.flows, "datagrams": self.reads, "fates": dict(self.fates),
            "skipped": dict(self.skipped), "partly": dict(self.partly),
            "matches": {
                name: {"held": n[True], "failed": n[False], "unknown": n[None]}
                for name, n in seen.items()
            },
            "targets": {name: self.targets[name] for name in sorted({*self.targets, *_TARGETS})},
            **{what.replace(" ", "_"): found for what, found in self.gaps().items()},
        }  # fmt: skip

    def _count(self, step: t.Step) -> None:
        if isinstance(step, t.RuleTried):
            held: dict[str, bool | None] = {}
            for clause in step.clauses:
                before = held.get(clause.match, True)
                held[clause.match] = (
                    False
                    if before is False or clause.held is False
                    else (None if before is None or clause.held is None else True)
                )
            for name, value in held.items():
                self.matches.setdefault(name, Counter())[value] += 1
        elif isinstance(step, t.TargetRan):
            self.targets[step.name] += 1
        elif isinstance(step, t.Fate):
            self.fates[step.verdict] += 1


def _kind(text: str) -> str:
    """A reason without its particulars, so that equal ones are counted together."""
    text = re.sub(r"^packet \d+: ", "", text)
    return re.sub(r"\d[\d.]*", "N", text)[:100]


def prove(laboratory: Laboratory, scenario: Scenario) -> tuple[Verdict, Sequence[t.Step]]:
    """Compare a person's scenario, which the simulation must accept. Raises ``Refused``."""
    compiled = compile_scenario(loaded_by(scenario, laboratory))
    if compiled.rules.ipv4.has_both or compiled.rules.ipv6.has_both:
        text = "rules of two backends; verify loads one, so give it each dump by itself"
        return Verdict("skipped", text), ()
    families = {family: _restorable(compiled.rules.of(family)) for family in (4, 6, BRIDGE, ARP)}
    return _compared(
        laboratory, compiled, {key: text for key, text in families.items() if text}, True
    )


def loaded_by(scenario: Scenario, laboratory: Laboratory) -> Scenario:
    """The scenario as the laboratory's tools load it, on this machine: with its own uptime."""
    lines = (
        f"backend {laboratory.backend}",
        f"backend ebtables {laboratory.frames_backend}",
        f"uptime {Path('/proc/uptime').read_text().partition('.')[0]}",
        "fingerprints none",
    )
    return replace(scenario, host="\n".join((scenario.host.rstrip(), *lines, "")))


def _restorable(rules: Ruleset) -> str:
    """A restore text that makes the tables in the same order: the newest is saved first."""
    if rules.family in (BRIDGE, ARP):
        return save_frames(rules)
    blocks = re.split(r"(?m)^(?=\*)", save(rules))
    return "".join(reversed(blocks))


def prove_random(
    laboratory: Laboratory, seed: int, weights: Collection[str] = ()
) -> tuple[Verdict, Sequence[t.Step], Generated]:
    """Compare random scenario ``seed``, its refusal included."""
    generated = generate(seed, weights)
    try:
        compiled = compile_scenario(loaded_by(generated.scenario, laboratory))
    except Refused as refused:
        verdict = _refused(laboratory, generated, refused)
        is_of_rules = all(error.where == "rules" for error in refused.errors)
        if verdict.outcome == "different" and laboratory.backend == "nft" and is_of_rules:
            verdict = Verdict("skipped", "only iptables-legacy refuses it")
        return verdict, (), generated
    verdict, steps = _compared(laboratory, compiled, generated.texts)
    return verdict, steps, generated


def _refused(laboratory: Laboratory, generated: Generated, refused: Refused) -> Verdict:
    """We refuse: so must the tools."""
    foreign = [error for error in refused.errors if error.where != "rules"]
    if foreign:
        return Verdict(
            "different", f"the generated {foreign[0].where} text is refused: {foreign[0]}"
        )
    try:
        loaded = laboratory.load(parse_host(generated.scenario.host), generated.texts)
    except NotComparable as reason:
        return Verdict("skipped", str(reason))
    if not loaded.ok:
        return Verdict("refused")
    return Verdict(
        "different", f"only the simulation refuses the rules: {_drawn(refused, generated)}"
    )


def _drawn(refused: Refused, generated: Generated) -> str:
    lines = generated.scenario.rules.split("\n")
    return "\n".join(f"{error}\n    {lines[error.span.line - 1]}" for error in refused.errors[:3])


def _prints_part(rules: Ruleset) -> bool:
    """Has a rule matches that ebtables-nft-save 1.8.9 does not print? Of three and more it prints
    the first and the last, though it has loaded them all: they are asked."""
    return any(
        sum(match.name != FRAME for match in rule.matches) > 2
        for table in rules.tables.values()
        for chain in table.chains.values()
        for rule in chain.rules
    )


def _pause(compiled: Compiled) -> float:
    """Two ticks of the kernel between packets when a rule counts connections: entries that are
    gone are noticed once a tick (nf_conncount.c), and packets of a scenario are not so close."""
    for family in (4, 6):
        for table in compiled.rules.of(family).tables.values():
            for chain in table.chains.values():
                for rule in chain.rules:
                    if any(match.name == "connlimit" for match in rule.matches):
                        return 0.009
    return 0.0


def _in_time(laboratory: Laboratory, case: Case) -> Replayed:
    """Replay a case; once more where it differs on a machine that was busy with other things,
    for then timeouts and limits do. Raises ``NotComparable`` where it is busy each time."""
    for _ in range(ATTEMPTS):
        if case.course is not None:
            case.course.drawn = []
        replayed = laboratory.compare(case)
        if replayed.difference is None or replayed.late < LATE:
            return replayed
    raise NotComparable("a machine too busy to keep the simulation's time")


def _compared(
    laboratory: Laboratory, compiled: Compiled, texts: dict[int, str], often: bool = False
) -> tuple[Verdict, Sequence[t.Step]]:
    if compiled.host.kernel:
        return Verdict("skipped", f"kernel {compiled.host.kernel} is not this one"), ()
    if not all(
        services_of(compiled.rules.of(flow.original.src.version)).conntrack
        for flow in compiled.host.flows
    ):
        return Verdict("skipped", "connections of the host text, and no rule that tracks any"), ()
    raw = {family for family in (4, 6) if "raw" in compiled.rules.of(family).tables}
    printed = {
        family: (save_frames if family == BRIDGE else save)(compiled.rules.of(family))
        for family in texts
        if family != ARP  # arptables-legacy prints in a language of its own
    }
    if laboratory.frames_backend == "nft" and _prints_part(compiled.rules.of(BRIDGE)):
        printed.pop(BRIDGE, None)
    steps = list(islice(run(compiled, flows=True), MOST_STEPS))
    if len(steps) == MOST_STEPS:
        return Verdict("skipped", "the simulation does not come to an end"), ()
    try:
        case = Case(
            compiled.host, texts, printed, raw, compiled.script, steps, _pause(compiled),
            Course(compiled), often,
        )  # fmt: skip
        replayed = _in_time(laboratory, case)
    except RulesRefused as refused:
        known = explained(str(refused)) if laboratory.backend == "nft" else None
        if known is not None:
            return Verdict("skipped", f"only iptables-nft refuses it: {known.text}"), steps
        return Verdict("different", f"only the kernel's tools refuse the rules: {refused}"), steps
    except NotComparable as reason:
        return Verdict("skipped", str(reason)), steps
    if replayed.difference is not None:
        return Verdict("different", str(replayed.difference), replayed), steps
    return Verdict("equal", "", replayed), steps
