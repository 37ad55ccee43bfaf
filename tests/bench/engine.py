"""``python -m tests.bench.engine``: what loading and walking cost, and how they grow.

Processor time of one process, the best of several runs; the ratios are what to compare.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.read.rules.ruleset import load_rules
from sim.read.scenario import compile_scenario
from tests.bench.first_step import ruleset

HOST = """interface eth0 203.0.113.1/24
interface eth1 192.168.100.1/24
route default via 203.0.113.254 dev eth0
sysctl net.ipv4.ip_forward = 1
"""
PACKET = "in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:443 syn"


def best(work: Callable[[], object], runs: int = 3) -> float:
    """Milliseconds of processor time, the least of a few runs."""
    times = []
    for _ in range(runs):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times) * 1000


def main() -> None:
    base: tuple[float, float] | None = None
    print(f"{'rules':>8} {'load ms':>10} {'walk ms':>10} {'steps':>8} {'load':>8} {'walk':>8}")
    for size in (100, 1_000, 10_000):
        text = ruleset(size)
        load = best(lambda text=text: load_rules(text, None))
        compiled = compile_scenario(Scenario(rules=text, host=HOST, packets=PACKET))
        walk = best(lambda compiled=compiled: list(run(compiled)))
        steps = len(list(run(compiled)))
        base = base or (load, walk)
        print(
            f"{size:8} {load:10.1f} {walk:10.1f} {steps:8} "
            f"{load / base[0]:7.1f}x {walk / base[1]:7.1f}x"
        )


if __name__ == "__main__":
    main()
