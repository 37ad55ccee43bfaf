"""The map: hooks as stations, tables as platforms, routing decisions as interchanges.

Drawn from the hook tables that the engine walks (``sim.hooks.REGISTERED``), so it cannot say
anything else. It is always the same map: what this host lacks is faint. Two shapes of one
network: left to right on a wide screen, top to bottom on a narrow one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from sim import trace as t
from sim.hooks import REGISTERED, order_of, services_of
from sim.model import Hook, Rules

# Where a packet can be, in the order of the lines below.
STATIONS = (
    "wire in", "PREROUTING", "routing", "FORWARD", "POSTROUTING", "wire out",
    "INPUT", "process", "routing out", "OUTPUT",
)  # fmt: skip
# Lines between neighbours. ``lo`` carries what the host sends to itself.
LINES: dict[tuple[str, str], str] = {
    ("wire in", "PREROUTING"): "a",
    ("PREROUTING", "routing"): "b",
    ("routing", "FORWARD"): "c",
    ("FORWARD", "POSTROUTING"): "d",
    ("POSTROUTING", "wire out"): "e",
    ("routing", "INPUT"): "f",
    ("INPUT", "process"): "g",
    ("process", "routing out"): "h",
    ("routing out", "OUTPUT"): "i",
    ("OUTPUT", "POSTROUTING"): "j",
    ("POSTROUTING", "PREROUTING"): "lo",
    ("PREROUTING", "INPUT"): "f2",
}
LABELS = {
    "wire in": "in",
    "wire out": "out",
    "routing": "routing",
    "routing out": "routing",
    "process": "local process",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """Coordinates of one drawing: places, the path of each line, the look of the lists."""

    name: str
    width: int
    height: int
    places: dict[str, tuple[int, int]]
    paths: dict[str, str]
    label_offset: tuple[int, int]
    label_above: frozenset[str]  # where a label below would touch its neighbour's
    row_offset: tuple[int, int]
    row_height: int


WIDE = Shape(
    "wide",
    816,
    380,
    {
        "wire in": (16, 52), "PREROUTING": (104, 52), "routing": (244, 52), "FORWARD": (420, 52),
        "POSTROUTING": (660, 52), "wire out": (792, 52), "INPUT": (308, 206),
        "process": (436, 206), "routing out": (496, 206), "OUTPUT": (572, 206),
    },
    {
        "a": "M16 52H104", "b": "M104 52H244", "c": "M244 52H420", "d": "M420 52H660",
        "e": "M660 52H792", "f": "M244 52l20 20V186l20 20H308",
        "g": "M308 206H436", "h": "M436 206H496", "i": "M496 206H572",
        "j": "M572 206h16l20 -20V72l20 -20H660", "lo": "M660 52l-32 -32H136l-32 32",
        "f2": "M104 52H244l20 20V186l20 20H308",
    },
    (-6, 24),
    frozenset({"process"}),
    (0, 20),
    19,
)  # fmt: skip
TALL = Shape(
    "tall",
    340,
    700,
    {
        "wire in": (28, 16), "PREROUTING": (28, 56), "routing": (28, 184), "FORWARD": (28, 236),
        "POSTROUTING": (28, 596), "wire out": (28, 684), "INPUT": (188, 236),
        "process": (188, 366), "routing out": (188, 402), "OUTPUT": (188, 438),
    },
    {
        "a": "M28 16V56", "b": "M28 56V184", "c": "M28 184V236", "d": "M28 236V596",
        "e": "M28 596V684", "f": "M28 184l20 20H168l20 20V236",
        "g": "M188 236V366", "h": "M188 366V402", "i": "M188 402V438",
        "j": "M188 438V556l-20 20H48L28 596", "lo": "M28 596L8 576V76L28 56",
        "f2": "M28 56V184l20 20H168l20 20V236",
    },
    (16, 4),
    frozenset(),
    (16, 4),
    17,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Platform:
    """A table (or conntrack) at a hook. ``seq`` is the first step there, 0: not visited."""

    name: str
    x: int
    y: int
    seq: int
    is_there: bool


@dataclass(frozen=True, slots=True)
class Station:
    name: str
    label: str
    x: int
    y: int
    label_x: int
    label_y: int
    anchor: str
    seq: int
    is_hook: bool
    is_interchange: bool
    ends: str  # "", "goes", "stopped", "unknown": the packet's end is here
    detail: str  # the device's name at the wires
    platforms: tuple[Platform, ...]


@dataclass(frozen=True, slots=True)
class Line:
    path: str
    state: str  # "", "main", "answer"


@dataclass(frozen=True, slots=True)
class Drawing:
    shape: Shape
    lines: tuple[Line, ...]
    stations: tuple[Station, ...]


@dataclass(frozen=True, slots=True)
class Map:
    """Both drawings of one packet's path, and the path in words."""

    words: str
    drawings: tuple[Drawing, ...]


@dataclass
class _Visit:
    """What the steps of one statement say about the places on the map."""

    nodes: list[str] = field(default_factory=list)
    lines: dict[str, str] = field(default_factory=dict)
    seqs: dict[tuple[str, str], int] = field(default_factory=dict)
    detail: dict[str, str] = field(default_factory=dict)
    end: str = ""
    verdict: str = ""


