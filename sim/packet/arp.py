"""ARP messages (RFC 826): read and made."""

from __future__ import annotations

from ipaddress import IPv4Address

from sim.base.frozen import dataclass
from sim.packet.packet import Packet

ETH_P_ARP, ETH_P_RARP = 0x0806, 0x8035
REQUEST, REPLY = 1, 2


@dataclass(frozen=True, slots=True)
class Arp:
    """An ARP message (RFC 826). Addresses are ``None`` where they have another size."""

    hardware: int
    protocol: int
    operation: int
    sender_mac: int | None = None
    sender: IPv4Address | None = None
    target_mac: int | None = None
    target: IPv4Address | None = None


def arp_of(packet: Packet) -> Arp | None:
    """The message, or ``None`` when the frame is none or too short to be one."""
    data = packet.data
    if packet.ethertype not in (ETH_P_ARP, ETH_P_RARP) or len(data) < 8:
        return None
    hardware, protocol, operation = (int.from_bytes(data[at : at + 2], "big") for at in (0, 2, 6))
    mac_size, size = data[4], data[5]
    if len(data) < 8 + 2 * (mac_size + size):
        return Arp(hardware, protocol, operation)
    parts, at = [], 8
    for length in (mac_size, size, mac_size, size):
        parts.append(data[at : at + length])
        at += length
    macs = [int.from_bytes(part, "big") if mac_size == 6 else None for part in parts[0::2]]
    ends = [IPv4Address(part) if size == 4 else None for part in parts[1::2]]
    return Arp(hardware, protocol, operation, macs[0], ends[0], macs[1], ends[1])


def arp_bytes(
    operation: int, sender_mac: str, sender: IPv4Address, target_mac: str, target: IPv4Address
) -> bytes:
    """A message about IPv4 addresses on Ethernet."""
    head = bytes.fromhex("000108000604") + operation.to_bytes(2, "big")
    macs = [bytes.fromhex(mac.replace(":", "")) for mac in (sender_mac, target_mac)]
    return head + macs[0] + sender.packed + macs[1] + target.packed


def arp_text(packet: Packet) -> str:
    """``arp request 10.0.0.1 -> 10.0.0.2``"""
    message = arp_of(packet)
    if message is None:
        return "an ARP message that is cut short"
    what = {REQUEST: "request", REPLY: "reply"}.get(message.operation, str(message.operation))
    return f"arp {what} {message.sender or '?'} -> {message.target or '?'}"
