"""What the tests may count on, and what happens to those whose needs are not met here."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground.site.collector import hold_back
from tests.browsing import browser, page, playwright, server

# Named here once for all folders: one browser for the whole run, whoever asks first.
__all__ = ["browser", "page", "playwright", "server"]

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
CASES = CORPUS.with_name("cases")
STRICT = os.environ.get("CHAINWALK_STRICT") == "1"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write the recorded traces anew")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "kernel: asks this machine's own kernel (root, iptables)")
    config.addinivalue_line("markers", "browser: drives Debian's chromium")
    config.addinivalue_line("markers", "firefox: drives Debian's firefox-esr")
    config.addinivalue_line("markers", "webkit: drives Debian's WebKit")
    config.addinivalue_line("markers", "corpus: reads ../shared/corpus")
    config.addinivalue_line("markers", "cases: reads ../shared/cases")
    config.addinivalue_line("markers", "postgres: starts a PostgreSQL of its own")
    config.addinivalue_line("markers", "redis: starts a Redis of its own")
    config.addinivalue_line("markers", "nginx: starts an nginx of its own")
    config.addinivalue_line("markers", "node: runs the page's scripts in Debian's nodejs")
    config.addinivalue_line("markers", "slow: more than a few seconds")


def _lacking(item: pytest.Item) -> str:
    if item.get_closest_marker("kernel"):
        if os.geteuid() != 0:
            return "root, to make network namespaces"
        if not shutil.which("iptables-legacy-restore"):
            return "iptables (Debian package iptables)"
    if item.get_closest_marker("browser") and not shutil.which("chromium"):
        return "chromium (Debian package chromium)"
    if item.get_closest_marker("firefox") and not shutil.which("firefox-esr"):
        return "firefox-esr (Debian package firefox-esr)"
    if item.get_closest_marker("webkit"):
        if not shutil.which("WebKitWebDriver"):
            return "WebKitWebDriver (Debian package webkit2gtk-driver)"
        if not shutil.which("Xvfb"):
            return "Xvfb (Debian package xvfb)"
    if item.get_closest_marker("node") and not shutil.which("node"):
        return "node (Debian package nodejs)"
    if item.get_closest_marker("postgres") and not list(Path("/usr/lib/postgresql").glob("*/bin")):
        return "PostgreSQL (Debian package postgresql)"
    if item.get_closest_marker("redis") and not shutil.which("redis-server"):
        return "Redis (Debian package redis-server)"
    if item.get_closest_marker("nginx") and not shutil.which("nginx"):
        return "nginx (Debian package nginx)"
    if item.get_closest_marker("corpus") and not CORPUS.is_dir():
        return f"the corpus at {CORPUS}"
    if item.get_closest_marker("cases") and not CASES.is_dir():
        return f"the small inputs at {CASES}"
    return ""


def pytest_runtest_setup(item: pytest.Item) -> None:
    lacking = _lacking(item)
    if lacking:
        pytest.skip(f"missing: {lacking}")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What drives a browser comes last: Playwright leaves an event loop behind in its thread, in
    which no test can run one of its own."""
    items.sort(key=lambda item: any(map(item.get_closest_marker, ("browser", "firefox", "webkit"))))


def pytest_collection_finish() -> None:
    """Thousands of tests stay until the end: the collector need not look at them again."""
    hold_back()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Strict (CI): skipped because something is missing is a failure."""
    outcome = yield
    report = outcome.get_result()
    if STRICT and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which is a failure here: {report.longrepr}"


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The real rulesets beside a developer's checkout; never part of the repository."""
    if not CORPUS.is_dir():
        pytest.skip(f"missing: the corpus at {CORPUS}")
    return CORPUS


@pytest.fixture(autouse=True)
def fresh_rates() -> None:
    """What a minute's limit has counted in one test does not count in the next."""
    from django.core.cache import cache

    cache.clear()
