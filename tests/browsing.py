"""A real server and a real browser for the tests of the page."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape, unescape
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Playwright, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
# A page with texts and their walk: what most tests of the page begin with.
EXAMPLE = "/examples/home-router"
# Milliseconds until what is expected must have come: ten others may be using this machine.
expect.set_options(timeout=30_000)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(state: Path, root: Path = ROOT, **more: str) -> Iterator[str]:
    """The playground as ``manage.py start`` serves it, on a state directory."""
    port = _free_port()
    environment = {
        **os.environ,
        "CHAINWALK_STATE_DIR": str(state),
        "CHAINWALK_SAVES_A_MINUTE": "1000",
        "CHAINWALK_SESSIONS_A_MINUTE": "1000",
        "CHAINWALK_JOINS_A_MINUTE": "1000",
        **more,
    }
    environment.pop("DATABASE_URL", None)
    environment.pop("CHAINWALK_PLAIN_STATIC", None)
    process = subprocess.Popen(
        [sys.executable, str(root / "manage.py"), "start", "--port", str(port)],
        env=environment,
        cwd=root,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One for the whole run, with a database of its own."""
    with served(tmp_path_factory.mktemp("state")) as url:
        yield url


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not come up")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """One for all browsers: a second one in the same process does not start."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Debian's chromium."""
    launched = playwright.chromium.launch(
        executable_path="/usr/bin/chromium",
        args=[
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    )
    yield launched
    launched.close()


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    """A fresh page; whatever the console complains about fails the test."""
    context = browser.new_context(base_url=server, viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    complaints: list[str] = []
    opened.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert complaints == []


def read_aloud(page: str) -> str:
    """The words of some HTML in their order, as somebody reads them: a row's place first."""
    return " ".join(unescape(re.sub(r"<[^>]*>", "", page)).split())


def text_of(page: Page, name: str) -> Locator:
    """The text area of the packets or the host, opened as a person would who wants to edit it."""
    closed = page.locator(f"[data-opens={name}][aria-expanded=false]:visible")
    if closed.count():  # there is none for rules, nor without script
        closed.click()
    return page.locator(f"#{name}")


MOST_TYPED = 2000  # characters
PASTE = """(area, html) => {
    area.focus();
    area.select();
    document.execCommand("insertHTML", false, html);
}"""


def change_rules(page: Page, text: str) -> None:
    """Other rules on an example's host, with its packets: as if they were changed line by line."""
    page.locator("#scenario").evaluate("form => { delete form.dataset.others; }")
    rules = page.locator("#rules")
    if len(text) > MOST_TYPED:  # Chromium's time for typed text grows with its square: it is pasted
        rules.evaluate(PASTE, escape(text))
    if rules.input_value() != text:
        rules.fill(text)
