"""What the commands of this folder measure, small enough to run always."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.load.first_steps import one_by_one, people
from tests.load.followers import SETTINGS, followed
from tests.load.resumed import resumed
from tests.load.server import Server, running
from tests.load.unread import unread


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(**SETTINGS) as found:
        asyncio.run(people(found, range(12), 100))
        yield found


def test_nothing_is_lost_doubled_or_out_of_order_however_often_it_is_cut(server: Server) -> None:
    """Connections that break without a word, amid folds and between them."""
    pages = asyncio.run(resumed(server, 40))
    assert sum(page.cuts for page in pages) >= 40
    assert [page.wrong for page in pages] == [0] * len(pages)
    assert {page.cursor for page in pages} == {len(pages[0].steps)}


def test_a_crowd_that_follows_is_told_of_every_step(server: Server) -> None:
    """More than are named on a page, and soon: ten of them use this machine."""
    found = sorted(asyncio.run(followed(server, 80, 5)))
    assert len(found) == 80 * 5
    assert found[len(found) // 2] < 1


def test_who_never_reads_takes_little_and_stops_nobody(server: Server) -> None:
    """200 sockets: 120 KB each where it serves, and who comes from elsewhere is served."""

    async def both() -> tuple[float, list[float]]:
        deaf = asyncio.create_task(unread(server, 200, 8))
        await asyncio.sleep(2)
        first = [times.first for times in await one_by_one(server, range(5), 100, "127.0.0.2")]
        return (await deaf)[1], first

    megabytes, first = asyncio.run(both())
    assert megabytes < 24
    assert sorted(first)[2] < 3
