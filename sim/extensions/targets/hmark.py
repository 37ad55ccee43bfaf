"""-j HMARK: a mark computed from addresses and ports (net/netfilter/xt_HMARK.c).

Both directions of a connection get the same mark: addresses and ports are put in order before
they are hashed.
"""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.base.jhash import jhash_3words, reciprocal_scale
from sim.extensions.addresses import prefix_length
from sim.extensions.args import number
from sim.extensions.ct_template import entry
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Answer, Context, Option, Refusal, RuleContext, TargetType
from sim.extensions.listing import saved_options
from sim.model.rules import Args, Verdict
from sim.packet.headers import IPPROTO_AH, IPPROTO_ICMP, IPPROTO_ICMPV6, dissect

# Where the ports (or the SPI) are: proto_ports_offset() of include/linux/in.h.
_PORTS_AT = {6: 0, 17: 0, 33: 0, 50: 0, 132: 0, 136: 0, IPPROTO_AH: 4}
_QUOTING_TYPES = frozenset({3, 4, 5, 11, 12})
_TUPLE_WORDS = ("src", "dst", "sport", "dport", "spi", "proto", "ct")
_TUPLE_FLAGS = {
    "src": "--hmark-src-prefix",
    "dst": "--hmark-dst-prefix",
    "sport": "--hmark-sport-mask",
    "dport": "--hmark-dport-mask",
    "spi": "--hmark-spi-mask",
    "proto": "--hmark-proto-mask",
}
_SPI = ("--hmark-spi-mask", "--hmark-spi")
_PORTS = ("--hmark-sport-mask", "--hmark-dport-mask", "--hmark-sport", "--hmark-dport")


def _words(text: str, rule: RuleContext) -> tuple[str, ...]:
    words = tuple(text.lower().split(","))
    for word in words:
        if word not in _TUPLE_WORDS:
            raise ValueError(f'"{word}" is not one of {", ".join(_TUPLE_WORDS)}')
    return words


def _prefix(text: str, rule: RuleContext) -> int:
    return prefix_length(text, rule.family)


@dataclass(frozen=True, slots=True)
class HmarkSettings:
    """What the options add up to. ``given`` are those that iptables-save prints."""

    given: dict[str, int]
    ct: bool

    def of(self, flag: str) -> int:
        return self.given.get(flag, 0)

    @property
    def port_mask(self) -> int:
        return (
            self.of("--hmark-sport-mask") << 16
            | self.of("--hmark-dport-mask")
            | self.of("--hmark-spi-mask")
        )

    @property
    def port_set(self) -> int:
        return self.of("--hmark-sport") << 16 | self.of("--hmark-dport") | self.of("--hmark-spi")


def settings(args: Args, family: int) -> HmarkSettings:
    """``--hmark-tuple`` stands for whole masks."""
    given: dict[str, int] = {}
    ct = False
    full = {"src": 32 if family == 4 else 128, "spi": 0xFFFFFFFF}
    full["dst"] = full["src"]
    for arg in args:
        if arg.flag != "--hmark-tuple":
            given[arg.flag] = arg.value
            continue
        for word in arg.value:
            if word == "ct":
                ct = True
            else:
                given[_TUPLE_FLAGS[word]] = full.get(word, 0xFFFF)
    return HmarkSettings(given, ct)


def check(args: Args, rule: RuleContext) -> None:
    seen: set[str] = set()
    for arg in args:
        if arg.flag in seen:
            raise Refusal(f"--hmark-tuple has said {arg.flag} already", arg.flag)
        if arg.flag == "--hmark-tuple":
            seen |= {_TUPLE_FLAGS[word] for word in arg.value if word in _TUPLE_FLAGS}
    for flag in ("--hmark-mod", "--hmark-rnd"):
        if flag not in args:
            raise Refusal(f"HMARK needs {flag}")
    found = settings(args, rule.family)
    if "--hmark-spi-mask" in found.given and {_PORTS[0], _PORTS[1]} & found.given.keys():
        raise Refusal("a packet has an SPI or ports: masks for both make no sense")
    parts = found.given.keys() - {"--hmark-mod", "--hmark-rnd", "--hmark-offset"}
    if not parts and not found.ct:
        raise Refusal("HMARK needs something to hash: --hmark-tuple")


