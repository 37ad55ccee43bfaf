"""``python -m tests.load.followers [PEOPLE] [STEPS]``: a crowd follows one walk.

All sit in one session of one server. Prints the median and the 95th percentile, in milliseconds,
of the time from a step of the leader to each page that is told of it; ends with 1 above 250 ms.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
import time

import django
from websockets.asyncio.client import ClientConnection, connect

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")
django.setup()

from tests.load.server import Server, running, told  # noqa: E402 -- needs Django set up
from tests.together.people import Visitor  # noqa: E402 -- the same
from tests.together.test_socket import PK  # noqa: E402 -- the same

MOST_MILLISECONDS = 250
AT_ONCE = 50  # people who come in at the same moment
SETTINGS = {"CHAINWALK_TOGETHER_MEMBERS": "100000", "CHAINWALK_JOINS_A_MINUTE": "100000"}


class Page:
    """One that follows: when it was told of each step."""

    def __init__(self, server: Server, path: str, cookies: str) -> None:
        self.opening = connect(
            f"{server.socket}{path}socket",
            origin=server.url,  # type: ignore[arg-type]
            additional_headers={"Cookie": cookies},
            ping_interval=None,
        )
        self.told: dict[int, float] = {}
        self.news = asyncio.Event()

    async def open(self) -> None:
        self.socket: ClientConnection = await self.opening
        self.listening = asyncio.create_task(self._listen())
        await self.until(0)

    async def _listen(self) -> None:
        async for text in self.socket:
            step = json.loads(text).get("at")
            if step is not None:
                self.told[step] = time.perf_counter()
                self.news.set()

    async def until(self, step: int) -> float:
        """When it was told of the step, if it waits for that."""
        while step not in self.told:
            await self.news.wait()
            self.news.clear()
        return self.told[step]

    async def close(self) -> None:
        self.listening.cancel()
        await self.socket.close()


async def followed(server: Server, people: int, steps: int) -> list[float]:
    """Seconds from the leader's word to each follower's page, of each step."""
    leading = Visitor(server.url)
    path = await asyncio.to_thread(leading.begin, PK)
    leader = Page(server, path, leading.cookies(path))
    await leader.open()
    pages = [
        Page(server, path, f"chainwalk_member={secrets.token_urlsafe(24)}") for _ in range(people)
    ]
    door = asyncio.Semaphore(AT_ONCE)

    async def come(page: Page) -> None:
        async with door:
            await page.open()

    await asyncio.gather(*map(come, pages))
    await asyncio.sleep(2)  # everybody is told who is here
    found = []
    used = server.serving_cpu
    for step in range(1, steps + 1):
        began = time.perf_counter()
        await leader.socket.send(json.dumps({"step": step}))
        found += [await page.until(step) - began for page in pages]
        await asyncio.sleep(0.5)
    used = (server.serving_cpu - used) / steps
    print(f"{used * 1000:.0f} ms of a core a step where it serves", flush=True)
    await asyncio.gather(*(page.close() for page in (leader, *pages)))
    return found


def main() -> None:
    people, steps = (*map(int, sys.argv[1:]), *(1_000, 10)[len(sys.argv) - 1 :])
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")
    with running(**SETTINGS) as server:
        found = asyncio.run(followed(server, people, steps))
        late = told(f"{people} followers, {steps} steps: told", found)
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")
    sys.exit(late > MOST_MILLISECONDS)


if __name__ == "__main__":
    main()
