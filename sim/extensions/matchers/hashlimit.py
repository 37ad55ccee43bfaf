"""-m hashlimit: a token bucket for each address or port (net/netfilter/xt_hashlimit.c).

Rules of one family that give the same --hashlimit-name share one table of buckets, set up as the
first of them says; whether a rule matches above or below the rate is its own. The options and
how they are printed are in ``hashlimit_config``; here are the buckets, in jiffies and credits.
"""

from __future__ import annotations

from dataclasses import field

from sim.base.frozen import dataclass
from sim.base.jiffies import HZ, from_milliseconds, jiffies
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Clause, Context, Judgement, MatchType
from sim.extensions.matchers.clauses import fails
from sim.extensions.matchers.hashlimit_config import (
    BYTES_CREDITS_PER_JIFFY,
    BYTES_FULL,
    CREDITS_PER_JIFFY,
    OPTIONS,
    Config,
    byte_credits,
    check,
    config_of,
    credits,
    listing,
    load,
    save,
    shown_rate,
)
from sim.extensions.matchers.skipping import skip_extensions
from sim.extensions.runtime import Runtime
from sim.extensions.traits import Opaque
from sim.model.rules import Args

Key = tuple[int, int, bytes, bytes]
UINT64 = 0xFFFFFFFFFFFFFFFF
# Protocols whose ports (or SPI) are read, and where (proto_ports_offset).
PORTS_AT = {6: 0, 17: 0, 33: 0, 50: 0, 132: 0, 136: 0, 51: 4}


