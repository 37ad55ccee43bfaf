"""A run in two jobs: whoever begins does not wait for who goes on, and nothing is lost between."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import time
import zlib
from pathlib import Path

import pytest

from playground.page import gallery, halves
from playground.page.halves import Rest, first_half, second_half
from playground.page.stream import fragments_of
from playground.site.limits import LIMITS
from playground.walks.pool import Lost, Pool
from playground.walks.process import prepare
from playground.walks.worker import HARD

SEQ = re.compile(r'id="step-(\d+)"|data-from="(\d+)" data-to="(\d+)"')
NUMBER = 7


@pytest.fixture(autouse=True)
def _nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    halves._parked.clear()
    monkeypatch.setattr("playground.page.halves.LONG_SECONDS", 60)


def values(**more: str) -> dict[str, str]:
    texts = gallery.first().scenario.as_json()
    return {**{name: str(text) for name, text in texts.items()}, "action": "run", **more}


def packed(asked: dict[str, str]) -> bytes:
    return zlib.compress(json.dumps(asked).encode())


def told(frames: list[str]) -> list[str]:
    """The numbers of the steps and folds, in order."""
    return [one or f"{first}-{last}" for one, first, last in SEQ.findall("".join(frames))]


def first(asked: dict[str, str]) -> tuple[list[str], list[Rest]]:
    pieces = list(first_half(asked, NUMBER))
    rests = [piece for piece in pieces if isinstance(piece, Rest)]
    return [piece for piece in pieces if isinstance(piece, str)], rests


@pytest.mark.parametrize("after", ["0", "3"])
@pytest.mark.parametrize("is_lost", [False, True])
def test_two_halves_are_the_whole(after: str, is_lost: bool) -> None:
    """Whether the process still knows the run or walks it again: no step is lost or doubled."""
    asked = values(after=after)
    frames, [rest] = first(asked)
    if after == "0":
        assert told(frames) == ["1"]
    assert str(rest.after) == re.split("-", told(frames)[-1])[-1]
    if is_lost:
        halves._parked.clear()
    frames += second_half(packed(asked), rest)
    assert told(frames) == told(list(fragments_of(asked)))
    assert 'data-done="walked"' in frames[-1]
    assert not halves._parked


def test_what_was_parked_for_long_is_walked_again() -> None:
    """Its own end would come by the clock, though nobody had walked it."""
    asked = values(after="0")
    _, [rest] = first(asked)
    parked = halves._parked[rest.number]
    gone = halves._Parked(iter(["an old walk"]), parked.characters, time.monotonic() - 60)
    halves._parked[rest.number] = gone
    frames = list(second_half(packed(asked), rest))
    assert "an old walk" not in frames
    assert 'data-done="walked"' in frames[-1]


def test_a_paste_is_put_into_the_editors_once() -> None:
    """Where the run is walked again, the page was told already, and its reader may have typed."""
    asked = values(after="0", rules="root@gw:~# iptables -A FORWARD -j DROP\n")
    frames, [rest] = first(asked)
    assert "Read what you pasted" in frames[0]
    halves._parked.clear()
    again = list(second_half(packed(asked), rest))
    assert again
    assert "Read what you pasted" not in "".join(again)


def test_a_run_that_takes_long_to_begin_goes_on_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading it twice would cost more than its rest."""
    monkeypatch.setattr("playground.page.halves.LONG_SECONDS", 0)
    frames, rests = first(values(after="0"))
    assert not rests
    assert 'data-done="walked"' in frames[-1]


def test_texts_in_error_have_one_half() -> None:
    """There is no rest to ask for."""
    frames, rests = first(values(after="0", rules="iptables -A NOWHERE -j DROP\n"))
    assert frames
    assert not rests


@pytest.mark.parametrize(("name", "most"), [("MOST_PARKED", 3), ("MOST_CHARACTERS", 5_000)])
def test_so_many_are_parked_and_no_more(
    monkeypatch: pytest.MonkeyPatch, name: str, most: int
) -> None:
    """The oldest make room, however few or large they are."""
    monkeypatch.setattr(halves, name, most)
    for number in range(6):
        list(first_half(values(after="0"), number))
    assert 0 < len(halves._parked) < 6
    assert list(halves._parked)[-1] == 5


REGEX = f"#!/bin/bash\nX=$(echo {'a' * 40} | grep -E '^(a|a)*b')\niptables -A INPUT -s $X -j DROP\n"


def test_a_script_that_is_read_for_ever_ends_with_the_time_of_reading() -> None:
    """One expression looked at no clock: a run of 120 bytes kept a core for half a minute."""

    async def run() -> float:
        pool = Pool(1, 200, 60)
        pool.begin()
        while not pool.idle:
            await asyncio.sleep(0.01)
        watching = asyncio.create_task(_watch(pool.idle[0].pid))
        seconds = float(LIMITS.read_seconds + LIMITS.run_seconds)
        pieces = pool.pieces(first_half, values(rules=REGEX), 1, client="", seconds=seconds)
        try:
            with pytest.raises(Lost, match="time"):
                async for _ in pieces:
                    pass
        finally:
            await pool.close()
        return await watching

    prepare()
    assert asyncio.run(run()) < LIMITS.read_seconds * HARD + 0.5


async def _watch(pid: int) -> float:
    """Seconds of a core that a process has used when it ends."""
    used = 0.0
    with contextlib.suppress(OSError):
        while True:
            words = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            if words[0] == "Z":
                break
            used = (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
            await asyncio.sleep(0.02)
    return used
