"""What every fact of the host text has beside its reader; a failure says what to add, and where."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from sim.model.host import Host
from sim.read.host.draft import HostDraft
from sim.read.host.facts import FACTS
from sim.read.host.plain import PLAIN, shapes
from sim.read.host.reader import Reader
from sim.read.host.values import WANTED
from sim.read.lines import Line, Shape, grammar

TESTS = Path(__file__).resolve().parent.parent
MANUAL = (TESTS.parent / "playground/page/manual/scenario.md").read_text()
READ = "\n".join(
    path.read_text() for path in (*TESTS.glob("*/test_*.py"), *TESTS.glob("cases/**/*.toml"))
)
REFUSED = "\n".join(
    path.read_text().partition("==========\n")[0] for path in TESTS.glob("errors/host/*.case")
)
# Lines of two shapes begin alike.
BEGINNINGS = {"sysctl_assigned": "sysctl", "frames_backend": "backend"}
FACT = pytest.mark.parametrize("fact", sorted({BEGINNINGS.get(name, name) for name in FACTS}))


@pytest.mark.parametrize("fact", PLAIN)
def test_a_plain_fact_is_a_field_of_the_host(fact: str) -> None:
    """Where it goes, with a value for the text that does not say it."""
    assert fact in {field.name for field in fields(Host)}, (
        f"add a field {fact} with a default to Host in sim/model/host.py"
    )


@FACT
def test_it_is_read(fact: str) -> None:
    """A test or a scenario has such a line."""
    assert re.search(rf"(^|[\"']|\\n)\s*{fact} [^=\s]", READ, re.M), (
        f"read a line that begins with {fact} in tests/parser/test_host.py"
    )


@FACT
def test_it_is_refused(fact: str) -> None:
    """A wrong line, and what is said of it."""
    assert re.search(rf"^{fact}\b", REFUSED, re.M), (
        f"write a wrong line that begins with {fact} above the divider of tests/errors/host/"
        "short_form.case, run pytest --update tests/errors and read the diff"
    )


@FACT
def test_the_manual_tells_of_it(fact: str) -> None:
    """Who does not know that it is there cannot write it."""
    host = MANUAL.partition("## Host\n")[2].partition("\n## ")[0]
    assert re.search(rf"(^|`){fact}\b", host, re.M), (
        f"show a line that begins with {fact} under Host in playground/page/manual/scenario.md"
    )


def test_a_fact_of_several_words_keeps_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two kinds of words in ``PLAIN`` give a pair of values."""
    monkeypatch.setitem(PLAIN, "uplink", "DEVICE NUMBER")
    shape = Shape(grammar("host", "fact", more=shapes()), "host", WANTED)
    line, draft = Line(1, "uplink eth0 100"), HostDraft()
    FACTS["uptime"](Reader(draft, line, shape.parse(line, "fact")))
    assert draft.plain == {"uplink": ("eth0", 100)}
