"""The floor plan of the engine: nine rooms, imports go down only, nothing of the web inside."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SIM = Path(__file__).resolve().parent.parent / "sim"
FILES = sorted(SIM.rglob("*.py"))

# From the ground up: a file may import its own room and those before it.
ROOMS = ("base", "packet", "model", "extensions", "trace", "kernel", "read", "tell", "tools")

# No clock and no I/O in the engine.
FORBIDDEN = {"socket", "subprocess", "time", "asyncio", "threading", "multiprocessing"}


def module_of(path: Path) -> str:
    parts = ("sim", *path.relative_to(SIM).with_suffix("").parts)
    return ".".join(parts).removesuffix(".__init__")


def _imported(package: str, name: str) -> str:
    """What ``from package import name`` imports: a module of the package, or the package."""
    path = SIM.parent / package.replace(".", "/") / name
    is_module = path.with_suffix(".py").exists() or path.is_dir()
    return f"{package}.{name}" if is_module else package


def imports_of(path: Path) -> Iterator[str]:
    """Every module a file imports, for types alone or not."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (_imported(node.module, alias.name) for alias in node.names)


IMPORTS = {module_of(path): set(imports_of(path)) for path in FILES}


def room_of(module: str) -> str:
    return module.split(".")[1]


@pytest.mark.parametrize("module", sorted(set(IMPORTS) - {"sim"}))
def test_imports_go_down_only(module: str) -> None:
    """A file imports its own room, a lower one, lark, or the standard library without I/O."""
    assert room_of(module) in ROOMS, f"{module} stands in no room of the floor plan"
    for name in IMPORTS[module]:
        root = name.split(".")[0]
        assert root in {"sim", "lark"} or root in sys.stdlib_module_names - FORBIDDEN, (
            f"{module} imports {name}"
        )
        if root == "sim" and name != "sim":
            mine, theirs = ROOMS.index(room_of(module)), ROOMS.index(room_of(name))
            assert theirs <= mine, f"{module} imports upwards: {name}"


def _cycle(graph: dict[str, set[str]]) -> list[str]:
    """One cycle of the graph; empty when there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_cycle_of_files() -> None:
    """No two files need each other, not even for their types."""
    graph = {module: names & set(IMPORTS) - {module} for module, names in IMPORTS.items()}
    assert _cycle(graph) == []


def test_no_cycle_of_folders() -> None:
    """The folders inside a room go one way too."""

    def folder(module: str) -> str:
        return ".".join(module.split(".")[:3])

    graph: dict[str, set[str]] = {}
    for module, names in IMPORTS.items():
        others = {folder(name) for name in names if name in IMPORTS} - {folder(module)}
        graph.setdefault(folder(module), set()).update(others)
    assert _cycle(graph) == []
