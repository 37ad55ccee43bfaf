"""What a text costs grows no faster than its length, or ends at the budget."""

from __future__ import annotations

import contextvars
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

import pytest
from django.http import HttpResponse
from django.test import Client

from playground.shown.presenters import drawn
from playground.walks import runs
from sim.base.budget import MOST_OBJECTS, TOO_MUCH, Budget, spent_from
from sim.base.errors import Refused, draw
from sim.base.toml import MOST_PARTS, read_toml
from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.read.expect import parse_expect
from sim.read.host.text import parse_host
from sim.read.lines import MOST_ERRORS
from sim.read.scenario import compile_scenario
from sim.tools.advice import advise
from sim.tools.whatif import what_would_pass
from sim.tools.why import explain
from sim.trace.steps import Step
from tests.attacks.texts import HOST, PACKET, TEXTS, filter_table, lines, v4
from tests.environment import draws

SECONDS = 0.3  # of CPU for each of reading and advice
LINES = draws(250, 60)
BEYOND = 0.5  # what one unit of work between two questions, a collection of garbage … may take


@contextmanager
def _within() -> Iterator[None]:
    end = time.process_time() + SECONDS
    with spent_from(Budget(is_over=lambda: time.process_time() > end)):
        yield


def _cost(scenario: Scenario) -> dict[str, float]:
    """CPU seconds of reading, walking and advising; what is refused costs no more."""
    start = time.process_time()
    try:
        with _within():
            compiled = compile_scenario(scenario)
            parse_expect(scenario.expect)
    except Refused:
        return {"read": time.process_time() - start}
    read = time.process_time()
    steps: tuple[Step, ...] = tuple(islice(run(compiled, flows=True), 1_000))
    walked = time.process_time()
    with _within():
        advise(compiled, steps)
    return {
        "read": read - start, "walk": walked - read, "advise": time.process_time() - walked,
    }  # fmt: skip


@pytest.mark.parametrize("kind", TEXTS)
def test_a_longer_text_costs_no_more_than_it_is_longer(kind: str) -> None:
    """Four times the lines: at most six times the time (n log n), or the budget ends it."""
    made = TEXTS[kind]
    few, many = _cost(made(LINES)), _cost(made(4 * LINES))
    for stage, seconds in many.items():
        most = max(SECONDS + BEYOND, 6 * few.get(stage, 0.0))
        assert seconds < most, f"{stage}: {few.get(stage, 0.0):.2f} s, then {seconds:.2f} s"


ROUTES = ("host: routes", "host: ip route", "host: ip route delete", "host: listed routes",
          "host: routes in tables")  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", ROUTES)
def test_a_full_table_of_routes_is_read(kind: str) -> None:
    """Each line is judged by the routes before it, and looks at few of them: n * n is 16 times."""

    def seconds(count: int) -> float:
        scenario = TEXTS[kind](count)
        start = time.process_time()
        compile_scenario(scenario)
        return time.process_time() - start

    seconds(10)  # grammars are made once
    few = seconds(1_000)
    assert seconds(4_000) < 9 * few


def _refusal(scenario: Scenario) -> dict[str, object]:
    with pytest.raises(Refused) as refused:
        compile_scenario(scenario)
    return refused.value.errors[0].as_json()


def test_two_lists_of_addresses_are_counted_before_they_are_multiplied() -> None:
    """2,000 sources for 2,000 destinations would be four million rules: none is made."""
    words = ",".join(v4(number) for number in range(2_000))
    start = time.process_time()
    told = _refusal(Scenario(rules=f"iptables -N C\niptables -A INPUT -s {words} -d {words}\n"))
    assert time.process_time() - start < 1
    assert (told["kind"], told["where"], told["line"]) == (TOO_MUCH, "rules", 2)
    assert str(MOST_OBJECTS) in str(told["message"])


def test_names_of_many_addresses_are_counted_too() -> None:
    """A name of 500 addresses, asked for 500 times in one line."""
    addresses = " ".join(v4(number) for number in range(500))
    host = f"{HOST}hostname many {addresses}\n"
    words = ",".join(["many"] * 500)
    told = _refusal(Scenario(host=host, rules=f"iptables -A INPUT -s {words} -j DROP\n"))
    assert (told["kind"], told["where"]) == (TOO_MUCH, "rules")


@pytest.mark.parametrize(
    "element", ["10.0.0.0/16,1-65535", "10.0.0.0-10.255.255.255,80", "10.0.0.1,1-65535"]
)
def test_elements_of_sets_are_counted_while_they_are_spelled_out(element: str) -> None:
    """``maxelem`` may be what it likes."""
    add = "".join(f"create s{number} hash:ip,port maxelem 4294967295\nadd s{number} {element}\n"
                  for number in range(4))  # fmt: skip
    told = _refusal(Scenario(host=add))
    assert (told["kind"], told["where"]) == (TOO_MUCH, "host")


def test_the_time_of_a_budget_ends_reading_at_a_line() -> None:
    """Whoever gives the budget says when; the refusal names the line that was reached."""
    asked = iter(range(1_000_000))
    budget = Budget(is_over=lambda: next(asked) > 5)
    rules = lines(lambda number: f"iptables -A INPUT -s {v4(number)} -j DROP", 2_000)
    with spent_from(budget):
        told = _refusal(Scenario(rules=rules))
    assert told["kind"] == TOO_MUCH
    assert 1 < int(str(told["line"])) < 2_000


def test_advice_ends_with_its_budget() -> None:
    """A spent budget leaves findings out; nothing breaks."""
    compiled = compile_scenario(TEXTS["rules: jumps in a line, twice"](50))
    with spent_from(Budget(looks=10)):
        assert isinstance(advise(compiled), tuple)


