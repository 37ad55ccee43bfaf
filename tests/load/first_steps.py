"""``python -m tests.load.first_steps [PEOPLE] [RULES] [--beside TREE]``: many press Run at once.

A real server with its worker processes; each person has a socket, and rules of their own that no
other text shares a line with, all of which the packet passes. Prints the median and the 95th
percentile, in milliseconds, of the time from Run to the first step and to the fate: for one person
alone, for all at once, and for one person beside a run of 100,000 steps; and how much of a core a
run takes. All come from one address, which the pool counts as one client: a real crowd is given
more places. ``--beside``: the same from another working tree, in turns with this one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from argparse import ArgumentParser
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

from websockets.asyncio.client import ClientConnection, connect

from tests.browsing import ROOT
from tests.load.server import Server, running, told

PACKET = "in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:443 syn"
HOST = (
    "interface eth0 203.0.113.1/24\ninterface eth1 192.168.100.1/24\n"
    "route default via 203.0.113.254 dev eth0\nsysctl net.ipv4.ip_forward = 1\n"
)
CHAINS = "*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\n"
# Two rules that are told apart and match in turn, so that nothing is one fold: 100,000 steps.
LONG = (
    CHAINS
    + "-A FORWARD -p tcp -j LOG\n-A FORWARD -m length --length 9000 -j DROP\n" * 520
    + "COMMIT\n"
)
ROUNDS = 3


class Times(NamedTuple):
    """Seconds from Run."""

    first: float
    fate: float


def rules_of(person: int, size: int) -> str:
    """A ruleset whose lines are in no other person's."""
    rules = "".join(
        f"-A FORWARD -s 10.{person % 256}.{at >> 8}.{at & 255}/32 -p tcp -m tcp "
        f"--dport {1024 + at % 60000} -j DROP\n"
        for at in range(size - 1)
    )
    return f"{CHAINS}{rules}-A FORWARD -j ACCEPT\nCOMMIT\n"


def asked(rules: str, packets: str = PACKET, after: int = 0) -> str:
    return json.dumps(
        {"action": "run", "rules": rules, "host": HOST, "packets": packets, "after": str(after)}
    )


def opened(server: Server, home: str = "127.0.0.1") -> connect:
    """A page's socket; ``home``: the address that it comes from."""
    return connect(
        f"{server.socket}/ws/run", origin=server.url, max_size=None, local_addr=(home, 0)
    )  # type: ignore[arg-type]


async def timed(socket: ClientConnection, message: str) -> Times:
    began = time.perf_counter()
    await socket.send(message)
    first = 0.0
    while True:
        frame = str(await socket.recv())
        if 'id="step-1"' in frame:
            first = time.perf_counter() - began
        if 'data-done="walked"' in frame:
            return Times(first, time.perf_counter() - began)


async def _person(
    server: Server, person: int, rules: int, go: asyncio.Event, home: str = "127.0.0.1"
) -> Times:
    async with opened(server, home) as socket:
        message = asked(rules_of(person, rules))
        await go.wait()
        return await timed(socket, message)


async def people(server: Server, who: range, rules: int) -> list[Times]:
    go = asyncio.Event()
    runs = [asyncio.create_task(_person(server, each, rules, go)) for each in who]
    await asyncio.sleep(1)
    go.set()
    return await asyncio.gather(*runs)


async def one_by_one(
    server: Server, who: range, rules: int, home: str = "127.0.0.1"
) -> list[Times]:
    go = asyncio.Event()
    go.set()
    return [await _person(server, each, rules, go, home) for each in who]


@contextlib.asynccontextmanager
async def _long_run(server: Server) -> AsyncIterator[None]:
    """Somebody walks 100,000 steps again and again, and reads them."""
    packets = "".join(
        f"in eth1 tcp 192.168.100.10:{4000 + n} -> 198.51.100.7:443 syn\n" for n in range(64)
    )

    async def walking() -> None:
        async with opened(server) as socket:
            while True:
                await timed(socket, asked(LONG, packets))

    task = asyncio.create_task(walking())
    await asyncio.sleep(1)
    yield
    assert not task.done(), task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def beside(server: Server, who: range, rules: int) -> list[Times]:
    async with _long_run(server):
        return await one_by_one(server, who, rules)


def _measure(server: Server, turn: int, crowd: int, rules: int) -> dict[str, list[Times]]:
    at = turn * 1000
    used = server.cpu
    found = {"one alone": asyncio.run(one_by_one(server, range(at, at + 20), rules))}
    used = server.cpu - used
    found["all at once"] = asyncio.run(people(server, range(at + 100, at + 100 + crowd), rules))
    found["beside 100,000 steps"] = asyncio.run(beside(server, range(at + 40, at + 60), rules))
    print(f"{server.root.name}: {used * 50:.0f} ms of a core a run, one alone", flush=True)
    return found


def main() -> None:
    parser = ArgumentParser()
    parser.add_argument("people", type=int, nargs="?", default=50)
    parser.add_argument("rules", type=int, nargs="?", default=1_000)
    parser.add_argument("--beside", type=Path, metavar="TREE")
    given = parser.parse_args()
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")
    with contextlib.ExitStack() as stack:
        trees = [ROOT, *([given.beside] if given.beside else [])]
        servers = [stack.enter_context(running(tree)) for tree in trees]
        figures: dict[tuple[str, str], list[Times]] = {}
        for server in servers:
            asyncio.run(one_by_one(server, range(900, 906), given.rules))
        for turn in range(ROUNDS):
            for server in servers:
                for words, times in _measure(server, turn, given.people, given.rules).items():
                    figures.setdefault((server.root.name, words), []).extend(times)
        for (tree, words), times in figures.items():
            told(f"{tree}, {words}: first step", [each.first for each in times])
            told(f"{tree}, {words}: fate", [each.fate for each in times])
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
