"""``python -m tests.bench.replay [COUNT]``: how long ``manage.py replay`` takes for 10,000.

In a throwaway database: one third is random scenarios (a seed each), two thirds are the shipped
ones, each with up to sixty rules of its own put in front, so that nothing that was compiled
serves twice.
Prints the command's own line and how the steps and the sizes of the rules are spread.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from statistics import median
from typing import Any

from sim.model.scenario import Scenario
from tests.bench.load_rules import rule
from tests.browsing import ROOT


def shipped() -> list[Scenario]:
    folder = ROOT / "playground"
    paths = sorted([*folder.glob("examples/*.toml"), *folder.glob("lessons/*/*.toml")])
    return [Scenario.from_toml(path.read_text()) for path in paths]


def made(count: int) -> Iterator[Scenario]:
    from sim.tools.generate.scenario import generate

    known = shipped()
    for number in range(count):
        if number % 3 == 0:
            yield generate(number).scenario
            continue
        one = known[number % len(known)]
        lines = "\n".join(rule(number * 60 + more) for more in range(number % 60 + 1))
        own = f"*filter\n:LAN - [0:0]\n{lines}\nCOMMIT\n"
        yield replace(one, rules=own + one.rules, title=f"{one.title} {number}")


def stored(scenario: Scenario) -> dict[str, Any]:
    """What ``store.kept`` would keep of it."""
    from playground.links import ids, store, traces
    from sim import ENGINE_VERSION

    body = store.body_of(scenario)
    walked = traces.walk(scenario)
    return {
        "digest": ids.digest_of(body),
        "body": body,
        "engine": ENGINE_VERSION,
        "trace_hash": walked.digest,
        "trace": walked.packed,
    }


def main(count: int, state: str) -> None:
    os.environ |= {"CHAINWALK_STATE_DIR": state, "DJANGO_SETTINGS_MODULE": "playground.settings"}
    import django

    django.setup()
    from django.core.management import call_command

    from playground import models
    from playground.links import traces

    call_command("migrate", verbosity=0)
    with ProcessPoolExecutor() as pool:
        found = list(pool.map(stored, made(count), chunksize=32))
    kept = {one["digest"]: models.Document(**one) for one in found}
    models.Document.objects.bulk_create(kept.values(), batch_size=500)
    rules = [one["body"]["rules"].count("-A ") for one in found]
    steps = [len(traces.unpacked(one["trace"])) for one in found]
    for name, figures in (("rules", rules), ("steps", steps)):
        print(f"{name}: median {median(figures):.0f}, most {max(figures)}")
    print(f"{len(kept)} different scenarios", flush=True)
    subprocess.run([sys.executable, str(ROOT / "manage.py"), "replay"], check=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="cw-bench-") as folder:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, folder)
