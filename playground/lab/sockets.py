"""Sockets of the scenario's host: those that listen, those that send, those that stay silent.

A sender is a raw socket that gives the kernel a whole packet, made while the thread has the
user's file-system ids: those are what ``-m owner`` and ``ip rule uidrange`` look at, and the
right to open raw sockets is not lost with them.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address

from playground.lab.account import Datagram
from playground.lab.errors import LabError, NotComparable
from playground.lab.netlink import Message, Netlink
from sim.model.host import Socket
from sim.packet.headers import ACK, IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_TCP, RST, SYN
from sim.packet.packet import Address, Owner, Packet

_libc = ctypes.CDLL(None, use_errno=True)
_SYS_SETGROUPS = 116 if os.uname().machine == "x86_64" else 159
_SO_ATTACH_FILTER, _IP_FREEBIND, _IPV6_FREEBIND = 26, 15, 78
_TCP_REPAIR, _TCP_REPAIR_ON = 19, 1
_SO_BINDTODEVICE = 25
_NETLINK_SOCK_DIAG, _SOCK_DESTROY = 4, 21
_IP_TRANSPARENT, _IPV6_TRANSPARENT = 19, 75


@contextmanager
def as_user(uid: int, gid: int, groups: tuple[int, ...] = ()) -> Iterator[None]:
    """Files that this thread opens meanwhile belong to that user and group."""
    mine = os.getgroups()
    try:
        _setgroups(groups)
        _libc.setfsgid(ctypes.c_uint(gid))
        _libc.setfsuid(ctypes.c_uint(uid))
        yield
    finally:
        _libc.setfsuid(ctypes.c_uint(os.geteuid()))
        _libc.setfsgid(ctypes.c_uint(os.getegid()))
        _setgroups(tuple(mine))


def _setgroups(groups: tuple[int, ...]) -> None:
    array = (ctypes.c_uint * len(groups))(*groups)
    if _libc.syscall(_SYS_SETGROUPS, len(groups), array):
        raise LabError(f"setgroups: {os.strerror(ctypes.get_errno())}")


def attach(item: socket.socket, program: list[tuple[int, int, int, int]]) -> None:
    """Attach a classic socket filter: (code, jump if true, jump if false, k) each."""
    code = b"".join(struct.pack("=HBBI", *step) for step in program)
    memory = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("HL", len(program), ctypes.addressof(memory))
    item.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, head)


_LOAD_WORD, _LOAD_HALF, _LOAD_BYTE = 0x20, 0x28, 0x30
_JUMP_EQUAL, _AND, _RETURN = 0x15, 0x54, 0x06
_EVERYTHING, _NET_OFFSET = 0xFFFFFFFF, 0xFFF00000  # SKF_NET_OFF
SWALLOW = [(_RETURN, 0, 0, 0)]


Peer = tuple[int, bytes, int]  # where in the IP header its address begins, that, its port


def deaf_to(peers: list[Peer]) -> list[tuple[int, int, int, int]]:
    """A filter for a listener: every SYN is heard, and all else except what those peers send."""
    program = [
        (_LOAD_BYTE, 0, 0, 13),
        (_AND, 0, 0, SYN | ACK),
        (_JUMP_EQUAL, 0, 1, SYN),
        (_RETURN, 0, 0, _EVERYTHING),
    ]
    for place, address, port in peers:
        left = len(address) // 2 + 1  # instructions of this peer still to come
        program += [(_LOAD_HALF, 0, 0, 0), (_JUMP_EQUAL, 0, left, port)]
        for at in range(0, len(address), 4):
            left -= 2
            word = int.from_bytes(address[at : at + 4], "big")
            program += [
                (_LOAD_WORD, 0, 0, _NET_OFFSET + place + at),
                (_JUMP_EQUAL, 0, left, word),
            ]
        program.append((_RETURN, 0, 0, 0))
    return [*program, (_RETURN, 0, 0, _EVERYTHING)]


class Sockets:
    """All sockets of one machine. Make and use it inside the machine's namespace."""

    def __init__(self, scope_of: Callable[[Address], int]) -> None:
        """``scope_of``: the index that has to be said beside an address; 0: none."""
        self._scope_of = scope_of
        self._open: list[socket.socket] = []
        self._held: dict[tuple[object, ...], socket.socket] = {}
        self._listeners: list[tuple[Socket, socket.socket, list[Peer]]] = []

    def close(self) -> None:
        for item in self._open:
            item.close()
        self._open.clear()

    def listen(self, wanted: Socket) -> None:
        """A real socket for a ``listen`` line."""
        kinds = {"tcp": (socket.SOCK_STREAM, 6), "udp": (socket.SOCK_DGRAM, 17)}
        if wanted.protocol == "udplite":
            kinds["udplite"] = (socket.SOCK_DGRAM, 136)
        if wanted.protocol == "raw":
            kinds["raw"] = (socket.SOCK_RAW, wanted.port)
        if wanted.protocol not in kinds:
            raise NotComparable(f"listen {wanted.protocol} is not built here")
        kind, protocol = kinds[wanted.protocol]
        family = socket.AF_INET if wanted.family == 4 else socket.AF_INET6
        with as_user(wanted.uid, wanted.gid):
            item = socket.socket(family, kind, protocol)
        self._open.append(item)
        item.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _freebind(item)
        if family == socket.AF_INET6:
            item.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(wanted.v6only))
        if wanted.transparent:
            _set(item, _IP_TRANSPARENT, _IPV6_TRANSPARENT)
        if wanted.dev:
            item.setsockopt(socket.SOL_SOCKET, _SO_BINDTODEVICE, wanted.dev.encode() + b"\0")
        address = str(wanted.address) if wanted.address else ("" if wanted.family == 4 else "::")
        try:
            item.bind(self._end(wanted.address or address, wanted.port))
            if wanted.address is not None and wanted.address.is_multicast:
                _join(item, wanted.address, wanted.dev)
            if kind == socket.SOCK_STREAM:
                item.listen(64)
                self._listeners.append((wanted, item, []))
        except OSError as error:
            raise NotComparable(
                f"listen {wanted.protocol} {address}:{wanted.port}: {error.strerror}"
            ) from None

    def read(self) -> list[Datagram]:
        """What has come in for the sockets of UDP and UDP-Lite, each once."""
        found: dict[Datagram, None] = {}
        for item in self._open:
            if item.type != socket.SOCK_DGRAM:
                continue
            while True:
                try:
                    data, peer = item.recvfrom(1 << 16, socket.MSG_DONTWAIT)
                except OSError as error:
                    if error.errno != errno.EAGAIN:
                        continue  # an ICMP error that is told to the socket
                    break
                source = ip_address(peer[0].partition("%")[0])
                mapped = source.ipv4_mapped if source.version == 6 else None
                port = item.getsockname()[1]
                found[Datagram(port, (mapped or source).packed, peer[1], data)] = None
        return list(found)

    @property
    def has_accepted(self) -> bool:
        """Is a listener kept from answering somebody who is connected to it?"""
        return any(peers for _, _, peers in self._listeners)

    def deafen(self, packet: Packet) -> None:
        """A SYN reached a listener: what else comes from that peer is taken and not answered.

        The simulation's connections are made of the packets that the scenario names; what a
        real connection would add (acknowledgements, resends) stays out on both sides.
        """
        headers = packet.headers
        if headers.tcp is None or headers.tcp.flags & (SYN | ACK) != SYN:
            return
        for wanted, item, peers in self._listeners:
            if wanted.port == headers.dport:
                peers.append(_peer(packet))
                attach(item, deaf_to(peers))

    def _forget(self, packet: Packet) -> None:
        """A reset ended what a listener had begun: it hears that peer again, from the start.

        The half-open connection is taken away from outside. The listener has not heard what
        came since, so to it the reset would stand at the wrong place and be challenged.
        """
        headers = packet.headers
        for wanted, item, peers in self._listeners:
            if wanted.port == headers.dport and _peer(packet) in peers:
                destroy(packet)
                peers[:] = [peer for peer in peers if peer != _peer(packet)]
                attach(item, deaf_to(peers))

    def after(self, packet: Packet) -> None:
        """A packet reached a socket: a SYN opens a connection, a reset ends one."""
        headers = packet.headers
        if headers.tcp is None:
            return
        self.deafen(packet)
        if headers.tcp.flags & RST:
            self._forget(packet)
        key = (headers.protocol, headers.dst, headers.dport, headers.src, headers.sport)
        if headers.tcp.flags & RST and key in self._held:
            self._held.pop(key).close()

    def hold(self, packet: Packet, owner: Owner) -> None:
        """The socket that a local packet implies: it takes what comes back and says nothing."""
        headers = packet.headers
        key = (headers.protocol, headers.src, headers.sport, headers.dst, headers.dport)
        if key in self._held:
            return
        family = socket.AF_INET if headers.family == 4 else socket.AF_INET6
        with as_user(owner.uid, owner.gid, owner.groups):
            try:
                if headers.tcp is not None:
                    self._held[key] = self._hold_tcp(family, packet)
                elif headers.udp is not None:
                    self._held[key] = self._hold_udp(family, packet)
                elif headers.protocol not in (IPPROTO_TCP, IPPROTO_ICMP, IPPROTO_ICMPV6):
                    item = socket.socket(family, socket.SOCK_RAW, headers.protocol)
                    self._open.append(item)
            except OSError as error:
                if error.errno not in (
                    errno.EADDRINUSE,
                    errno.EADDRNOTAVAIL,
                    errno.EINVAL,
                    errno.ENETUNREACH,
                    errno.EHOSTUNREACH,
                    errno.EACCES,
                ):
                    raise

    def _end(
        self, address: Address | str, port: int | None = 0, near: Address | None = None
    ) -> tuple[str, int] | tuple[str, int, int, int]:
        """As ``bind`` and ``sendto`` take it. What is sent to a link goes where ``near`` is."""
        if isinstance(address, str) or address.version == 4:
            return str(address), port or 0
        scope = self._scope_of(address) if address.is_link_local else 0
        if near is not None and (address.is_link_local or address.is_multicast):
            scope = self._scope_of(near)
        return str(address), port or 0, 0, scope

    def _hold_tcp(self, family: int, packet: Packet) -> socket.socket:
        headers = packet.headers
        item = socket.socket(family, socket.SOCK_STREAM)
        self._open.append(item)
        item.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR, _TCP_REPAIR_ON)
        _freebind(item)
        attach(item, SWALLOW)
        item.bind(self._end(headers.src, headers.sport))
        item.connect(self._end(headers.dst, headers.dport, headers.src))
        return item

    def _hold_udp(self, family: int, packet: Packet) -> socket.socket:
        headers = packet.headers
        item = socket.socket(family, socket.SOCK_DGRAM, headers.protocol)
        self._open.append(item)
        item.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _freebind(item)
        item.bind(self._end(headers.src, headers.sport))
        return item

    def send(self, packet: Packet, owner: Owner) -> str:
        """Send the packet's very bytes. Gives the errno's name when the kernel refuses."""
        headers = packet.headers
        family = socket.AF_INET if headers.family == 4 else socket.AF_INET6
        with as_user(owner.uid, owner.gid, owner.groups):
            item = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self._open.append(item)
        item.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        if packet.mark:
            item.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, packet.mark)
        _freebind(item)
        if headers.family == 4:
            item.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, headers.tos)
        else:
            item.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, headers.tos)
            device = self._scope_of(headers.src)  # groups beyond a link have no scope to be said
            item.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, device)
        try:
            if not headers.src.is_unspecified:
                item.bind(self._end(headers.src))
            item.sendto(packet.data, self._end(headers.dst, near=headers.src))
        except OSError as error:
            return errno.errorcode.get(error.errno or 0, str(error))
        return ""


