"""The playground's socket: steps as they happen, resumable, cancellable, never trusting."""

from __future__ import annotations

import asyncio
import functools
import json
import re
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator

from playground.page import gallery
from playground.page.questions import opened_fold
from playground.page.socket import RunConsumer
from playground.page.stream import fragments_of
from playground.shown.presenters import Hits, grouped
from playground.site.limits import LIMITS
from playground.walks import lately, runs
from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario
from sim.tell.render import sentence
from sim.trace.steps import Step
from tests.browsing import read_aloud


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
        frame = await socket.receive_from(timeout=60)
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
    socket = await opened()
    words = read_aloud("".join(await walked(socket, message())))
    for step in run(compile_scenario(gallery.first().scenario), flows=True):
        assert sentence(step) in words
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
    assert (await socket.receive_output(timeout=60))["code"] == 4400


@awaited
async def test_a_newer_run_ends_the_older() -> None:
    """Two messages in a row: behind the second run's first frame there is only the second run."""
    socket = await opened()
    await socket.send_to(text_data=message())
    second = message(packets="in eth1 udp 192.168.100.9:1 -> 8.8.8.8:53", expect="")
    await socket.send_to(text_data=second)
    frames: list[str] = []
    while True:
        frames.append(await socket.receive_from(timeout=60))
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
    answers = [await socket.receive_from(timeout=60) for _ in range(2)]
    assert any('id="rows-1"' in answer for answer in answers)
    assert any('id="advice"' in answer for answer in answers)
    await socket.disconnect()


@awaited
async def test_an_opened_fold_shows_what_was_run_whatever_was_typed_since() -> None:
    """The rows are those of the trace on the page, though the rules are in error by now."""
    socket = await opened()
    await walked(socket, message())
    await socket.send_to(text_data=message(action="rows", line="1-9", rules="-A nonsense"))
    assert 'id="step-9"' in await socket.receive_from(timeout=60)
    await socket.disconnect()


