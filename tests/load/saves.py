"""``python -m tests.load.saves [COUNT] [sqlite|postgres]``: is anything lost that was acknowledged?

Many people save at once, over HTTP, while the server is killed (``kill -9``) at random moments and
started again; with PostgreSQL its processes are killed in turn with it. Afterwards every link that
was answered for is read: its text must be the one that was sent. Prints how many saves were
acknowledged, how many requests failed meanwhile, how often what was killed, and what is lost or
spoilt; ends with 1 if anything is. Load of the machine beside it.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import requests

from tests.running.engines import Postgres, postgres
from tests.running.services import begun, end, free_port, is_ready

PEOPLE = 6
BETWEEN = (80, 300)  # saves that are acknowledged from one kill to the next


@dataclass
class Story:
    """What was acknowledged (id -> rules) and what happened meanwhile."""

    saved: dict[str, str] = field(default_factory=dict)
    failed: int = 0
    kills: dict[str, int] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)  # they are not there
    spoilt: list[str] = field(default_factory=list)  # they hold something else


class Server:
    """One process that serves, at one port whenever it lives."""

    def __init__(self, state: Path, **more: str) -> None:
        self.state = state
        self.port = free_port()
        self.more = {"CHAINWALK_SAVES_A_MINUTE": "1000000", "CHAINWALK_API_CALLS_A_MINUTE":
                     "1000000", "CHAINWALK_BUSY_SECONDS": "2", **more}  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = begun(self.state, self.port, **self.more)
        assert is_ready(self.port, self.process), (self.state / f"{self.port}.log").read_text()

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(20)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def text(number: int) -> str:
    return f"iptables -A INPUT -s 10.{number >> 16}.{number >> 8 & 255}.{number & 255} -j DROP\n"


def told(
    count: int,
    folder: Path,
    database: Postgres | None,
    *,
    between: tuple[int, int] = BETWEEN,
    seed: int = 1,
) -> Story:
    """Save so many, under kills; then read them all."""
    chance = random.Random(seed)
    story, lock = Story(), threading.Lock()
    more = {"DATABASE_URL": database.url} if database else {}
    server = Server(folder, **more)
    server.start()

    def save(number: int) -> None:
        """Until it is acknowledged, as a patient person does."""
        while True:
            try:
                body = {"rules": text(number), "listed": number % 2 == 0}
                answer = requests.post(f"{server.url}/api/scenarios", json=body, timeout=60)
            except requests.RequestException:
                answer = None
            if answer is not None and answer.status_code == 201:
                with lock:
                    story.saved[answer.json()["id"]] = text(number)
                return
            with lock:
                story.failed += 1
            time.sleep(0.2)

    try:
        with ThreadPoolExecutor(PEOPLE) as people:
            asked = [people.submit(save, number) for number in range(count)]
            turn, due = 0, chance.randint(*between)
            while not all(one.done() for one in asked):
                time.sleep(0.01)
                if len(story.saved) < due:
                    continue
                turn, due = turn + 1, len(story.saved) + chance.randint(*between)
                what = "PostgreSQL" if database and turn % 2 else "server"
                story.kills[what] = story.kills.get(what, 0) + 1
                if database and what == "PostgreSQL":
                    database.kill()
                    database.start()
                else:
                    server.kill()
                    server.start()
            for one in asked:
                one.result()
        for pk, rules in story.saved.items():
            answer = requests.get(f"{server.url}/s/{pk}.toml", timeout=60)
            if answer.status_code != 200:
                story.lost.append(pk)
            elif rules.strip() not in answer.text:
                story.spoilt.append(pk)
    finally:
        if server.process is not None:
            end(server.process)
    return story


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    failed = False
    for kind in sys.argv[2:] or ("sqlite", "postgres"):
        print(f"load of the machine: {os.getloadavg()[0]:.1f}", flush=True)
        began = time.monotonic()
        with (
            tempfile.TemporaryDirectory() as folder,
            postgres() if kind == "postgres" else nullcontext() as database,
        ):
            story = told(count, Path(folder), database)
        kills = ", ".join(f"{what} {times} times" for what, times in story.kills.items())
        print(f"{kind}: {len(story.saved)} saves acknowledged in {time.monotonic() - began:.0f} s, "
              f"{story.failed} requests failed and were sent again; killed: {kills}; "
              f"lost {len(story.lost)}, spoilt {len(story.spoilt)}", flush=True)  # fmt: skip
        failed |= bool(story.lost or story.spoilt)
    sys.exit(failed)


if __name__ == "__main__":
    main()
