"""``python -m tests.bench.many [PACKETS]``: many packets against 1,000 rules, by the command.

For each shape of ruleset: seconds of the whole ``manage.py matrix``, beside what it takes for one
packet, and the most memory of its processes. All rules are in the way of each packet, and none
takes it: the policy drops it. The goal is 100,000 packets within 10 s on two cores.

``--beside TREE``: the same in another checkout, in turns.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

from sim.model.scenario import Scenario
from tests.bench.rulesets import HOST, SHAPES, as_installed
from tests.floorplan import ROOT

GOAL = 10.0


def in_the_way(rules: str) -> str:
    """Rules of ``SHAPES``, for what comes in."""
    return rules.replace("-A OUTPUT ", "-A INPUT ").replace(":INPUT ACCEPT", ":INPUT DROP")


def seconds(file: Path, packets: int, tree: Path = ROOT) -> tuple[float, float, int]:
    """Of the wall and of all cores, and the most megabytes of one process."""
    command = [
        sys.executable, "manage.py", "matrix", str(file), "--in", "eth0", "--to", "203.0.113.9",
        "--from", "10.0.0.1-10.0.3.231" if packets > 1 else "10.0.0.1",
        "--ports", f"1-{max(1, packets // 999)}",
    ]  # fmt: skip
    began = time.monotonic()
    with subprocess.Popen(
        command, cwd=tree, stdout=subprocess.DEVNULL, env=as_installed()
    ) as running:
        _, status, used = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    assert running.returncode == 0, command
    taken = time.monotonic() - began
    return taken, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("packets", nargs="?", type=int, default=100_000)
    parser.add_argument("--beside", type=Path, metavar="TREE")
    asked = parser.parse_args()
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")
    for shape, made in SHAPES.items():
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "box.toml"
            file.write_text(Scenario(rules=in_the_way(made(1000)), host=HOST).to_toml())
            alone, _, _ = seconds(file, 1)
            taken, cores, megabytes = seconds(file, asked.packets)
            other = seconds(file, asked.packets, asked.beside) if asked.beside else None
        reached = "yes" if taken <= GOAL else "no"
        beside = f", beside it {other[0]:.1f} s ({other[1]:.1f} s)" if other else ""
        print(f"{shape:9} {asked.packets:,} packets {taken:6.1f} s  goal {GOAL:.0f} s {reached:3}"
              f"  {cores:.1f} s of cores, one packet {alone:.1f} s, {megabytes} MB{beside}",
              flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
