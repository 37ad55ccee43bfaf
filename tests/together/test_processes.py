"""Several processes that serve one session: with Redis at once, without it at the next beat."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from tests.browsing import served
from tests.together.people import Seat, Visitor
from tests.together.test_socket import PK

NEVER = "3600"  # seconds between beats: nothing heals by itself while the test runs


def started_redis(socket: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", "/tmp"],
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 20
    while not socket.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    return process


def ended(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(10)


def apart(first: str, second: str) -> tuple[Seat, Seat]:
    """A leader on one process and somebody who follows on the other."""
    leader = Visitor(first)
    path = leader.begin(PK)
    seats = leader.join(path), Visitor(second).join(path)
    seats[0].until(lambda seat: seat.leads)
    seats[1].until(lambda seat: len(seat.people) == 2)
    return seats


@pytest.mark.redis
def test_redis_carries_steps_between_processes(tmp_path: Path) -> None:
    """What is led on one is followed on the other, though neither looks by itself."""
    redis = started_redis(tmp_path / "redis.sock")
    more = {
        "REDIS_URL": f"unix://{tmp_path}/redis.sock",
        "CHAINWALK_TOGETHER_BEAT_SECONDS": NEVER,
    }
    try:
        with served(tmp_path, **more) as first, served(tmp_path, **more) as second:
            leader, other = apart(first, second)
            for step in (3, 9, 2):
                leader.say(step=step)
                other.until(lambda seat, step=step: seat.at == step)  # type: ignore[misc]
            for seat in (leader, other):
                seat.leave()
    finally:
        ended(redis)


@pytest.mark.redis
def test_a_redis_that_is_away_stops_nobody(tmp_path: Path) -> None:
    """Everybody stays and follows at the beat; when it is back it carries again."""
    redis = started_redis(tmp_path / "redis.sock")
    more = {
        "REDIS_URL": f"unix://{tmp_path}/redis.sock",
        "CHAINWALK_TOGETHER_BEAT_SECONDS": "1",
    }
    try:
        with served(tmp_path, **more) as first, served(tmp_path, **more) as second:
            leader, other = apart(first, second)
            ended(redis)
            leader.say(step=3)
            other.until(lambda seat: seat.at == 3)
            late = Visitor(second).join(leader.path)
            late.until(lambda seat: seat.at == 3)
            redis = started_redis(tmp_path / "redis.sock")
            leader.say(step=9)
            other.until(lambda seat: seat.at == 9)
            for seat in (leader, other, late):
                seat.leave()
    finally:
        ended(redis)


def test_a_lost_message_heals_by_itself(tmp_path: Path) -> None:
    """Two processes without Redis: no message gets across, and the other follows all the same."""
    more = {"CHAINWALK_TOGETHER_BEAT_SECONDS": "1"}
    with served(tmp_path, **more) as first, served(tmp_path, **more) as second:
        leader, other = apart(first, second)
        leader.say(step=8)
        other.until(lambda seat: seat.at == 8)
        leader.until(lambda seat: len(seat.people) == 2)
        other.leave()
        leader.until(lambda seat: len(seat.people) == 1)
        leader.leave()


def test_no_more_people_than_may_be(tmp_path: Path) -> None:
    """Who comes too late is told so; when somebody leaves there is room again."""
    with served(tmp_path, CHAINWALK_TOGETHER_MEMBERS="2") as url:
        leader = Visitor(url)
        path = leader.begin(PK)
        seats = leader.join(path), Visitor(url).join(path)
        seats[0].until(lambda seat: len(seat.people) == 2)
        assert Visitor(url).join(path).closing() == 4429
        seats[1].leave()
        seats[0].until(lambda seat: len(seat.people) == 1)
        late = Visitor(url).join(path)
        late.until(lambda seat: len(seat.people) == 2)
        for seat in (seats[0], late):
            seat.leave()
