"""What a kernel with IPsec, the old ebtables and fingerprints did is what the simulation says.

``manage.py verify --vm --record tests/kernel/recordings`` with tests/cases/ipsec/*.toml or
tests/cases/{ebtables/*,bridge/*tables*,fingerprints/*}.toml boots Debian's kernel in QEMU and
makes the recordings anew; comparing needs neither.
"""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from playground.lab import guest
from playground.lab.recording import case_of, judged
from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario

ALL = Path(__file__).resolve().parents[1] / "cases"
CASES = ALL / "ipsec"
RECORDINGS = Path(__file__).with_name("recordings")
KNOWN = "traps/nat_once_for_a_connection.toml"
FILES = sorted(
    [*CASES.glob("*.toml"), *ALL.glob("ebtables/*.toml"), *ALL.glob("bridge/arptables*.toml"),
     *ALL.glob("bridge/ebtables*.toml"), *ALL.glob("fingerprints/*.toml")]
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


@pytest.mark.kernel
def test_the_guests_recorder_records_what_is_compared(tmp_path: Path) -> None:
    """What runs inside the virtual machine, run here: its answer is equal to the simulation."""
    case = case_of(compile_scenario(Scenario.from_toml((ALL / KNOWN).read_text())))
    (tmp_path / "cases").write_bytes(pickle.dumps([case]))
    guest.main(str(tmp_path / "cases"), str(tmp_path / "answers"))
    answer = json.loads((tmp_path / "answers").read_text())
    assert "error" not in answer
    replayed = judged(case, answer)
    assert replayed.difference is None, str(replayed.difference)
    assert replayed.lines
    assert replayed.wires
