"""``python -m tests.load.resumed [CUTS]``: connections break amid a run, and go on where they were.

Pages run walks of many frames; each connection is cut without a word after a few of them, and
opened anew with the page's cursor, until so many were cut. Prints how many steps came, and how
many of them were lost, doubled or out of order; ends with 1 if any was.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from dataclasses import dataclass, field
from random import Random

from tests.load.first_steps import CHAINS, asked, opened
from tests.load.server import Server, running

PAGES = 4
_STEPS = re.compile(r'<li id="step-(\d+)"|data-from="(\d+)" data-to="(\d+)"')
_ROWS = re.compile(r'<div class="steps" id="rows-\d+">.*?</div></details>', re.DOTALL)
_CURSOR = re.compile(r'id="cursor" value="(\d+)"')
# Steps of all kinds: rules that match, one by one; folds of some that an index passes over, and of
# some that are asked.
RULES = (
    CHAINS
    + (
        "-A FORWARD -p tcp -j LOG\n" * 5
        + "-A FORWARD -s 10.0.0.1 -j DROP\n" * 7
        + "-A FORWARD -m length --length 9000 -j DROP\n" * 3
    )
    * 12
    + "COMMIT\n"
)
PACKETS = "".join(
    f"in eth1 tcp 192.168.100.10:{4000 + n} -> 198.51.100.7:443 syn\n" for n in range(20)
)


@dataclass
class Page:
    """What a page has: the steps in the order in which they came, and where it is to go on."""

    steps: list[int] = field(default_factory=list)
    cursor: int = 0
    is_over: bool = False
    cuts: int = 0

    def take(self, frame: str) -> None:
        for one, first, last in _STEPS.findall(_ROWS.sub("", frame)):
            self.steps += range(int(one or first), int(one or last) + 1)
        cursor = _CURSOR.search(frame)
        self.cursor = int(cursor[1]) if cursor else self.cursor
        self.is_over = 'data-done="walked"' in frame

    @property
    def wrong(self) -> int:
        """Steps that are missing, there twice, or not in their place."""
        wanted = range(1, self.cursor + 1)
        missing = len(set(wanted) - set(self.steps))
        return (
            missing
            + sum(one != here for one, here in zip(self.steps, wanted, strict=False))
            + (max(0, len(self.steps) - len(wanted)))
        )


async def _walked(server: Server, random: Random) -> Page:
    """One run to its end. Each connection lives for a few frames."""
    page = Page()
    while not page.is_over:
        socket = await opened(server)
        await socket.send(asked(RULES, PACKETS, page.cursor))
        for _ in range(random.randint(1, 4)):
            page.take(str(await socket.recv()))
            if page.is_over:
                break
        if page.is_over:
            await socket.close()
        else:
            page.cuts += 1
            socket.transport.abort()
    return page


async def resumed(server: Server, cuts: int) -> list[Page]:
    """Pages one after the other, some at once, until so many connections were cut."""
    pages: list[Page] = []

    async def one_after_the_other(seed: int) -> None:
        random = Random(seed)
        while sum(page.cuts for page in pages) < cuts:
            pages.append(await _walked(server, random))

    await asyncio.gather(*map(one_after_the_other, range(PAGES)))
    return pages


def main() -> None:
    cuts = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")
    with running() as server:
        pages = asyncio.run(resumed(server, cuts))
    wrong = sum(page.wrong for page in pages)
    lengths = {page.cursor for page in pages}
    cut, steps = sum(page.cuts for page in pages), sum(len(page.steps) for page in pages)
    print(f"{cut} cuts of {len(pages)} runs, {steps:,} steps")
    print(f"{wrong} of them lost, doubled or out of order")
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")
    sys.exit(wrong > 0 or len(lengths) != 1)


if __name__ == "__main__":
    main()
