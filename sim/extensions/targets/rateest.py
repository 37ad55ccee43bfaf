"""-j RATEEST: measure the rate of what passes, under a name (net/netfilter/xt_RATEEST.c).

-m rateest compares what was measured. Rules with one name share one estimator.
"""

from __future__ import annotations

import math
import re

from sim.base.rateest import Estimator
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Answer, Context, Option, Refusal, RuleContext, TargetType
from sim.extensions.listing import Listing
from sim.extensions.traits import Changes
from sim.model.rules import Args, Verdict

INTERVAL, EWMA = "--rateest-interval", "--rateest-ewmalog"
_UNITS = {
    "": 1, "s": 10**6, "sec": 10**6, "secs": 10**6, "ms": 10**3, "msec": 10**3, "msecs": 10**3,
    "us": 1, "usec": 1, "usecs": 1,
}  # fmt: skip
_TIME = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([A-Za-z]*)\Z", re.ASCII)


def _time(text: str, rule: RuleContext) -> int:
    """Microseconds in 32 bits; a number without a unit is microseconds too."""
    found = _TIME.match(text)
    if not found or found[2].lower() not in _UNITS:
        raise ValueError(f'"{text}" is not a time such as 250ms or 2s')
    microseconds = float(found[1]) * _UNITS[found[2].lower()]
    if not math.isfinite(microseconds):
        raise ValueError(f'"{found[1][:20]}..." is too large for a time')
    return int(microseconds) & 0xFFFFFFFF


def _name(text: str, rule: RuleContext) -> str:
    return text.encode()[:15].decode(errors="ignore")


def _interval_exponent(interval: int) -> int:
    """The kernel knows 1/4 s to 8 s; the next longer one is taken. Raises ``Refusal``."""
    for exponent in range(6):
        if interval <= (1 << exponent) * 250_000:
            return exponent - 2
    raise Refusal("the interval is at most 8 s", INTERVAL)


def _ewma_exponent(interval: int, time_constant: int) -> int:
    """The largest weight whose time constant is not above the wanted one."""
    exponent = 1
    while exponent < 32:
        weight = 1.0 - 1.0 / (1 << exponent)
        if interval / -math.log(weight) > time_constant:
            break
        exponent += 1
    exponent -= 1
    if not 0 < exponent < 31:
        raise Refusal("this averaging time does not fit the interval", EWMA)
    return exponent


def parameters(args: Args) -> tuple[int, int]:
    """(interval, ewma) as the kernel's two exponents."""
    interval, time_constant = args.value(INTERVAL, 0), args.value(EWMA, 0)
    return _interval_exponent(interval), _ewma_exponent(interval, time_constant)


def check(args: Args, rule: RuleContext) -> None:
    parameters(args)


def _show_time(microseconds: int) -> str:
    if microseconds >= 10**6:
        return f"{microseconds / 10**6:.1f}s"
    if microseconds >= 10**3:
        return f"{microseconds / 10**3:.1f}ms"
    return f"{microseconds}us"


def save(args: Args, family: int) -> str:
    interval, ewma = parameters(args)
    length = (10**6 << (interval + 2)) // 4
    time_constant = length << ewma & 0xFFFFFFFF
    return (
        f"--rateest-name {args.value('--rateest-name')} {INTERVAL} {_show_time(length)}"
        f" {EWMA} {_show_time(time_constant)}"
    )


def makes(args: Args) -> tuple[str, ...]:
    return (f"estimator {args.value('--rateest-name')}",)


def apply(args: Args, ctx: Context) -> Answer:
    name = args.value("--rateest-name")
    estimators = ctx.runtime.state.setdefault("RATEEST", {})
    if name not in estimators:
        estimators[name] = Estimator(*parameters(args))
    length = ctx.packet.headers.length
    estimators[name].count(ctx.runtime.now, length)
    text = f"estimator {name} counts {length} bytes"
    return Answer(Verdict.CONTINUE, ctx.packet, text)


def _draw(place: DrawPlace) -> str:
    return (
        f"--rateest-name e{place.random.randrange(3)} --rateest-interval 250ms --rateest-ewmalog 1s"
    )


TARGET = TargetType(
    "RATEEST",
    options=(
        Option("--rateest-name", _name, required=True, metavar="NAME", help="the estimator"),
        Option(INTERVAL, _time, metavar="TIME", help="how often the rate is measured"),
        Option(EWMA, _time, metavar="TIME", help="time constant of the average"),
    ),
    check=check,
    makes=makes,
    save=save,
    apply=apply,
    help="measure the rate of what passes",
    changes=Changes.NOTHING,
    listing=Listing(
        parts={
            "--rateest-name": "name {}",
            "--rateest-interval": "interval {}",
            "--rateest-ewmalog": "ewmalog {}",
        }
    ),
    draw=_draw,
    examples=("--rateest-name x --rateest-interval 250.0ms --rateest-ewmalog 500.0ms",),
)
