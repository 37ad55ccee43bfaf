"""-j SNPT and -j DNPT: swap IPv6 prefixes without state (net/ipv6/netfilter/ip6t_NPT.c).

RFC 6296: one word of the address takes up the difference of the prefixes' sums, so that no
checksum changes. ICMPv6 errors are handled in both directions.
"""

from __future__ import annotations

from ipaddress import IPv6Address

from sim.base.frozen import dataclass, replace
from sim.extensions.addresses import host_address, prefix_length
from sim.extensions.extension import (
    Answer,
    Context,
    Emit,
    Option,
    Refusal,
    Request,
    RuleContext,
    TargetType,
)
from sim.extensions.listing import Listing, plain
from sim.extensions.traits import Changes
from sim.model.replies import ReplyKind
from sim.model.rules import Args, Hook, Verdict
from sim.packet.checksum import ones_sum
from sim.packet.headers import IPPROTO_ICMPV6
from sim.packet.icmp import V6_PARAMETER_PROBLEM, icmp_error, is_error_allowed
from sim.packet.packet import Owner, Packet

_SOURCE, _DESTINATION = 8, 24  # places in the IPv6 header
_ERROR_TYPES = frozenset({b"\x01", b"\x02", b"\x03", b"\x04"})


@dataclass(frozen=True, slots=True)
class Prefix:
    """As typed: the kernel, not the tool, wants the bits behind the length to be zero."""

    address: IPv6Address
    length: int

    def __str__(self) -> str:
        return f"{self.address}/{self.length}"

    @property
    def mask(self) -> int:
        return (1 << 128) - (1 << (128 - self.length))

    def covers(self, address: bytes) -> bool:
        return int.from_bytes(address, "big") & self.mask == int(self.address) & self.mask


def _prefix(text: str, rule: RuleContext) -> Prefix:
    name, slash, length = text.partition("/")
    address = host_address(name, rule)
    assert isinstance(address, IPv6Address)
    return Prefix(address, prefix_length(length, 6) if slash else 128)


def load(args: Args, rule: RuleContext) -> None:
    for flag in ("--src-pfx", "--dst-pfx"):
        prefix = args.value(flag)
        if prefix.length > 64:
            raise Refusal("a prefix has at most 64 bits here", flag)
        if int(prefix.address) & ~prefix.mask:
            raise Refusal("the bits behind the prefix must be zero", flag)


def save(args: Args, family: int) -> str:
    return " ".join(
        f"{flag} {args.value(flag)}"
        for flag in ("--src-pfx", "--dst-pfx")
        if args.value(flag).length
    )


def adjustment(source: Prefix, destination: Prefix) -> int:
    """The difference of the prefixes' sums, as a 16-bit one's complement number."""
    return _add(ones_sum(source.address.packed), ~ones_sum(destination.address.packed) & 0xFFFF)


def _add(left: int, right: int) -> int:
    total = left + right
    return (total & 0xFFFF) + (total >> 16)


def mapped(address: bytes, source: Prefix, destination: Prefix) -> tuple[bytes, bool]:
    """The address with the other prefix. False: no word was left to take up the difference."""
    length = max(source.length, destination.length)
    mask = (1 << 128) - (1 << (128 - length))
    value = int.from_bytes(address, "big") & ~mask | int(destination.address) & mask
    new = bytearray(value.to_bytes(16, "big"))
    if length <= 48:
        word = 3
    else:
        free = [at for at in range(4, 8) if new[2 * at : 2 * at + 2] != b"\xff\xff"]
        if not free:
            return bytes(new), False
        word = free[0]
    old = int.from_bytes(new[2 * word : 2 * word + 2], "big")
    total = _add(old, adjustment(source, destination))
    new[2 * word : 2 * word + 2] = (0 if total == 0xFFFF else total).to_bytes(2, "big")
    return bytes(new), True


def _quoted_place(packet: Packet) -> int | None:
    """Where the packet quoted by an ICMPv6 error starts; extension headers are not looked past."""
    if packet.data[6] != IPPROTO_ICMPV6 or packet.data[40:41] not in _ERROR_TYPES:
        return None
    return 48 if packet.headers.length >= 88 else None


def _target(name: str, place: int, quoted: int, hooks: frozenset[Hook]) -> TargetType:
    end = "source" if place == _SOURCE else "destination"

    def apply(args: Args, ctx: Context) -> Answer:
        packet = ctx.packet
        source, destination = args.value("--src-pfx"), args.value("--dst-pfx")
        new, is_balanced = mapped(packet.data[place : place + 16], source, destination)
        data = bytearray(packet.data)
        data[place : place + 16] = new
        if not is_balanced:
            # The kernel has written the prefix already: that is what its error quotes.
            packet = replace(packet, data=bytes(data))
            text = f"dropped: the {end} leaves no word to balance the checksum"
            return Answer(Verdict.DROP, packet, text, _complaint(packet, ctx, place))
        inner = _quoted_place(packet)
        if inner is not None:
            at = inner + quoted
            if source.covers(bytes(data[at : at + 16])):
                data[at : at + 16], _ = mapped(bytes(data[at : at + 16]), source, destination)
        text = f"{end} becomes {IPv6Address(new)}"
        return Answer(Verdict.CONTINUE, replace(packet, data=bytes(data)), text)

    return TargetType(
        name,
        options=(
            Option("--src-pfx", _prefix, required=True, metavar="PREFIX", help="prefix to find"),
            Option("--dst-pfx", _prefix, required=True, metavar="PREFIX", help="prefix to put"),
        ),
        families=frozenset({6}),
        tables=frozenset({"mangle"}),
        hooks=hooks,
        load=load,
        save=save,
        apply=apply,
        help=f"swap the prefix of the {end}, without connection tracking",
        changes=Changes.ADDRESSES,
        listing=Listing(name, plain("src-pfx dst-pfx"), of_all=True),
        # Only what has that prefix stays neutral to checksums: the rule gets a condition for it.
        draw=lambda place: "--src-pfx 2001:db8:2::/64 --dst-pfx fd00:77::/64",
        examples=("--src-pfx 2001:db8:2::/64 --dst-pfx fd00:77::/64",),
    )


def _complaint(about: Packet, ctx: Context, place: int) -> tuple[Request, ...]:
    """Parameter problem, erroneous header field, pointing at the address."""
    if not is_error_allowed(about):
        return ()
    destination = about.headers.dst
    own = destination if ctx.runtime.routing.is_local(destination) else None
    data = icmp_error(about, V6_PARAMETER_PROBLEM, 0, own, place)
    packet = Packet(data, owner=Owner(uid=0, gid=0, has_file=False))
    emit = Emit(
        packet, ReplyKind.PARAMETER_PROBLEM, related=True, source_from_route=own is None,
        ttl_from_route=True,
    )  # fmt: skip
    return (emit,)


DNPT = _target("DNPT", _DESTINATION, _SOURCE, frozenset({Hook.PREROUTING, Hook.OUTPUT}))
SNPT = _target("SNPT", _SOURCE, _DESTINATION, frozenset({Hook.INPUT, Hook.POSTROUTING}))
