"""The floor plan: rooms whose imports go one way, and nothing of the web in the engine."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

from tests.floorplan import DRAWN, PLAYGROUND, ROOT, SIM, Plan, cycle, drawn

PLANS = [pytest.param(SIM, id="sim"), pytest.param(PLAYGROUND, id="playground")]
TEMPLATES = ROOT / "templates"

# What one folder may import from the registry, beside lark: a parser of shell syntax.
KEPT = {"sim.read.paste": {"tree_sitter", "tree_sitter_bash"}}

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


@pytest.mark.parametrize(("plan", "most"), [(SIM, 12), (PLAYGROUND, 16)], ids=["sim", "playground"])
def test_rooms_are_few_and_there(plan: Plan, most: int) -> None:
    """Each room of the plan is one in the code, the other way round too, and they are few."""
    assert {plan.room_of(module) for module in plan.files} - {""} == set(plan.rooms)
    assert len(plan.rooms) <= most


@pytest.mark.parametrize("room", PLAYGROUND.rooms)
def test_a_room_owns_its_pages(room: str) -> None:
    """Who has views has their addresses; what a room renders is its own or of a room before it."""
    modules = {name: path for name, path in PLAYGROUND.files.items()
               if PLAYGROUND.room_of(name) == room}  # fmt: skip
    if room != PLAYGROUND.front:
        own = f"{PLAYGROUND.package}.{room}"
        assert (f"{own}.views" in modules) == (f"{own}.urls" in modules)
    before = PLAYGROUND.rooms[: PLAYGROUND.rooms.index(room) + 1]
    for module, path in modules.items():
        for node in ast.walk(ast.parse(path.read_text())):
            name = node.value if isinstance(node, ast.Constant) else None
            if isinstance(name, str) and re.fullmatch(r"[\w/]+/\w+\.(html|svg)", name):
                assert (TEMPLATES / name).exists(), f"{module}: there is no {name}"
                assert name.partition("/")[0] in before, f"{module} renders upwards: {name}"


def test_the_engine_imports_lark_and_the_standard_library_alone() -> None:
    """No Django, no clock, no I/O: text in, steps out."""
    allowed = sys.stdlib_module_names - FORBIDDEN | {"sim", "lark"}
    for module, names in SIM.imports.items():
        kept = KEPT.get(".".join(module.split(".")[:3]), set())
        strange = {name for name in names if name.split(".")[0] not in allowed | kept}
        assert not strange, f"{module} imports {sorted(strange)}"


def test_the_drawing_is_fresh() -> None:
    """What sim/README.md draws is what the code imports now."""
    text = DRAWN.read_text()
    assert text == drawn(text, SIM), "run: python -m tests.floorplan --write"


ENGINE = Path(__file__).resolve().parent.parent / "sim"


def test_a_class_has_a_name_of_its_own() -> None:
    """One word means one thing: no two classes of the engine are called the same."""
    places: dict[str, list[str]] = {}
    for path in sorted(ENGINE.rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(str(path.relative_to(ENGINE)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
