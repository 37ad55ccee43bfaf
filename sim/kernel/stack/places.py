"""Where sockets are, for what is said of a packet behind INPUT."""

from __future__ import annotations

from sim.base.values import address_text
from sim.kernel.stack.core import Stack
from sim.model.host import Socket
from sim.packet.packet import Packet
from sim.trace.outcomes.sockets import NothingListens

MOST_NAMED = 4


def given(packet: Packet) -> Socket | None:
    """The socket that TPROXY gave the packet to (skb_steal_sock)."""
    return packet.given_to if isinstance(packet.given_to, Socket) else None


def given_at(packet: Packet) -> str:
    """Where that socket is: not at the packet's own destination. Empty: TPROXY gave it to none."""
    socket = given(packet)
    if socket is None:
        return ""
    anywhere = "0.0.0.0" if socket.family == 4 else "::"
    address = address_text(socket.address) if socket.address is not None else anywhere
    return f"[{address}]:{socket.port}" if socket.family == 6 else f"{address}:{socket.port}"


def nothing_listens(stack: Stack, packet: Packet, protocol: str, port: int) -> NothingListens:
    """Nobody is there, and the other addresses of the port on which somebody is."""
    places = {
        socket.address
        for socket in stack.runtime.host.sockets
        if (socket.protocol, socket.port) == (protocol, port)
        and socket.address is not None
        and socket.address.version == packet.family
        and socket.address != packet.headers.dst
    }
    return NothingListens(protocol, port, tuple(sorted(places, key=int))[:MOST_NAMED])
