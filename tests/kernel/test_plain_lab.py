"""Scenarios of which every byte was compared with this machine's kernel, on plain devices."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sim.model.scenario import Scenario
from tests.kernel.drawn_talks import bridge, talk
from tests.kernel.plain_lab import alone, judge

pytestmark = pytest.mark.kernel

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "cases"
HERE = (
    "answers/about_the_untracked", "answers/from_the_inbound_device", "answers/reset_closes",
    "bridge/fragments_lost_at_a_port", "bridge/multicast_after_dnat", "bridge/port_mtu",
    "bridge/port_mtu_unseen", "bridge/reset_needs_a_way", "bridge/dnat_of_a_frame_to_many",
    "bridge/gathered_then_routed4", "bridge/gathered_then_routed6",
    "bridge/reject_without_a_route", "bridge/too_long_for_its_port", "answers/echo_to_all",
    "answers/two_limits_at_once",
    "fragments/header_in_two_of_them", "fragments/header_left_in_two",
    "fragments/headers_in_two_of_them", "fragments/room_for_headers", "fragments/room_for_options",
    "fragments/errors_in_fragments4", "fragments/errors_in_fragments6",
    "fragments/df_of_old_fragments", "ipv6/hop_limit_of_the_device",
    "ipv6/copy_too_big", "ipv6/stale_checksum",
)  # fmt: skip
SHARED = ROOT.parent / "shared" / "cases"
GIVEN = ("c13", "c20", "c20c", "c23", "c24", "c24c", "c26", "c30", "c32")


@pytest.fixture(autouse=True)
def on_one_processor() -> Iterator[None]:
    """The kernel's receive queue is one there, so that order is order."""
    before = os.sched_getaffinity(0)
    alone()
    yield
    os.sched_setaffinity(0, before)


@pytest.mark.parametrize("name", HERE)
def test_a_recorded_case_is_the_kernels(name: str) -> None:
    """TRACE lines, frames with their MACs and conntrack's table are the same."""
    judged = judge(Scenario.from_toml((CASES / f"{name}.toml").read_text()))
    assert judged.differences == []
    assert judged.undetermined == ""
    assert any(told.trace or told.wires for told in judged.told)


@pytest.mark.parametrize("name", GIVEN)
def test_a_given_case_is_the_kernels(name: str) -> None:
    """Cases that were found by others, on this engine or an older one."""
    path = SHARED / f"{name}.toml"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    judged = judge(Scenario.from_toml(path.read_text()))
    assert judged.differences == []
    assert judged.undetermined == ""


@pytest.mark.parametrize("draw", [talk, bridge])
def test_a_drawn_scenario_is_the_kernels(draw: Callable[[int], Scenario]) -> None:
    """``tests.kernel.drawn`` asks as many more as there is time for."""
    for seed in range(1, 6):
        assert judge(draw(seed)).differences == [], seed


def test_the_judge_sees_a_wrong_byte() -> None:
    """A simulation with one other answer is found different."""
    text = (CASES / "answers/reset_closes.toml").read_text()
    compared = judge(
        Scenario.from_toml(text),
        simulated_as=Scenario.from_toml(text.replace("--reject-with tcp-reset", "", 1)),
    )
    assert compared.differences
    assert compared.differences[0].startswith("packet 4, trace")
