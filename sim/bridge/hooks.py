"""The bridge's own hooks: what ebtables has there."""

from __future__ import annotations

from sim.host import Interface
from sim.stack.core import Skb, Stack, Steps


def filtered(
    stack: Stack, skb: Skb, hook: str, bridge: Interface, port: str = "", out: str = ""
) -> Steps:
    """Walk the ebtables chains of a bridge hook; false: the frame ended there."""
    yield from ()
    return True
