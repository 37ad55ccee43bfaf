"""What a kernel with IPsec and with the old ebtables did is what the simulation says today.

``manage.py verify --vm --record tests/kernel/recordings`` with tests/cases/ipsec/*.toml or
tests/cases/{ebtables/*,bridge/*tables*}.toml boots Debian's kernel in QEMU and makes the
recordings anew; comparing needs neither.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from playground.lab.recording import case_of, judged
from sim.scenario import Scenario, compile_scenario

ALL = Path(__file__).resolve().parents[1] / "cases"
CASES = ALL / "ipsec"
RECORDINGS = Path(__file__).with_name("recordings")
FILES = sorted(
    [*CASES.glob("*.toml"), *ALL.glob("ebtables/*.toml"), *ALL.glob("bridge/arptables*.toml"),
     *ALL.glob("bridge/ebtables*.toml")]
)  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_recording_says_the_same(path: Path) -> None:
    """Every TRACE line and every packet on a wire, ESP byte by byte, frames with their MACs."""
    recording = json.loads((RECORDINGS / f"{path.stem}.json").read_text())
    replayed = judged(case_of(compile_scenario(Scenario.from_toml(path.read_text()))), recording)
    assert replayed.difference is None, str(replayed.difference)
    assert replayed.skipped == ""
    assert replayed.lines or replayed.wires


def test_a_recording_of_something_else_is_told() -> None:
    """A recording belongs to the packets that were sent for it."""
    recording = json.loads((RECORDINGS / "block_policies.json").read_text())
    other = CASES / "transport_mode.toml"
    case = case_of(compile_scenario(Scenario.from_toml(other.read_text())))
    with pytest.raises(ValueError, match="record it again"):
        judged(case, recording)
