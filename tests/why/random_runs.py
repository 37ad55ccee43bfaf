"""Findings of random scenarios, checked: ``python -m tests.why.random_runs COUNT [SEED]``.

Each fix is applied and walked again: the symptom must be gone, and the report of the mended
scenario is made anew. Each rule, policy and packet that a text names must be there. Prints how
often each symptom had a cause; exit 1 when something did not hold.
"""

from __future__ import annotations

import re
import sys
from collections import Counter

from sim.base.errors import Refused
from sim.model.changes import RulesChanged
from sim.model.rules import ARP, BRIDGE
from sim.model.scenario import Compiled
from sim.packet.script import TypedCommand
from sim.read.scenario import compile_scenario
from sim.tools.advice.edits import applied
from sim.tools.generate.scenario import generate
from sim.tools.why import PacketReport, explain

_PLACE = re.compile(r"\b(raw|mangle|nat|filter|security) (\S+?)(?: rule (\d+)\b|'s policy)")
_PACKET = re.compile(r"\b[Pp]acket (\d+)\b")


def unknown_places(compiled: Compiled, report: PacketReport) -> list[str]:
    """Rules and packets that a text of the report names and the scenario does not have, at the
    start or behind a command."""
    known = Counter[tuple[str, str]]()
    changed = (change for each in compiled.script if isinstance(each, TypedCommand)
               for change in each.changes if isinstance(change, RulesChanged))  # fmt: skip
    for rules in (compiled.rules, *(change.after for change in changed)):
        for family in (4, 6, BRIDGE, ARP):
            for table in rules.of(family).tables.values():
                for chain in table.chains.values():
                    place = table.base, chain.name
                    known[place] = max(known[place], len(chain.rules) + 1)
    lines = {statement.line for statement in compiled.script}
    texts = [each.text for each in (*report.symptoms, *report.causes)]
    found = []
    for text in texts:
        for table, chain, number in _PLACE.findall(text):
            if int(number or 0) >= known[table, chain]:
                found.append(f"no such place: {text}")
        found += [f"no such packet: {text}" for line in _PACKET.findall(text)
                  if int(line) not in lines]  # fmt: skip
    return found


def broken_fixes(seed: int, told: Counter[str]) -> list[str]:
    """What does not hold of one random scenario's reports; empty when all does."""
    try:
        compiled = compile_scenario(generate(seed).scenario)
    except Refused:
        told["refused"] += 1
        return []
    found = []
    for report in explain(compiled):
        told["packets"] += 1
        found += [f"seed {seed}: {each}" for each in unknown_places(compiled, report)]
        for symptom in report.symptoms:
            causes = [each for each in report.causes if each.symptom == symptom.name]
            told[f"{symptom.name}: {causes[0].name if causes else 'no single change'}"] += 1
        for cause in report.causes:
            if cause.fix is None or cause.symptom == "reply-impossible":
                continue
            mended = compile_scenario(applied(compiled.scenario, cause.fix.edits))
            again = next(iter(explain(mended, lines=(report.packet,), causes=False)))
            if cause.symptom in [each.name for each in again.symptoms]:
                found.append(f"seed {seed}, packet {report.packet}: {cause.name} does not help")
    return found


def main() -> None:
    count, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    told: Counter[str] = Counter()
    broken = [line for seed in range(first, first + count) for line in broken_fixes(seed, told)]
    for what, number in told.most_common():
        print(f"{number:7} {what}")
    print("\n".join(broken) or f"every fix of {count} scenarios holds")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
