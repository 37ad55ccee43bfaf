"""hashlimit's options: rates in the tool's units, what the kernel accepts, how they are printed.

A packet rate is stored as millionths of a second per packet (so 3/min is 20000000), a byte rate
as a cost per 16 bytes. Facts: extensions/libxt_hashlimit.c, net/netfilter/xt_hashlimit.c.
"""

from __future__ import annotations

import re

from sim.base.frozen import dataclass, replace
from sim.base.jiffies import HZ
from sim.extensions.args import number
from sim.extensions.extension import Option, Refusal, RuleContext
from sim.extensions.listing import Listing, ListingPart, plain, saved_options
from sim.extensions.matchers.parsing import cut_text, prefix_length, refuse_proc_name, signed32
from sim.model.rules import Arg, Args

SCALE = 1_000_000
UINT32 = 0xFFFFFFFF
UINT64 = 0xFFFFFFFFFFFFFFFF
MOST_BURST = 1_000_000
MOST_SIZE = 1 << 20
BYTE_EXPIRE, BYTE_EXPIRE_BURST = 15, 60  # seconds
UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
MODES = ("srcip", "srcport", "dstip", "dstport")


def _power_of_two_below(value: int) -> int:
    return 1 << value.bit_length() - 1


# As many credits a jiffy as let one day's worth fit the kernel's integers.
CREDITS_PER_JIFFY = _power_of_two_below(UINT64 // (HZ * 86400))
BYTES_CREDITS_PER_JIFFY = _power_of_two_below(UINT32 // HZ)
BYTES_FULL = BYTES_CREDITS_PER_JIFFY * HZ


def credits(average: int) -> int:
    """What a packet of this rate costs (``user2credits``, 64 bits)."""
    return average * (HZ * CREDITS_PER_JIFFY // SCALE) & UINT64


def byte_credits(average: int) -> int:
    """What 16 bytes of this rate cost (``user2credits_byte``)."""
    return (average & UINT32) * BYTES_FULL >> 32


@dataclass(frozen=True, slots=True)
class HashlimitRate:
    """``average`` in the kernel's unit; ``unit`` is the number of seconds it was given for."""

    average: int
    unit: int
    in_bytes: bool
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Config:
    """The options of one rule after the tool's arithmetic; times in milliseconds."""

    above: bool
    in_bytes: bool
    average: int
    burst: int
    mode: tuple[str, ...]
    source_mask: int
    destination_mask: int
    size: int
    most: int
    collect_every: int
    expire: int
    rate_match: bool
    interval: int  # seconds
    unit: int


def _leading_integer(text: str) -> int:
    found = re.match(r"[ \t\n\v\f\r]*[+-]?[0-9]+", text)
    return int(found[0]) if found else 0


def parse_rate(text: str, rule: RuleContext) -> HashlimitRate:
    """``10/min``, ``512kb/s``: a byte rate if it holds ``b/s``."""
    count = _leading_integer(text)
    place = text.find("b/s")
    if place > 0 and count > 0:
        factor = {"m": 1 << 20, "k": 1 << 10}.get(text[place - 1], 1)
        average = bytes_to_cost(count * factor)
        if not average:
            raise ValueError(f"the rate {text} is too high")
        return HashlimitRate(average, BYTE_EXPIRE, True, text)
    _, slash, unit = text.partition("/")
    names = [name for name in UNITS if slash and unit and name.startswith(unit.lower())]
    if count <= 0 or (slash and not names):
        raise ValueError(
            f'"{text}" is not a rate such as 10/second, 3/min, 100/hour, 1/day or 512kb/s'
        )
    seconds = UNITS[names[0]] if names else 1
    average = SCALE * seconds // count
    if not average:
        raise ValueError(f"the rate {text} is too fast: at most one packet a microsecond")
    return HashlimitRate(average, seconds, False, text)


def _parse_burst(text: str, rule: RuleContext) -> int:
    found = re.match(
        r"[ \t\n\v\f\r]*\+?(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)(.?)", text, re.DOTALL
    )
    digits = found[1] if found else "0"
    value = int(digits, 16 if digits[:2] in ("0x", "0X") else 8 if digits[0] == "0" else 10)
    suffix = found[2] if found else ""
    value *= {"m": 1 << 20, "k": 1 << 10}.get(suffix, 1)
    if not 1 <= value <= UINT64 or (not suffix and value > MOST_BURST):
        raise ValueError(f'"{text}" is not a burst from 1 to {MOST_BURST}, or bytes as in 20kb')
    return value


def _parse_mode(text: str, rule: RuleContext) -> tuple[str, ...]:
    words = [word for word in re.split("[,|]", text) if word]
    for word in words:
        if word not in MODES:
            raise ValueError(f'"{word}" is not one of {", ".join(MODES)}')
    return tuple(mode for mode in MODES if mode in words)


def _parse_interval(text: str, rule: RuleContext) -> int:
    value = signed32(_leading_integer(text) & UINT32)
    if value <= 0:
        raise ValueError(f'"{text}" is not a number of seconds')
    return value


def bytes_to_cost(count: int) -> int:
    return UINT32 // ((count >> 4 & UINT32) + 1)


def cost_to_bytes(cost: int) -> int:
    return (UINT32 // cost - 1) << 4


def config_of(args: Args, family: int) -> Config:
    """What the tool hands to the kernel. Raises ``Refusal`` as its final check does."""
    limit = args.get("--hashlimit-upto") or args.get("--hashlimit-above")
    if limit is None:
        raise Refusal("hashlimit needs --hashlimit-upto or --hashlimit-above")
    rate: HashlimitRate = limit.value
    bits = 32 if family == 4 else 128
    burst = args.value("--hashlimit-burst", 5)
    expire = rate.unit * 1000
    average = rate.average
    interval = args.value("--hashlimit-rate-interval", 0)
    if rate.in_bytes:
        if "--hashlimit-burst" in args:
            least = cost_to_bytes(average)
            if burst < least or not least:
                raise Refusal(f"the burst is at least {max(least, 16)}b", "--hashlimit-burst")
            burst = -(-burst // least) & UINT32
            expire = BYTE_EXPIRE_BURST * 1000
        else:
            burst = 0
    elif burst > MOST_BURST:
        raise Refusal(f"the burst is 1 to {MOST_BURST} packets", "--hashlimit-burst")
    if "--hashlimit-rate-match" in args:
        if not rate.in_bytes:
            average //= rate.unit
        interval = interval or (1 if rate.in_bytes else rate.unit)
    return Config(
        above=(limit.flag == "--hashlimit-above") != limit.negated,
        in_bytes=rate.in_bytes,
        average=average,
        burst=burst,
        mode=args.value("--hashlimit-mode", ()),
        source_mask=args.value("--hashlimit-srcmask", bits),
        destination_mask=args.value("--hashlimit-dstmask", bits),
        size=args.value("--hashlimit-htable-size", 0),
        most=args.value("--hashlimit-htable-max", 0),
        collect_every=args.value("--hashlimit-htable-gcinterval", 1000),
        expire=args.value("--hashlimit-htable-expire", expire),
        rate_match="--hashlimit-rate-match" in args,
        interval=interval,
        unit=rate.unit,
    )


def check(args: Args, rule: RuleContext) -> None:
    config_of(args, rule.family)


def load(args: Args, rule: RuleContext) -> Args:
    """The kernel's own limits; a size above 1048576 is cut to it."""
    config = config_of(args, rule.family)
    bits = 32 if rule.family == 4 else 128
    for flag, value in (
        ("--hashlimit-htable-gcinterval", config.collect_every),
        ("--hashlimit-htable-expire", config.expire),
    ):
        if value == 0:
            raise Refusal(f"{flag} is at least 1 ms", flag)
    for flag, value in (
        ("--hashlimit-srcmask", config.source_mask),
        ("--hashlimit-dstmask", config.destination_mask),
    ):
        if value > bits:
            raise Refusal("a mask must be contiguous", flag)
    flag = "--hashlimit-above" if "--hashlimit-above" in args else "--hashlimit-upto"
    if config.rate_match:
        if not 1 <= config.average <= UINT32:
            raise Refusal("no such rate with --hashlimit-rate-match", flag)
    elif config.in_bytes:
        if not byte_credits(config.average):
            raise Refusal("the rate is too high", flag)
    elif credits(config.average * config.burst) < credits(config.average):
        raise Refusal("rate times burst is too large for the kernel's arithmetic", flag)
    refuse_proc_name(args.value("--hashlimit-name"), "--hashlimit-name")
    return Args(tuple(_cut(arg) for arg in args))


def _cut(arg: Arg) -> Arg:
    if arg.flag in ("--hashlimit-htable-size", "--hashlimit-htable-max"):
        return replace(arg, value=min(arg.value, MOST_SIZE))
    return arg


def shown_packets(average: int) -> tuple[str, int]:
    """A packet rate as printed, and the milliseconds of its unit."""
    if not average:
        return "inf", 0
    name, seconds = "day", 86400
    for shorter, fewer in (("hour", 3600), ("min", 60), ("sec", 1)):
        whole = SCALE * fewer
        if average > whole or whole // average < whole % average:
            break
        name, seconds = shorter, fewer
    return f"{SCALE * seconds // average}/{name}", seconds * 1000


def shown_bytes(config: Config) -> tuple[str, str]:
    """A byte rate and its burst (empty: none) as printed."""
    rate = cost_to_bytes(config.average)
    text = f"{rate}b/s"
    for unit, size in (("m", 1 << 20), ("k", 1 << 10)):
        # The tool's mask has 32 bits, so that a rate beyond them keeps its small unit.
        if rate >= size and bytes_to_cost(rate & UINT32 - (size - 1)) == config.average:
            text = f"{rate // size}{unit}b/s"
            break
    if not config.burst:
        return text, ""
    burst = rate * config.burst
    for unit, size in (("m", 1 << 20), ("k", 1 << 10)):
        if burst >= size:
            return text, f"{burst // size}{unit}b"
    return text, f"{burst}b"


def shown_rate(config: Config) -> str:
    """The rate in a sentence."""
    if config.in_bytes:
        rate, burst = shown_bytes(config)
        return rate + (f", burst {burst}" if burst else "")
    return f"{shown_packets(config.average)[0]}, burst {config.burst}"


def save(args: Args, family: int) -> str:
    config = config_of(args, family)
    words = ["--hashlimit-above" if config.above else "--hashlimit-upto"]
    if config.in_bytes:
        rate, burst = shown_bytes(config)
        words += [rate, f"--hashlimit-burst {burst}"] if burst else [rate]
        usual = (BYTE_EXPIRE_BURST if burst else BYTE_EXPIRE) * 1000
    else:
        rate, usual = shown_packets(config.average)
        words += [rate, f"--hashlimit-burst {config.burst}"]
    if config.mode:
        words.append(f"--hashlimit-mode {','.join(config.mode)}")
    words.append(f"--hashlimit-name {args.value('--hashlimit-name')}")
    bits = 32 if family == 4 else 128
    for flag, value, default in (
        ("htable-size", config.size, 0),
        ("htable-max", config.most, 0),
        ("htable-gcinterval", config.collect_every, 1000),
        ("htable-expire", config.expire, usual),
        ("srcmask", config.source_mask, bits),
        ("dstmask", config.destination_mask, bits),
    ):
        if value != default:
            words.append(f"--hashlimit-{flag} {value}")
    if config.rate_match:
        words.append("--hashlimit-rate-match")
        if config.interval != 1:
            words.append(f"--hashlimit-rate-interval {config.interval}")
    return " ".join(words)


_NAMED = (
    "burst mode htable-size htable-max htable-gcinterval htable-expire srcmask dstmask "
    "rate-match rate-interval"
)
_LISTING = Listing(parts={
    "--hashlimit-upto": "limit: up to {}",
    "--hashlimit-above": "limit: above {}",
    **plain(_NAMED, prefix="--hashlimit-"),
    "--hashlimit-mode": ListingPart("mode {}", lambda text: text.replace(",", "-")),
})  # fmt: skip


def listing(text: str) -> str:
    """Without the name. With an interval the tool lists the packets of a second of it."""
    given = {option.flag: option.value for option in saved_options(text)}
    rate = given.get("--hashlimit-upto") or given.get("--hashlimit-above", "")
    count, slash, unit = rate.partition("/")
    interval = int(given.get("--hashlimit-rate-interval", "1"))
    if slash and count.isdecimal() and interval > 1:
        seconds = next(size for name, size in UNITS.items() if name.startswith(unit))
        period = SCALE * seconds // int(count) * interval
        text = text.replace(f" {rate} ", f" {shown_packets(period)[0]} ", 1)
    return _LISTING(text)


OPTIONS = (
    Option("--hashlimit-upto", parse_rate, aliases=("--hashlimit",), invert=True,
           excludes=("--hashlimit-above",), metavar="RATE", help="true while below this rate"),
    Option("--hashlimit-above", parse_rate, invert=True, excludes=("--hashlimit-upto",),
           metavar="RATE", help="true while above this rate"),
    Option("--hashlimit-srcmask", prefix_length, metavar="LENGTH",
           help="one bucket for each source network of this size"),
    Option("--hashlimit-dstmask", prefix_length, metavar="LENGTH",
           help="one bucket for each destination network of this size"),
    Option("--hashlimit-burst", _parse_burst, metavar="NUMBER",
           help="how many pass at once (5); with a byte rate: bytes"),
    Option("--hashlimit-htable-size", number(), metavar="SLOTS", help="slots of the hash table"),
    Option("--hashlimit-htable-max", number(), metavar="NUMBER", help="most buckets kept"),
    Option("--hashlimit-htable-gcinterval", number(), metavar="MS",
           help="how often idle buckets are cleared away"),
    Option("--hashlimit-htable-expire", number(), metavar="MS",
           help="idle time after which a bucket may be cleared away"),
    Option("--hashlimit-mode", _parse_mode, metavar="LIST",
           help="what makes a bucket: srcip, srcport, dstip, dstport; nothing: one for all"),
    Option("--hashlimit-name", cut_text(254, least=1), required=True, metavar="NAME",
           help="name of the table; rules with the same name share it"),
    Option("--hashlimit-rate-match", help="only measure the rate, over whole intervals"),
    Option("--hashlimit-rate-interval", _parse_interval, metavar="SECONDS",
           help="length of the interval of --hashlimit-rate-match"),
)  # fmt: skip
