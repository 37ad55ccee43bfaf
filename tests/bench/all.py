"""``python -m tests.bench.all [--large]``: one table of figures, each beside its goal and a peer.

Rulesets of four shapes (``rulesets``) of 10,000 rules, and with ``--large`` of 100,000. The peers
are ``iptables-nft-restore`` and the kernel in the same run: machines differ, the ratios should
not. It is processor time, the least of a few rounds; a datagram's is the wall's, the least of
thousands. Without root, or without the tools, there are no peers.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playground.site import collector
from sim.base.budget import Budget, spent_from
from sim.kernel.traversal import run
from sim.model.scenario import Compiled, Scenario
from sim.read.rules.ruleset import load_rules
from sim.read.scenario import compile_scenario
from tests.bench import peers
from tests.bench.rulesets import HOST, SHAPES, as_installed, packets
from tests.floorplan import ROOT

NONE = "*filter\nCOMMIT\n"
_ENDLESS = 10**12
MANY = 40  # packets of one run


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the table. ``goal``: the most that ``value`` should be, in the same unit; 0: none
    is set for this size."""

    name: str
    value: float
    unit: str
    goal: float
    beside: str = ""

    def __str__(self) -> str:
        reached = ("yes" if self.value <= self.goal else "no") if self.goal else ""
        value = f"{self.value:,.3f} {self.unit}"
        goal = f"{self.goal:,.1f} {self.unit}" if self.goal else ""
        return f"{self.name:44} {value:>14} {goal:>14}  {reached:3}  {self.beside}"


def least(work: Callable[[], object], rounds: int = 3) -> float:
    """Seconds of processor time, of this process and of the commands it waits for."""
    times = []
    for _ in range(rounds):
        began = spent()
        work()
        times.append(spent() - began)
    return min(times)


def spent() -> float:
    done = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + done.ru_utime + done.ru_stime


def compiled(rules: str, count: int) -> Compiled:
    return compile_scenario(Scenario(rules=rules, host=HOST, packets=packets(count)))


def packet_microseconds(rules: str, *, folded: bool = True) -> float:
    """One packet more in a run of many, with the index there already."""
    one, many = compiled(rules, 1), compiled(rules, 1 + MANY)
    list(run(one, folded=folded))
    single = least(lambda: list(run(one, folded=folded)), 5)
    return (least(lambda: list(run(many, folded=folded)), 5) - single) / MANY * 1e6


def simulate_seconds(file: Path) -> float:
    """The whole command for one scenario that expects something."""
    report = file.with_suffix(".xml")
    command = [sys.executable, str(ROOT / "manage.py"), "simulate", str(file), "--junit"]
    return least(
        lambda: subprocess.run(
            [*command, str(report)], check=True, capture_output=True, cwd=ROOT, env=as_installed()
        )
    )


def scenario_file(folder: Path, name: str, rules: str) -> Path:
    file = folder / f"{name}.toml"
    scenario = Scenario(rules=rules, host=HOST, packets=packets(1), expect="1: delivered\n")
    file.write_text(scenario.to_toml())
    return file


class Bench:
    """Measures one size of rulesets and prints each figure as it is known."""

    def __init__(self, folder: Path, size: int) -> None:
        self.folder, self.size = folder, size
        self.has_peers = peers.are_here()
        self.empty = self.file("empty", NONE)

    def file(self, name: str, rules: str) -> Path:
        file = self.folder / f"{name}-{self.size}.rules"
        file.write_text(rules)
        return file

    def loading(self, name: str) -> None:
        """Paste to model, beside what loading costs ``iptables-nft-restore``."""
        rules = SHAPES[name](self.size)
        mine = least(lambda: load_rules(rules), 2)
        if not self.has_peers:
            print(f"{name}: {self.size:,} rules loaded in {mine:.2f} s, no peer here")
            return
        file, bare = self.file(name, rules), least(lambda: peers.restore(self.empty))
        theirs = least(lambda: peers.restore(file), 2) - bare
        told = f"{mine:.2f} s; iptables-nft-restore {theirs:.2f} s"
        print(Figure(f"{name}: load {self.size:,} rules", mine / theirs, "x", 1, told), flush=True)

    def command(self, started: float) -> None:
        """The whole command less its start, beside the whole of the tool."""
        rules = SHAPES["flat"](self.size)
        mine = simulate_seconds(scenario_file(self.folder, "whole", rules)) - started
        if not self.has_peers:
            print(f"simulate --junit, {self.size:,} rules: {mine:.2f} s, no peer here")
            return
        file = self.file("whole", rules)
        theirs = least(lambda: peers.restore(file), 2)
        told = f"{mine:.2f} s; iptables-nft-restore {theirs:.2f} s"
        print(Figure(f"flat: simulate --junit, {self.size:,} rules", mine / theirs, "x", 1, told))

    def verdict(self, name: str) -> None:
        """A packet through many rules: beside few, beside every rule asked, beside the kernel."""
        rules = SHAPES[name](self.size)
        few, many = packet_microseconds(SHAPES[name](100)), packet_microseconds(rules)
        size = f"{self.size:,} rules"
        print(Figure(f"{name}: packet, {size} beside 100", many / few, "x", 2,
                     f"{few:.0f} µs, {many:.0f} µs"), flush=True)  # fmt: skip
        plain = packet_microseconds(rules, folded=False) if self.size <= 10_000 else 0
        if plain:
            print(Figure(f"{name}: packet, {size} beside all asked", many / plain, "x", 0,
                         f"every rule asked: {plain:,.0f} µs"), flush=True)  # fmt: skip
        if self.has_peers:
            file = self.file(name, rules)
            told = {kind: peers.packet_microseconds(file, kind) for kind in peers.RESTORES}
            text = ", ".join(f"kernel {kind} {value:,.0f} µs" for kind, value in told.items())
            slower = max(told.values())
            print(Figure(f"{name}: packet, {size} beside the kernel", many / slower, "x",
                         1 if self.size >= 100_000 else 0, text), flush=True)  # fmt: skip


def main(*, is_large: bool) -> None:
    collector.hold_back()
    with tempfile.TemporaryDirectory(prefix="cw-bench-") as name:
        folder = Path(name)
        print(f"{'figure':44} {'value':>14} {'goal':>14}  met  beside")
        small = scenario_file(folder, "small", SHAPES["flat"](10))
        started = simulate_seconds(small)
        print(Figure("start of `simulate`", started, "s", 0.3), flush=True)
        print(Figure("packet, 10 rules", packet_microseconds(SHAPES["flat"](10)), "µs", 200))
        bench = Bench(folder, 100_000 if is_large else 10_000)
        for shape in SHAPES:
            bench.loading(shape)
        for shape in SHAPES:
            bench.verdict(shape)
        bench.command(started)


if __name__ == "__main__":
    with spent_from(Budget(objects=_ENDLESS, looks=_ENDLESS)):  # as commands read
        main(is_large="--large" in sys.argv[1:])
