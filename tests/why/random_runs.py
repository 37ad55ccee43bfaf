"""Findings of random scenarios, checked: ``python -m tests.why.random_runs COUNT [SEED]``.

Each fix is applied and walked again: the symptom must be gone, and the report of the mended
scenario is made anew. Prints how often each symptom had a cause; exit 1 when a fix did not hold.
"""

from __future__ import annotations

import sys
from collections import Counter

from sim.base.errors import Refused
from sim.read.scenario import compile_scenario
from sim.tools.advice.edits import applied
from sim.tools.generate.scenario import generate
from sim.tools.why import explain


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
