"""Where something was decided, as people say it."""

from __future__ import annotations

from sim.base.values import address_text
from sim.model.rules import table_name
from sim.packet.packet import Address, Packet
from sim.trace.outcomes.decided import ByPolicy, ByRule


def place_text(by: ByRule | ByPolicy) -> str:
    """``filter INPUT rule 3``, ``the filter INPUT policy``."""
    chain = f"{table_name(by.family, by.table)} {by.chain}"
    if isinstance(by, ByPolicy):
        return f"the {chain} policy"
    return f"{chain} rule {by.number}"


def source_text(packet: Packet) -> str:
    """``203.0.113.1:40000``, or the address alone: where a packet comes from."""
    return _end(packet.headers.src, packet.headers.sport)


def target_text(packet: Packet) -> str:
    """Where it goes."""
    return _end(packet.headers.dst, packet.headers.dport)


def _end(address: Address, port: int | None) -> str:
    text = address_text(address)
    if port is None:
        return text
    return f"[{text}]:{port}" if address.version == 6 else f"{text}:{port}"
