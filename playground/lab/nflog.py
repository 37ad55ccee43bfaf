"""TRACE as the kernel tells it: an nfnetlink_log listener on group 0.

The kernel log is no way: it refuses messages from namespaces other than the first.
"""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playground.lab.errors import NotComparable
from playground.lab.netlink import NETLINK_NETFILTER, Message, Netlink, attribute, attributes

_SUBSYSTEM = 4  # NFNL_SUBSYS_ULOG
_PACKET, _CONFIG = _SUBSYSTEM << 8, _SUBSYSTEM << 8 | 1
_BIND, _PF_BIND = 1, 3
_COPY_PACKET = 2
_SO_RCVBUFFORCE = 33
PREFIX = "TRACE: "


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One line of TRACE. ``packet`` starts at the IP header; device names may be empty."""

    label: str  # "filter:INPUT:rule:3"
    in_iface: str
    out_iface: str
    mark: int
    packet: bytes
    physin: str = ""
    physout: str = ""
    uid: int | None = None


class TraceListener:
    """Reads what group 0 of the namespace it is made in logs."""

    def __init__(self, device_name: Callable[[int], str]) -> None:
        self._device_name = device_name
        self._netlink = Netlink(NETLINK_NETFILTER)
        self.socket = self._netlink.socket
        self.socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 8 << 20)
        self._netlink.request(
            [
                _config(socket.AF_INET, attribute(1, struct.pack("B", _PF_BIND))),
                _config(socket.AF_INET6, attribute(1, struct.pack("B", _PF_BIND))),
                _config(0, attribute(1, struct.pack("B", _BIND))),
                _config(0, attribute(2, struct.pack(">IBB", 0xFFFF, _COPY_PACKET, 0))),
                _config(0, attribute(5, struct.pack(">I", 1))),  # every message at once
            ]
        )
        self.socket.setblocking(False)
        self.other: list[str] = []  # prefixes of LOG and NFLOG that also land in group 0

    def close(self) -> None:
        self._netlink.close()

    def read(self) -> list[TraceLine]:
        """What has been logged so far, without waiting."""
        lines: list[TraceLine] = []
        while True:
            try:
                for kind, _, body in self._netlink.receive():
                    if kind == _PACKET:
                        lines.extend(self._line(body))
            except BlockingIOError:
                return lines
            except OSError as error:
                if error.errno == errno.ENOBUFS:
                    raise NotComparable("the kernel does not come to an end") from None
                raise

    def _line(self, body: bytes) -> Iterator[TraceLine]:
        found = dict(attributes(body, 4))
        prefix = found.get(10, b"").rstrip(b"\0").decode("ascii", "replace")
        if not prefix.startswith(PREFIX):
            self.other.append(prefix)
            return
        yield TraceLine(
            label=prefix.removeprefix(PREFIX).rstrip(),
            in_iface=self._device(found.get(4)),
            out_iface=self._device(found.get(5)),
            mark=int.from_bytes(found.get(2, b""), "big"),
            packet=found.get(9, b""),
            physin=self._device(found.get(6)),
            physout=self._device(found.get(7)),
            uid=int.from_bytes(found[11], "big") if 11 in found else None,
        )

    def _device(self, index: bytes | None) -> str:
        return "" if index is None else self._device_name(int.from_bytes(index, "big"))


def _config(family: int, attribute_: bytes) -> Message:
    body = struct.pack(">BBH", family, 0, 0) + attribute_
    return Message(_CONFIG, body, "listening to the kernel's trace (nfnetlink_log)", flags=0)
