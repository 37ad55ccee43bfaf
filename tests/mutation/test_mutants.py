"""The faults that are drawn are faults: each can be told from the engine by somebody."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.mutation import mutants
from tests.mutation.mutants import Places, drawn, spread


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
    first, again, other = (list(drawn([file], 5, seed)) for seed in (1, 1, 2))
    assert first == again != other


def test_a_sample_takes_turns(tmp_path, monkeypatch):
    """However large a group is: who stops after four mutants has seen two of each."""
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    small, large = tmp_path / "small.py", tmp_path / "large.py"
    small.write_text("".join(f"x{n} = {n} + y\n" for n in range(5)))
    large.write_text("".join(f"x{n} = {n} + y\n" for n in range(50)))
    names = [one.file for one in spread([[small], [large]], 7, 1)]
    assert names == ["small.py", "large.py"] * 3 + ["small.py"]
