"""The built-in part of a rule: addresses, devices, protocol, fragment, in the kernel's order.

ip_packet_match (net/ipv4/netfilter/ip_tables.c) and ip6_packet_match (ip6_tables.c), where
``-p`` on a packet whose extension headers are cut short drops it on the spot.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address

from sim.base.frozen import dataclass
from sim.base.values import address_text
from sim.extensions.extension import Clause
from sim.model.rules import AddressMask, DeviceName, IpPart, Protocol
from sim.packet.headers import EXTENSION_HEADERS, IPPROTO_AH
from sim.packet.packet import Packet
from sim.packet.protocols import PROTOCOLS

PROTOCOL_NAMES = {number: name for name, number in reversed(PROTOCOLS.items())}


@dataclass(slots=True)
class View:
    """What the built-in part sees of a packet at a hook, read once for a whole table."""

    packet: Packet
    in_iface: str
    out_iface: str
    src: int = 0
    dst: int = 0
    protocol: int = 0
    is_later_fragment: bool = False
    is_cut_short: bool = False

    def __post_init__(self) -> None:
        headers = self.packet.headers
        self.src, self.dst = int(headers.src), int(headers.dst)
        self.protocol = headers.protocol
        self.is_later_fragment = headers.fragment_offset > 0
        self.is_cut_short = headers.family == 6 and headers.protocol in EXTENSION_HEADERS

    @property
    def src_text(self) -> str:
        return address_text(self.packet.headers.src)

    @property
    def dst_text(self) -> str:
        return address_text(self.packet.headers.dst)

    def stop_at_ah(self) -> None:
        """nf_tables looks for the protocol no further than IPv6's authentication header
        (nft_set_pktinfo_ipv6), ip6_tables looks behind it (ip6_packet_match)."""
        if any(kind == IPPROTO_AH for kind, _ in self.packet.headers.extensions):
            self.protocol = IPPROTO_AH


# One test of a rule. The clause it gives tells whether it held.
Test = Callable[[View], Clause]


def tests_of(part: IpPart) -> tuple[Test, ...]:
    """The tests of a rule's built-in part, in the order the kernel makes them."""
    tests: list[Test] = []
    if part.source is not None:
        tests.append(_address(part.source, "-s"))
    if part.destination is not None:
        tests.append(_address(part.destination, "-d"))
    if part.in_iface is not None:
        tests.append(_device(part.in_iface, "-i"))
    if part.out_iface is not None:
        tests.append(_device(part.out_iface, "-o"))
    if part.protocol is not None:
        tests.append(_protocol(part.protocol))
    if part.fragment is not None:
        tests.append(_fragment(part.fragment))
    return tuple(tests)


def first_failing(part: IpPart, view: View) -> tuple[str, bool] | None:
    """The first of the tests that does not hold, without a clause's texts: its flag, negated?

    ``None``: all hold.
    """
    source, destination = part.source, part.destination
    if source is not None and (view.src & source.mask == source.address) == source.negated:
        return "-s", source.negated
    if (
        destination is not None
        and (view.dst & destination.mask == destination.address) == destination.negated
    ):
        return "-d", destination.negated
    in_iface, out_iface, protocol = part.in_iface, part.out_iface, part.protocol
    if in_iface is not None and _is_device(in_iface, view.in_iface) == in_iface.negated:
        return "-i", in_iface.negated
    if out_iface is not None and _is_device(out_iface, view.out_iface) == out_iface.negated:
        return "-o", out_iface.negated
    if protocol is not None and not _is_protocol(protocol, view):
        return "-p", protocol.negated
    if part.fragment is not None and view.is_later_fragment != part.fragment:
        return "-f", not part.fragment
    return None


def address_mask_text(wanted: AddressMask) -> str:
    """``10.0.0.0/8`` as iptables-save prints it; the mask in full when it has holes."""
    bits = 32 if wanted.family == 4 else 128
    kind = IPv4Address if wanted.family == 4 else IPv6Address
    address = address_text(kind(wanted.address))
    ones = bin(wanted.mask).count("1")
    if wanted.mask == (1 << bits) - (1 << (bits - ones)):
        return f"{address}/{ones}"
    return f"{address}/{address_text(kind(wanted.mask))}"


def _address(wanted: AddressMask, flag: str) -> Test:
    want, mask, value, negated = (
        address_mask_text(wanted),
        wanted.mask,
        wanted.address,
        wanted.negated,
    )
    if flag == "-s":

        def test(view: View) -> Clause:
            held = (view.src & mask == value) != negated
            return Clause("ip", "-s", want, view.src_text, negated, held)

    else:

        def test(view: View) -> Clause:
            held = (view.dst & mask == value) != negated
            return Clause("ip", "-d", want, view.dst_text, negated, held)

    return test


def _device(wanted: DeviceName, flag: str) -> Test:
    want = wanted.name + ("+" if wanted.prefix else "")
    negated = wanted.negated

    def test(view: View) -> Clause:
        seen = view.in_iface if flag == "-i" else view.out_iface
        held = _is_device(wanted, seen) != negated
        return Clause("ip", flag, want, seen or "no device", negated, held)

    return test


def _is_device(wanted: DeviceName, name: str) -> bool:
    """Whether it is the device, whatever the rule wants it for."""
    return name.startswith(wanted.name) if wanted.prefix else name == wanted.name


def _protocol(wanted: Protocol) -> Test:
    want, negated = protocol_text(wanted.number), wanted.negated

    def test(view: View) -> Clause:
        held = _is_protocol(wanted, view)
        return Clause("ip", "-p", want, protocol_text(view.protocol), negated, held)

    return test


def _is_protocol(wanted: Protocol, view: View) -> bool:
    """Whether the rule's clause holds."""
    return (view.protocol == wanted.number) != wanted.negated and not view.is_cut_short


def _fragment(wanted: bool) -> Test:
    def test(view: View) -> Clause:
        seen = "a later fragment" if view.is_later_fragment else "whole or a first fragment"
        return Clause("ip", "-f", "", seen, not wanted, view.is_later_fragment == wanted)

    return test


def protocol_text(number: int) -> str:
    return PROTOCOL_NAMES.get(number, str(number))
