"""Work leaves the process that serves; one visitor stops nobody."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from playground.walks.pool import Lost, Pool
from playground.walks.process import prepare
from tests.attacks import work

MEGABYTES = 200
SILENCE = 3.0
SECONDS = 2.0


async def _all(pool: Pool, name: str, client: str = "me", **values: Any) -> list[str]:
    pieces = _pieces(pool, name, client, **values)
    return [piece async for piece in pieces]


def _pieces(pool: Pool, name: str, client: str = "me", **more: Any) -> AsyncGenerator[Any, None]:
    is_given_up = more.pop("is_given_up", lambda: False)
    call = getattr(work, name)
    return pool.pieces(
        call, more, client=client, seconds=SECONDS, near=client, is_given_up=is_given_up
    )


def _with_pool(test: Callable[[Pool], Awaitable[None]], size: int = 3) -> None:
    async def run() -> None:
        prepare()
        pool = Pool(size, MEGABYTES, SILENCE, line=20)
        pool.begin()
        try:
            await test(pool)
        finally:
            await pool.close()

    asyncio.run(run())


def test_a_job_gives_its_pieces_in_order_and_its_process_is_used_again() -> None:
    """A text or many; the next job of a client goes where its texts are known."""

    async def test(pool: Pool) -> None:
        assert await _all(pool, "counted", count=500) == [str(number) for number in range(500)]
        first = await _all(pool, "process")
        assert first == await _all(pool, "process")
        assert first != [str(os.getpid())]

    _with_pool(test)


def test_a_reader_who_is_slow_is_waited_for(tmp_path: Path) -> None:
    """No more than a few pieces are made ahead of who reads them."""
    made = tmp_path / "made"

    async def test(pool: Pool) -> None:
        pieces = _pieces(pool, "counted", count=1_000, made=str(made))
        assert await anext(pieces) == "0"
        await asyncio.sleep(0.3)
        assert len(made.read_text()) < 10
        await pieces.aclose()

    _with_pool(test)


@pytest.mark.parametrize(
    ("work", "reason"),
    [
        ("greedy", "memory"),
        ("dying", "gone"),
        ("broken", "broken"),
        ("endless", "time"),
        ("stubborn", "time"),
    ],
)
def test_a_process_that_is_lost_is_replaced(work: str, reason: str) -> None:
    """Who waits is told one word; the next job finds a process."""

    async def test(pool: Pool) -> None:
        with pytest.raises(Lost, match=reason):
            await _all(pool, work)
        assert await _all(pool, "counted", count=2) == ["0", "1"]

    _with_pool(test, size=1)


def test_a_job_that_is_silent_for_too_long_is_ended() -> None:
    """After the time that the pool allows."""

    async def test(pool: Pool) -> None:
        start = time.monotonic()
        with pytest.raises(Lost, match="time"):
            await _all(pool, "deaf")
        assert time.monotonic() - start < SILENCE + 3
        assert await _all(pool, "counted", count=1) == ["0"]

    _with_pool(test, size=1)


def test_who_stops_a_job_still_gets_its_last_piece() -> None:
    """Given up within 100 ms; what was held back comes."""

    async def test(pool: Pool) -> None:
        given_up: list[float] = []
        pieces = _pieces(pool, "patient", is_given_up=lambda: bool(given_up))
        assert await anext(pieces) == "begun"
        given_up.append(time.monotonic())
        assert await anext(pieces) == "stopped"
        assert time.monotonic() - given_up[0] < 0.5  # 0.1 on a machine with nothing else to do
        await pieces.aclose()

    _with_pool(test, size=1)


@pytest.mark.parametrize("work", ["patient", "deaf"])
def test_a_job_that_nobody_waits_for_makes_room(work: str) -> None:
    """Whether it ends when it is told or its process must."""

    async def test(pool: Pool) -> None:
        pieces = _pieces(pool, work)
        assert await anext(pieces) == "begun"
        await pieces.aclose()
        async with asyncio.timeout(5):
            assert await _all(pool, "counted", count=1) == ["0"]

    _with_pool(test, size=1)


def test_one_client_leaves_room_for_others() -> None:
    """Ten long jobs of one: somebody else begins at once."""

    async def test(pool: Pool) -> None:
        long = [asyncio.create_task(_all(pool, "patient", "greedy")) for _ in range(10)]
        await asyncio.sleep(0.3)
        async with asyncio.timeout(10):
            assert await _all(pool, "counted", "other", count=1) == ["0"]
        for task in long:
            task.cancel()
        await asyncio.gather(*long, return_exceptions=True)
        async with asyncio.timeout(10):
            assert await _all(pool, "counted", "greedy", count=1) == ["0"]

    _with_pool(test)


def test_clients_that_wait_are_served_in_turns() -> None:
    """One asks six times, then another once: the other does not wait for all six."""
    order: list[str] = []

    async def ask(pool: Pool, client: str) -> None:
        await _all(pool, "counted", client, count=20)
        order.append(client)

    async def test(pool: Pool) -> None:
        asked = [asyncio.create_task(ask(pool, "many")) for _ in range(6)]
        await asyncio.sleep(0)
        asked.append(asyncio.create_task(ask(pool, "one")))
        await asyncio.gather(*asked)

    _with_pool(test, size=1)
    assert order.index("one") <= 2


def test_who_gives_up_waiting_takes_no_process_along() -> None:
    """A process came free at the moment in which the next in line was cancelled: whoever ended
    there broke with it, and the process was nobody's for good."""

    async def test(pool: Pool) -> None:
        while len(pool.idle) < pool.size:
            await asyncio.sleep(0.01)
        idle, pool.idle = pool.idle, []
        waiting = [asyncio.create_task(_all(pool, "process", client=name)) for name in "ab"]
        await asyncio.sleep(0.01)
        waiting[0].cancel()
        pool.idle = idle
        pool._give()
        found = await asyncio.gather(*waiting, return_exceptions=True)
        assert isinstance(found[0], asyncio.CancelledError)
        assert isinstance(found[1], list)
        assert len(pool.idle) == pool.size
        assert not pool.busy

    _with_pool(test)


