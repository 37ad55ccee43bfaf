"""--ip-… and --ip6-…: the headers of IP inside a frame (ebt_ip.c, ebt_ip6.c)."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from sim.base.values import Exactly, Range, address_text
from sim.extensions.args import dotted, integer, ipv6, own_port
from sim.extensions.extension import Context, Field, MatchType, Option, Refusal, RuleContext
from sim.extensions.frames.frame import headers_of
from sim.extensions.frames.values import Hex, Network, Types
from sim.extensions.matchers.icmp_types import ICMP, ICMPV6, Names
from sim.extensions.protocol_names import protocol_name, protocol_number
from sim.model.rules import Args
from sim.packet.headers import IPPROTO_ICMP, IPPROTO_ICMPV6, Headers

IPPROTO_IGMP, IPPROTO_FRAGMENT, IPPROTO_NONE = 2, 44, 59
WITH_PORTS = frozenset({6, 17, 33, 132, 136})
_IGMP = {
    "membership-query": 0x11, "membership-report-v1": 0x12, "membership-report-v2": 0x16,
    "leave-group": 0x17, "membership-report-v3": 0x22,
}  # fmt: skip


# ---- values


def network4(text: str, rule: RuleContext) -> Network:
    """``ADDRESS[/MASK]``, the mask of any shape; a host name counts as one address."""
    name, slash, mask_text = text.partition("/")
    address = _address4(name, rule)
    mask = 0xFFFFFFFF
    if slash:
        if "." in mask_text:
            mask = int(dotted(mask_text))
        else:
            length = integer(mask_text, 0, 32)
            mask = 0xFFFFFFFF >> 32 - length << 32 - length if length else 0
    return Network(IPv4Address(int(address) & mask), mask)


def _address4(text: str, rule: RuleContext) -> IPv4Address:
    try:
        return dotted(text)
    except ValueError:
        for known in rule.names.hostnames.get(text, ()):
            if isinstance(known, IPv4Address):
                return known
        raise


def _network6(text: str, rule: RuleContext) -> Network:
    name, slash, mask_text = text.partition("/")
    mask = (1 << 128) - 1
    if slash:
        if ":" in mask_text:
            mask = int(ipv6(mask_text))
        else:
            length = integer(mask_text, 0, 128)
            mask = mask >> 128 - length << 128 - length if length else 0
    return Network(IPv6Address(int(ipv6(name)) & mask), mask)


def _protocol(text: str, rule: RuleContext) -> Exactly:
    number = protocol_number(text.lower())
    return Exactly(number, protocol_name(number) if number else "ip")


def _tos(text: str, rule: RuleContext) -> Hex:
    return Hex(integer(text, 0, 255))


def _ports(text: str, rule: RuleContext) -> Range:
    first, colon, second = text.partition(":")
    low = _port(first) if first else 0
    if not colon:
        return Range(low, low)
    high = _port(second) if second else 65535
    if low > high:
        raise ValueError(f"the port range {text} is backwards: {low} is above {high}")
    return Range(low, high)


def _port(text: str) -> int:
    return own_port(text, None)


def _types(names: Names) -> Callable[[str, RuleContext], Types]:
    """``NAME`` or ``TYPE[:TYPE][/CODE[:CODE]]``."""

    def parse(text: str, rule: RuleContext) -> Types:
        for name, type_, low, high in names:
            if name.lower() == text.lower():
                return _named(names, (type_, type_), (low, high))
        types, slash, codes = text.partition("/")
        try:
            return _named(names, _pair(types), _pair(codes) if slash else (0, 255))
        except ValueError:
            raise ValueError(
                f'"{text}" is no type by name and not TYPE[:TYPE][/CODE[:CODE]] up to 255'
            ) from None

    return parse


def _named(names: Names, types: tuple[int, int], codes: tuple[int, int]) -> Types:
    for name, type_, low, high in names:
        if types == (type_, type_) and codes == (low, high):
            return Types(types, codes, name)
    return Types(types, codes)


def _pair(text: str) -> tuple[int, int]:
    first, colon, second = text.partition(":")
    low = integer(first, 0, 255)
    high = integer(second, 0, 255) if colon else low
    if low > high:
        raise ValueError("backwards")
    return low, high


def _igmp(text: str, rule: RuleContext) -> Exactly:
    number = _IGMP.get(text.lower())
    if number is None:
        number = integer(text, 0, 255)
    names = {value: name for name, value in _IGMP.items()}
    return Exactly(number, names.get(number, str(number)))


# ---- what the packet has


def _read(family: int, what: Callable[[Headers], Any]) -> Callable[[Context], Any]:
    def read(ctx: Context) -> Any:
        headers = headers_of(ctx, family)
        return None if headers is None else what(headers)

    return read


def _carried(headers: Headers) -> int | None:
    """The protocol as the kernel finds it: it stops at a later fragment's header."""
    if headers.family == 4:
        return headers.protocol
    if headers.protocol == IPPROTO_NONE:
        return None
    return IPPROTO_FRAGMENT if headers.fragment_offset else headers.protocol


