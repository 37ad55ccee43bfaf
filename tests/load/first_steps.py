"""``python -m tests.load.first_steps [PEOPLE] [RULES]``: many press Run at the same moment.

A real server with its worker processes; each person has a socket and rules of their own. Prints
the median and the 95th percentile, in milliseconds, of the time from Run to the first step: for
one person alone, for all at once, and for one person beside a run of 100,000 steps. All come from
one address, which the pool counts as one client: a real crowd is given more places.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from websockets.asyncio.client import connect

from tests.bench.first_step import ruleset
from tests.browsing import served

PACKET = "in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:443 syn"
HOST = "interface eth0 203.0.113.1/24\ninterface eth1 192.168.100.1/24\n"
# Two rules that are told apart and match in turn, so that nothing is one fold: 100,000 steps.
LONG = (
    "*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\n"
    + "-A FORWARD -p tcp -j LOG\n-A FORWARD -s 10.0.0.1 -j DROP\n" * 520
    + "COMMIT\n"
)


def _asked(rules: str, packets: str) -> str:
    return json.dumps(
        {"action": "run", "rules": rules, "host": HOST, "packets": packets, "after": "0"}
    )


async def _first_step(url: str, person: int, rules: int, go: asyncio.Event) -> float:
    """Milliseconds from Run to the first step."""
    async with connect(url.replace("http", "ws", 1) + "/ws/run", origin=url) as socket:
        asked = _asked(f"# {person}\n{ruleset(rules)}", PACKET)
        await go.wait()
        began = time.perf_counter()
        await socket.send(asked)
        while True:
            if 'id="step-1"' in str(await socket.recv()):
                return (time.perf_counter() - began) * 1000


async def _people(url: str, people: range, rules: int) -> list[float]:
    go = asyncio.Event()
    asked = [asyncio.create_task(_first_step(url, each, rules, go)) for each in people]
    await asyncio.sleep(1)
    go.set()
    return await asyncio.gather(*asked)


async def _one_by_one(url: str, people: range, rules: int) -> list[float]:
    go = asyncio.Event()
    go.set()
    return [await _first_step(url, each, rules, go) for each in people]


@contextlib.asynccontextmanager
async def _long_run(url: str) -> AsyncIterator[None]:
    """Somebody walks 100,000 steps again and again, and reads them."""
    packets = "".join(
        f"in eth1 tcp 192.168.100.10:{4000 + n} -> 198.51.100.7:443 syn\n" for n in range(64)
    )

    async def walking() -> None:
        async with connect(
            url.replace("http", "ws", 1) + "/ws/run", origin=url, max_size=None
        ) as socket:
            while True:
                await socket.send(_asked(LONG, packets))
                while 'data-done="walked"' not in str(await socket.recv()):
                    pass

    task = asyncio.create_task(walking())
    await asyncio.sleep(1)
    yield
    assert not task.done(), task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _beside(url: str, people: range, rules: int) -> list[float]:
    async with _long_run(url):
        return await _one_by_one(url, people, rules)


def _told(words: str, figures: list[float]) -> float:
    ordered = sorted(figures)
    late = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    print(f"{words}: median {statistics.median(ordered):.0f} ms, p95 {late:.0f} ms", flush=True)
    return late


def main() -> None:
    people, rules = (*map(int, sys.argv[1:]), *(50, 1_000)[len(sys.argv) - 1 :])
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as state, served(Path(state)) as url:
        asyncio.run(_one_by_one(url, range(3), rules))
        alone = _told("one alone", asyncio.run(_one_by_one(url, range(10, 30), rules)))
        _told(f"{people} at once", asyncio.run(_people(url, range(100, 100 + people), rules)))
        beside = _told("beside 100,000 steps", asyncio.run(_beside(url, range(30, 50), rules)))
        print(f"beside to alone, p95: {beside / alone:.2f}")
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
