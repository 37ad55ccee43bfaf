"""-m limit: a token bucket in the kernel's own integers (net/netfilter/xt_limit.c).

The bucket starts full at load, earns ``CREDITS_PER_JIFFY`` each tick up to ``burst`` packets'
worth and pays ``cost`` for each packet that matches. All sums are 32 bits wide and wrap: some
slow rates with a large burst are refused, others load with a smaller bucket than was asked for.
"""

from __future__ import annotations

import re

from sim.base.frozen import dataclass
from sim.base.jiffies import HZ, jiffies
from sim.extensions.args import number
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import (
    Clause,
    Context,
    Judgement,
    MatchType,
    Option,
    Refusal,
    RuleContext,
)
from sim.extensions.listing import Listing, Saved
from sim.extensions.traits import Opaque
from sim.model.rules import Args

SCALE = 10_000  # a rate is stored as ten-thousandths of a second between packets
UINT32 = 0xFFFFFFFF
# The largest power of two with which a day's credit still fits into 32 bits.
CREDITS_PER_JIFFY = 1 << (UINT32 // (HZ * 60 * 60 * 24)).bit_length() - 1

_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_PRINTED = (("day", 86400), ("hour", 3600), ("min", 60), ("sec", 1))


@dataclass(frozen=True, slots=True)
class LimitRate:
    """``period``: ten-thousandths of a second for one packet."""

    period: int

    def __str__(self) -> str:
        unit, seconds = _PRINTED[0]
        for next_unit, next_seconds in _PRINTED[1:]:
            span = next_seconds * SCALE
            if self.period > span or span // self.period < span % self.period:
                break
            unit, seconds = next_unit, next_seconds
        return f"{seconds * SCALE // self.period}/{unit}"


DEFAULT_RATE = LimitRate(3600 * SCALE // 3)
DEFAULT_BURST = 5


def parse_rate(text: str, rule: RuleContext) -> LimitRate:
    """``n[/unit]``; the unit may be cut short. The number is read as atoi reads it."""
    count_text, slash, unit_text = text.partition("/")
    units = [unit for unit in _UNITS if unit_text and unit.startswith(unit_text.lower())]
    if slash and not units:
        raise ValueError(f'"{unit_text}" is no unit: second, minute, hour or day')
    found = re.match(r"[ \t\n\v\f\r]*([+-]?[0-9]+)", count_text)
    count = int(found[1]) & UINT32 if found else 0
    if not count:
        raise ValueError(f'"{text}" is no rate: N/second, N/minute, N/hour or N/day, N above 0')
    period = SCALE * (_UNITS[units[0]] if slash else 1) // count
    if not period:
        raise ValueError(f"{text} is too fast: at most {SCALE} packets a second")
    return LimitRate(period)


def credits_for(period: int) -> int:
    """What ``period`` is worth, as user2credits() computes it, overflow and all."""
    if period > UINT32 // (HZ * CREDITS_PER_JIFFY):
        return period // SCALE * HZ * CREDITS_PER_JIFFY & UINT32
    return period * HZ * CREDITS_PER_JIFFY // SCALE


def _values(args: Args) -> tuple[LimitRate, int]:
    return args.value("--limit", DEFAULT_RATE), args.value("--limit-burst", DEFAULT_BURST)


def _load(args: Args, rule: RuleContext) -> None:
    rate, burst = _values(args)
    flag = "--limit-burst" if "--limit-burst" in args else "--limit"
    if burst == 0:
        raise Refusal("the kernel refuses a burst of 0", flag, "at least 1")
    if credits_for(rate.period * burst & UINT32) < credits_for(rate.period):
        most = UINT32 // rate.period
        raise Refusal(
            f"a burst of {burst} at {rate} overflows the kernel's 32-bit credit",
            flag,
            f"a burst of at most {most} fits; the default is {DEFAULT_BURST}",
        )


def _judge(args: Args, ctx: Context) -> Judgement:
    rate, burst = _values(args)
    cap, cost = credits_for(rate.period * burst & UINT32), credits_for(rate.period)
    key = ("limit", ctx.key)
    now = jiffies(ctx.runtime.now)
    before, credit = ctx.runtime.state.get(key, (0, cap))
    credit = min(credit + ((now - before) * CREDITS_PER_JIFFY & UINT32) & UINT32, cap)
    held = credit >= cost
    seen = f"{credit // cost} of {cap // cost} left" if cost else "no cost"
    if not held:
        ticks = -(-(cost - credit) // CREDITS_PER_JIFFY)
        seen = f"used up; the next one in {ticks / HZ:g} s"
    ctx.runtime.state[key] = (now, credit - cost if held else credit)
    return Judgement((Clause("limit", "--limit", f"{rate} burst {burst}", seen, False, held),))


def _save(args: Args, family: int) -> str:
    rate, burst = _values(args)
    return f"--limit {rate}" + (f" --limit-burst {burst}" if burst != DEFAULT_BURST else "")


def _draw(place: DrawPlace) -> str:
    rate = place.world.pick(("1/min", "3/hour", "5/min", "10/day", "1/sec"))
    return f"--limit {rate} " + place.words(f"--limit-burst {place.world.pick((1, 2, 3, 5))}")


MATCH = MatchType(
    "limit",
    options=(
        Option("--limit", parse_rate, metavar="N[/UNIT]",
               help="average rate; second, minute, hour or day; default 3/hour"),
        Option("--limit-burst", number(0, 10_000), metavar="N",
               help="how many may pass at once before the rate counts; default 5"),
    ),
    load=_load,
    save=_save,
    judge=_judge,
    help="at most so many packets in a time",
    listing=Listing(parts={"--limit": "limit: avg {}",
        "--limit-burst": "burst {}"}, usual=(Saved("--limit-burst", str(DEFAULT_BURST)),),
        needs="--limit"),
    opaque=Opaque.MEMORY,
    draw=_draw,
    examples=("--limit 3/hour", "--limit 5/sec --limit-burst 7"),
)  # fmt: skip