def destroy(packet: Packet) -> None:
    """Have the kernel forget the TCP connection that ``packet`` came in on (SOCK_DESTROY)."""
    headers = packet.headers
    number = socket.AF_INET if headers.family == 4 else socket.AF_INET6
    ends = struct.pack(">HH", headers.dport or 0, headers.sport or 0)
    ends += headers.dst.packed.ljust(16, b"\0") + headers.src.packed.ljust(16, b"\0")
    ends += struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)
    body = struct.pack("=BBBBI", number, IPPROTO_TCP, 0, 0, 0xFFFFFFFF) + ends
    diagnosis = Netlink(_NETLINK_SOCK_DIAG)
    try:
        diagnosis.request([Message(_SOCK_DESTROY, body, "forgetting a connection", 0)])
    except LabError:
        pass  # there was none, or this kernel cannot (CONFIG_INET_DIAG_DESTROY)
    finally:
        diagnosis.close()


def _peer(packet: Packet) -> Peer:
    headers = packet.headers
    return 12 if headers.family == 4 else 8, headers.src.packed, headers.sport or 0


def _join(item: socket.socket, group: Address, dev: str) -> None:
    """Join a multicast group on a device, or on all of them."""
    for index, name in socket.if_nameindex():
        if dev not in ("", name) or name == "lo":
            continue
        if group.version == 4:
            request = struct.pack("=4s4si", group.packed, bytes(4), index)
            item.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
        else:
            request = struct.pack("=16si", group.packed, index)
            item.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)


def _freebind(item: socket.socket) -> None:
    _set(item, _IP_FREEBIND, _IPV6_FREEBIND)


def _set(item: socket.socket, v4: int, v6: int) -> None:
    if item.family == socket.AF_INET:
        item.setsockopt(socket.IPPROTO_IP, v4, 1)
    else:
        item.setsockopt(socket.IPPROTO_IPV6, v6, 1)