def _first_bytes(protocol: int, count: int) -> Callable[[Context], Any]:
    """The first bytes behind the IP header, where that protocol's begins."""
    family = 6 if protocol == IPPROTO_ICMPV6 else 4

    def read(ctx: Context) -> Any:
        headers = headers_of(ctx, family)
        if headers is None or headers.protocol != protocol or headers.fragment_offset:
            return None
        found = ctx.packet.data[headers.payload_offset :]
        if len(found) < 4:
            return None
        return found[0] if count == 1 else (found[0], found[1])

    return read


def _pair_text(value: tuple[int, int]) -> str:
    return f"{value[0]}/{value[1]}"


def _fields(family: int) -> dict[str, Field]:
    names = {"src": "source address", "dst": "destination address", "tos": "TOS"}
    return {
        "src": Field(names["src"], _read(family, lambda h: h.src), address_text),
        "dst": Field(names["dst"], _read(family, lambda h: h.dst), address_text),
        "tos": Field(names["tos"], _read(family, lambda h: h.tos), lambda v: f"{v:#04x}"),
        "proto": Field("protocol", _read(family, _carried), protocol_name),
        "sport": Field("source port", _read(family, lambda h: h.sport)),
        "dport": Field("destination port", _read(family, lambda h: h.dport)),
    }


# ---- what the kernel refuses


def _needs(family: int) -> Callable[[Args, RuleContext], None]:
    prefix, name = ("--ip-", "IPv4") if family == 4 else ("--ip6-", "IPv6")
    ethertype = 0x0800 if family == 4 else 0x86DD

    def load(args: Args, rule: RuleContext) -> None:
        if rule.protocol != ethertype or rule.protocol_negated:
            raise Refusal(f"{prefix}… needs -p {name}", hint=f"write -p {name} before it")
        for arg in args:
            wanted = _wanted_protocol(arg.flag, prefix)
            proto = args.get(f"{prefix}proto")
            if wanted and (proto is None or proto.negated or proto.value.value not in wanted):
                names = " or ".join(protocol_name(number) for number in sorted(wanted)[:3])
                raise Refusal(f"{arg.flag} needs {prefix}proto {names}", arg.flag)

    return load


def _wanted_protocol(flag: str, prefix: str) -> frozenset[int]:
    if flag in (f"{prefix}sport", f"{prefix}dport"):
        return WITH_PORTS
    return {
        "--ip-icmp-type": frozenset({IPPROTO_ICMP}),
        "--ip-igmp-type": frozenset({IPPROTO_IGMP}),
        "--ip6-icmp-type": frozenset({IPPROTO_ICMPV6}),
    }.get(flag, frozenset())


def _options(family: int, *behind_proto: Option) -> tuple[Option, ...]:
    p, fields = ("--ip-" if family == 4 else "--ip6-"), _fields(family)
    network = network4 if family == 4 else _network6
    tos = "tos" if family == 4 else "tclass"
    return (
        Option(f"{p}src", network, aliases=(f"{p}source",), invert=True, field=fields["src"],
               metavar="ADDRESS[/MASK]", help="source address of the packet inside"),
        Option(f"{p}dst", network, aliases=(f"{p}destination",), invert=True, field=fields["dst"],
               metavar="ADDRESS[/MASK]", help="destination address of the packet inside"),
        Option(f"{p}{tos}", _tos, invert=True, field=fields["tos"], metavar="NUMBER",
               help="all eight bits of TOS or traffic class"),
        Option(f"{p}proto", _protocol, aliases=(f"{p}protocol",), invert=True,
               field=fields["proto"], metavar="PROTOCOL", help="transport protocol"),
        *behind_proto[:-1],
        Option(f"{p}sport", _ports, aliases=(f"{p}source-port",), invert=True,
               field=fields["sport"], metavar="PORT[:PORT]", help="source port"),
        Option(f"{p}dport", _ports, aliases=(f"{p}destination-port",), invert=True,
               field=fields["dport"], metavar="PORT[:PORT]", help="destination port"),
        *behind_proto[-1:],
    )  # fmt: skip


IP = MatchType(
    "ip",
    options=_options(
        4,
        Option("--ip-icmp-type", _types(ICMP), invert=True, metavar="TYPE[/CODE]",
               field=Field("ICMP header", _first_bytes(IPPROTO_ICMP, 2), _pair_text)),
        Option("--ip-igmp-type", _igmp, invert=True, metavar="TYPE",
               field=Field("IGMP header", _first_bytes(IPPROTO_IGMP, 1))),
    ),
    load=_needs(4),
    by_fields=True,
    help="the IPv4 header inside the frame",
)  # fmt: skip
IP6 = MatchType(
    "ip6",
    options=_options(
        6,
        Option("--ip6-icmp-type", _types(ICMPV6), invert=True, metavar="TYPE[/CODE]",
               field=Field("ICMPv6 header", _first_bytes(IPPROTO_ICMPV6, 2), _pair_text)),
    ),
    load=_needs(6),
    by_fields=True,
    help="the IPv6 header inside the frame",
)  # fmt: skip