def test_a_process_is_free_as_soon_as_its_job_is_done() -> None:
    """However slowly what it said is read: who reads nothing keeps nobody waiting."""

    async def test(pool: Pool) -> None:
        slow = _pieces(pool, "counted", "slow", count=3)
        assert await anext(slow) == "0"
        async with asyncio.timeout(10):
            assert await _all(pool, "counted", "other", count=1) == ["0"]
        assert [piece async for piece in slow] == ["1", "2"]

    _with_pool(test, size=1)


def test_who_begins_does_not_wait_for_what_goes_on() -> None:
    """Of one client, too: first steps come before rests, and those go on where they began."""
    order: list[str] = []

    async def ask(pool: Pool, name: str, home: int = 0) -> None:
        pieces = pool.pieces(work.process, {}, client="me", seconds=SECONDS, home=home)
        order.extend([f"{name} {piece}" async for piece in pieces])

    async def test(pool: Pool) -> None:
        [here] = await _all(pool, "process")
        held = _pieces(pool, "patient", "other")
        assert await anext(held) == "begun"
        asked = [asyncio.create_task(ask(pool, "rest", int(here))) for _ in range(3)]
        await asyncio.sleep(0.2)
        asked += [asyncio.create_task(ask(pool, "first")) for _ in range(3)]
        await asyncio.sleep(0)
        pool.idle.clear()
        await held.aclose()
        await asyncio.gather(*asked)

    _with_pool(test, size=1)
    assert [word.split()[0] for word in order] == ["first"] * 3 + ["rest"] * 3


def test_what_goes_on_waits_a_moment_for_the_process_that_knows_it() -> None:
    """Then any other will do, and one that is gone is not waited for."""

    async def test(pool: Pool) -> None:
        while len(pool.idle) < 2:
            await asyncio.sleep(0.01)
        home, other = (process.pid for process in pool.idle)
        pieces = pool.pieces(work.process, {}, client="me", seconds=SECONDS, home=home)
        assert [int(piece) async for piece in pieces] == [home]
        pieces = pool.pieces(work.process, {}, client="me", seconds=SECONDS, home=other)
        assert [int(piece) async for piece in pieces] == [other]
        held = pool.pieces(work.patient, {}, client="you", seconds=SECONDS, home=home)
        assert await anext(held) == "begun"
        for away in (home, 1):
            pieces = pool.pieces(work.process, {}, client="me", seconds=SECONDS, home=away)
            async with asyncio.timeout(1):
                assert [int(piece) async for piece in pieces] == [other]
        await held.aclose()

    _with_pool(test, size=2)


def test_a_process_that_dies_with_nothing_to_do_is_replaced() -> None:
    """Nobody is given a dead one."""

    async def test(pool: Pool) -> None:
        [pid] = await _all(pool, "process")
        os.kill(int(pid), signal.SIGKILL)
        await asyncio.sleep(0.2)
        [other] = await _all(pool, "process")
        assert other != pid

    _with_pool(test, size=1)
