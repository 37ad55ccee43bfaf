"""``python -m tests.bench.why``: what advice and the search for causes cost, and how they grow.

Milliseconds of processor time for one packet that the policy drops behind all rules.
"""

from __future__ import annotations

from sim.kernel.traversal import run
from sim.model.scenario import Compiled, Scenario
from sim.read.scenario import compile_scenario
from sim.tools.advice import advise
from sim.tools.why import explain
from tests.bench.engine import best

HOST = """interface eth0 203.0.113.10/24
route default via 203.0.113.1 dev eth0
listen tcp 0.0.0.0:443
"""
PACKET = "in eth0 tcp 198.18.200.20:40000 -> 203.0.113.10:443 syn"


def dropped_behind(size: int) -> Compiled:
    rules = "".join(
        f"-A INPUT -s 198.51.{at // 250}.{at % 250}/32 -p tcp -m tcp --dport {1000 + at % 5000} "
        f"-j {'ACCEPT' if at % 3 else 'DROP'}\n"
        for at in range(size)
    )
    text = f"*filter\n:INPUT DROP [0:0]\n{rules}COMMIT\n"
    return compile_scenario(Scenario(rules=text, host=HOST, packets=PACKET))


def main() -> None:
    print(f"{'rules':>8} {'advise ms':>10} {'why ms':>10}")
    for size in (100, 1_000, 10_000):
        compiled = dropped_behind(size)
        steps = tuple(run(compiled))
        advice = best(lambda c=compiled, s=steps: advise(c, s), 1)
        why = best(lambda c=compiled, s=steps: list(explain(c, s)), 1)
        print(f"{size:8} {advice:10.0f} {why:10.0f}")


if __name__ == "__main__":
    main()
