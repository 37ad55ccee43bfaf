"""The host's sockets: those the host text names, and those that its packets imply.

A ``local`` packet comes from a socket that stays open, so answers to it are delivered. A SYN to
a listener opens a connection, so what follows on it is delivered too. Choice among several:
compute_score (net/ipv4/udp.c, inet_hashtables.c).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from itertools import chain

from sim.base.frozen import dataclass
from sim.base.kept import Kept
from sim.model.host import Host, Socket
from sim.packet.headers import (
    IPPROTO_ICMP,
    IPPROTO_ICMPV6,
    IPPROTO_TCP,
    IPPROTO_UDP,
    IPPROTO_UDPLITE,
)
from sim.packet.packet import Address, Owner, Packet

NAMES = {
    IPPROTO_TCP: "tcp",
    IPPROTO_UDP: "udp",
    IPPROTO_UDPLITE: "udplite",
    33: "dccp",
    132: "sctp",
}


_Port = tuple[str, int]  # a protocol's name, and a port of it


def _by_port(host: Host) -> Mapping[_Port, list[Socket]]:
    found: dict[_Port, list[Socket]] = {}
    for socket in host.sockets:
        found.setdefault((socket.protocol, socket.port), []).append(socket)
    return found


# Of the host's text, in its order: a run with many senders must not look at all of them.
_SOCKETS = Kept[Host, Mapping[_Port, list[Socket]]](_by_port)


@dataclass(frozen=True, slots=True)
class Connection:
    """One end of a conversation, named from the host's side."""

    protocol: str
    local: Address
    port: int
    remote: Address
    remote_port: int


@dataclass(slots=True)
class Request:
    """A connection that a listener has answered with SYN+ACK (request_sock)."""

    their_seq: int
    our_seq: int
    window: int = 0  # offered with the SYN+ACK, and by how many bits later ones are shifted
    shift: int = 0
    repeated: int | None = None  # when a repetition was last answered, in jiffies


