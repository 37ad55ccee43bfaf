"""The playground's socket: steps as they happen, resumable, cancellable, never trusting."""

from __future__ import annotations

import asyncio
import functools
import json
import re
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator

from playground import gallery
from playground.consumers import RunConsumer
from sim.render import sentence
from sim.scenario import compile_scenario
from sim.traversal import run


def awaited(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test in an event loop of its own thread: the browser's tests hold this one's."""

    @functools.wraps(test)
    def run_it(*args: Any, **kwargs: Any) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, test(*args, **kwargs)).result()

    return run_it


def message(**changes: str) -> str:
    values = {k: str(v) for k, v in gallery.first().scenario.as_json().items()}
    return json.dumps({**values, "action": "run", "after": "0", "HEADERS": {}, **changes})


async def opened() -> WebsocketCommunicator:
    socket = WebsocketCommunicator(RunConsumer.as_asgi(), "/ws/run")
    connected, _ = await socket.connect()
    assert connected
    return socket


async def walked(socket: WebsocketCommunicator, text: str) -> list[str]:
    """Every frame of one run."""
    await socket.send_to(text_data=text)
    frames = []
    while True:
        frame = await socket.receive_from(timeout=10)
        frames.append(frame)
        if "data-done" in frame:
            return frames


def shown(frames: list[str]) -> list[int]:
    """The numbers of the steps in the frames, those of folds without rows too."""
    numbers: list[int] = []
    html = re.sub(
        r'<div class="steps" id="rows-\d+">.*?</div></details>', "", "".join(frames), flags=re.S
    )
    for one, first, last in re.findall(r'id="step-(\d+)"|data-from="(\d+)" data-to="(\d+)"', html):
        numbers += [int(one)] if one else range(int(first), int(last) + 1)
    return numbers


@awaited
async def test_the_first_step_comes_alone_and_every_step_once() -> None:
    """The reader sees something at once; the rest follows in order without gap."""
    socket = await opened()
    frames = await walked(socket, message())
    assert shown(frames[1:2]) == [1]
    total = len(list(run(compile_scenario(gallery.first().scenario), flows=True)))
    assert shown(frames) == list(range(1, total + 1))
    await socket.disconnect()


@awaited
async def test_the_words_are_those_of_every_other_reader() -> None:
    """Step text in the socket is the text of the trace."""
    import html

    socket = await opened()
    page = html.unescape("".join(await walked(socket, message())))
    for step in run(compile_scenario(gallery.first().scenario), flows=True):
        assert sentence(step) in page
    await socket.disconnect()


@pytest.mark.parametrize("after", [1, 5, 17, 40])
@awaited
async def test_a_broken_connection_resumes_at_its_cursor(after: int) -> None:
    """No step is lost, none comes twice."""
    socket = await opened()
    everything = shown(await walked(socket, message()))
    rest = shown(await walked(socket, message(after=str(after))))
    assert rest == [number for number in everything if number > after]
    await socket.disconnect()


@awaited
async def test_bad_texts_come_back_as_errors() -> None:
    """The frame carries the errors and ends the run."""
    socket = await opened()
    frames = await walked(socket, message(rules="iptables -A INPUT --nonsense"))
    assert "rules:1:" in frames[0]
    await socket.disconnect()


@pytest.mark.parametrize("text", ["nonsense", "[]", "7", "null", '"x"', "{" * 500])
@awaited
async def test_what_is_no_message_closes_the_socket(text: str) -> None:
    """With a code of our own, so that a browser does not try again."""
    socket = await opened()
    await socket.send_to(text_data=text)
    assert (await socket.receive_output(timeout=5))["code"] == 4400


@awaited
async def test_a_newer_run_ends_the_older() -> None:
    """Two messages in a row: behind the second run's first frame there is only the second run."""
    socket = await opened()
    await socket.send_to(text_data=message())
    second = message(packets="in eth1 udp 192.168.100.9:1 -> 8.8.8.8:53", expect="")
    await socket.send_to(text_data=second)
    frames: list[str] = []
    while True:
        frames.append(await socket.receive_from(timeout=10))
        began = [at for at, frame in enumerate(frames) if "Walking" in frame]
        if "data-done" in frames[-1] and (len(began) == 2 or "udp" in "".join(frames)):
            break
    last = shown(frames[began[-1] :])
    assert last == list(range(1, len(last) + 1))
    assert "udp 192.168.100.9:1" in "".join(frames[began[-1] :])
    await socket.disconnect()


@awaited
async def test_values_that_are_no_text_do_not_matter() -> None:
    """Numbers, lists and nulls where text belongs are taken as empty."""
    socket = await opened()
    await walked(socket, json.dumps({"rules": 7, "host": None, "packets": ["x"], "after": {}}))
    await socket.disconnect()


@awaited
async def test_advice_that_the_page_asks_for_does_not_end_a_question_of_the_person() -> None:
    """An opened fold gets its rows although advice is asked for behind it."""
    socket = await opened()
    await walked(socket, message())
    await socket.send_to(text_data=message(action="rows", line="1-9"))
    await socket.send_to(text_data=message(action="advise"))
    answers = [await socket.receive_from(timeout=10) for _ in range(2)]
    assert any('id="rows-1"' in answer for answer in answers)
    assert any('id="advice"' in answer for answer in answers)
    await socket.disconnect()


@awaited
async def test_an_opened_fold_shows_what_was_run_whatever_was_typed_since() -> None:
    """The rows are those of the trace on the page, though the rules are in error by now."""
    socket = await opened()
    await walked(socket, message())
    await socket.send_to(text_data=message(action="rows", line="1-9", rules="-A nonsense"))
    assert 'id="step-9"' in await socket.receive_from(timeout=10)
    await socket.disconnect()


@pytest.mark.parametrize(("action", "told"), [("why", "status"), ("whatif", "whatif-1")])
@awaited
async def test_a_question_that_breaks_is_answered_so(
    monkeypatch: pytest.MonkeyPatch, action: str, told: str
) -> None:
    """Whoever asked is told that it is our bug, at the place where the answer would have been."""

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("playground.consumers.runs.prepare", broken)
    socket = await opened()
    await socket.send_to(text_data=message(action=action, line="1"))
    answer = await socket.receive_from(timeout=10)
    assert "that is our bug" in answer
    assert f'id="{told}"' in answer
    await socket.disconnect()
