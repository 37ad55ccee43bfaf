"""Netlink by hand: messages, attributes, a socket that sends many at once and reads the answers."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from playground.lab.errors import LabError

NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 0x1, 0x4, 0x300
NLM_F_EXCL, NLM_F_CREATE, NLM_F_APPEND = 0x200, 0x400, 0x800
NLMSG_ERROR, NLMSG_DONE = 2, 3
NETLINK_ROUTE, NETLINK_NETFILTER = 0, 12

_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")


@dataclass(frozen=True, slots=True)
class Message:
    """One request. ``what`` says in words what it does, for the error."""

    kind: int
    body: bytes
    what: str
    flags: int = NLM_F_CREATE | NLM_F_EXCL


def attribute(kind: int, value: bytes) -> bytes:
    """One attribute, padded to four bytes."""
    return _ATTRIBUTE.pack(4 + len(value), kind) + value + bytes(-len(value) % 4)


def nested(kind: int, *inside: bytes) -> bytes:
    return attribute(kind | 0x8000, b"".join(inside))


def u32(kind: int, value: int) -> bytes:
    return attribute(kind, struct.pack("=I", value))


def text(kind: int, value: str) -> bytes:
    return attribute(kind, value.encode() + b"\0")


def attributes(data: bytes, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """(kind, value) of every attribute from ``start`` on."""
    while start + 4 <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, start)
        if length < 4:
            return
        yield kind & 0x3FFF, data[start + 4 : start + length]
        start += (length + 3) & ~3


class Netlink:
    """A netlink socket in the namespace in which it was made."""

    def __init__(self, protocol: int) -> None:
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
        self.socket.bind((0, 0))
        self._sequence = 0

    def close(self) -> None:
        self.socket.close()

    def request(self, messages: Iterable[Message]) -> None:
        """Send all in one datagram and wait for every acknowledgement.

        Raises ``LabError`` for the first that the kernel refuses, with its words.
        """
        waiting: dict[int, str] = {}
        parts = []
        for message in messages:
            self._sequence += 1
            waiting[self._sequence] = message.what
            parts.append(
                _HEADER.pack(
                    16 + len(message.body),
                    message.kind,
                    NLM_F_REQUEST | NLM_F_ACK | message.flags,
                    self._sequence,
                    0,
                )
                + message.body
                + bytes(-len(message.body) % 4)
            )
        if not parts:
            return
        self.socket.send(b"".join(parts))
        failure = ""
        while waiting:
            for kind, sequence, body in self.receive():
                if kind != NLMSG_ERROR or sequence not in waiting:
                    continue
                what = waiting.pop(sequence)
                (code,) = struct.unpack_from("=i", body)
                if code and not failure:
                    failure = f"{what}: {os.strerror(-code)}"
        if failure:
            raise LabError(failure)

    def dump(self, kind: int, body: bytes) -> Iterator[bytes]:
        """The bodies of all answers to a dump request."""
        self._sequence += 1
        flags = NLM_F_REQUEST | NLM_F_DUMP
        self.socket.send(_HEADER.pack(16 + len(body), kind, flags, self._sequence, 0) + body)
        while True:
            for answer, sequence, part in self.receive():
                if sequence != self._sequence:
                    continue
                if answer in (NLMSG_DONE, NLMSG_ERROR):
                    return
                yield part

    def receive(self) -> Iterator[tuple[int, int, bytes]]:
        """(kind, sequence, body) of the messages of the next datagram."""
        data = self.socket.recv(1 << 18)
        start = 0
        while start + 16 <= len(data):
            length, kind, _, sequence, _ = _HEADER.unpack_from(data, start)
            yield kind, sequence, data[start + 16 : start + length]
            start += (length + 3) & ~3
