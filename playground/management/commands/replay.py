"""``replay``: walk every stored scenario again; which traces does this engine change, and where."""

from __future__ import annotations

import gc
import os
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from playground.links import models, traces
from sim.model.scenario import Scenario

SAME, CHANGED = 0, 1
BATCH = 64  # scenarios between two collections
Job = tuple[str, dict[str, Any], str, bytes]


class Command(BaseCommand):
    help = "Replay every stored scenario and report the traces that this engine changes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)

    def handle(self, *args: Any, **options: Any) -> None:
        began, count, changed = time.monotonic(), 0, 0
        jobs = list(self.jobs())
        connection.close()  # each worker would else have it, too
        with ProcessPoolExecutor(options["jobs"], initializer=settled) as pool:
            for found in pool.map(all_replayed, batches(jobs)):
                for digest, change in found:
                    count += 1
                    if change is not None:
                        changed += 1
                        self.report(digest, change)
        seconds = time.monotonic() - began
        self.stdout.write(f"{count} scenarios in {seconds:.1f} s: {changed} changed")
        sys.exit(CHANGED if changed else SAME)

    def jobs(self) -> Iterator[Job]:
        rows = models.Document.objects.exclude(trace_hash="").order_by("created")
        for row in rows.iterator(chunk_size=500):
            yield row.digest, row.body, row.trace_hash, bytes(row.trace)

    def report(self, digest: str, change: traces.Change) -> None:
        links = models.Version.objects.filter(document=digest).values_list("share", "number")
        names = [f"/s/{share}/{number}" for share, number in links]
        for name in names or [f"text {digest}, which no link leads to"]:
            self.stdout.write(f"{name}: step {change.number}")
            self.stdout.write(f"  was  {change.before}\n  now  {change.after}")


def settled() -> None:
    """What a worker has loaded stays, and what it makes it drops whole: collecting by count
    would look at everything again and again."""
    gc.disable()
    gc.freeze()


def batches(jobs: Sequence[Job]) -> Iterator[Sequence[Job]]:
    for at in range(0, len(jobs), BATCH):
        yield jobs[at : at + BATCH]


def all_replayed(jobs: Sequence[Job]) -> list[tuple[str, traces.Change | None]]:
    found = [replayed(job) for job in jobs]
    gc.collect()
    return found


def replayed(job: Job) -> tuple[str, traces.Change | None]:
    """One scenario under this engine: its first change, if there is one."""
    digest, body, trace_hash, packed = job
    texts = {key: value for key, value in body.items() if key not in ("schema", "engine")}
    scenario = Scenario.from_json(texts)
    if traces.walk(scenario, 0).digest == trace_hash:
        return digest, None
    now = traces.walk(scenario)
    change = traces.first_change(traces.unpacked(packed), now.lines)
    return digest, change or traces.Change(len(now.lines), "", "in details that have no line")
