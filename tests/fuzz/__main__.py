"""``python -m tests.fuzz TARGET [--seconds N]``: feed one target, guided by coverage.

Needs atheris: ``.venv/bin/pip install --require-hashes -r tests/fuzz/requirements.txt``.
An input that ends in an exception, takes too long or too much memory is written beside the
corpus of the run, and the exit status is not 0.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path

import atheris

HERE = Path(__file__).resolve().parent
CACHE = HERE.parents[1] / ".cache" / "fuzz"
SLOW = 5.0  # seconds of CPU; the watched code takes some times as long as the plain one
MEGABYTES = 1_000  # of all of it: Django, the engine, and what watches them

with atheris.instrument_imports(include=["sim", "playground"]):
    from tests.fuzz.targets import TARGETS


class Slow(Exception):
    """One input took longer than any may."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--longest", type=int, default=2_000, help="bytes of an input")
    asked = parser.parse_args()
    feed = TARGETS[asked.target]

    def fed(data: bytes) -> None:
        begun = time.thread_time()
        feed(data)
        if time.thread_time() - begun > SLOW:
            raise Slow

    grown = CACHE / asked.target
    grown.mkdir(parents=True, exist_ok=True)
    kept = HERE / "corpus" / asked.target
    feed(b"")  # what is loaded once is not the first input's fault
    atheris.Setup(
        [sys.argv[0], f"-max_total_time={asked.seconds}", f"-max_len={asked.longest}",
         f"-rss_limit_mb={MEGABYTES}", "-timeout=60", "-print_final_stats=1",
         f"-artifact_prefix={CACHE}/{asked.target}-", str(grown), str(kept)],
        fed,
    )  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{asked.target}: {peak} MB at the beginning", file=sys.stderr)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
