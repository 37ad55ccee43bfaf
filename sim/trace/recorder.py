"""Steps get their number, their line and the time in one place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sim.extensions.runtime import RouteResult, Runtime
from sim.model.rules import FrameHook, Hook
from sim.packet.packet import Packet
from sim.trace.steps import Step, Where

S = TypeVar("S", bound=Step)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a packet is: the hook (if any), its devices, and how deep the story is nested.

    ``depth`` is that of the packet; the walk adds the user chains it is in. A step shows the
    bridge ports as the kernel's log does: each only beside the device it belongs to.
    """

    hook: Hook | FrameHook | None = None
    in_iface: str = ""
    out_iface: str = ""
    physin: str = ""
    physout: str = ""
    depth: int = 0
    route: RouteResult | None = None  # the packet's own; None: not routed, or bridged

    def at(self, hook: Hook | FrameHook | None, in_iface: str = "", out_iface: str = "") -> Place:
        return replace(self, hook=hook, in_iface=in_iface, out_iface=out_iface)

    def where(self) -> Where:
        return Where(
            hook=self.hook,
            in_iface=self.in_iface,
            out_iface=self.out_iface,
            physin=self.physin if self.in_iface else "",
            physout=self.physout if self.out_iface else "",
            depth=self.depth,
        )


class Recorder:
    """Makes steps. A step must be yielded right after it is made: ``seq`` has no gaps."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.line = 0

    def step(self, kind: type[S], packet: Packet, where: Where, **fields: Any) -> S:
        return kind(
            seq=self.runtime.seq(),
            line=self.line,
            now=self.runtime.now,
            packet=packet,
            where=where,
            **fields,
        )
