"""Scenario files: reading, writing, and telling every error at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.base.errors import Refused
from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario


@given(st.text(max_size=40), st.text(max_size=40), st.integers(0, 2**31))
def test_what_is_written_is_read_back(rules: str, host: str, seed: int) -> None:
    """Whatever the texts hold: quotes, control characters, no newline at the end."""
    scenario = Scenario("t'''\"", "", rules, host, "x\n'''\n", "", seed)
    try:
        text = scenario.to_toml()
        text.encode()
    except UnicodeEncodeError:
        return
    assert Scenario.from_toml(text) == scenario


def test_toml_errors_have_a_place() -> None:
    """A broken file is refused with line and column."""
    with pytest.raises(Refused) as caught:
        Scenario.from_toml('title = "a"\nrules = \n')
    assert str(caught.value).startswith("scenario:2:")


def test_unknown_keys_are_refused() -> None:
    """A misspelt key would silently say nothing."""
    with pytest.raises(Refused, match="rule"):
        Scenario.from_toml('rule = "x"\n')


def test_all_texts_report_their_errors_together() -> None:
    """One attempt is enough to see everything that is wrong."""
    bad = Scenario(rules="*nosuch\nCOMMIT\n", host="bogus\n", packets="nonsense\n")
    with pytest.raises(Refused) as caught:
        compile_scenario(bad)
    assert {error.where for error in caught.value.errors} == {"rules", "host", "packets"}