@awaited
async def test_a_question_that_breaks_is_answered_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asked is told that it is our bug."""

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("playground.page.socket.runs.prepare", broken)
    socket = await opened()
    await socket.send_to(text_data=message(action="why", line="1"))
    answer = await socket.receive_from(timeout=60)
    assert "that is our bug" in answer
    assert 'id="status"' in answer
    await socket.disconnect()


def misses(chain: str, count: int, third: int = 0) -> str:
    """So many rules of a chain that match none of the packets."""
    return "".join(
        f"iptables -A {chain} -s 10.{third}.{i // 250}.{i % 250} -j ACCEPT\n" for i in range(count)
    )


# No index passes over these: each is asked.
ASKED = "".join(f"iptables -A FORWARD -m length --length {9000 + i} -j DROP\n" for i in range(1200))
JUMPS = (
    "iptables -N SUB\niptables -N DEEP\n"
    + misses("FORWARD", 230)
    + "iptables -A FORWARD -j SUB\n"
    + misses("FORWARD", 430, 1)
    + misses("SUB", 410, 2)
    + "iptables -A SUB -g DEEP\n"
    + misses("DEEP", 3, 3)
    + "iptables -A DEEP -s 10.9.9.9\niptables -A DEEP -j RETURN\n"
)
CHAINS = "".join(
    misses(f"{chain} -t {table}", count)
    for table, chain, count in (
        ("raw", "PREROUTING", 200),
        ("mangle", "PREROUTING", 1),
        ("nat", "PREROUTING", 41),
        ("mangle", "FORWARD", 401),
        ("filter", "FORWARD", 2),
        ("nat", "POSTROUTING", 199),
    )
)
FOLDED = {
    **{example.name: example.scenario for example in gallery.everything()},
    "many": replace(gallery.first().scenario, rules=misses("FORWARD", 1200), expect=""),
    "asked": replace(gallery.first().scenario, rules=ASKED, expect=""),
    "dropped": replace(
        gallery.first().scenario,
        rules=misses("FORWARD", 601) + "iptables -A FORWARD -j DROP\n",
        expect="",
    ),
    "jumps": replace(gallery.first().scenario, rules=JUMPS, expect=""),
    "chains": replace(gallery.first().scenario, rules=CHAINS, expect=""),
}
OUTLINE = re.compile(r'id="packet-(\d+)"|id="step-(\d+)"|data-from="(\d+)" data-to="(\d+)"')


def outline(frames: list[str]) -> list[tuple[str, int, int]]:
    """The headings, folds and steps outside of folds, in order."""
    html = re.sub(
        r'<div class="steps" id="rows-\d+">.*?</div></details>', "", "".join(frames), flags=re.S
    )
    return [
        ("packet", int(packet), int(packet))
        if packet
        else ("", int(first or one), int(last or one))
        for packet, one, first, last in OUTLINE.findall(html)
    ]


def outline_of_the_page(name: str) -> list[tuple[str, int, int]]:
    """The same of a page of FOLDED that is rendered in one go."""
    walk = runs.walk_of(FOLDED[name])
    assert walk.prepared is not None
    found = []
    for group in grouped(walk.steps, walk.prepared.compiled):
        found.append(("packet", group.line, group.line))
        found += [("", item.first.seq, item.last.seq) for item in group.items]
    return found


whole_outline = functools.cache(outline_of_the_page)  # while no test changes a limit


def streamed(scenario: Scenario, after: int = 0) -> Iterator[str]:
    return fragments_of({**scenario.as_json(), "action": "run", "after": str(after)})


def cursor_of(frame: str) -> int | None:
    found = re.search(r'id="cursor" value="(\d+)"', frame)
    return int(found[1]) if found else None


def batched(monkeypatch: pytest.MonkeyPatch, steps: int, seconds: float) -> None:
    monkeypatch.setattr("playground.page.stream.BATCH_STEPS", steps)
    monkeypatch.setattr("playground.page.stream.BATCH_SECONDS", seconds)


BATCHES = pytest.mark.parametrize(
    ("size", "seconds"), [(1, 9e9), (7, 9e9), (200, 9e9), (9**9, 9e9), (200, -1), (200, 0.05)]
)


@BATCHES
@pytest.mark.parametrize("name", FOLDED)
def test_a_streamed_trace_is_folded_as_a_page(
    monkeypatch: pytest.MonkeyPatch, name: str, size: int, seconds: float
) -> None:
    """Whatever the batches: the same folds; the cursor never tells more or less than was sent."""
    batched(monkeypatch, size, seconds)
    frames = list(streamed(FOLDED[name]))
    assert outline(frames) == whole_outline(name)
    assert outline(frames[1:2])[1:] == [("", 1, 1)]
    sent: list[tuple[str, int, int]] = []
    for frame in frames:
        sent += outline([frame])
        if cursor_of(frame) is not None:
            assert cursor_of(frame) == sent[-1][2]
    assert sent == outline(frames)


@pytest.mark.parametrize("name", ["many", "asked"])
def test_rules_that_did_not_match_are_one_fold(name: str) -> None:
    """The twelve hundred of the first packet are one line."""
    assert ("", 6, 1205) in outline(list(streamed(FOLDED[name])))


@pytest.mark.parametrize("name", FOLDED)
@pytest.mark.parametrize("after", [0, 7, 300, 1204, 1205, 1206])
def test_a_run_that_passes_over_rules_tells_the_same(
    monkeypatch: pytest.MonkeyPatch, name: str, after: int
) -> None:
    """Whether an index told of a thousand rules at once or each was asked: byte for byte, where
    the page begins again amid them, too."""
    batched(monkeypatch, 9**9, 9e9)
    monkeypatch.setattr("playground.page.stream.PROGRESS_SECONDS", 9e9)
    frames, steps = list(streamed(FOLDED[name], after)), runs.steps

    def asking(prepared: runs.Prepared, *, folded: bool = False) -> Iterator[Step]:
        yield from steps(prepared)

    monkeypatch.setattr("playground.walks.runs.steps", asking)
    assert frames == list(streamed(FOLDED[name], after))


@pytest.mark.parametrize("size", [1, 200])
@pytest.mark.parametrize("name", ["many", "asked", "jumps", "chains"])
def test_a_resumed_trace_is_folded_as_a_page(
    monkeypatch: pytest.MonkeyPatch, name: str, size: int
) -> None:
    """Cut behind any frame: what was held back then comes now, in the same folds."""
    batched(monkeypatch, size, 9e9)
    page = whole_outline(name)
    frames = list(streamed(FOLDED[name]))
    for number in range(1, len(frames) - 1, 1 + len(frames) // 8):
        had = outline(frames[: number + 1])
        rest = list(streamed(FOLDED[name], cursor_of(frames[number]) or 0))
        assert had + outline(rest) == page
        assert rest[-1] == frames[-1]  # hits and ladder are of the whole


@pytest.mark.parametrize("name", ["many", "asked"])
@pytest.mark.parametrize("steps", [1, 5, 6, 207, 700, 1204, 1205, 1206])
def test_a_limit_amid_a_fold_leaves_none_of_it_out(
    monkeypatch: pytest.MonkeyPatch, steps: int, name: str
) -> None:
    """The page has every step up to the limit, and is told why there are no more."""
    monkeypatch.setattr("playground.walks.runs.LIMITS", replace(LIMITS, steps=steps))
    frames = list(streamed(FOLDED[name]))
    assert outline(frames) == outline_of_the_page(name)
    assert cursor_of(frames[-1]) == steps == outline(frames)[-1][2]
    assert f"Stopped after {steps} steps" in frames[-1]


def test_what_a_fold_across_batches_tells() -> None:
    """Its rows when it is opened, and how often its lines were looked at."""
    scenario = FOLDED["many"]
    hits = Hits()
    for step in runs.walk_of(scenario).steps:
        hits.note(step)
    assert f'data-hits="{hits}"' in list(streamed(scenario))[-1]
    rows = opened_fold({**scenario.as_json(), "line": "6-1205"})
    assert re.findall(r'id="step-(\d+)"', rows) == [str(number) for number in range(6, 1206)]


@pytest.mark.parametrize("name", ["many", "dropped", "jumps"])
def test_opening_a_fold_walks_nothing_again(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Where the run was; elsewhere it is walked, and the rows are the same."""
    scenario = FOLDED[name]
    question = {**scenario.as_json(), "line": "6-205"}
    lately._runs.clear()
    elsewhere = opened_fold(question)
    list(streamed(scenario))
    walked = counted(monkeypatch)
    assert opened_fold(question) == elsewhere
    assert re.findall(r'id="step-(\d+)"', elsewhere) == [str(each) for each in range(6, 206)]
    assert walked == []


