"""-m set: is the packet in an IP set? (net/netfilter/xt_set.c)

Which addresses, ports and devices are looked up is said by src and dst, one for each part of
the set's type. Where the set has counters they are raised by the look-up, before the counter
options compare; where it has none, those options are not looked at.
"""

from __future__ import annotations

from collections.abc import Callable

from sim.extensions.args import number
from sim.extensions.drawing import SETS, DrawPlace
from sim.extensions.extension import Context, Judgement, MatchType, Option
from sim.extensions.ipset import LiveSets, Wanted
from sim.extensions.listing import Listing
from sim.extensions.matchers.clauses import told
from sim.extensions.matchers.set_use import SetUse, set_use
from sim.extensions.traits import Opaque, Steady
from sim.model.rules import Args

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


def _is_off(args: Args, flag: str) -> bool:
    """Inverted once is enough, however often it is said."""
    return any(arg.flag == flag and arg.negated for arg in args)


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
        update_counters=not _is_off(args, "--update-counters"),
        packets=_comparison(args, "packets"),
        bytes=_comparison(args, "bytes"),
    )
    answer = sets.test(
        arg.value.name,
        arg.value.directions,
        ctx,
        wanted,
        return_nomatch="--return-nomatch" in args,
        update_members=not _is_off(args, "--update-subcounters"),
    )
    clause = told("set", arg, _want(arg.value, args), answer.why, answer.held)
    return Judgement((clause,))


_SAVED = ("--match-set", "--return-nomatch", "--update-counters", "--update-subcounters",
          *_COUNTERS)  # fmt: skip


def _save(args: Args, family: int) -> str:
    words = []
    for flag in _SAVED:
        arg = args.get(flag)
        if arg is None:
            continue
        if flag.startswith("--update"):
            words += [f"! {flag}"] if _is_off(args, flag) else []
        elif arg.value is True:
            words.append(flag)
        else:
            words.append(f"{'! ' * arg.negated}{flag} {arg.value}")
    return " ".join(words)


def _steady(args: Args) -> Steady:
    """Counters make an answer depend on how often it was asked."""
    asked = all(arg.flag == "--match-set" for arg in args)
    return Steady.UNTIL_CHANGED if asked else Steady.NEVER


def _counter(flag: str, text: str) -> Option:
    what = flag[:-3]
    others = tuple(other for other in _COUNTERS if other != flag and other.startswith(what))
    return Option(flag, number(0, _MOST), invert=flag.endswith("eq"), excludes=others,
                  metavar="N", help=text)  # fmt: skip


def _draw(place: DrawPlace) -> str | None:
    names = place.world.sets.get(place.family, ())
    if not names:
        return None
    name = place.world.pick(names)
    sides = ("src", "dst")
    direction = ",".join(place.world.pick(sides) for _ in range(SETS[name]))
    return f"{place.negation()}--match-set {name} {direction} " + place.words(
        "--return-nomatch" if name.startswith("nets") else "",
        place.world.pick(("--packets-gt 0", "! --packets-eq 1")) if name == "hosts" else "",
    )


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
    steady=_steady,
    listing=Listing(parts={flag: f"{{N}}{flag[2:]} {{}}" for flag in _SAVED}),
    opaque=Opaque.HOST,
    draw=_draw,
    examples=(
        "--match-set s1 src",
        "--match-set s1 src --return-nomatch",
        "--match-set s1 src ! --update-counters",
        "--match-set s1 src ! --update-subcounters",
    ),
)  # fmt: skip
