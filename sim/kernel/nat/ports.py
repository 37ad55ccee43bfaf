"""Which address and port a connection is bound to.

Theory. A binding must leave the *answers* of every connection distinguishable: the tuple that
answers will have must be free, over all entries, whether NAT made them or not. The order of
preference: for a source, the tuple as it is if it fits the wanted range; the mapping that the
same client port already has towards somebody else; then an address of the range by a hash (so
that one client stays on one address), with the port as it is; last, another port. Destination
ranges are searched from their lowest port, source ranges from a random place. If nothing is
free the last candidate is taken all the same, and the packet dies when its entry is confirmed.

Facts: net/netfilter/nf_nat_core.c (get_unique_tuple and what it calls), kernel 6.18.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from sim.base.frozen import dataclass, replace
from sim.base.jhash import jhash2, reciprocal_scale
from sim.extensions.extension import NatRange
from sim.kernel.conntrack.table import CtTable, Entry
from sim.kernel.conntrack.tcp_window import TcpTrack, after
from sim.model.flow import FlowTuple, Manip, TcpState
from sim.model.tuples import inverted
from sim.packet.headers import (
    IPPROTO_GRE,
    IPPROTO_ICMP,
    IPPROTO_ICMPV6,
    IPPROTO_SCTP,
    IPPROTO_TCP,
    IPPROTO_UDP,
    IPPROTO_UDPLITE,
)
from sim.packet.packet import Address

PORTS = frozenset({IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE, IPPROTO_SCTP})
QUERIES = frozenset({IPPROTO_ICMP, IPPROTO_ICMPV6})
ATTEMPTS = 128
EVICT_BELOW = 32  # in the last attempts a finished TCP connection may be evicted
AT_RANDOM = frozenset({"RANDOM", "RANDOM_FULLY"})


@dataclass(frozen=True, slots=True)
class Choice:
    """``at_random``: the kernel would have picked some port of the range, this or another."""

    tuple: FlowTuple
    at_random: bool = False


@dataclass(frozen=True, slots=True)
class Chooser:
    """``same_source``: entries whose source NAT is done, with this client port, newest first."""

    table: CtTable
    entry: Entry
    range: NatRange
    manip: Manip
    random: Random
    same_source: Iterable[Entry]

    def choose(self, current: FlowTuple) -> Choice:
        """The tuple for the packet behind this manip, given the one before it."""
        free_choice = not self.range.flags & AT_RANDOM
        if self.manip is Manip.SRC and free_choice:
            if self._fits(current):
                if self._is_free(current):
                    return Choice(current)
            else:
                reused = self._reused(current)
                if reused is not None:
                    return reused
        wanted = self._with_address(current)
        if free_choice and self._may_keep_port(wanted):
            return Choice(wanted)
        return self._with_port(wanted)

    # -- tests --------------------------------------------------------------------------------

    def _is_free(self, candidate: FlowTuple) -> bool:
        return self.table.taken(answer_to(candidate), self.entry) is None

    def _fits(self, candidate: FlowTuple) -> bool:
        """Is the source within the range? (Asked for source NAT only.)"""
        low, high = self.range.min_address, self.range.max_address
        if low is not None and high is not None and not low <= candidate.src <= high:  # type: ignore[operator]
            return False
        return self.range.min_port is None or self._port_fits(candidate)

    def _port_fits(self, candidate: FlowTuple) -> bool:
        low, high = self.range.min_port or 0, self.range.max_port or 0
        if candidate.protocol in QUERIES:
            return low <= candidate.sport <= high
        if candidate.protocol in PORTS or candidate.protocol == IPPROTO_GRE:
            return low <= self._key(candidate) <= high
        return True

    def _may_keep_port(self, candidate: FlowTuple) -> bool:
        wanted = self.range
        if wanted.min_port is None:
            return self._is_free(candidate)
        if "OFFSET" in wanted.flags or not self._port_fits(candidate):
            return False
        return wanted.min_port == wanted.max_port or self._is_free(candidate)

    # -- addresses ----------------------------------------------------------------------------

    def _reused(self, current: FlowTuple) -> Choice | None:
        for other in self.same_source:
            forward = answer_to(other.flow.reply)
            candidate = replace(current, src=forward.src, sport=forward.sport)
            if self._fits(candidate):
                if self._is_free(candidate):
                    return Choice(candidate, other.flow.port_is_random)
                return None
        return None

    def _with_address(self, current: FlowTuple) -> FlowTuple:
        low, high = self.range.min_address, self.range.max_address
        if low is None or high is None:
            return current
        address = low
        if low != high:
            persistent = "PERSISTENT" in self.range.flags
            address = hashed_address(
                current.src, current.dst, low, high, persistent, self.entry.flow.zone,
                overwrites_destination=self.manip is not Manip.SRC,
            )  # fmt: skip
        if self.manip is Manip.SRC:
            return replace(current, src=address)
        return replace(current, dst=address)

    # -- ports --------------------------------------------------------------------------------

    def _key(self, candidate: FlowTuple) -> int:
        if self.manip is Manip.SRC or candidate.protocol in QUERIES:
            return candidate.sport
        return candidate.dport

    def _with_key(self, candidate: FlowTuple, key: int) -> FlowTuple:
        if self.manip is Manip.SRC or candidate.protocol in QUERIES:
            return replace(candidate, sport=key)
        return replace(candidate, dport=key)

    def _search_space(self, candidate: FlowTuple) -> tuple[int, int] | None:
        """Lowest port and how many; ``None``: nothing may be changed."""
        wanted = self.range
        given = wanted.min_port is not None and wanted.max_port is not None
        if candidate.protocol in QUERIES:
            if given:
                return wanted.min_port, wanted.max_port - wanted.min_port + 1  # type: ignore[return-value, operator]
            return 0, 65536
        if candidate.protocol == IPPROTO_GRE and self.entry.flow.master is None:
            return None
        if candidate.protocol not in PORTS | {IPPROTO_GRE}:
            return None
        if given:
            low, high = sorted((wanted.min_port or 0, wanted.max_port or 0))
            return low, high - low + 1
        if self.manip is Manip.DST:
            return None
        # Ports below 512 prove who the sender is to some, so they stay below.
        port = self._key(candidate)
        if port < 512:
            return 1, 511
        return (600, 424) if port < 1024 else (1024, 64512)

    def _with_port(self, candidate: FlowTuple) -> Choice:
        space = self._search_space(candidate)
        if space is None:
            return Choice(candidate)
        low, size = space
        at_random = bool(self.range.flags & AT_RANDOM) or self.manip is Manip.SRC
        if "OFFSET" in self.range.flags:
            offset, at_random = self._key(candidate) - self.range.base_port & 0xFFFF, False
        else:
            offset = self.random.randrange(65536) if at_random else 0
        is_open = self._is_up_to_chance(candidate, low, size)
        attempts = min(size, ATTEMPTS)
        while True:
            for tried in range(attempts):
                candidate = self._with_key(candidate, low + offset % size)
                if self._is_free_or_evicted(candidate, attempts - tried):
                    return Choice(candidate, at_random and is_open)
                offset = offset + 1 & 0xFFFF
            if attempts >= size or attempts < 16:
                return Choice(candidate)  # no port is free: the last one tried
            attempts //= 2
            offset, at_random = self.random.randrange(65536), True

    def _is_up_to_chance(self, candidate: FlowTuple, low: int, size: int) -> bool:
        """Not if at most one port of a small range is free, and no pick of chance made it so."""
        if size > ATTEMPTS:
            return True
        free = 0
        for port in range(low, low + size):
            answer = answer_to(self._with_key(candidate, port))
            other = self.table.taken(answer, self.entry)
            if other is not None and other.flow.port_is_random:
                return True
            free += other is None
        return free > 1

    def _is_free_or_evicted(self, candidate: FlowTuple, left: int) -> bool:
        answer = answer_to(candidate)
        other = self.table.taken(answer, self.entry)
        if other is None:
            return True
        track = self.entry.track
        if (
            left > EVICT_BELOW
            or not isinstance(track, TcpTrack)
            or track.state is not TcpState.SYN_SENT
        ):
            return False
        return self._evict(other, track, answer)

    def _evict(self, other: Entry, track: TcpTrack, answer: FlowTuple) -> bool:
        """A source-NATed TCP connection that is over may make room for a newer one.

        Not if the new one's numbers are lower: late segments of the old would look right.
        """
        old = other.track
        if not isinstance(old, TcpTrack) or other.flow.original == answer:
            return False
        finished = old.state in (TcpState.TIME_WAIT, TcpState.CLOSE, TcpState.SYN_SENT2)
        if not finished or not other.flow.has("SRC_NAT"):
            return False
        if not after(track.seen[0].end, old.seen[0].end):
            return False
        self.table.kill(other)
        return True


def answer_to(bound: FlowTuple) -> FlowTuple:
    """What an answer looks like: only what has one has an entry that could be bound."""
    answer = inverted(bound)
    assert answer is not None
    return answer


def hashed_address(
    src: Address, dst: Address, low: Address, high: Address, persistent: bool, zone: int,
    *, overwrites_destination: bool = False,
) -> Address:  # fmt: skip
    """The address of a range that this source (and, unless persistent, destination) gets.

    Words are hashed in memory order, as on a little-endian machine. ``overwrites_destination``:
    a new destination is written over the old one word by word, and the hash goes on with what
    stands there then (find_best_ips_proto).
    """
    source = _memory_words(src.packed.ljust(16, b"\0"))
    target = _memory_words(dst.packed)
    hashed = jhash2(source, 0 if persistent else target[-1] ^ zone)
    lows, highs = _words(low.packed), _words(high.packed)
    chosen: list[int] = []
    full_range = False
    for at, (lowest, highest) in enumerate(zip(lows, highs, strict=True)):
        if full_range:
            # Above this word is free room: any value below the maximum will do.
            word = reciprocal_scale(hashed, 0xFFFFFFFF)
        else:
            size = highest - lowest + 1 & 0xFFFFFFFF
            word = lowest + reciprocal_scale(hashed, size) & 0xFFFFFFFF
        chosen.append(word)
        full_range |= word != highest
        if not persistent:
            written = int.from_bytes(word.to_bytes(4, "big"), "little")
            hashed ^= written if overwrites_destination else target[at]
    return type(low)(b"".join(word.to_bytes(4, "big") for word in chosen))


def _memory_words(packed: bytes) -> list[int]:
    return [int.from_bytes(packed[i : i + 4], "little") for i in range(0, len(packed), 4)]


def _words(packed: bytes) -> list[int]:
    return [int.from_bytes(packed[i : i + 4], "big") for i in range(0, len(packed), 4)]
