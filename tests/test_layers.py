"""The floor plan: rooms whose imports go one way, and nothing of the web in the engine."""

from __future__ import annotations

import sys

import pytest

from tests.floorplan import DRAWN, SIM, Plan, cycle, drawn

PLANS = [pytest.param(SIM, id="sim")]

# No clock and no I/O in the engine.
FORBIDDEN = {"socket", "subprocess", "time", "asyncio", "threading", "multiprocessing"}


@pytest.mark.parametrize("plan", PLANS)
def test_imports_go_down_only(plan: Plan) -> None:
    """A file stands in a room of the plan and imports only that room and those before it."""
    for module, names in plan.inside().items():
        if module == plan.package:
            continue
        room = plan.room_of(module)
        assert room in plan.rooms, f"{module} stands in no room of the floor plan"
        for name in names - {plan.package}:
            higher = plan.rooms.index(plan.room_of(name)) > plan.rooms.index(room)
            assert not higher, f"{module} imports upwards: {name}"


@pytest.mark.parametrize("plan", PLANS)
def test_no_cycle_of_files_and_folders(plan: Plan) -> None:
    """No two files need each other, not even for types; nor do two folders inside a room."""
    assert cycle(plan.inside()) == []
    assert cycle(plan.folders(2)) == []


def test_the_engine_imports_lark_and_the_standard_library_alone() -> None:
    """No Django, no clock, no I/O: text in, steps out."""
    allowed = sys.stdlib_module_names - FORBIDDEN | {"sim", "lark"}
    for module, names in SIM.imports.items():
        strange = {name for name in names if name.split(".")[0] not in allowed}
        assert not strange, f"{module} imports {sorted(strange)}"


def test_the_drawing_is_fresh() -> None:
    """What sim/README.md draws is what the code imports now."""
    text = DRAWN.read_text()
    assert text == drawn(text, SIM), "run: python -m tests.floorplan --write"
