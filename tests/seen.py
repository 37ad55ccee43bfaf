"""What a run shows beside its sentences, small enough to be kept and read.

A sentence names few of a packet's bytes, so an engine that writes a wrong sequence number or
checksum could tell the very same trace. :func:`seen` digests, for each statement of the packets
text, all that ``simulate --format ndjson`` prints but words for people: every byte of every packet,
marks, times, what each clause saw, the entry behind a packet. ``conntrack -L`` as it stands at the
end is written out. ``verify`` holds the same things against the kernel.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable

from sim.tell.jsonl import as_json
from sim.trace.steps import FlowsListed, Step

_WORDS = frozenset({"seq", "text"})  # the trace has the words; a number changes with each before it


def seen(steps: Iterable[Step]) -> str:
    """One line for each statement that made steps, then the table. ``run(…, flows=True)``'s."""
    made: dict[int, list[Step]] = defaultdict(list)
    tables: dict[int, tuple[str, ...]] = {}
    for step in steps:
        if isinstance(step, FlowsListed):
            tables[step.line] = step.lines
        else:
            made[step.line].append(step)
    rows = []
    for number in sorted({*made, *tables}):
        row = f"{number:3} {len(made[number])} steps {_digest(map(_facts, made[number]))}"
        rows.append(f"{row}, table {_digest(tables[number])}" if number in tables else row)
    if tables:
        rows += ["conntrack -L", *tables[max(tables)]]
    return "".join(f"{row}\n" for row in rows)


def _facts(step: Step) -> str:
    told = as_json(step)
    return json.dumps({key: told[key] for key in sorted(told) if key not in _WORDS})


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:8]