def test_what_was_walked_is_kept_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few runs, none of them too long, and of a run that was cut off no more than there is."""
    monkeypatch.setattr(lately, "MOST_STEPS", 1000)
    lately._runs.clear()
    list(streamed(FOLDED["asked"]))
    assert lately.steps_of(FOLDED["asked"], 1) is None
    frames = streamed(FOLDED["jumps"])
    next(frames)
    next(frames)
    frames.close()  # type: ignore[attr-defined]
    assert lately.steps_of(FOLDED["jumps"], 1)
    assert lately.steps_of(FOLDED["jumps"], 900) is None
    for number in range(10):
        list(streamed(replace(FOLDED["dropped"], title=f"{number}")))
    assert len(lately._runs) == lately.MOST_RUNS


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the steps that were walked so far."""
    walked, steps = [], runs.steps

    def counting(prepared: runs.Prepared, *, folded: bool = False) -> Iterator[Step]:
        for step in steps(prepared, folded=folded):
            walked.append(step.seq)
            yield step

    monkeypatch.setattr("playground.walks.runs.steps", counting)
    return walked


def test_what_is_before_a_long_fold_does_not_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the fold is held back; meanwhile the page is told how far the walk is."""
    batched(monkeypatch, 200, -1)
    monkeypatch.setattr("playground.page.stream.PROGRESS_SECONDS", -1)
    walked = counted(monkeypatch)
    frames = streamed(FOLDED["asked"])
    next(frame for frame in frames if cursor_of(frame) == 5)
    assert walked[-1] <= 6
    assert "Walking… 7 steps so far." in next(frame for frame in frames if walked[-1] == 7)
    rest = list(frames)
    assert outline(rest)[0] == ("", 6, 1205)
    assert "steps so far" not in rest[-1]


@awaited
async def test_stop_amid_a_fold_sends_what_was_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was walked until then is on the page, and nothing comes behind it."""
    steps, amid = runs.steps, threading.Event()

    def pausing(prepared: runs.Prepared, *, folded: bool = False) -> Iterator[Step]:
        for step in steps(prepared, folded=folded):
            if step.seq == 500 and not amid.is_set():
                amid.set()
                event = runs.given_up.get()
                assert event is not None
                assert event.wait(10)
            yield step

    monkeypatch.setattr("playground.walks.runs.steps", pausing)
    socket = await opened()
    texts = {key: str(value) for key, value in FOLDED["asked"].as_json().items()}
    await socket.send_to(text_data=message(**texts))
    assert await asyncio.to_thread(amid.wait, 10)
    await socket.send_to(text_data=message(**texts, action="stop"))
    frames = [await socket.receive_from(timeout=60)]
    while "Stopped." not in frames[-1]:
        frames.append(await socket.receive_from(timeout=60))
    assert outline(frames)[-1] == ("", 6, 511)  # whether it is over is asked every 64 steps
    assert cursor_of(frames[-1]) == 511
    assert await socket.receive_nothing(0.3)
    await socket.send_to(text_data=message(**texts, action="rows", line="6-511"))
    assert 'id="step-511"' in await socket.receive_from(timeout=60)
    frames = await walked(socket, message())  # a stopped run is in nobody's way
    assert shown(frames)[0] == 1
    await socket.disconnect()


@awaited
async def test_stop_before_the_first_step_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trace of the run before is left as it is."""
    prepare, amid = runs.prepare, threading.Event()

    def pausing(scenario: Scenario) -> runs.Prepared:
        amid.set()
        event = runs.given_up.get()
        assert event is not None
        assert event.wait(10)
        return prepare(scenario)

    monkeypatch.setattr("playground.walks.runs.prepare", pausing)
    socket = await opened()
    await socket.send_to(text_data=message())
    assert await asyncio.to_thread(amid.wait, 10)
    await socket.send_to(text_data=message(action="stop"))
    assert await socket.receive_nothing(0.5)
    await socket.disconnect()
