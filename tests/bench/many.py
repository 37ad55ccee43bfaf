"""``python -m tests.bench.many [PACKETS]``: many packets against 1,000 rules, by the command.

For each shape of ruleset: seconds of the whole ``manage.py matrix``, beside what it takes for one
packet, and the most memory of its processes. The goal is 100,000 packets within 10 s on two cores.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sim.model.scenario import Scenario
from tests.bench.rulesets import HOST, SHAPES
from tests.floorplan import ROOT

GOAL = 10.0


def seconds(file: Path, packets: int) -> tuple[float, int]:
    """Of the wall, and the most megabytes of one process."""
    command = [
        sys.executable, "manage.py", "matrix", str(file), "--in", "eth0", "--to", "192.0.2.1",
        "--from", "10.0.0.1-10.0.3.231" if packets > 1 else "10.0.0.1",
        "--ports", f"1-{max(1, packets // 999)}",
    ]  # fmt: skip
    began = time.monotonic()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as running:
        _, status, used = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    assert running.returncode == 0, command
    return time.monotonic() - began, used.ru_maxrss // 1024


def main() -> None:
    packets = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")
    for shape, made in SHAPES.items():
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "box.toml"
            file.write_text(Scenario(rules=made(1000), host=HOST).to_toml())
            alone, _ = seconds(file, 1)
            taken, megabytes = seconds(file, packets)
        reached = "yes" if taken <= GOAL else "no"
        print(f"{shape:9} {packets:,} packets {taken:6.1f} s  goal {GOAL:.0f} s {reached:3}"
              f"  one packet {alone:.1f} s, {megabytes} MB", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
