"""-m set: is the packet in an IP set? (net/netfilter/xt_set.c)

Which addresses, ports and devices are looked up is said by src and dst, one for each part of
the set's type. Where the set has counters they are raised by the look-up, before the counter
options compare; where it has none, those options are not looked at.
"""

from __future__ import annotations

from collections.abc import Callable

from sim.args import number
from sim.extension import Context, Judgement, MatchType, Option
from sim.ipset import LiveSets, Wanted
from sim.matchers.clauses import told
from sim.matchers.set_use import SetUse, set_use
from sim.model import Arg, Args

_MOST = 0xFFFFFFFFFFFFFFFF
_COUNTERS = tuple(f"--{what}-{how}" for what in ("packets", "bytes") for how in ("eq", "lt", "gt"))


def _comparison(args: Args, what: str) -> Callable[[int], bool] | None:
    for arg in args:
        if arg.flag == f"--{what}-eq":
            return lambda seen: (seen == arg.value) != arg.negated
        if arg.flag == f"--{what}-lt":
            return lambda seen: seen < arg.value
        if arg.flag == f"--{what}-gt":
            return lambda seen: seen > arg.value
    return None


def _want(use: SetUse, args: Args) -> str:
    words = [str(use)]
    for arg in args:
        if arg.flag in _COUNTERS:
            what, how = arg.flag[2:].split("-")
            sign = {"eq": "!=" if arg.negated else "=", "lt": "<", "gt": ">"}[how]
            words.append(f"{what} {sign} {arg.value}")
    if "--return-nomatch" in args:
        words.append("exceptions only")
    return ", ".join(words)


def _judge(args: Args, ctx: Context) -> Judgement:
    arg = args.get("--match-set")
    sets = ctx.runtime.sets
    assert arg is not None
    assert isinstance(sets, LiveSets)
    wanted = Wanted(
        size=len(ctx.packet.data),
        update_counters=not args.negated("--update-counters"),
        packets=_comparison(args, "packets"),
        bytes=_comparison(args, "bytes"),
    )
    answer = sets.test(
        arg.value.name,
        arg.value.directions,
        ctx,
        wanted,
        return_nomatch="--return-nomatch" in args,
        update_members=not args.negated("--update-subcounters"),
    )
    clause = told("set", arg, _want(arg.value, args), answer.why, answer.held)
    return Judgement((clause,))


_SAVED = ("--match-set", "--return-nomatch", "--update-counters", "--update-subcounters",
          *_COUNTERS)  # fmt: skip


def _saved(arg: Arg) -> str:
    if arg.flag.startswith("--update"):
        return f"! {arg.flag}" if arg.negated else ""
    word = f"! {arg.flag}" if arg.negated else arg.flag
    return word if arg.value is True else f"{word} {arg.value}"


def _save(args: Args, family: int) -> str:
    used = [arg for flag in _SAVED if (arg := args.get(flag)) is not None]
    return " ".join(filter(None, map(_saved, used)))


def _counter(flag: str, text: str) -> Option:
    what = flag[:-3]
    others = tuple(other for other in _COUNTERS if other != flag and other.startswith(what))
    return Option(flag, number(0, _MOST), invert=flag.endswith("eq"), excludes=others,
                  metavar="N", help=text)  # fmt: skip


MATCH = MatchType(
    "set",
    options=(
        Option("--match-set", set_use, aliases=("--set",), required=True, invert=True, words=2,
               metavar="SET src|dst,...", help="the packet is in this set"),
        Option("--return-nomatch", multi=True,
               help="entries marked nomatch hold, the others do not"),
        Option("--update-counters", invert=True, multi=True,
               help="inverted: the set's counters are left alone"),
        Option("--update-subcounters", invert=True, multi=True,
               help="inverted: the counters of a list's members are left alone"),
        *(_counter(flag, f"the element's {flag[2:-3]} counter, this packet included, compared")
          for flag in _COUNTERS),
    ),
    save=_save,
    judge=_judge,
    help="membership in an IP set",
)  # fmt: skip
