"""Options in IP headers: which packets they spoil, and which the kernel would rewrite.

IPv4: ip_options_compile (net/ipv4/ip_options.c). IPv6: ip6_parse_tlv (net/ipv6/exthdrs.c).
"""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.trace.outcomes.base import Cause
from sim.trace.outcomes.options import (
    AlertLength,
    Ipv4Option,
    Ipv6Option,
    JumboBesideLength,
    JumboMisplaced,
    JumboNotNeeded,
    JumboTooLong,
    OptionCut,
    OptionsEndNotZero,
    OptionsHeaderCut,
    OptionsMalformed,
    OptionUnknown,
    PaddingNotZero,
    SourceRoute,
    TooManyOptions,
    TooMuchPadding,
)

END, NO_OP, RECORD_ROUTE, TIMESTAMP, LOOSE, CIPSO, STRICT, ROUTER_ALERT = (
    0, 1, 7, 68, 131, 134, 137, 148,
)  # fmt: skip
REWRITTEN = {RECORD_ROUTE: "record route", TIMESTAMP: "timestamp", CIPSO: "CIPSO"}

PAD1, PADN, ALERT6, JUMBO, HOME_ADDRESS = 0, 1, 5, 194, 201
MOST_PADDING = 7
LONGEST_PAYLOAD = 65535  # that the IPv6 header's own field can say


@dataclass(frozen=True, slots=True)
class Spoiled:
    """What the options make of the packet. All fields empty: nothing.

    ``pointer``: an ICMP parameter problem tells the sender of the byte at this offset of the IP
    packet; ``is_field``: as a field that is wrong, not as an option that nobody knows. ``cause``
    alone: dropped in silence. ``need``: a rewriting that is not modelled.
    """

    cause: Cause | None = None
    pointer: int = -1
    need: Cause | None = None
    is_field: bool = False


FINE = Spoiled()


def look4(options: bytes) -> tuple[Spoiled, bool]:
    """What IPv4 options do, and whether a source route is among them."""
    at, has_route, leads_back = 0, False, False
    seen: set[int] = set()
    need: Cause | None = None
    while at < len(options):
        kind = options[at]
        if kind == END:
            if any(options[at:]):
                need = need or OptionsEndNotZero()
            break
        if kind == NO_OP:
            at += 1
            continue
        bad = _bad4(options, at, kind in seen)
        if bad >= 0:
            # The error carries what was read by then (__ip_options_echo), and goes where a
            # source route leads back.
            echoed = need or (SourceRoute() if leads_back else None)
            return Spoiled(need=echoed) if echoed else Spoiled(OptionsMalformed(), 20 + bad), False
        if kind in (LOOSE, STRICT):
            has_route, leads_back = True, options[at + 2] >= 8
            seen |= {LOOSE, STRICT}
        if kind in REWRITTEN:
            need = need or Ipv4Option(REWRITTEN[kind])
        seen.add(kind)
        at += options[at + 1]
    return (Spoiled(need=need) if need else FINE), has_route


def _bad4(options: bytes, at: int, is_repeated: bool) -> int:
    """Where this option is malformed, as an offset in the options, or -1."""
    if at + 1 >= len(options):
        return at
    kind, length = options[at], options[at + 1]
    if length < 2 or at + length > len(options):
        return at
    if kind in (LOOSE, STRICT, RECORD_ROUTE, TIMESTAMP):
        if is_repeated and kind not in (LOOSE, STRICT):
            return at
        if length < (4 if kind == TIMESTAMP else 3):
            return at + 1
        if options[at + 2] < (5 if kind == TIMESTAMP else 4):
            return at + 2
        if is_repeated:
            return at  # a second source route is looked into first
    if kind == ROUTER_ALERT and length < 4:
        return at + 1
    return -1


def look6(data: bytes, at: int, *, hop_by_hop: bool, most: int, to_many: bool) -> Spoiled:
    """What the options of the IPv6 header at offset ``at`` do. ``most``: how many are let in.

    The two highest bits of an option that the host does not know say what to do with it; if
    ``most`` is negative, it drops the packet in silence.
    """
    end = at + (data[at + 1] + 1) * 8
    if end > len(data):
        return Spoiled(OptionsHeaderCut())
    at, count, padding = at + 2, 0, 0
    while at < end:
        kind = data[at]
        if kind == PAD1:
            padding, at = padding + 1, at + 1
        else:
            if at + 1 >= end or at + 2 + data[at + 1] > end:
                return Spoiled(OptionCut())
            size = data[at + 1] + 2
            if kind == PADN:
                padding += size
                if any(data[at + 2 : at + size]):
                    return Spoiled(PaddingNotZero())
            else:
                count, padding = count + 1, 0
                spoiled = _unknown6(data, at, hop_by_hop, most, count, to_many)
                if spoiled is not FINE:
                    return spoiled
            at += size
        if padding > MOST_PADDING:
            return Spoiled(TooMuchPadding())
    return FINE


def _unknown6(
    data: bytes, at: int, hop_by_hop: bool, most: int, count: int, to_many: bool
) -> Spoiled:
    kind = data[at]
    if count > abs(most):
        return Spoiled(TooManyOptions())
    if hop_by_hop and kind == ALERT6:
        return FINE if data[at + 1] == 2 else Spoiled(AlertLength())
    if hop_by_hop and kind == JUMBO:
        return _jumbo(data, at)
    if not hop_by_hop and kind == HOME_ADDRESS:
        return Spoiled(need=Ipv6Option(kind))
    action = kind >> 6
    if action == 0 and most >= 0:
        return FINE
    if most < 0 or action == 1 or (action == 3 and to_many):
        return Spoiled(OptionUnknown(kind))
    return Spoiled(OptionUnknown(kind), at)


def _jumbo(data: bytes, at: int) -> Spoiled:
    """ipv6_hop_jumbo: a packet that is long enough to need one cannot be written here."""
    if data[at + 1] != 4 or at & 3 != 2:
        return Spoiled(JumboMisplaced())
    length = int.from_bytes(data[at + 2 : at + 6], "big")
    if length <= LONGEST_PAYLOAD:
        return Spoiled(JumboNotNeeded(length), at + 2, is_field=True)
    if any(data[4:6]):
        return Spoiled(JumboBesideLength(), at, is_field=True)
    return Spoiled(JumboTooLong(length))