@dataclass
class Sockets:
    """``runtime.SocketView`` of a run: it learns as packets leave and arrive."""

    host: Host
    bound: dict[_Port, list[Socket]] = field(default_factory=dict)  # by what packets imply
    connections: dict[Connection, Socket] = field(default_factory=dict)
    requests: dict[Connection, Request] = field(default_factory=dict)
    raw: dict[tuple[int, int], Socket] = field(default_factory=dict)  # (family, protocol)
    pings: set[tuple[int, int]] = field(default_factory=set)  # (family, id) of echo requests

    def find(
        self, protocol: str, destination: Address, port: int, source: Address, sport: int, dev: str
    ) -> Socket | None:
        """The socket that a packet to ``destination`` would be given to."""
        connection = Connection(protocol, destination, port, source, sport)
        found = self.connections.get(connection)
        return found if found is not None else self.listener(protocol, destination, port, dev)

    def member(
        self, protocol: str, group: Address, port: int, source: Address, sport: int, dev: str
    ) -> Socket | None:
        """The socket that gets what is sent to a multicast group, though none has joined it.

        A socket of IPv4 gets all groups (IP_MULTICAST_ALL), one of IPv6 those of IPv6 alone:
        ip_mc_sf_allow (net/ipv4/igmp.c), inet6_create (net/ipv6/af_inet6.c).
        """
        found = self.connections.get(Connection(protocol, group, port, source, sport))
        there = self._unconnected((protocol, port))
        return found or _best((one for one in there if one.family == group.version), group, dev)

    def has_connection(
        self, protocol: str, local: Address, port: int, remote: Address, remote_port: int
    ) -> bool:
        """Is there a connected socket, whose own address is therefore set?"""
        return Connection(protocol, local, port, remote, remote_port) in self.connections

    def listener(self, protocol: str, address: Address, port: int, dev: str) -> Socket | None:
        """The listening or unconnected socket for an address: the most particular one."""
        return _best(self._unconnected((protocol, port)), address, dev)

    def _unconnected(self, at: _Port) -> Iterator[Socket]:
        return chain(_SOCKETS.of(self.host).get(at, ()), self.bound.get(at, ()))

    def accepts_raw(self, family: int, protocol: int) -> bool:
        """Does any raw socket take this protocol?"""
        if (family, protocol) in self.raw:
            return True
        names = (str(protocol), NAMES.get(protocol, ""))
        return any(
            socket.protocol == "raw" and socket.family == family and socket.port == protocol
            for socket in self.host.sockets
        ) or any(
            socket.protocol in names and protocol not in (IPPROTO_TCP, IPPROTO_UDP)
            for socket in self.host.sockets
        )

    def connected(self, packet: Packet) -> Socket | None:
        """The connection that a packet arriving here belongs to."""
        headers = packet.headers
        if headers.sport is None or headers.dport is None:
            return None
        name = NAMES.get(headers.protocol, "")
        return self.connections.get(
            Connection(name, headers.dst, headers.dport, headers.src, headers.sport)
        )

    def is_accepted(self, packet: Packet) -> bool:
        """Does it belong to a connection that a listener has taken?"""
        return self.connected(packet) in self.host.sockets

    def note_local(self, packet: Packet) -> None:
        """A process sends ``packet``: from now on there is a socket that its answers reach."""
        headers = packet.headers
        if headers.fragment_offset:
            return
        if headers.protocol in (IPPROTO_ICMP, IPPROTO_ICMPV6):
            if headers.icmp is not None:
                self.pings.add((headers.family, headers.icmp.ident))
            return
        if headers.sport is None or headers.dport is None:
            self.raw.setdefault((headers.family, headers.protocol), _implied("raw", packet))
            return
        name = NAMES[headers.protocol]
        if headers.protocol == IPPROTO_TCP:
            connection = Connection(name, headers.src, headers.sport, headers.dst, headers.dport)
            self.connections.setdefault(connection, _implied(name, packet))
            return
        new = _implied(name, packet)
        there = self.bound.setdefault((name, new.port), [])
        if all(socket.address != new.address for socket in there):
            there.append(new)

    def note_accepted(self, packet: Packet, socket: Socket, request: Request) -> None:
        """A SYN reached a listener: the connection exists from now on."""
        connection = connection_of(packet)
        self.connections[connection] = socket
        self.requests[connection] = request

    def note_closed(self, packet: Packet) -> None:
        """A reset ended the connection that ``packet`` belongs to."""
        self.connections.pop(connection_of(packet), None)
        self.requests.pop(connection_of(packet), None)


def connection_of(packet: Packet) -> Connection:
    """The connection of a packet that arrives, seen from the host."""
    headers = packet.headers
    name = NAMES.get(headers.protocol, "")
    return Connection(name, headers.dst, headers.dport or 0, headers.src, headers.sport or 0)


def _implied(protocol: str, packet: Packet) -> Socket:
    owner = packet.owner or Owner(0, 0)
    headers = packet.headers
    port = headers.sport if headers.sport is not None else headers.protocol
    return Socket(protocol, headers.family, headers.src, port, owner.uid, owner.gid)


def _best(sockets: Iterable[Socket], address: Address, dev: str) -> Socket | None:
    best, best_score = None, -1
    for socket in sockets:
        score = _score(socket, address, dev)
        if score > best_score:
            best, best_score = socket, score
    return best


def _score(socket: Socket, address: Address, dev: str) -> int:
    """How particular a socket is about the packet; negative: it does not want it."""
    score = 0
    if socket.address is not None:
        if socket.address != address:
            return -1
        score += 4
    elif socket.family == 6 and address.version == 4:
        if socket.v6only:
            return -1
    elif socket.family != address.version:
        return -1
    else:
        score += 1  # of the packet's own family before a dual-stack one
    if socket.dev:
        if socket.dev != dev:
            return -1
        score += 4
    return score


def owner_of(socket: Socket) -> Owner:
    """Who owns what the kernel sends for a socket."""
    return Owner(socket.uid, socket.gid)
