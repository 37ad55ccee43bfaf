"""Addresses for addresses: networks stay networks, and what was in one stays in it.

An address is cut into pieces where a prefix begins that the texts mention, there or beside it.
Each piece becomes another by a permutation that the key and the network around it choose, so
that who knows one pair knows no other; all zeros and all ones stay, so that network and broadcast
addresses stay what they are. Where rules carry host parts across networks (NETMAP), a piece is
moved the same way in each. What means something by itself (loopback, link-local, multicast,
private ranges) stays in its range.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from sim.base.frozen import dataclass

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Ranges that mean something: an address stays in the first that holds it.
_RANGES = [
    ip_network(text)
    for text in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "2000::/3",
    )
]  # fmt: skip
# And those in which every address does.
_KEPT = [
    ip_network(text)
    for text in (
        "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3",
        "::/16", "fe80::/10", "ff00::/8", "64:ff9b::/96",
    )
]  # fmt: skip
USUAL = {4: (24,), 6: (64,)}  # cut there, too, whatever is mentioned
_SPECIAL4 = [net for net in (*_RANGES, *_KEPT) if isinstance(net, IPv4Network)]
# First octets all of whose addresses are public, and those that private ranges share.
_PUBLIC = [n for n in range(1, 224) if n not in (10, 100, 127, 169, 172, 192)]
_MIXED = (100, 169, 172, 192)
Block = tuple[int, int, int]  # family, length, the bits of that length


@dataclass
class Mapping:
    """What stands for what. ``cuts``: by block, the next length at which one of the prefixes
    inside it begins; ``frozen``: blocks of ranges, whose order must stay; ``lengths``: where
    every address is cut; ``carries``: host parts go from network to network."""

    key: bytes
    cuts: dict[Block, int]
    frozen: frozenset[Block]
    lengths: dict[int, tuple[int, ...]]
    keeps_octets: bool  # a prefix shorter than 8 is mentioned, or rules look by such a length
    carries: bool
    _known: dict[Address, Address] = field(default_factory=dict)

    def __call__(self, address: Address) -> Address:
        """The address that stands for this one."""
        found = self._known.get(address)
        if found is None:
            found = self._known[address] = self._mapped(address)
        return found

    def network(self, network: Network) -> Network:
        """The network that stands for this one; its host bits are zero as before."""
        base = int(self(network.network_address)) & int(network.netmask)
        if network.version == 4:
            return IPv4Network((base, network.prefixlen))
        return IPv6Network((base, network.prefixlen))

    def _mapped(self, address: Address) -> Address:
        version, width, number = address.version, address.max_prefixlen, int(address)
        if any(address in kept for kept in _KEPT if kept.version == version):
            return address
        ranges = (r.prefixlen for r in _RANGES if r.version == version and address in r)
        start = next(ranges, 0 if version == 4 else width)  # other IPv6 is nobody's
        made = number >> (width - start)
        if version == 4 and start == 0:
            start, made = self._public(number)
        while start < width:
            block = (version, start, number >> (width - start))
            if block in self.frozen:
                break
            end = self._end(block, width)
            piece = number >> (width - end) & ((1 << (end - start)) - 1)
            made = made << (end - start) | self._moved(block, end, piece)
            start = end
        rest = number & ((1 << (width - start)) - 1)
        return type(address)(made << (width - start) | rest)

    def _end(self, block: Block, width: int) -> int:
        """Where the piece ends that begins behind a block."""
        version, start, _ = block
        usual = (length for length in self.lengths[version] if length > start)
        return min(self.cuts.get(block, width), *usual, width)

    def _moved(self, block: Block, end: int, piece: int) -> int:
        version, start, bits = block
        size = end - start
        around = 0 if self.carries else bits
        where = b"%d %d %d %d" % (version, start, end, around)
        top = (1 << size) - 1
        if piece in (0, top) or size < 2:
            return piece
        made = self._permuted(where, size, piece)
        while made in (0, top):
            made = self._permuted(where, size, made)
        return made

    def _permuted(self, where: bytes, size: int, number: int) -> int:
        """A Feistel network over so many bits (Luby and Rackoff)."""
        right_size = size // 2
        left, right = number >> right_size, number & ((1 << right_size) - 1)
        left_size = size - right_size
        for turn in range(6):
            digest = hashlib.sha256(b"%d %d %s " % (turn, right, where) + self.key).digest()
            left ^= int.from_bytes(digest[:16], "big") & ((1 << left_size) - 1)
            left, right, left_size, right_size = right, left, right_size, left_size
        return left << right_size | right

    def _public(self, number: int) -> tuple[int, int]:
        """The first octet of a public IPv4 address, or two where private ranges share it."""
        octet, second = number >> 24, number >> 16 & 255
        if octet not in _MIXED:
            if self.keeps_octets or octet not in _PUBLIC:
                return 8, octet
            return 8, self._shuffled(b"octet", _PUBLIC, octet)
        cut = self._end((4, 8, octet), 32)
        if self.keeps_octets or cut < 16 or second in (0, 255):
            return 16, number >> 16
        alike = [
            n for n in range(1, 255)
            if not any(IPv4Address(octet << 24 | n << 16) in r for r in _SPECIAL4)
        ]  # fmt: skip
        return 16, octet << 8 | self._shuffled(b"second %d" % octet, alike, second)

    def _shuffled(self, where: bytes, among: list[int], one: int) -> int:
        order = sorted(
            among, key=lambda n: hashlib.sha256(b"%s %d " % (where, n) + self.key).digest()
        )
        return order[among.index(one)]


def mapping_for(
    key: bytes,
    prefixes: Iterable[Network],
    ranges: Iterable[Network] = (),
    lengths: Iterable[int] = (),
    *,
    carries: bool = False,
) -> Mapping:
    """``prefixes``: that the texts mention; ``ranges``: networks that cover one each;
    ``lengths``: by which rules look at addresses (``--connlimit-mask``)."""
    frozen = {_block(network) for network in ranges}
    blocks = {_block(network) for network in prefixes} | frozen
    usual = {version: tuple(sorted({*lengths, *USUAL[version]} - {0})) for version in (4, 6)}
    shorter_ones = {
        version: sorted(
            {length for kind, length, _ in blocks if kind == version}
            | {r.prefixlen for r in _RANGES if r.version == version}
            | {8 if version == 4 else 3, 16, *usual[version]}
        )
        for version in (4, 6)
    }
    cuts: dict[Block, int] = {}
    for version, length, bits in blocks:
        for shorter in shorter_ones[version]:
            if shorter >= length:
                break
            outer = (version, shorter, bits >> (length - shorter))
            cuts[outer] = min(cuts.get(outer, length), length)
    asked = [*(length for version, length, _ in blocks if version == 4), *usual[4]]
    short = any(0 < length < 8 for length in asked)
    return Mapping(key, cuts, frozenset(frozen), usual, short, carries)


def _block(network: Network) -> Block:
    length = network.prefixlen
    bits = int(network.network_address) >> (network.max_prefixlen - length)
    return network.version, length, bits


def covering(first: Address, last: Address) -> Network:
    """The smallest network that holds both ends of a range."""
    width = first.max_prefixlen
    length = width - (int(first) ^ int(last)).bit_length()
    base = int(first) >> (width - length) << (width - length)
    return IPv4Network((base, length)) if first.version == 4 else IPv6Network((base, length))
