"""No text crashes the engine: it is walked, or refused with errors that can be shown."""

from __future__ import annotations

import json
import random
from itertools import islice

import pytest

from sim.base.errors import Refused, SourceError, draw
from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.read.expect import parse_expect
from sim.read.scenario import compile_scenario
from sim.tell.jsonl import as_json
from sim.tell.render import line
from tests.environment import draws
from tests.robust.hostile import bent, seeds

CASES = draws(1500, 300)
MOST_STEPS = 2000
SEEDS = tuple(seeds())


def walked(texts: dict[str, str]) -> tuple[SourceError, ...]:
    """Everything that a reader does with a scenario, short of a page; what it was refused for."""
    try:
        scenario = Scenario.from_json(dict(texts))
        parse_expect(scenario.expect)
        for step in islice(run(compile_scenario(scenario), flows=True), MOST_STEPS):
            json.dumps(as_json(step))
            line(step)
    except Refused as refused:
        return refused.errors
    return ()


@pytest.mark.parametrize("name", ["rules", "host", "packets", "expect"])
def test_a_bent_text_is_walked_or_refused(name: str) -> None:
    """Real texts with words exchanged, cut and spliced: never anything but steps or errors."""
    chance = random.Random(f"bent {name}")
    for _ in range(CASES):
        texts = dict(chance.choice(SEEDS))
        texts[name] = bent(texts[name], chance)
        try:
            for refused in walked(texts):
                assert draw(refused, texts.get(refused.where, ""))
                json.dumps(refused.as_json())
        except Exception as error:
            raise AssertionError(f"{type(error).__name__} over {texts!r}") from error


@pytest.mark.parametrize(
    "text",
    [
        "title = 'x'\n" + "a = " + "[" * 5000 + "]" * 5000,
        "seed = " + "9" * 5000,
        "seed = 1979-99-99",
        "rules = '''\x00'''",
        "rules = 1",
        "rules",
        "\ufeff" * 3,
    ],
)
def test_a_file_that_is_no_scenario_is_refused(text: str) -> None:
    """One clear error, whatever it is that the file holds."""
    with pytest.raises(Refused):
        Scenario.from_toml(text)


def test_a_file_may_begin_with_a_byte_order_mark() -> None:
    """Editors on Windows write one."""
    assert Scenario.from_toml("\ufefftitle = 'x'").title == "x"
