"""A template reads what the ordinary reader reads, and nothing else."""

from __future__ import annotations

import pickle
from collections import Counter
from pathlib import Path

import pytest

from sim.base.errors import Refused
from sim.kernel.traversal import run
from sim.model.rules import Rules
from sim.model.scenario import Scenario
from sim.read.names import names_of
from sim.read.rules.line_template import FilledDraft, LineTemplate
from sim.read.rules.live import Live
from sim.read.rules.ruleset import load_rules
from sim.read.rules.thrift import Thrift, ordinary_reader_alone, read_with
from sim.read.scenario import _rules, compile_scenario
from sim.tell.jsonl import as_json
from sim.tools.generate.scenario import generate
from tests.bench.rulesets import HOST, SHAPES, packets
from tests.parser.alike import by_templates, difference, make_text, mended
from tests.test_cases import FILES

AT_ONCE = Thrift(shortest=0, learnt_at=1)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many lines templates have taken, and how many were learnt."""
    count: Counter[str] = Counter()
    filled, init = LineTemplate.filled, LineTemplate.__init__

    def count_filled(self: LineTemplate, match: object, line: int) -> FilledDraft | None:
        draft = filled(self, match, line)  # type: ignore[arg-type]
        count["taken"] += draft is not None
        return draft

    def count_learnt(self: LineTemplate, *told: object) -> None:
        init(self, *told)  # type: ignore[arg-type]
        count["learnt"] += 1

    monkeypatch.setattr(LineTemplate, "filled", count_filled)
    monkeypatch.setattr(LineTemplate, "__init__", count_learnt)
    return count


def test_random_texts_aimed_at_templates_are_read_alike(taken: Counter[str]) -> None:
    """Rules, places, errors and what reading costs: negations, quotes, counters, tabs, lists,
    wrong values, chains that come later, commands behind dumps."""
    loaded = 0
    for seed in range(40):
        whole = make_text(seed)
        with ordinary_reader_alone():
            better = mended(whole)
        for text in (whole, better):
            assert difference(text) == "", f"seed {seed}"
        loaded += by_templates(better).rules is not None
    assert loaded > 30
    assert taken["taken"] > 400


@pytest.mark.corpus
def test_other_peoples_rules_are_read_alike(corpus: Path, taken: Counter[str]) -> None:
    for path in sorted(corpus.glob("*.rules")):
        text = path.read_text()
        if len(text) < 12_000:
            assert difference(text) == "", path.name
    assert taken["taken"] > 500


def test_every_case_is_read_alike() -> None:
    for path in FILES:
        assert difference(Scenario.from_toml(path.read_text()).rules) == "", path.name


@pytest.mark.parametrize("shape", SHAPES)
def test_a_big_ruleset_is_taken_whole(shape: str, taken: Counter[str]) -> None:
    """All but the lines that templates are learnt from."""
    text = SHAPES[shape](1000)
    load_rules(text)
    assert taken["learnt"] <= 6
    assert taken["taken"] > 960
    assert difference(text) == ""


def told(scenario: Scenario) -> list[object]:
    _rules.cache_clear()
    return [as_json(step) for step in run(compile_scenario(scenario), flows=True, folded=True)]


def test_walks_are_the_same() -> None:
    """Fields that are made when a walk asks for them are those that were made at once."""
    scenarios = [
        Scenario(rules=SHAPES[shape](200), host=HOST, packets=packets(2)) for shape in SHAPES
    ]
    scenarios += [generate(seed).scenario for seed in range(40)]
    for scenario in scenarios:
        try:
            with ordinary_reader_alone():
                plain = told(scenario)
        except Refused:
            continue
        with read_with(AT_ONCE):
            assert told(scenario) == plain


def test_lines_that_all_differ_are_not_learnt_without_end(taken: Counter[str]) -> None:
    """A template for each would cost more than it saves."""
    lines = [
        f"-A INPUT -m u32 --u32 {at}=1 -m set --match-set s{at} src -j ACCEPT" for at in range(400)
    ]
    lines += [f"-A INPUT -p {at % 250 + 1} -j ACCEPT" for at in range(400)]
    lines += [f"-A INPUT {' ' * (at % 200 + 1)}-j ACCEPT" for at in range(400)]
    load_rules("\n".join(["*filter", *lines, "COMMIT", ""]), names_of())
    assert taken["learnt"] < 40


def test_a_short_text_costs_no_template(taken: Counter[str]) -> None:
    load_rules(SHAPES["flat"](100))
    assert not taken


def loaded(text: str) -> Rules:
    with read_with(AT_ONCE):
        return load_rules(text)


def test_rules_that_are_not_looked_at_yet_are_kept_whole() -> None:
    """For another process, which has no template."""
    text = SHAPES["kube"](40)
    rules = loaded(text)
    assert pickle.loads(pickle.dumps(loaded(text))) == rules
    with ordinary_reader_alone():
        assert hash(load_rules(text).ipv4.tables["filter"].chains["OUTPUT"].rules) == hash(
            rules.ipv4.tables["filter"].chains["OUTPUT"].rules
        )


def test_what_was_asked_for_before_stays_as_it_was() -> None:
    """A chain that is renamed later does not change the rules of the tables before."""
    with read_with(AT_ONCE):
        live = Live(names_of())
        dump = "*filter\n:A - [0:0]\n" + "-A INPUT -j A\n-A A -j DROP\n" * 3 + "COMMIT\n"
        assert live.restore(dump) == []
        before = live.ruleset(4)
        assert live.run("iptables -E A B") == []
        after = live.ruleset(4)
    assert [r.text for r in before.tables["filter"].chains["INPUT"].rules] == ["-A INPUT -j A"] * 3
    assert [r.text for r in before.tables["filter"].chains["A"].rules] == ["-A A -j DROP"] * 3
    assert [r.text for r in after.tables["filter"].chains["INPUT"].rules] == ["-A INPUT -j B"] * 3
    assert [r.text for r in after.tables["filter"].chains["B"].rules] == ["-A B -j DROP"] * 3
