"""The map: hooks as stations, tables as platforms, routing and bridges as interchanges.

Drawn from the hook tables that the engine walks (``sim.extensions.hooks.REGISTERED``), so it
cannot say anything else. What this host lacks is faint.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from playground.shown.headers import is_at_socket, is_copy
from playground.shown.network import (
    BRIDGE_LINES,
    INTERCHANGES,
    IPSEC_LINES,
    LABELS,
    STATIONS,
    TALL,
    WIDE,
    Shape,
    between,
    passed,
)
from playground.shown.stations import about_frames, about_platform, about_station
from sim.extensions.hooks import REGISTERED, orders_of, services_of
from sim.model.host import Host
from sim.model.rules import FrameHook, Hook, Ruleset
from sim.model.scenario import Compiled
from sim.trace import steps as t
from sim.trace.outcomes.base import Topic
from sim.trace.outcomes.decided import ByPart

_HOOKS = frozenset(hook.value for hook in Hook)
_FRAMES_IN = (FrameHook.BROUTING, FrameHook.PREROUTING, FrameHook.FORWARD)


@dataclass(frozen=True, slots=True)
class Platform:
    """A table (or conntrack) at a hook. ``seq`` is the first step there, 0: not visited."""

    name: str
    x: int
    y: int
    seq: int
    is_there: bool
    about: str


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
    is_there: bool
    is_passed: bool  # the packet's line leads past it
    ends: str  # "", "goes", "stopped", "unknown": the packet's end is here
    detail: str  # the device's name at the wires
    about: str
    platforms: tuple[Platform, ...]


@dataclass(frozen=True, slots=True)
class Line:
    path: str
    state: str  # "", "absent", "main", "answer"


@dataclass(frozen=True, slots=True)
class Drawing:
    shape: Shape
    lines: tuple[Line, ...]
    stations: tuple[Station, ...]
    box: tuple[int, int, int, int] | None = None  # left, top, width, height of what is shown

    @property
    def view(self) -> str:
        """What is shown, as an SVG's ``viewBox``."""
        return " ".join(map(str, self.box or (0, 0, self.shape.width, self.shape.height)))


@dataclass(frozen=True, slots=True)
class Map:
    """Both drawings of one packet's path, and the path in words.

    ``travels``: in (arrives), reply (the other direction of a connection), own (made here).
    """

    words: str
    drawings: tuple[Drawing, ...]
    travels: str = "in"
    has_answer: bool = False


@dataclass(frozen=True, slots=True)
class _Ground:
    """What the map of this host has for one family."""

    ruleset: Ruleset
    frames: Ruleset
    hooks: dict[Hook, frozenset[str]]
    bridged: bool
    ipsec: bool

    def has(self, station: str) -> bool:
        if station.startswith("bridge"):
            return self.bridged
        return self.ipsec or not station.startswith("ipsec")


@dataclass
class _Visit:
    """What the steps of one statement say about the places on the map."""

    nodes: list[str] = field(default_factory=list)
    passed: frozenset[str] = frozenset()
    lines: dict[str, str] = field(default_factory=dict)
    seqs: dict[tuple[str, str], int] = field(default_factory=dict)
    frames: int = 0  # the first step of ebtables on the way in
    detail: dict[str, str] = field(default_factory=dict)
    end: str = ""
    verdict: str = ""


class Tracker:
    """Where each packet of a statement is: steps in, the place of each out."""

    def __init__(self) -> None:
        self.paths: dict[int, list[str]] = {}

    def place(self, step: t.Step) -> str:
        """The station of a step; the one before it where the step does not move the packet."""
        path = self.paths.setdefault(step.packet.id, [])
        if isinstance(step, t.Emitted) and is_copy(step):
            node = "".join(self.paths.get(step.parent, [])[-1:])
        else:
            node = _node_of(step, path)
        if node and (not path or path[-1] != node):
            path.append(node)
        return path[-1] if path else ""


def draw(steps: Iterable[t.Step], compiled: Compiled) -> Map:
    """The map of one statement's packets."""
    visit, tracker = _Visit(), Tracker()
    main, family, travels = 0, 4, "in"
    for step in steps:
        if not main and step.kind in ("arrived", "originated"):
            main, family = step.packet.id, 6 if step.packet.ethertype == 0x86DD else 4
            travels = "own" if step.kind == "originated" else "in"
        if step.packet.id == main and step.packet.ct_reply:
            travels = "reply"
        _note(step, visit, tracker, main)
    for skb, nodes in tracker.paths.items():
        for line in between(nodes):
            if skb == main or line not in visit.lines:
                visit.lines[line] = "main" if skb == main else "answer"
    if visit.frames and ("bridge", "") in visit.seqs:  # its chains are at no station of their own
        visit.seqs["bridge", ""] = min(visit.frames, visit.seqs["bridge", ""])
    visit.nodes = tracker.paths.get(main, [])
    visit.passed = frozenset(passed(visit.nodes))
    ground = _ground(compiled, family)
    words = " → ".join(LABELS.get(node, node) for node in visit.nodes)
    drawings = (_drawing(WIDE, visit, ground), _drawing(TALL, visit, ground))
    return Map(words, drawings, travels, "answer" in visit.lines.values())


