"""Every setting that is said to act makes a difference, and the kernel's."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from sim.kernel.traversal import run
from sim.model.kernel_settings import SETTINGS, any_device
from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario
from sim.tell.render import line
from tests.kernel.effects import EFFECTS
from tests.kernel.plain_lab import alone, judge

ASKED = sorted(name for name, effect in EFFECTS.items() if not effect.elsewhere)


@pytest.fixture
def on_one_processor() -> Iterator[None]:
    """The kernel's receive queue is one there, so that order is order."""
    before = os.sched_getaffinity(0)
    alone()
    yield
    os.sched_setaffinity(0, before)


def _told(scenario: Scenario) -> list[tuple[object, ...]]:
    """Sentences, bytes and conntrack's table."""
    steps = run(compile_scenario(scenario), flows=True)
    return [(line(step), step.packet.data, getattr(step, "lines", ())) for step in steps]


def test_each_setting_that_acts_has_a_scenario() -> None:
    """And only those have one."""
    acting = {name for name, setting in SETTINGS.items() if setting.reader}
    assert {any_device(name) for name in EFFECTS} == acting


@pytest.mark.parametrize("name", sorted(EFFECTS))
def test_a_setting_that_acts_changes_a_walk(name: str) -> None:
    """Another value, another account: a sentence, a byte, or a time that conntrack -L prints."""
    effect = EFFECTS[name]
    assert _told(effect.scenario) != _told(effect.with_setting(name))


@pytest.mark.kernel
@pytest.mark.usefixtures("on_one_processor")
@pytest.mark.parametrize("name", ASKED)
def test_what_a_setting_does_is_what_the_kernel_does(name: str) -> None:
    """With the other value TRACE lines, frames and conntrack's table are the same."""
    judged = judge(EFFECTS[name].with_setting(name))
    assert judged.differences == []
    assert judged.undetermined == ""
