"""Limits are published where they are enforced from, and none hides elsewhere in the code."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Browser

from playground.site.limits import LIMITS, Limits
from playground.site.published import WORDS, published
from tests.floorplan import PLAYGROUND, ROOT
from tests.web.test_accessible import violations

_LIMIT = re.compile(r"_?((MOST|LONGEST|BIGGEST|MAX)(_|$)|.*_(LIMIT|SECONDS|MINUTES|BYTES)$)")

# What looks like a limit and refuses nobody anything: how much is drawn or kept in one place.
DRAWN = {
    "embedding.cards.MOST_FATES", "embedding.poster.MOST_STOPS", "links.differences.MOST_ROWS",
    "shown.changed.MOST_MARKED", "shown.misses.MOST", "shown.stations.MOST_RULES",
    "walks.advising._MOST_LINES", "walks.causes.MOST_CARDS", "walks.whynot._LONGEST",
    "walks.packettypes._MOST", "walks.matrix.MOST_SHOWN_AGAIN", "walks.matrix.MOST_READ",
    "site.logs._MOST_PLACES", "links.traces.MOST_BYTES", "collections.words.LONGEST",
    "shown.titles.MOST", "walks.entering.MOST_COMPARED",
    "together.sessions.MOST_NAMED", "walks.lately.MOST_RUNS", "walks.lately.MOST_STEPS",
    "site.ordinals.MOST_DIGITS", "page.stream.BATCH_SECONDS", "page.stream.PROGRESS_SECONDS",
    # When to try again, and when what nobody uses is dropped.
    "site.failures.RETRY_SECONDS", "links.api.RETRY_SECONDS", "site.health.LAYER_SECONDS",
    "together.sessions.FORGOTTEN_MINUTES", "together.sessions.LONGEST", "links.keys.LONGEST",
    "front.settings.SECURE_HSTS_SECONDS",
    # How a pool of workers looks after its processes.
    "walks.pool._ASK_SECONDS", "walks.pool._LINGER_SECONDS", "walks.pool._AGAIN_SECONDS",
    "walks.pool._HOME_SECONDS", "walks.pool._REST_SECONDS",
    "page.halves.MOST_PARKED", "page.halves.MOST_CHARACTERS", "page.halves.STALE_SECONDS",
    "page.halves.LONG_SECONDS",
    "walks.worker.TAIL_SECONDS", "walks.worker.SLOW_SECONDS", "walks.worker._LOOK_SECONDS",
    "walks.worker._HARD_SECONDS", "walks.jobs._CONNECT_SECONDS",
}  # fmt: skip


def _constants() -> Iterator[tuple[str, ast.expr]]:
    """``room.module.NAME`` of every constant of the web that is called like a limit."""
    for module, path in PLAYGROUND.files.items():
        if PLAYGROUND.room_of(module) in ("lab", "migrations", "management"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id
                is_number = isinstance(node.value, ast.Constant | ast.BinOp | ast.UnaryOp)
                if is_number and name.isupper() and _LIMIT.match(name):
                    yield f"{module.removeprefix('playground.')}.{name}", node.value


def _reads_a_setting(value: ast.expr) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "LIMITS" for node in ast.walk(value))


def test_no_limit_hides_in_the_code() -> None:
    """A constant called like a limit takes its value from the settings, or is named above."""
    drawn = {name.removeprefix("front.") for name in DRAWN}
    hidden = {name for name, value in _constants() if not _reads_a_setting(value)}
    assert sorted(hidden - drawn) == [], "make it a limit in playground/site/limits.py"


def test_every_rate_is_a_setting() -> None:
    """What counts calls counts up to a limit of the table, not up to a number."""
    for module, path in PLAYGROUND.files.items():
        for node in ast.walk(ast.parse(path.read_text())):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Name) and called.id in ("within", "within_rate"):
                assert isinstance(node, ast.Call)
                assert not isinstance(node.args[2], ast.Constant), module


def test_every_limit_is_on_the_page_and_in_the_api() -> None:
    """With the value that holds, in words, and with its setting."""
    page = Client().get("/limits").content.decode()
    answer = Client().get("/api/limits").json()
    assert [one["name"] for one in answer["table"]] == [field.name for field in fields(Limits)]
    for one in answer["table"]:
        assert one["value"] == getattr(LIMITS, one["name"]) == answer["limits"][one["name"]]
        assert f"<code>{one['setting']}</code>" in page
        assert one["words"] in page


def test_numbers_on_the_page_have_their_thousands_apart() -> None:
    page = Client().get("/limits").content.decode()
    assert f"<td>{LIMITS.description_characters:,} characters</td>" in page
    assert LIMITS.description_characters >= 1000


def test_words_are_of_limits_that_are_there() -> None:
    """None outlives its limit."""
    assert set(WORDS) <= {field.name for field in fields(Limits)}


def test_a_setting_of_a_limit_is_what_is_published(tmp_path: Path) -> None:
    """Each by the variable that the page names, in a process that was started with it."""
    code = "from playground.site.published import published\n"
    code += "print(*(one.value for one in published()))"
    given = {one.setting: str(at + 7) for at, one in enumerate(published())}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, env={**os.environ, **given}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert [int(word) for word in done.stdout.split()] == [int(word) for word in given.values()]


@pytest.mark.django_db
def test_a_call_over_a_published_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table is not only told: the API stops where it says."""
    calls = Client().get("/api/limits").json()["limits"]["api_calls_a_minute"]
    told = [Client().get("/api/limits").status_code for _ in range(calls)]
    assert told == [200] * (calls - 1) + [429]


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible_on_a_phone(browser: Browser, server: str, scheme: str) -> None:
    """axe finds nothing, and the table scrolls inside the page."""
    context = browser.new_context(
        base_url=server, viewport={"width": 320, "height": 900}, color_scheme=scheme
    )
    page = context.new_page()
    page.goto("/limits")
    said = violations(page, "/limits")
    context.close()
    assert said == []
