"""Advice on the page, by the socket's question and on the command line."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from playground.page import advice as panel
from playground.page.questions import advised
from sim.model.scenario import Scenario
from sim.tools import advice
from sim.tools.advice.case import Case
from sim.tools.advice.finding import Evidence
from sim.tools.why import search
from tests.advice.pairs import CLIENT, MASQUERADE, ROUTER

TEXTS = {
    "rules": f"*nat\n{MASQUERADE}\nCOMMIT\n",
    "host": ROUTER.replace("forward = 1", "forward = 0"),
    "packets": CLIENT,
}
CARD = 'class="fix"><p><strong>Fix'
KEY = "nat-without-forwarding:rules:2:1"


@pytest.mark.django_db
def test_the_page_has_the_finding_and_what_its_fix_changes() -> None:
    """Without script: text, line, proof, the lesson and a button that sends the finding's key."""
    html = Client().post("/", TEXTS).content.decode()
    assert "net.ipv4.ip_forward is off" in html
    assert "forwarded out eth0, 203.0.113.1" in html
    assert f'value="{KEY}"' in html
    assert 'href="/lessons/ip-forward/"' in html


@pytest.mark.django_db
def test_applying_a_fix_gives_the_page_with_it_made() -> None:
    """The host text is the mended one, and the packet is walked with it."""
    html = Client().post("/advise", {**TEXTS, "advice": KEY}).content.decode()
    assert "sysctl net.ipv4.ip_forward = 1" in html
    assert "net.ipv4.ip_forward is off" not in html


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x", "never-matches:rules:999:1", "\0", KEY * 1000])
def test_a_key_that_is_none_changes_nothing(key: str) -> None:
    """The page comes back with what was typed."""
    answer = Client().post("/advise", {**TEXTS, "advice": key})
    assert answer.status_code == 200
    assert "net.ipv4.ip_forward = 0" in answer.content.decode()


def test_the_socket_answers_with_the_panel() -> None:
    """One frame for the panel; texts in error give an empty one."""
    assert "net.ipv4.ip_forward is off" in advised(TEXTS)
    assert "finding" not in advised({**TEXTS, "rules": "nonsense"})


@pytest.mark.django_db
def test_a_trap_that_breaks_costs_its_advice_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The walk and the other advice are there, by form post and on a fix; the panel names what
    broke, and that it is our bug."""

    def broken(case: Case) -> Iterator[Evidence]:
        raise ZeroDivisionError

    trap = replace(advice.TRAPS[0], name="broken-trap", check=broken)
    monkeypatch.setattr(advice, "TRAPS", (trap, *advice.TRAPS))
    for address, form in (("/", TEXTS), ("/advise", {**TEXTS, "advice": "none"})):
        answer = Client().post(address, form)
        html = answer.content.decode()
        assert answer.status_code == 200
        assert 'id="step-1"' in html
        assert "<code>broken-trap</code> broke here" in html
        assert "net.ipv4.ip_forward is off" in html
    assert "<code>broken-trap</code> broke here" in advised(TEXTS)
    assert "net.ipv4.ip_forward is off" in advised(TEXTS)
    fixed = Client().post("/advise", {**TEXTS, "advice": KEY}).content.decode()
    assert "sysctl net.ipv4.ip_forward = 1" in fixed


@pytest.mark.django_db
def test_causes_that_break_leave_the_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a guess at a cause that breaks leaves the other guesses."""

    def broken(look: object) -> Iterator[Evidence]:
        raise ZeroDivisionError

    whole = Client().post("/", TEXTS).content.decode()
    assert CARD in whole
    monkeypatch.setattr(search, "MAKERS", (broken, *search.MAKERS))
    guessed = Client().post("/", TEXTS).content.decode()
    assert "<code>broken</code> broke here" in guessed
    assert guessed.count(CARD) == whole.count(CARD)

    def no_causes(*asked: object) -> tuple[object, ...]:
        raise ZeroDivisionError

    monkeypatch.setattr(panel, "causes_on", no_causes)
    without = Client().post("/", TEXTS).content.decode()
    assert CARD not in without
    assert "net.ipv4.ip_forward is off" in without


@pytest.mark.parametrize(("strict", "code"), [(True, 1), (False, 0)])
def test_the_command_says_it(tmp_path: Path, strict: bool, code: int) -> None:
    """JSON with places, fix and proof; --strict ends with 1 on a warning."""
    file = tmp_path / "a.toml"
    file.write_text(Scenario(**TEXTS).to_toml())
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("advise", str(file), format="json", strict=strict, stdout=out)
    assert ended.value.code == code
    found = {each["name"]: each for each in json.loads(out.getvalue())}
    told = found["nat-without-forwarding"]
    assert told["places"][0]["line"] == 2
    assert told["fix"]["edits"][0]["text"] == "1"
    assert "forwarded out eth0" in told["proof"][0]