def load(args: Args, rule: RuleContext) -> None:
    found = settings(args, rule.family).given
    if "--hmark-spi" in found and ("--hmark-sport" in found or "--hmark-dport" in found):
        raise Refusal("--hmark-spi and a port cannot be set together", "--hmark-spi")


_SHOW = {
    "--hmark-src-prefix": "{}",
    "--hmark-dst-prefix": "{}",
    "--hmark-sport-mask": "{:#06x}",
    "--hmark-dport-mask": "{:#06x}",
    "--hmark-spi-mask": "{:#010x}",
    "--hmark-sport": "{:#06x}",
    "--hmark-dport": "{:#06x}",
    "--hmark-spi": "{:#010x}",
    "--hmark-proto-mask": "{:#04x}",
    "--hmark-rnd": "{:#010x}",
    "--hmark-mod": "{}",
    "--hmark-offset": "{}",
}


def save(args: Args, family: int) -> str:
    found = settings(args, family)
    words = [
        f"{flag} {show.format(found.given[flag])}"
        for flag, show in _SHOW.items()
        if flag in found.given
    ]
    if found.ct:
        words.append("--hmark-tuple ct")
    return " ".join(words)


def _folded(address: bytes, length: int) -> int:
    """The masked address, IPv6 folded to 32 bits with exclusive or."""
    bits = len(address) * 8
    value = int.from_bytes(address, "big") & ((1 << bits) - (1 << (bits - length)))
    total = 0
    while value:
        total, value = total ^ value & 0xFFFFFFFF, value >> 32
    return total


def _in_order(ports: int, wanted: HmarkSettings) -> int:
    ports = ports & wanted.port_mask | wanted.port_set
    first, second = ports >> 16, ports & 0xFFFF
    return max(first, second) << 16 | min(first, second)


@dataclass(frozen=True, slots=True)
class Parts:
    """What is hashed."""

    src: bytes
    dst: bytes
    protocol: int
    ports: int | None


def _of_flow(ctx: Context) -> Parts | None:
    flow = entry(ctx)
    if flow is None:
        return None
    original, reply = flow.original, flow.reply
    ports = None
    if original.protocol != IPPROTO_ICMP:
        ports = original.sport << 16 | reply.sport
    return Parts(original.src.packed, reply.src.packed, original.protocol, ports)


def _of_packet4(data: bytes) -> Parts | None:
    """Of an ICMP error, the packet that it quotes."""
    start = 0
    if data[9] == IPPROTO_ICMP:
        at = (data[0] & 15) * 4
        if len(data) >= at + 8 and data[at] in _QUOTING_TYPES:
            start = at + 8
            if len(data) < start + 20:
                return None
    head = data[start:]
    protocol, ports = head[9], None
    is_fragment = int.from_bytes(head[6:8], "big") & 0x3FFF
    if protocol != IPPROTO_ICMP and not is_fragment:
        ports = _ports(head, (head[0] & 15) * 4, protocol)
    return Parts(head[12:16], head[16:20], protocol, ports)


def _of_packet6(data: bytes) -> Parts | None:
    protocol, at, is_fragment = _last_header(data)
    start = 0
    is_error = protocol == IPPROTO_ICMPV6 and not is_fragment and len(data) >= at + 8
    if is_error and 0 < data[at] < 128:
        start = at + 8
        if len(data) < start + 40:
            return None
        protocol, at, is_fragment = _last_header(data[start:])
    head = data[start:]
    ports = None
    if protocol != IPPROTO_ICMPV6 and not is_fragment:
        ports = _ports(head, at, protocol)
    return Parts(head[8:24], head[24:40], protocol, ports)


def _last_header(data: bytes) -> tuple[int, int, bool]:
    """(number, place, whether it is a fragment's) of the header behind the extension headers.

    An authentication header counts as the last one: its SPI is used.
    """
    headers = dissect(b"\x60" + data[1:])  # a quoted version is not looked at
    for kind, place in headers.extensions:
        if kind == IPPROTO_AH:
            return IPPROTO_AH, place, headers.is_fragment
    return headers.protocol, headers.payload_offset, headers.is_fragment


def _ports(data: bytes, at: int, protocol: int) -> int | None:
    if protocol not in _PORTS_AT:
        return None
    at += _PORTS_AT[protocol]
    part = data[at : at + 4]
    return int.from_bytes(part, "big") if len(part) == 4 else None


