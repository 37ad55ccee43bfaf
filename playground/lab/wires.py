"""The far side of every wire: one namespace, one packet socket, frames in and out.

The peers are raw ports: no address, nothing answers. One socket hears all of them; it lives as
long as the laboratory, because closing a packet socket makes the kernel wait.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import socket
import struct
from dataclasses import dataclass

from playground.lab import devices
from playground.lab.errors import NotComparable
from playground.lab.namespace import Namespace, write_sysctl
from playground.lab.netlink import NETLINK_ROUTE, Netlink

ETH_P_ALL, ETH_P_IP, ETH_P_ARP, ETH_P_IPV6 = 0x0003, 0x0800, 0x0806, 0x86DD
_HEARD = (ETH_P_IP, ETH_P_IPV6, ETH_P_ARP)
SENTINEL = 0x88B5  # "local experimental" ethertype
_SOL_PACKET, _PACKET_IGNORE_OUTGOING = 263, 23
_PACKET_OUTGOING = 4
_SO_RCVBUFFORCE, _SO_SNDBUFFORCE = 33, 32
_SIOCETHTOOL, _ETHTOOL_GLINK, _ETHTOOL_STXCSUM = 0x8946, 0x0000000A, 0x00000017


@dataclass(frozen=True, slots=True)
class Frame:
    """What came out of a wire. ``packet`` starts behind the Ethernet header."""

    iface: str
    ethertype: int
    dst_mac: str
    src_mac: str
    packet: bytes


class Wires:
    """All peer ends of one laboratory."""

    def __init__(self) -> None:
        self.namespace = Namespace()
        with self.namespace.inside():
            for place in ("all", "default"):
                write_sysctl(f"net.ipv6.conf.{place}.disable_ipv6", "1")
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            self._route = Netlink(NETLINK_ROUTE)
            self._probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 8 << 20)
        self.socket.setsockopt(socket.SOL_SOCKET, _SO_SNDBUFFORCE, 4 << 20)
        self.socket.setblocking(False)
        self._next_index = 16
        self._names: dict[int, str] = {}
        self._indexes: dict[str, int] = {}

    def new_port(self, iface: str) -> tuple[str, int]:
        """Name and ifindex for the peer of ``iface`` of the machine now being built."""
        index = self._next_index
        self._next_index += 1
        self._names[index] = iface
        self._indexes[iface] = index
        return f"p{index}", index

    def connect(self) -> None:
        """Bring the peers of the machine now being built up."""
        self._route.request(
            devices.set_up(name, index, True) for name, index in self._indexes.items()
        )

    def ready(self) -> None:
        """Return when the peers can send. Asking for a link's state makes the kernel act on it;
        until then a device that just found its other end throws away what it is given."""
        for index in self._indexes.values():
            _ethtool(self._probe, f"p{index}", _ETHTOOL_GLINK)

    def forget(self) -> None:
        """The machine is gone: its ports are nobody's now."""
        self._names.clear()
        self._indexes.clear()

    def send(
        self, iface: str, dst_mac: str, src_mac: str, packet: bytes, ethertype: int = 0
    ) -> None:
        """One frame into ``iface``, as its wire would bring it; ``ethertype`` 0: IP's."""
        ethertype = ethertype or (ETH_P_IPV6 if packet[0] >> 4 == 6 else ETH_P_IP)
        frame = _bytes(dst_mac) + _bytes(src_mac) + struct.pack(">H", ethertype) + packet
        try:
            self.socket.sendto(frame, (self.port_of(iface), ethertype))
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            raise NotComparable("a frame longer than the MTU of the device it comes to") from None

    def port_of(self, iface: str) -> str:
        """The name of the wire's end here. Raises ``NotComparable``."""
        if iface not in self._indexes:
            raise NotComparable(f"nothing comes in on {iface} from a wire: name a port of it")
        return f"p{self._indexes[iface]}"

    def read(self) -> list[Frame]:
        """Frames of IP and ARP that came out so far, without waiting."""
        frames: list[Frame] = []
        while True:
            try:
                data, ancillary = self.socket.recvfrom(1 << 17)
            except BlockingIOError:
                return frames
            if ancillary[2] == _PACKET_OUTGOING or ancillary[1] not in _HEARD:
                continue
            iface = self._name(ancillary[0])
            if iface is None:
                continue
            frames.append(
                Frame(iface, ancillary[1], data[0:6].hex(":"), data[6:12].hex(":"), data[14:])
            )

    def _name(self, port: str) -> str | None:
        return self._names.get(int(port[1:])) if port[1:].isdecimal() else None

    def close(self) -> None:
        self.socket.close()
        self._route.close()
        self._probe.close()
        self.namespace.close()


def _bytes(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))


def checksum_here(probe: socket.socket, device: str) -> None:
    """Switch off checksum offload: what the wire carries is complete."""
    _ethtool(probe, device, _ETHTOOL_STXCSUM)


def _ethtool(probe: socket.socket, device: str, command: int) -> int:
    value = ctypes.create_string_buffer(struct.pack("=II", command, 0), 8)
    request = struct.pack("16sP24x", device.encode(), ctypes.addressof(value))
    fcntl.ioctl(probe.fileno(), _SIOCETHTOOL, request)
    return int(struct.unpack("=II", value.raw)[1])
