"""The floor plan, read from the code's own imports.

``python -m tests.floorplan`` prints the rooms of both packages with their arrows and cycles;
``--write`` draws the plan of the engine anew into ``sim/README.md``.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DRAWN = ROOT / "sim" / "README.md"
BEGIN, END = "<!-- floor plan: begin -->\n", "<!-- floor plan: end -->\n"

Graph = dict[str, set[str]]


@dataclass(frozen=True)
class Plan:
    """A package and its rooms, from the ground up.

    A room is a folder of the package. A file may import its own room and the rooms before it.
    ``front``: what the files beside the rooms are called, where a package has any.
    """

    package: str
    rooms: tuple[str, ...]
    front: str = ""

    @property
    def folder(self) -> Path:
        return ROOT / self.package

    @cached_property
    def files(self) -> dict[str, Path]:
        """Every module of the package by its dotted name."""
        return {self._module(path): path for path in sorted(self.folder.rglob("*.py"))}

    def _module(self, path: Path) -> str:
        parts = path.relative_to(ROOT).with_suffix("").parts
        return ".".join(parts).removesuffix(".__init__")

    @cached_property
    def imports(self) -> Graph:
        """What each module imports, inside and outside the package, for types alone or not."""
        return {module: set(self._imported(path)) for module, path in self.files.items()}

    def _imported(self, path: Path) -> Iterator[str]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    yield inner if inner in self.files else node.module

    def room_of(self, module: str) -> str:
        """``read`` of ``sim.read.host.text``; empty for the package itself."""
        room = ".".join(module.split(".")[1:2])
        is_beside = room and not (self.folder / room).is_dir()
        return self.front if is_beside and self.front else room

    def inside(self) -> Graph:
        """The arrows between files of the package."""
        known = set(self.files)
        return {module: (names & known) - {module} for module, names in self.imports.items()}

    def folders(self, depth: int) -> Graph:
        """The arrows between folders: ``depth`` 1 is rooms, 2 is the folders inside them."""

        def folder(module: str) -> str:
            return ".".join([self.room_of(module), *module.split(".")[2 : depth + 1]]).strip(".")

        graph: Graph = defaultdict(set)
        for module, names in self.inside().items():
            if folder(module):
                graph[folder(module)] |= {folder(name) for name in names} - {folder(module), ""}
        return dict(graph)


SIM = Plan(
    "sim",
    ("base", "packet", "model", "extensions", "trace", "kernel", "read", "tell", "tools"),
)

# The web. Its front are the addresses, the settings, and the models where Django looks for them.
PLAYGROUND = Plan(
    "playground",
    ("migrations", "site", "walks", "shown", "page", "links", "lessons", "collections", "together",
     "embedding", "builder", "accounts", "lab", "management", "front"),
    front="front",
)  # fmt: skip


def cycle(graph: Graph) -> list[str]:
    """One cycle of the graph, its first node repeated at the end; empty when there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def purpose(plan: Plan, room: str) -> str:
    """The first line of a room's docstring."""
    module = plan.files[f"{plan.package}.{room}"]
    return (ast.get_docstring(ast.parse(module.read_text())) or "").partition("\n")[0]


def drawing(plan: Plan) -> str:
    """The rooms as a table and their arrows as a Mermaid graph, for a README.

    Only the arrows that no longer way through other rooms stands for are drawn; the table
    names them all.
    """
    arrows = plan.folders(1)
    table = ["| room | holds | imports |", "| --- | --- | --- |"]
    for room in plan.rooms:
        below = ", ".join(name for name in plan.rooms if name in arrows[room])
        table.append(f"| `{room}/` | {purpose(plan, room)} | {below or '–'} |")
    graph = ["```mermaid", "graph BT"]
    for room in plan.rooms:
        graph += [f"  {room} --> {name}" for name in plan.rooms if name in _direct(arrows, room)]
    return "\n".join([*table, "", *graph, "```"]) + "\n"


def _direct(arrows: Graph, room: str) -> set[str]:
    """The rooms below that are not also below another room that this one imports."""
    indirect: set[str] = set()
    for name in arrows[room]:
        indirect |= _below(arrows, name)
    return arrows[room] - indirect


def _below(arrows: Graph, room: str) -> set[str]:
    found = set(arrows[room])
    for name in arrows[room]:
        found |= _below(arrows, name)
    return found


def drawn(text: str, plan: Plan) -> str:
    """A README's text with the plan between its two marks drawn anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{drawing(plan)}{END}{after}"


def _print(plan: Plan) -> None:
    arrows = plan.folders(1)
    print(f"{plan.package}/: {len(plan.rooms)} rooms, {sum(map(len, arrows.values()))} arrows")
    for room in plan.rooms:
        below = ", ".join(name for name in plan.rooms if name in arrows.get(room, ()))
        print(f"  {room:<12} -> {below or '(nothing)'}")
    for what, graph in (("files", plan.inside()), ("folders", plan.folders(2))):
        found = cycle(graph)
        print(f"  cycle of {what}: {' -> '.join(found) or 'none'}")


def main() -> None:
    _print(SIM)
    _print(PLAYGROUND)
    if "--write" in sys.argv[1:]:
        DRAWN.write_text(drawn(DRAWN.read_text(), SIM))


if __name__ == "__main__":
    main()
