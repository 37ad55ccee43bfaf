"""A few random scenarios of those that ``tests.why.random_runs`` checks by the thousand."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.environment import draws
from tests.why.random_runs import broken_fixes


@pytest.mark.parametrize("seed", range(1, 1 + draws(15, 6)))
def test_every_fix_of_a_random_scenario_holds(seed: int) -> None:
    """No report breaks, and a replay with any offered fix no longer shows its symptom."""
    assert broken_fixes(seed, Counter()) == []