@dataclass(slots=True)
class Bucket:
    """``previous`` and ``expires`` in jiffies. A rate-match bucket counts windows instead."""

    previous: int
    expires: int = 0
    credit: int = 0
    cost: int = 0
    cap: int = 0
    rate: int = 0
    burst: int = 0
    current: int = 0
    over: bool = False  # the window before this one was over the rate

    def fill(self, config: Config) -> None:
        """A new bucket, full."""
        if config.rate_match:
            if config.in_bytes:
                self.rate = (0xFFFFFFFF // (config.average & 0xFFFFFFFF) - 1) << 4
                self.burst = config.burst * self.rate if config.burst else self.rate
            else:
                self.rate = 1_000_000 // config.average
                self.burst = config.burst + self.rate
        elif config.in_bytes:
            self.credit, self.cost = BYTES_FULL, byte_credits(config.average)
            self.cap = config.burst  # here: how often the bucket may be filled at once
        else:
            self.credit = self.cap = credits(config.average * config.burst)
            self.cost = credits(config.average)

    def refill(self, config: Config, now: int) -> None:
        """The credit that time has brought."""
        passed = now - self.previous
        if not passed:
            return
        if config.rate_match:
            interval = config.interval * HZ
            if passed >= interval:
                self.previous = now
                self.over = self.current * interval > passed * self.rate
                self.current = 0
            return
        self.previous = now
        if config.in_bytes:
            more = self.credit + BYTES_CREDITS_PER_JIFFY * passed
            self.credit = min(more, BYTES_FULL)
        else:
            self.credit = min(self.credit + passed * CREDITS_PER_JIFFY & UINT64, self.cap)

    def take(self, rule: Config, length: int) -> bool:
        """Pay for one packet; false: over the limit."""
        if rule.rate_match:
            self.current += length if rule.in_bytes else 1
            return not self.over and self.current <= self.burst
        cost = self._byte_cost(length) if rule.in_bytes else self.cost
        if self.credit < cost:
            return False
        self.credit -= cost
        return True

    def _byte_cost(self, length: int) -> int:
        cost = min(((length >> 4) + 1) * self.cost, BYTES_FULL)
        if self.credit < cost and self.cap:
            self.cap -= 1
            self.credit = BYTES_FULL
        return cost


@dataclass(slots=True)
class HashlimitTable:
    config: Config
    most: int
    buckets: dict[Key, Bucket] = field(default_factory=dict)

    def find(self, key: Key, now: int) -> Bucket | None:
        """The live bucket; ``None`` if there is none or the collector, run once in a while since
        the table was made, has taken it."""
        self._collect(now)
        return self.buckets.get(key)

    def _collect(self, now: int) -> None:
        every = max(1, from_milliseconds(self.config.collect_every))
        last = (now - 1) // every * every  # the collector's last run
        for key in [k for k, bucket in self.buckets.items() if bucket.expires <= last]:
            del self.buckets[key]


def table_of(args: Args, ctx: Context) -> HashlimitTable:
    """The table of this name, made as the first loaded rule that names it says."""
    runtime: Runtime = ctx.runtime
    name = args.value("--hashlimit-name")
    family = ctx.family
    found: HashlimitTable | None = runtime.state.get(("hashlimit", family, name))
    if found is None:
        first = next(
            (
                use
                for use in runtime.rules.of(family).uses("hashlimit")
                if use.value("--hashlimit-name") == name
            ),
            args,
        )
        config = config_of(first, family)
        # A machine with 1 GB or more has 8192 slots and so room for 65536 buckets.
        size = config.size or 8192
        found = HashlimitTable(config, max(config.most, size) if config.most else 8 * size)
        runtime.state[("hashlimit", family, name)] = found
    return found


def _judge(args: Args, ctx: Context) -> Judgement:
    rule = config_of(args, ctx.family)
    table = table_of(args, ctx)
    flag = "--hashlimit-above" if rule.above else "--hashlimit-upto"
    want = f"{'above' if rule.above else 'up to'} {shown_rate(table.config)}"
    key = _key(table.config, ctx)
    if key is None:
        return fails("hashlimit", want, "a packet without readable ports", hotdrop=True)
    now = jiffies(ctx.runtime.now)
    bucket = table.find(key, now)
    if bucket is None:
        if len(table.buckets) >= table.most:
            return fails("hashlimit", want, f"{table.most} buckets, all in use", hotdrop=True)
        bucket = table.buckets[key] = Bucket(now)
        bucket.fill(table.config)
    else:
        bucket.refill(table.config, now)
    bucket.expires = now + from_milliseconds(table.config.expire)
    below = bucket.take(rule, len(ctx.packet.data))
    who = _who(table.config, ctx)
    seen = f"{who}, {'within' if below else 'over'} it"
    return Judgement((Clause("hashlimit", flag, want, seen, False, below != rule.above),))


def _who(config: Config, ctx: Context) -> str:
    """What the bucket stands for, in words."""
    if not config.mode:
        return "all traffic together"
    headers = ctx.packet.headers
    values = {
        "srcip": f"source {headers.src}" + _slash(config.source_mask, ctx.family),
        "srcport": f"source port {headers.sport or 0}",
        "dstip": f"destination {headers.dst}" + _slash(config.destination_mask, ctx.family),
        "dstport": f"destination port {headers.dport or 0}",
    }
    return " and ".join(values[part] for part in config.mode)


def _slash(length: int, family: int) -> str:
    return "" if length == (32 if family == 4 else 128) else f"/{length}"


def _key(config: Config, ctx: Context) -> Key | None:
    """Whose bucket it is; ``None``: the ports cannot be read."""
    headers = ctx.packet.headers
    bits = 32 if ctx.family == 4 else 128
    source = destination = 0
    if "srcip" in config.mode:
        source = int(headers.src) >> bits - config.source_mask
    if "dstip" in config.mode:
        destination = int(headers.dst) >> bits - config.destination_mask
    if "srcport" not in config.mode and "dstport" not in config.mode:
        return source, destination, b"", b""
    data = ctx.packet.data
    protocol, at = headers.protocol, headers.payload_offset
    if ctx.family == 6:
        skipped = skip_extensions(data)
        if skipped is None:
            return None
        protocol, at = skipped
    ports = bytes(4)
    if protocol in PORTS_AT:
        at += PORTS_AT[protocol]
        ports = data[at : at + 4]
        if len(ports) < 4:
            return None
    sport = ports[:2] if "srcport" in config.mode else b""
    return source, destination, sport, ports[2:] if "dstport" in config.mode else b""


def _shares(args: Args) -> tuple[str, str]:
    """A table measures rates for all rules that name it, or limits them for all."""
    way = "with" if "--hashlimit-rate-match" in args else "without"
    return f"the table {args.value('--hashlimit-name')} of hashlimit", (
        f"{way} --hashlimit-rate-match"
    )


def _draw(place: DrawPlace) -> str:
    name = f"h{place.random.randrange(4)}{place.family}{place.table[0]}"
    kind = place.world.pick(("upto", "above"))
    rate = place.world.pick(("1/min", "5/hour", "10/day"))
    burst = f"--hashlimit-burst {place.world.pick((1, 2, 5))}"
    modes = place.words("srcip", "dstip", "srcport", "dstport").replace(" ", ",")
    words = [f"--hashlimit-{kind} {rate}", burst]
    if modes:
        words.append(f"--hashlimit-mode {modes}")
        if "srcip" in modes and place.chance(0.3):
            words.append(f"--hashlimit-srcmask {24 if place.family == 4 else 64}")
    return " ".join([*words, f"--hashlimit-name {name}"])


MATCH = MatchType(
    "hashlimit",
    options=OPTIONS,
    check=check,
    load=load,
    save=save,
    judge=_judge,
    shares=_shares,
    help="a rate limit for each address or port of its own",
    listing=listing,
    opaque=Opaque.MEMORY,
    draw=_draw,
    examples=(
        "--hashlimit-upto 3/min --hashlimit-burst 5 --hashlimit-name web",
        "--hashlimit-above 1/hour --hashlimit-burst 5 --hashlimit-name web",
        "--hashlimit-upto 1mb/s --hashlimit-name r --hashlimit-rate-match",
    ),
    since="2.6.10",
)
