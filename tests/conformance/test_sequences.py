"""What depends on the order of commands: chains, references, rule numbers, loops, hooks."""

from __future__ import annotations

import pytest

from tests.conformance.compare import differences
from tests.conformance.oracle import Oracle
from tests.conformance.sequences import sequences

pytestmark = pytest.mark.kernel


@pytest.mark.parametrize("as_dump", [False, True], ids=["commands", "dump"])
def test_random_sequences(as_dump: bool) -> None:
    """Each command fails where the tool's does, and what is left is the same."""
    cases = list(sequences(150, seed=11, as_dump=as_dump))
    with Oracle() as oracle:
        found = [f"{case.text}\n{how}" for case, _, how in differences(oracle, cases)]
    assert not found, "\n\n".join(found)