def draw(steps: Iterable[t.Step], rules: Rules) -> Map:
    """The map of one statement's packets."""
    visit = _Visit()
    paths: dict[int, list[str]] = {}
    main = 0
    family = 4
    for step in steps:
        if not main and step.kind in ("arrived", "originated"):
            main, family = step.packet.id, step.packet.family
        _note(step, visit, paths, main)
    for skb, nodes in paths.items():
        for line in _between(nodes):
            if skb == main or line not in visit.lines:
                visit.lines[line] = "main" if skb == main else "answer"
    visit.nodes = paths.get(main, [])
    there = _registered(rules, family)
    words = " → ".join(LABELS.get(node, node) for node in visit.nodes)
    return Map(words, (_drawing(WIDE, visit, there), _drawing(TALL, visit, there)))


def _note(step: t.Step, visit: _Visit, paths: dict[int, list[str]], main: int) -> None:
    node = _node_of(step, paths.get(step.packet.id, []))
    path = paths.setdefault(step.packet.id, [])
    if node and (not path or path[-1] != node):
        path.append(node)
    hook = step.where.hook
    if node:
        visit.seqs.setdefault((node, ""), step.seq)
    if hook:
        visit.seqs.setdefault((hook, _platform_of(step)), step.seq)
    if isinstance(step, t.Arrived):
        visit.detail.setdefault("wire in", step.where.in_iface)
    if isinstance(step, t.Sent) and step.packet.id == main:
        visit.detail.setdefault("wire out", step.iface)
    if isinstance(step, t.Fate) and step.packet.id == main:
        visit.end = path[-1] if path else ""
        visit.verdict = {"forwarded": "goes", "sent": "goes", "delivered": "goes"}.get(
            step.verdict, "unknown" if step.verdict in ("undetermined", "stolen") else "stopped"
        )


def _node_of(step: t.Step, path: list[str]) -> str:
    if isinstance(step, t.Arrived):
        return "wire in"
    if isinstance(step, (t.Originated, t.Emitted)):
        return "process"
    if isinstance(step, t.HookEntered):
        return step.where.hook
    if isinstance(step, t.Routed):
        return "routing" if "PREROUTING" in path else "routing out"
    if isinstance(step, t.Sent):
        return "wire out"
    if isinstance(step, t.Fate) and step.verdict == "delivered":
        return "process"
    return ""


def _platform_of(step: t.Step) -> str:
    if step.where.table:
        return step.where.table
    if isinstance(step, t.Conntrack):
        return "confirm" if step.event == "confirmed" else "conntrack"
    return "nat" if isinstance(step, t.NatApplied) else ""


def _between(nodes: list[str]) -> Iterator[str]:
    """The lines that join the places of a path; a re-route in OUTPUT stays where it is."""
    for before, after in pairwise(nodes):
        line = LINES.get((before, after))
        if line:
            yield line


def _registered(rules: Rules, family: int) -> dict[Hook, frozenset[str]]:
    ruleset = rules.of(family)
    services = services_of(ruleset)
    return {hook: frozenset(name for _, name in order_of(ruleset, services, hook)) for hook in Hook}


def _drawing(shape: Shape, visit: _Visit, there: dict[Hook, frozenset[str]]) -> Drawing:
    quiet = [Line(path, "") for name, path in shape.paths.items() if name != "f2"]
    lit = [Line(shape.paths[name], state) for name, state in visit.lines.items()]
    lit.sort(key=lambda line: line.state == "main")
    stations = tuple(_station(name, shape, visit, there) for name in STATIONS)
    return Drawing(shape, tuple(quiet + lit), stations)


def _station(name: str, shape: Shape, visit: _Visit, there: dict[Hook, frozenset[str]]) -> Station:
    x, y = shape.places[name]
    label_x, label_y = x + shape.label_offset[0], y + shape.label_offset[1]
    if shape is WIDE and name == "wire out":
        label_x, label_y = x + 8, y - 14
    if name in shape.label_above:
        label_x, label_y = x - 44, y - 16
    return Station(
        name=name,
        label=LABELS.get(name, name),
        x=x,
        y=y,
        label_x=label_x,
        label_y=label_y,
        anchor="end" if shape is WIDE and name == "wire out" else "start",
        seq=visit.seqs.get((name, ""), 0),
        is_hook=name in set(Hook),
        is_interchange=name.startswith("routing"),
        ends=visit.verdict if visit.end == name else "",
        detail=visit.detail.get(name, ""),
        platforms=tuple(_platforms(name, shape, visit, there)),
    )


def _platforms(
    name: str, shape: Shape, visit: _Visit, there: dict[Hook, frozenset[str]]
) -> Iterator[Platform]:
    if name not in set(Hook):
        return
    hook = Hook(name)
    x, y = shape.places[name]
    for number, (_, what) in enumerate(REGISTERED[hook], 1):
        yield Platform(
            name=what,
            x=x + shape.row_offset[0],
            y=y + shape.label_offset[1] + number * shape.row_height,
            seq=visit.seqs.get((name, what), 0),
            is_there=what in there[hook],
        )
