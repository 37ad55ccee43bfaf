"""``replay``: walk every stored scenario again; which traces does this engine change, and where."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from playground.links import models, store, traces
from playground.management.jobs import add_jobs, big_jobs, progress
from playground.walks.jobs import Lost

SAME, CHANGED = 0, 1
BATCH = 64  # scenarios that are sent at once
Job = tuple[str, dict[str, Any], str, bytes]


class Command(BaseCommand):
    help = "Replay every stored scenario and report the traces that this engine changes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_jobs(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        began, count, changed, lost = time.monotonic(), 0, 0, 0
        stored = list(self.stored())
        connection.close()  # nobody asks it anything for long
        with big_jobs(self, all_replayed, options) as jobs:
            known = progress(self, len(stored))
            for batch, found in zip(batches(stored), jobs.each(batches(stored)), strict=True):
                known(len(batch))
                count += len(batch)
                if isinstance(found, Lost):
                    lost += len(batch)
                    self.stderr.write(f"{len(batch)} scenarios are not replayed: {found}")
                    continue
                for digest, change in found:
                    if change is not None:
                        changed += 1
                        self.report(digest, change)
        seconds = time.monotonic() - began
        self.stdout.write(f"{count} scenarios in {seconds:.1f} s: {changed} changed")
        sys.exit(CHANGED if changed or lost else SAME)

    def stored(self) -> Iterator[Job]:
        rows = models.Document.objects.exclude(trace_hash="").order_by("created")
        for row in rows.iterator(chunk_size=500):
            yield row.digest, row.body, row.trace_hash, bytes(row.trace)

    def report(self, digest: str, change: traces.Change) -> None:
        links = models.Version.objects.filter(document=digest).values_list("share", "number")
        names = [f"/s/{share}/{number}" for share, number in links]
        for name in names or [f"text {digest}, which no link leads to"]:
            self.stdout.write(f"{name}: step {change.number}")
            self.stdout.write(f"  was  {change.before}\n  now  {change.after}")


def batches(jobs: Sequence[Job]) -> Iterator[Sequence[Job]]:
    for at in range(0, len(jobs), BATCH):
        yield jobs[at : at + BATCH]


def all_replayed(jobs: Sequence[Job]) -> list[tuple[str, traces.Change | None]]:
    return [replayed(job) for job in jobs]


def replayed(job: Job) -> tuple[str, traces.Change | None]:
    """One scenario under this engine: its first change, if there is one."""
    digest, body, trace_hash, packed = job
    scenario = store.scenario_in(body)
    if traces.walk(scenario, 0).digest == trace_hash:
        return digest, None
    now = traces.walk(scenario)
    change = traces.first_change(traces.unpacked(packed), now.lines)
    return digest, change or traces.Change(len(now.lines), "", "in details that have no line")
