"""Steps get their number, their line and the time in one place."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from sim.base.frozen import dataclass, replace
from sim.extensions.runtime import RouteResult, Runtime
from sim.model.rules import FrameHook, Hook
from sim.packet.packet import Packet
from sim.trace.steps import Step, Where

S = TypeVar("S", bound=Step)
NOWHERE = Where()
# Stands in the walk for a step that nobody reads.
LEFT_OUT = Step(seq=0, line=0, where=NOWHERE, packet=Packet(b""))


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

    def __init__(self, runtime: Runtime, only: type[Step] | None = None) -> None:
        """``only``: the one kind of step that is read; ``None``: all are."""
        self.runtime = runtime
        self.only = only
        self.line = 0

    def step(self, kind: type[S], packet: Packet, where: Where | Place, **fields: Any) -> S:
        runtime = self.runtime
        seq = runtime.seq()
        if not self.makes(kind):
            return cast(S, LEFT_OUT)
        if isinstance(where, Place):
            where = where.where()
        return kind(seq=seq, line=self.line, now=runtime.now, packet=packet, where=where, **fields)

    def makes(self, kind: type[Step]) -> bool:
        """Does anybody read steps of this kind? What is not made has its number all the same."""
        return self.only is None or kind is self.only
