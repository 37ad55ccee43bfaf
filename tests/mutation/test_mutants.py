"""The faults that are drawn are faults: each can be told from the engine by somebody."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.mutation import mutants
from tests.mutation.mutants import Places, drawn


@pytest.fixture
def changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Every line that some mutant of a text has in place of another."""
    monkeypatch.setattr(mutants, "ROOT", tmp_path)

    def of(text: str) -> set[str]:
        file = tmp_path / "one.py"
        file.write_text(text)
        places = Places(file)
        found = set()
        for number in range(len(places)):
            for seed in range(20):
                if mutant := places.mutant(number, random.Random(seed)):
                    added = [row[1:].strip() for row in mutant.change.splitlines() if row[0] == "+"]
                    found.update(added)
        return found

    return of


def test_a_comma_and_another_word_for_no_are_no_faults(changes):
    """``f(a, )`` calls as ``f(a)`` does, and a flag of ``None`` is one of ``False``."""
    assert changes("f(a, False)\n") == {
        "f(None, False)",
        "f(False)",
        "f(a, True)",
        "f(a, )",
        "pass",
    }
    assert changes("flag = False\n") == {"flag = True"}


def test_a_bound_is_moved_both_ways(changes):
    """14 becomes 15 and 13, and the comparison takes its end or not."""
    assert {"x < 13", "x < 15", "x <= 14"} <= changes("x < 14\n")


def test_a_seed_draws_the_same_again(tmp_path, monkeypatch):
    """And another seed something else: what survived can be looked at tomorrow."""
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    file = tmp_path / "one.py"
    file.write_text("".join(f"x{n} = {n} + y\n" for n in range(20)))
    assert drawn([file], 5, 1) == drawn([file], 5, 1) != drawn([file], 5, 2)
