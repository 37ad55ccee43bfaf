"""What a frame shows to rules: its Ethernet header, and the IP packet in it."""

from __future__ import annotations

from sim.extensions.extension import Context
from sim.packet.headers import Headers

ETH_P_IP, ETH_P_IPV6 = 0x0800, 0x86DD


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
