"""The network that the map draws: places, the lines between them, and two shapes of it.

It is always the same network; ``diagram`` says what a host has of it and where a packet went.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

# Where a packet can be.
STATIONS = (
    "wire in", "bridge", "PREROUTING", "routing", "ipsec fwd", "FORWARD", "POSTROUTING",
    "ipsec out", "bridge out", "wire out", "INPUT", "ipsec in", "process", "routing out", "OUTPUT",
)  # fmt: skip
INTERCHANGES = frozenset({"routing", "routing out", "bridge", "bridge out"})
# What each pair of places that follow each other is joined by.
LINES: dict[tuple[str, str], tuple[str, ...]] = {
    ("wire in", "PREROUTING"): ("a",),
    ("PREROUTING", "routing"): ("b",),
    ("routing", "ipsec fwd"): ("c1",),
    ("routing", "FORWARD"): ("c1", "c2"),
    ("ipsec fwd", "FORWARD"): ("c2",),
    ("FORWARD", "POSTROUTING"): ("d",),
    ("POSTROUTING", "ipsec out"): ("e1",),
    ("POSTROUTING", "bridge out"): ("e1", "e2"),
    ("POSTROUTING", "wire out"): ("e1", "e2", "e3"),
    ("ipsec out", "bridge out"): ("e2",),
    ("ipsec out", "wire out"): ("e2", "e3"),
    ("bridge out", "wire out"): ("e3",),
    ("routing", "INPUT"): ("f",),
    ("PREROUTING", "INPUT"): ("b", "f"),
    ("INPUT", "ipsec in"): ("g1",),
    ("INPUT", "process"): ("g1", "g2"),
    ("ipsec in", "process"): ("g2",),
    ("process", "routing out"): ("h",),
    ("process", "OUTPUT"): ("h", "i"),
    ("process", "POSTROUTING"): ("h", "i", "j"),
    ("routing out", "OUTPUT"): ("i",),
    ("routing out", "POSTROUTING"): ("i", "j"),
    ("OUTPUT", "POSTROUTING"): ("j",),
    ("OUTPUT", "routing out"): ("i",),  # the re-route of a packet that OUTPUT changed
    ("POSTROUTING", "PREROUTING"): ("lo",),  # what the host sends to itself
    ("POSTROUTING", "INPUT"): ("lo", "b", "f"),  # the same, a copy that br_netfilter leads past
    ("wire in", "bridge"): ("m",),
    ("PREROUTING", "bridge"): ("k",),
    ("bridge", "FORWARD"): ("l",),
    ("bridge", "PREROUTING"): ("k",),  # BROUTING left the frame to its port
    ("bridge", "routing"): ("k", "b"),  # the host's own copy of what is for everybody
    ("bridge out", "POSTROUTING"): ("e1", "e2"),  # each fragment of TEE's copy again
    ("bridge", "wire out"): ("n",),
    ("ipsec out", "OUTPUT"): ("x",),  # what was packed begins again
    ("ipsec in", "PREROUTING"): ("y",),  # what was unpacked begins again
}
# What the map has no line for: ARP, and the reset of a bridged connection, take no hook of IP.
NOT_JOINED = frozenset(
    {
        ("wire in", "process"),
        ("bridge", "process"),
        ("process", "wire out"),
        ("process", "bridge out"),
    }
)
BRIDGE_LINES = frozenset("klmn")
IPSEC_LINES = frozenset("xy")
LABELS = {
    "wire in": "in",
    "wire out": "out",
    "bridge": "bridge",
    "bridge out": "bridge",
    "routing": "routing",
    "routing out": "routing",
    "process": "local process",
    "ipsec fwd": "IPsec",
    "ipsec in": "IPsec",
    "ipsec out": "IPsec",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """Coordinates of one drawing: places, the path of each line, the look of the lists.

    ``labels``: (dx, dy, anchor) of the names that do not stand where most do.
    """

    name: str
    width: int
    height: int
    places: dict[str, tuple[int, int]]
    paths: dict[str, str]
    label: tuple[int, int, str]
    labels: dict[str, tuple[int, int, str]]
    row_offset: tuple[int, int]
    row_height: int


_ABOVE = (0, -15, "middle")
WIDE = Shape(
    "wide",
    816,
    396,
    {
        "wire in": (16, 84), "bridge": (188, 36), "PREROUTING": (96, 84), "routing": (236, 84),
        "ipsec fwd": (300, 84), "FORWARD": (364, 84), "POSTROUTING": (532, 84),
        "ipsec out": (656, 84), "bridge out": (724, 84), "wire out": (800, 84),
        "INPUT": (288, 232), "ipsec in": (352, 232), "process": (396, 232),
        "routing out": (436, 232), "OUTPUT": (472, 232),
    },
    {
        "a": "M16 84H96", "b": "M96 84H236", "c1": "M236 84H300", "c2": "M300 84H364",
        "d": "M364 84H532", "e1": "M532 84H656", "e2": "M656 84H724", "e3": "M724 84H800",
        "f": "M236 84l20 20V212l20 20H288", "g1": "M288 232H352", "g2": "M352 232H396",
        "h": "M396 232H436", "i": "M436 232H472",
        "j": "M472 232H484l20 -20V104l20 -20H532", "lo": "M532 84l-72 -72H168l-72 72",
        "k": "M96 84l48 -48H188", "l": "M188 36H316l48 48", "m": "M16 84l48 -48H188",
        "n": "M188 36H752l48 48", "x": "M656 84l-20 20V212l-20 20H472",
        "y": "M352 232l-20 -20H84l-20 -20V104l20 -20H96",
    },
    (-6, 24, "start"),
    {
        "wire out": (8, 24, "end"), "bridge": (8, -10, "start"), "routing": _ABOVE,
        "ipsec fwd": _ABOVE, "ipsec out": _ABOVE, "bridge out": _ABOVE, "ipsec in": _ABOVE,
        "routing out": _ABOVE, "process": (0, 26, "middle"),
    },
    (0, 20),
    19,
)  # fmt: skip
TALL = Shape(
    "tall",
    360,
    832,
    {
        "wire in": (96, 20), "bridge": (48, 188), "PREROUTING": (96, 64), "routing": (96, 188),
        "ipsec fwd": (96, 228), "FORWARD": (96, 268), "POSTROUTING": (96, 640),
        "ipsec out": (96, 740), "bridge out": (96, 776), "wire out": (96, 812),
        "INPUT": (228, 268), "ipsec in": (228, 400), "process": (228, 432),
        "routing out": (228, 464), "OUTPUT": (228, 504),
    },
    {
        "a": "M96 20V64", "b": "M96 64V188", "c1": "M96 188V228", "c2": "M96 228V268",
        "d": "M96 268V640", "e1": "M96 640V740", "e2": "M96 740V776", "e3": "M96 776V812",
        "f": "M96 188l20 20H208l20 20V268", "g1": "M228 268V400", "g2": "M228 400V432",
        "h": "M228 432V464", "i": "M228 464V504",
        "j": "M228 504V600l-20 20H116l-20 20", "lo": "M96 640l-80 -80V144l80 -80",
        "k": "M96 64l-48 48V188", "l": "M48 188V220l48 48", "m": "M96 20l-48 48V188",
        "n": "M48 188V764l48 48",
        "x": "M96 740l20 -20H320l20 -20V500l-20 -20H252l-24 24",
        "y": "M228 400l20 -20H320l20 -20V64l-20 -20H116l-20 20",
    },
    (16, 4, "start"),
    {"bridge": (0, 24, "middle")},
    (16, 4),
    17,
)  # fmt: skip


def between(nodes: Iterable[str]) -> Iterator[str]:
    """The lines that join the places of a path."""
    for pair in pairwise(nodes):
        yield from LINES.get(pair, ())


def passed(nodes: Iterable[str]) -> Iterator[str]:
    """The places that the lines of a path lead past without a stop."""
    for before, behind in pairwise(nodes):
        lines = LINES.get((before, behind), ())
        for (begin, end), first in LINES.items():
            if begin == before and end != behind and lines[: len(first)] == first:
                yield end
