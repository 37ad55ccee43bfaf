"""-j SET: put the packet's addresses into an IP set, take them out, map marks (xt_set.c).

What it does always goes on with the next rule. An element that is there already is left alone
unless ``--exist`` is given; then its timer and counters start anew.
"""

from __future__ import annotations

from sim.base.frozen import replace
from sim.extensions.args import number
from sim.extensions.drawing import SETS, DrawPlace
from sim.extensions.extension import Answer, Context, Option, Refusal, RuleContext, TargetType
from sim.extensions.ipset import LiveSets, Wanted
from sim.extensions.listing import Listing
from sim.extensions.matchers.set_use import set_use
from sim.model.rules import Args, Hook, Verdict

_MAPS = ("--map-mark", "--map-prio", "--map-queue")
_LATE_HOOKS = {Hook.FORWARD, Hook.OUTPUT, Hook.POSTROUTING}


def _check(args: Args, rule: RuleContext) -> None:
    if not any(flag in args for flag in ("--add-set", "--del-set", "--map-set")):
        raise Refusal("say --add-set, --del-set or --map-set")
    for flag, needs in (("--exist", "--add-set"), ("--timeout", "--add-set"),
                        *((flag, "--map-set") for flag in _MAPS)):  # fmt: skip
        if flag in args and needs not in args:
            raise Refusal(f"{flag} goes with {needs} only", flag)
    if "--map-set" in args and not any(flag in args for flag in _MAPS):
        raise Refusal("--map-set needs --map-mark, --map-prio or --map-queue", "--map-set")


def _load(args: Args, rule: RuleContext) -> None:
    if "--map-set" not in args:
        return
    if rule.table != "mangle":
        raise Refusal("--map-set works in the mangle table only", "--map-set")
    if ("--map-prio" in args or "--map-queue" in args) and rule.hooks - _LATE_HOOKS:
        raise Refusal(
            "class and queue are mapped in FORWARD, OUTPUT and POSTROUTING only", "--map-set"
        )


def _apply(args: Args, ctx: Context) -> Answer:
    sets = ctx.runtime.sets
    assert isinstance(sets, LiveSets)
    texts = []
    if (use := args.value("--add-set")) is not None:
        change = sets.add(use.name, use.directions, ctx, timeout=args.value("--timeout"),
                          exist="--exist" in args)  # fmt: skip
        texts.append(change.text)
    if (use := args.value("--del-set")) is not None:
        texts.append(sets.delete(use.name, use.directions, ctx).text)
    packet = ctx.packet
    if (use := args.value("--map-set")) is not None:
        found = sets.test(use.name, use.directions, ctx, Wanted(size=len(packet.data)))
        texts.append(found.why)
        if found.held and "--map-mark" in args:
            mark = packet.mark & ~found.entry.skbmarkmask ^ found.entry.skbmark
            packet = packet.with_mark(mark)
            texts.append(f"mark becomes {packet.mark:#x}")
        if found.held and "--map-prio" in args:
            packet = replace(packet, priority=found.entry.skbprio)
            texts.append(f"class becomes {packet.priority >> 16:x}:{packet.priority & 0xFFFF:x}")
    return Answer(Verdict.CONTINUE, packet, "; ".join(texts))


_SAVED = ("--add-set", "--exist", "--timeout", "--del-set", "--map-set", *_MAPS)


def _save(args: Args, family: int) -> str:
    words = []
    for flag in _SAVED:
        value = args.value(flag)
        if value is not None:
            words.append(flag if value is True else f"{flag} {value}")
    return " ".join(words)


def _set_option(flag: str, text: str) -> Option:
    return Option(flag, set_use, words=2, invert=True, metavar="SET src|dst,...", help=text)


def _draw(place: DrawPlace) -> str | None:
    names = place.world.sets.get(place.family, ())
    if not names:
        return None
    name = place.world.pick([item for item in names if item not in ("macs", "wires", "all")])
    side = ",".join(place.world.pick(("src", "dst")) for _ in range(SETS[name]))
    return f"{place.world.pick(('--add-set', '--add-set', '--del-set'))} {name} {side}"


TARGET = TargetType(
    "SET",
    options=(
        _set_option("--add-set", "put the packet's element into this set"),
        Option("--exist", multi=True, invert=True, help="an element that is there starts anew"),
        Option("--timeout", number(0, 0xFFFFFFFE), multi=True, invert=True, metavar="SECONDS",
               help="how long the element stays; else the set's own timeout"),
        _set_option("--del-set", "take the packet's element out of this set"),
        _set_option("--map-set", "use what this set says about the packet's element"),
        Option("--map-mark", multi=True, invert=True,
               help="set the packet's mark from the element's skbmark"),
        Option("--map-prio", multi=True, invert=True,
               help="set its class from the element's skbprio"),
        Option("--map-queue", multi=True, invert=True,
               help="set its queue from the element's skbqueue"),
    ),
    check=_check,
    load=_load,
    save=_save,
    apply=_apply,
    help="change IP sets by the packet's addresses and ports",
    listing=Listing(parts={flag: f"{flag[2:]} {{}}" for flag in _SAVED}),
    draw=_draw,
    examples=(
        "--add-set s1 src",
        "--add-set s1 src --exist",
        "--add-set s1 src --exist --timeout 5",
        "--del-set s1 src,dst",
    ),
)  # fmt: skip
