"""-m rateest: compare the measured rates of RATEEST estimators (net/netfilter/xt_rateest.c).

Rates are kept in bytes a second and printed in bits. The estimators are fed by the RATEEST
target (``sim.base.rateest``).
"""

from __future__ import annotations

import operator
import re

from sim.base.rateest import Estimator
from sim.extensions.args import integer
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
from sim.extensions.listing import saved_options
from sim.extensions.matchers.parsing import cut_text
from sim.extensions.traits import Opaque
from sim.model.rules import Arg, Args

_COMPARE = {"--rateest-lt": operator.lt, "--rateest-gt": operator.gt, "--rateest-eq": operator.eq}
MODES = ("--rateest-lt", "--rateest-gt", "--rateest-eq")
_BINARY = {"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40}
_DECIMAL = {"k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12}
_RATE = re.compile(
    r"\s*([+-]?(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))([A-Za-z]*)\Z",
    re.ASCII,
)


def _suffixes() -> dict[str, float]:
    """Bits of each unit, names folded to small letters."""
    units: dict[str, float] = {"bit": 1.0, "bps": 8.0}
    for prefix, scale in (*_BINARY.items(), *_DECIMAL.items()):
        units[f"{prefix.lower()}bit"] = scale
        units[f"{prefix.lower()}bps"] = scale * 8
    return units


SUFFIXES = _suffixes()


def _rate(text: str, rule: RuleContext) -> int:
    """Bytes a second; a bare number is bits, as in tc. Left out: 0."""
    if not text:
        return 0
    found = _RATE.match(text)
    unit = found[2].lower() if found else ""
    if not found or (unit and unit not in SUFFIXES):
        raise ValueError(f'"{text}" is not a rate such as 500kbit, 2mbit or 64KBps')
    number = float.fromhex(found[1]) if "x" in found[1].lower() else float(found[1])
    return int(number * SUFFIXES.get(unit, 1.0) / 8) & 0xFFFFFFFF


def _packets(text: str, rule: RuleContext) -> int:
    return integer(text) if text else 0


def _mode(args: Args) -> Arg | None:
    """The last of --rateest-lt, -gt and -eq."""
    typed = [arg for arg in args if arg.flag in MODES]
    return typed[-1] if typed else None


def _rates(ctx: Context, name: str | None) -> tuple[int, int]:
    """(bytes/s, packets/s) that an estimator reads now; one that counted nothing reads 0."""
    estimator = ctx.runtime.state.get("RATEEST", {}).get(name)
    return estimator.rates(ctx.runtime.now) if isinstance(estimator, Estimator) else (0, 0)


def _side(args: Args, number: int, rates: tuple[int, int]) -> tuple[int, int]:
    """One side of the comparison; with --rateest-delta what its rates leave of given ones."""
    if "--rateest-delta" not in args:
        return rates
    given = args.value(f"--rateest-bps{number}", 0), args.value(f"--rateest-pps{number}", 0)
    return max(0, given[0] - rates[0]), max(0, given[1] - rates[1])


def _judge(args: Args, ctx: Context) -> Judgement:
    """xt_rateest_mt: bytes and packets must both compare as wanted, where both are asked for."""
    mode, flags = _mode(args), _flags(args)
    assert mode is not None
    measured = _rates(ctx, args.value("--rateest1"))
    first = _side(args, 1, measured)
    seen = f"{args.value('--rateest1')}: {measured[0]} bytes/s, {measured[1]} packets/s"
    if "--rateest2" in args:
        other = _rates(ctx, args.value("--rateest2"))
        second = _side(args, 2, other)
        seen += f"; {args.value('--rateest2')}: {other[0]} bytes/s, {other[1]} packets/s"
    else:
        second = args.value("--rateest-bps2", 0), args.value("--rateest-pps2", 0)
    asked = [any(flag.startswith(f"--rateest-{kind}") for flag in flags) for kind in ("bps", "pps")]
    held = all(
        _COMPARE[mode.flag](left, right)
        for left, right, wanted in zip(first, second, asked, strict=True)
        if wanted
    )
    negated = any(arg.negated for arg in args if arg.flag in MODES)
    want = _save(args, ctx.family)
    return Judgement((Clause("rateest", "", want, seen, negated, held != negated),))


def _load(args: Args, rule: RuleContext) -> None:
    if not any(flag.startswith(("--rateest-bps", "--rateest-pps")) for flag in _flags(args)):
        raise Refusal("rateest needs a --rateest-bps or --rateest-pps to compare")
    if _mode(args) is None:
        raise Refusal("rateest needs --rateest-lt, --rateest-gt or --rateest-eq")
    if "--rateest1" not in args:
        raise Refusal("rateest needs --rateest NAME", "", "name an estimator of a RATEEST target")


def _flags(args: Args) -> list[str]:
    return [arg.flag for arg in args]


def _shown(rate: int) -> str:
    bits = rate * 8.0
    if bits >= 1e9:
        return f"{bits / 1e6:.0f}Mbit"
    return f"{bits / 1e3:.0f}Kbit" if bits >= 1e6 else f"{bits:.0f}bit"


def _save(args: Args, family: int) -> str:
    delta, relative = "--rateest-delta" in args, "--rateest2" in args
    words = ["--rateest-delta"] if delta else []
    words.append(f"{'--rateest1' if relative else '--rateest'} {args.value('--rateest1', '')}")
    mode = _mode(args)
    negated = any(arg.negated for arg in args if arg.flag in MODES)
    compare = f"{'! ' * negated}{mode.flag}" if mode else ""
    for kind, show in (("bps", _shown), ("pps", str)):
        first, second = f"--rateest-{kind}1", f"--rateest-{kind}2"
        if first not in args and second not in args:
            continue
        if delta:
            words += [f"{first} {show(args.value(first, 0))}", compare, second]
        else:
            words += [compare, f"--rateest-{kind}"]
        if delta or not relative:
            words.append(show(args.value(second, 0)))
    if relative:
        words.append(f"--rateest2 {args.value('--rateest2')}")
    return " ".join(filter(None, words))


def _needs(args: Args) -> tuple[str, ...]:
    flags = ("--rateest1", "--rateest2")
    return tuple(f"estimator {args.value(flag)}" for flag in flags if flag in args)


def _compare(flag: str, help_text: str) -> Option:
    return Option(flag, invert=True, help=help_text)


def _listing(text: str) -> str:
    """With -n the rates are bytes; iptables-save gives bits."""
    options = saved_options(text)
    names = [one.value for one in options if one.flag in ("--rateest", "--rateest1")]
    words = ["rateest match", *names]
    words += ["delta" for one in options if one.flag == "--rateest-delta"]
    second = next((one.value for one in options if one.flag == "--rateest2"), "")
    mode = next(
        (f"{'! ' * one.negated}{one.flag[10:]}" for one in options if one.flag in MODES), ""
    )
    rest: list[str] = []
    for unit in ("bps", "pps"):  # rateest_print: bytes before the word, packets behind it
        values = [_bytes(one.value) for one in options if one.flag[10:13] == unit]
        if values:
            *before, last = values
            told = (*before, last, mode) if unit == "bps" else (*before, mode, last)
            rest += [unit, *(word for word in told if word)]
    return " ".join((*words, *rest, second)).rstrip()


def _bytes(rate: str) -> str:
    for unit, factor in (("Mbit", 10**6), ("Kbit", 10**3), ("bit", 1)):
        if rate.endswith(unit):
            return str(int(rate.removesuffix(unit)) * factor // 8)
    return rate


def _draw(place: DrawPlace) -> str | None:
    return None  # needs an estimator that another rule keeps


MATCH = MatchType(
    "rateest",
    options=(
        Option("--rateest1", cut_text(15), aliases=("--rateest",), metavar="NAME",
               help="the estimator"),
        Option("--rateest2", cut_text(15), metavar="NAME", help="the one it is compared with"),
        Option("--rateest-bps1", _rate, optional=True, metavar="[RATE]",
               help="with --rateest-delta: the rate of which the first leaves something"),
        Option("--rateest-pps1", _packets, optional=True, metavar="[NUMBER]",
               help="the same in packets a second"),
        Option("--rateest-bps2", _rate, aliases=("--rateest-bps",), optional=True,
               metavar="[RATE]", help="compare bytes; the rate to compare with"),
        Option("--rateest-pps2", _packets, aliases=("--rateest-pps",), optional=True,
               metavar="[NUMBER]", help="compare packets; the number to compare with"),
        Option("--rateest-delta", help="compare what is left of the given rates"),
        _compare("--rateest-lt", "less than"),
        _compare("--rateest-gt", "greater than"),
        _compare("--rateest-eq", "equal to"),
    ),
    load=_load,
    needs=_needs,
    save=_save,
    judge=_judge,
    help="measured rates of estimators",
    listing=_listing,
    opaque=Opaque.MEMORY,
    draw=_draw,
    examples=("--rateest e1 --rateest-gt --rateest-bps 1kbit",),
)  # fmt: skip