def _note(step: t.Step, visit: _Visit, tracker: Tracker, main: int) -> None:
    path = tracker.paths.setdefault(step.packet.id, [])
    before = len(path)
    node = tracker.place(step)
    if len(path) > before or isinstance(step, (t.HookEntered, t.Routed)):
        visit.seqs.setdefault((node, ""), step.seq)
    if step.where.hook:
        visit.seqs.setdefault((step.where.hook, _platform_of(step)), step.seq)
    if isinstance(step, t.HookEntered) and step.where.hook in _FRAMES_IN:
        visit.frames = visit.frames or step.seq
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
    last = path[-1] if path else ""
    if isinstance(step, t.Arrived):
        return "wire in"
    if isinstance(step, (t.Originated, t.Emitted)):
        return "process"
    if isinstance(step, t.HookEntered):
        if step.where.hook == FrameHook.OUTPUT and last in ("POSTROUTING", "ipsec out"):
            return "bridge out"
        return step.where.hook if step.where.hook in _HOOKS else ""
    if isinstance(step, t.Routed):
        return "routing" if step.where.in_iface else "routing out"
    if isinstance(step, t.Sent):
        return "wire out"
    if (isinstance(step, t.Noted) and step.topic is Topic.BRIDGE) or (
        isinstance(step, t.Fate) and step.at is ByPart.BRIDGE
    ):
        return "bridge" if last in ("wire in", "PREROUTING", "bridge") else "bridge out"
    if isinstance(step, t.Noted) and step.topic is Topic.IPSEC:
        return {"routing": "ipsec fwd", "INPUT": "ipsec in", "POSTROUTING": "ipsec out"}.get(
            last, ""
        )
    if isinstance(step, t.Fate) and is_at_socket(step):
        return "process"
    if isinstance(step, t.Fate) and step.where.hook not in _HOOKS and last == "wire in":
        return "bridge" if step.where.hook else ""  # ebtables' end, before any hook of IP
    return ""


def _platform_of(step: t.Step) -> str:
    if step.where.table:
        return step.where.table_name
    if isinstance(step, t.Conntrack):
        return "confirm" if step.event == "confirmed" else "conntrack"
    return "nat" if isinstance(step, t.NatApplied) else ""


def _ground(compiled: Compiled, family: int) -> _Ground:
    ruleset = compiled.rules.of(family)
    services = services_of(ruleset)
    orders = orders_of(ruleset, services, "legacy")
    hooks = {hook: frozenset(name for _, name in order) for hook, order in orders.items()}
    host = compiled.host
    return _Ground(
        ruleset, compiled.rules.bridge, hooks, _is_bridged(host), bool(host.policies or host.states)
    )


def _is_bridged(host: Host) -> bool:
    return any(interface.master for interface in host.interfaces.values())


def _drawing(shape: Shape, visit: _Visit, ground: _Ground) -> Drawing:
    quiet = [Line(path, _quiet(name, ground)) for name, path in shape.paths.items()]
    lit = [Line(shape.paths[name], state) for name, state in visit.lines.items()]
    lit.sort(key=lambda line: line.state == "main")
    quiet.sort(key=lambda line: line.state != "absent")
    stations = tuple(_station(name, shape, visit, ground) for name in STATIONS)
    return Drawing(shape, tuple(quiet + lit), stations)


def _quiet(line: str, ground: _Ground) -> str:
    if line in BRIDGE_LINES and not ground.bridged:
        return "absent"
    return "absent" if line in IPSEC_LINES and not ground.ipsec else ""


def _station(name: str, shape: Shape, visit: _Visit, ground: _Ground) -> Station:
    x, y = shape.places[name]
    right, down, anchor = shape.labels.get(name, shape.label)
    return Station(
        name=name,
        label=LABELS.get(name, name),
        x=x,
        y=y,
        label_x=x + right,
        label_y=y + down,
        anchor=anchor,
        seq=visit.seqs.get((name, ""), 0),
        is_hook=name in _HOOKS,
        is_interchange=name in INTERCHANGES,
        is_there=ground.has(name),
        is_passed=name in visit.passed and (name, "") not in visit.seqs,
        ends=visit.verdict if visit.end == name else "",
        detail=visit.detail.get(name, ""),
        about=about_station(name, ground.ruleset, ground.has(name))
        + (about_frames(ground.frames) if name.startswith("bridge") else ""),
        platforms=tuple(_platforms(name, shape, visit, ground)),
    )


def _platforms(name: str, shape: Shape, visit: _Visit, ground: _Ground) -> Iterator[Platform]:
    if name not in _HOOKS:
        return
    hook = Hook(name)
    x, y = shape.places[name]
    for number, (_, what) in enumerate(REGISTERED[hook], 1):
        yield Platform(
            name=what,
            x=x + shape.row_offset[0],
            y=y + shape.label[1] + number * shape.row_height,
            seq=visit.seqs.get((name, what), 0),
            is_there=what in ground.hooks[hook],
            about=about_platform(what, name, ground.ruleset, is_there=what in ground.hooks[hook]),
        )
