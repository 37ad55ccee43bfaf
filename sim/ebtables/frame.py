"""What a frame shows to rules: its Ethernet header, and ARP's fields."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address

from sim.extension import Context
from sim.packet import Packet
from sim.wire.headers import Headers

ETH_P_IP, ETH_P_ARP, ETH_P_IPV6, ETH_P_RARP = 0x0800, 0x0806, 0x86DD, 0x8035


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


def headers_of(ctx: Context, family: int) -> Headers | None:
    """The IP headers, if the frame carries that IP and enough of it."""
    wanted = ETH_P_IP if family == 4 else ETH_P_IPV6
    if ctx.packet.ethertype != wanted:
        return None
    try:
        headers = ctx.packet.headers
    except ValueError:
        return None
    return headers if headers.family == family else None


def mac_of(ctx: Context, *, source: bool) -> int:
    """An address of the Ethernet header as a number; 0 while the host has not filled it in."""
    link = ctx.packet.link
    text = "" if link is None else link.src_mac if source else link.dst_mac
    return int(text.replace(":", "") or "0", 16)


def bridge_name(ctx: Context, port: str) -> str:
    """The bridge of a port; empty when the device is none."""
    interface = ctx.host.interface(port) if port else None
    return interface.master if interface is not None else ""
