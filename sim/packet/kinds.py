"""Netfilter's and the link's words for a packet: what its frame was to us, its state to conntrack.

Both print as what they are called on a command line, so a step and a dump read the same.
"""

from __future__ import annotations

from enum import StrEnum


class PacketType(StrEnum):
    """skb->pkt_type (PACKET_..., include/uapi/linux/if_packet.h)."""

    HOST = "host"
    BROADCAST = "broadcast"
    MULTICAST = "multicast"
    OTHERHOST = "otherhost"  # another station's frame, seen all the same
    LOOPBACK = "loopback"  # our own copy of what we sent to many


class CtState(StrEnum):
    """What ``--ctstate`` calls a packet (enum ip_conntrack_info)."""

    INVALID = "INVALID"  # conntrack has not seen it, or refused it
    NEW = "NEW"
    RELATED = "RELATED"
    ESTABLISHED = "ESTABLISHED"
    UNTRACKED = "UNTRACKED"