LONG_KEYS = (
    "a" + ".a" * 40_000 + " = 1",
    "[a" + ".a" * MOST_PARTS + "]",
    '"a"' + " . 'a'" * MOST_PARTS + "=1",
    "x = {a" + ".a" * MOST_PARTS + " = 1}",
)


@pytest.mark.parametrize("text", LONG_KEYS, ids=["key", "header", "quoted", "inline"])
def test_a_key_of_many_parts_is_refused_before_it_is_read(text: str) -> None:
    """It costs n * n in tomllib."""
    start = time.process_time()
    with pytest.raises(ValueError, match="dotted key"):
        read_toml(text)
    assert time.process_time() - start < 0.5


def test_dots_in_strings_and_comments_are_no_key() -> None:
    """A reverse name of IPv6 has 34 parts."""
    name = ".".join("0" * 32) + ".ip6.arpa"
    text = (
        f'# {name}\na = \'{name}\'\nb = """\n{name} \\""" {name}\n"""\nc = \'\'\'\n{name}\'\'\'\n'
    )
    assert read_toml(text)["a"] == name


@pytest.mark.parametrize(
    "text",
    ['a="' + '\\"' * 100_000, '"""' * 100_000, "'" * 100_001, "[" * 100_000, "x=" + "[" * 5_000],
    ids=["escapes", "triple", "single", "brackets", "nested"],
)
def test_what_is_no_toml_is_told_at_once(text: str) -> None:
    """Nothing is read twice."""
    start = time.process_time()
    with pytest.raises(ValueError, match=r"\w"):
        read_toml(text)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize("seed", ["9" * 5_000, "0x" + "f" * 3_000, "0x1" + "0" * 16])
def test_a_seed_of_thousands_of_digits_is_refused(seed: str) -> None:
    """It could be neither stored nor printed."""
    with pytest.raises(Refused):
        Scenario.from_toml(f"seed = {seed}\n")
    assert Scenario.from_toml("seed = 7\n").seed == 7


def test_every_kind_of_text_is_what_it_says() -> None:
    """One line of each kind; the ones about errors aside, few are refused."""
    refused = []
    for kind, made in TEXTS.items():
        try:
            compile_scenario(made(2))
        except Refused:
            refused.append(kind)
    told = [kind for kind in refused if "errors" not in kind and "unknown" not in kind]
    assert len(told) < 12, told
    assert PACKET


def test_a_hostname_line_names_addresses() -> None:
    """The hint of an unknown host name is that line; the command ``hostname`` has one word."""
    rules = "iptables -A INPUT -s many -j DROP\n"
    loaded = compile_scenario(Scenario(host="hostname many 10.0.0.1\n", rules=rules)).rules
    assert len(loaded.of(4).tables["filter"].chains["INPUT"].rules) == 1
    assert parse_host("hostname\nhostname router\n").hostnames == {}


RULES_OF_ONE = "iptables -A INPUT -j DROP\n"
LOOPS = """#!/bin/bash
for i in $(seq 1 4000); do for j in $(seq 1 4000); do
iptables -A INPUT -s 10.0.0.1 -j DROP
done; done
"""


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "kind"), [("/read", "form"), ("/api/read", "json")])
def test_a_script_that_takes_too_long_is_left_aside(path: str, kind: str) -> None:
    """As soon as the time is over, and what was pasted stands in the box: it was a bare 500."""

    def ask() -> HttpResponse:
        runs.ends.set(time.thread_time() + 0.3)
        if kind == "json":
            return Client().post(path, {"text": LOOPS}, content_type="application/json")
        return Client().post(path, {"paste": LOOPS})

    begun = time.thread_time()
    answer = contextvars.copy_context().run(ask)
    assert time.thread_time() - begun < 3
    assert answer.status_code == 200
    assert "reading it takes too long here" in answer.content.decode()
    if kind == "form":
        assert "for j in $(seq 1 4000)" in answer.content.decode()


@pytest.mark.parametrize("where", ["rules", "host", "packets"])
def test_errors_are_drawn_in_the_time_of_their_text(where: str) -> None:
    """Each was sought in the text anew: 500 in 4 MB took seconds, and rules told of thousands."""
    first = lines(lambda i: f"nonsense{i} word", 2_000)
    more = "# nothing\n" * (100 if where == "packets" else 100_000)
    texts = {"rules": RULES_OF_ONE, "host": HOST, "packets": PACKET, where: first}
    with pytest.raises(Refused) as few:
        runs.prepare(Scenario(**texts))
    assert 0 < len(few.value.errors) <= MOST_ERRORS
    scenario = Scenario(**{**texts, where: first + more})
    start = time.thread_time()
    found = drawn(few.value, scenario)
    assert time.thread_time() - start < 0.5
    assert [one.text for one in found] == [draw(one.error, first) for one in found]


@pytest.mark.parametrize("asked", [0, 1, 5, 20, 60, 200, 500])
@pytest.mark.parametrize("never", [False, True])
def test_a_search_whose_time_is_over_tells_what_it_has(asked: int, never: bool) -> None:
    """Wherever it is then: a large set that a replay makes anew ended ``/whatif`` with a 500."""
    elements = lines(lambda i: f"add s {v4(i)}", 600)
    scenario = Scenario(
        rules=filter_table("-A INPUT -m set --match-set s src -j ACCEPT\n-A INPUT -j DROP\n"),
        host=f"{HOST}create s hash:ip\n{elements}",
        packets=PACKET,
    )
    compiled = compile_scenario(scenario)
    left = iter(range(asked))
    with spent_from(Budget(is_over=lambda: next(left, None) is None)):
        reports = list(explain(compiled, never=never))
        found = what_would_pass(compiled, 1)
    assert len(reports) <= 1
    assert found.tried >= 0
    if asked == 500:
        assert len(reports) == 1