def hashed(parts: Parts, wanted: HmarkSettings) -> int:
    src = _folded(parts.src, wanted.of("--hmark-src-prefix"))
    dst = _folded(parts.dst, wanted.of("--hmark-dst-prefix"))
    ports = 0 if parts.ports is None else _in_order(parts.ports, wanted)
    value = jhash_3words(min(src, dst), max(src, dst), ports, wanted.of("--hmark-rnd"))
    value ^= parts.protocol & wanted.of("--hmark-proto-mask")
    mark = reciprocal_scale(value, wanted.of("--hmark-mod")) + wanted.of("--hmark-offset")
    return mark & 0xFFFFFFFF


def apply(args: Args, ctx: Context) -> Answer:
    wanted, packet = settings(args, ctx.family), ctx.packet
    data = packet.data[: packet.headers.length]
    if wanted.ct:
        parts = _of_flow(ctx)
        if parts is None:
            return Answer(Verdict.CONTINUE, packet, "nothing: the packet has no connection")
    else:
        parts = _of_packet4(data) if ctx.family == 4 else _of_packet6(data)
        if parts is None:
            return Answer(Verdict.CONTINUE, packet, "nothing: the quoted packet is cut off")
    mark = hashed(parts, wanted)
    return Answer(Verdict.CONTINUE, packet.with_mark(mark), f"mark becomes {mark:#x} by hash")


def _listing(text: str) -> str:
    given = {option.flag.removeprefix("--hmark-"): option.value for option in saved_options(text)}
    words = ["HMARK", f"mod {given.pop('mod')}"]
    if "offset" in given:
        words.append(f"+ {int(given.pop('offset')):#x}")
    if given.pop("tuple", ""):
        words.append("ct,")
    for name, value in given.items():
        shown = f"{int(value, 16):#x}" if value.startswith("0x") else value
        is_whole = name.endswith("prefix") and value == "128"  # the tool prints no number then
        words.append(name if is_whole else f"{name} {shown}")
    return " ".join(words)


def _draw(place: DrawPlace) -> str:
    return place.world.pick((
        "--hmark-tuple src,dst --hmark-mod 10 --hmark-offset 100 --hmark-rnd 0xfeedcafe",
        "--hmark-tuple src,dst,sport,dport,proto --hmark-mod 7 --hmark-rnd 0x12345678",
        "--hmark-tuple ct --hmark-mod 5 --hmark-offset 1 --hmark-rnd 0x1",
    ))  # fmt: skip


TARGET = TargetType(
    "HMARK",
    options=(
        Option("--hmark-tuple", _words, metavar="src,dst,...", help="what to hash, as a whole"),
        Option("--hmark-mod", number(1), metavar="N", help="marks are 0 to N-1"),
        Option("--hmark-offset", number(), metavar="N", help="added to the mark"),
        Option("--hmark-rnd", number(), metavar="SEED", help="start value of the hash"),
        Option("--hmark-src-prefix", _prefix, metavar="LENGTH", help="bits of the source"),
        Option("--hmark-dst-prefix", _prefix, metavar="LENGTH", help="bits of the destination"),
        Option("--hmark-sport-mask", number(0, 65535), metavar="BITS"),
        Option("--hmark-dport-mask", number(0, 65535), metavar="BITS"),
        Option("--hmark-spi-mask", number(), metavar="BITS"),
        Option("--hmark-sport", number(0, 65535), metavar="BITS", help="set in the source port"),
        Option("--hmark-dport", number(0, 65535), metavar="BITS"),
        Option("--hmark-spi", number(), metavar="BITS"),
        Option("--hmark-proto-mask", number(0, 65535), metavar="BITS"),
    ),
    check=check,
    load=load,
    save=save,
    apply=apply,
    help="set a mark computed from addresses and ports",
    listing=_listing,
    draw=_draw,
    examples=(
        "--hmark-rnd 0x00000001 --hmark-mod 10 --hmark-tuple ct",
        "--hmark-spi-mask 0xffffffff --hmark-rnd 0x00000001 --hmark-mod 10",
        "--hmark-src-prefix 32 --hmark-rnd 0x00000000 --hmark-mod 10",
        "--hmark-spi 0x00000005 --hmark-rnd 0x00000001 --hmark-mod 7",
    ),
)
