"""-j LOG: write a line about the packet to the kernel log and go on (net/netfilter/xt_LOG.c)."""

from __future__ import annotations

from sim.extensions.args import integer
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import (
    Answer,
    Context,
    Log,
    Option,
    RuleContext,
    TargetType,
    saved_string,
)
from sim.extensions.listing import added_up, saved_options
from sim.extensions.traits import Changes
from sim.model.rules import Args, Verdict
from sim.packet.kernel_log import Wish, log_line

LEVELS = {
    "alert": 1, "crit": 2, "debug": 7, "emerg": 0, "error": 3, "info": 6, "notice": 5,
    "panic": 0, "warning": 4,
}  # fmt: skip
LEVEL_NAMES = ("emerg", "alert", "crit", "error", "warning", "notice", "info", "debug")
DEFAULT_LEVEL = 4
LONGEST_PREFIX = 29


def _level(text: str, rule: RuleContext) -> int:
    try:
        return integer(text, 0, 7)
    except ValueError:
        if text in LEVELS:
            return LEVELS[text]
        names = ", ".join(sorted(LEVELS))
        raise ValueError(f'"{text}" is not a log level: 0 to 7, or {names}') from None


def _prefix(text: str, rule: RuleContext) -> str:
    """At least one character; the tool cuts silently what the kernel has no room for."""
    if not text:
        raise ValueError("the log prefix is empty")
    if "\n" in text:  # an unclosed quote takes the line's end in
        raise ValueError("the log prefix holds a line's end: a quote is not closed")
    return text.encode()[:LONGEST_PREFIX].decode(errors="ignore")


def save(args: Args, family: int) -> str:
    words = []
    prefix, level = args.value("--log-prefix"), args.value("--log-level", DEFAULT_LEVEL)
    if prefix is not None:
        words.append(f"--log-prefix {saved_string(prefix)}")
    if level != DEFAULT_LEVEL:
        words.append(f"--log-level {level}")
    words += [option.flag for option in _SWITCHES if option.flag in args]
    return " ".join(words)


def apply(args: Args, ctx: Context) -> Answer:
    prefix = args.value("--log-prefix", "")
    level = LEVEL_NAMES[args.value("--log-level", DEFAULT_LEVEL)]
    wish = Wish(*(option.flag in args for option in _SWITCHES))
    line = log_line(ctx.packet, prefix, ctx.in_iface, ctx.out_iface, wish, ctx.physin, ctx.physout)
    text = f"logged to the kernel log at level {level}: {line.rstrip()}"
    return Answer(Verdict.CONTINUE, ctx.packet, text, (Log(prefix, line=line),))


_SWITCHES = (
    Option("--log-tcp-sequence", help="log TCP sequence numbers"),
    Option("--log-tcp-options", help="log TCP options"),
    Option("--log-ip-options", help="log IP options"),
    Option("--log-uid", help="log the sending user"),
    Option("--log-macdecode", help="take MAC addresses apart"),
)

_LISTED = {"--log-tcp-sequence": 1, "--log-tcp-options": 2, "--log-ip-options": 4,
           "--log-uid": 8, "--log-macdecode": 32}  # fmt: skip


def _listing(text: str) -> str:
    options = saved_options(text)
    given = {option.flag: option.value for option in options}
    words = f"LOG flags {added_up(_LISTED, options)} level "
    words += given.get("--log-level", str(DEFAULT_LEVEL))
    prefix = given.get("--log-prefix")
    return words if prefix is None else f'{words} prefix "{prefix}"'


def _draw(place: DrawPlace) -> str:
    return place.words(
        '--log-prefix "it is: "',
        f"--log-level {place.random.randrange(8)}",
        "--log-tcp-sequence",
        "--log-ip-options",
        "--log-uid",
    )


TARGET = TargetType(
    "LOG",
    options=(
        Option("--log-level", _level, metavar="LEVEL", help="syslog level, warning by default"),
        Option("--log-prefix", _prefix, metavar="TEXT", help="text in front of the line"),
        *_SWITCHES,
    ),
    save=save,
    apply=apply,
    help="write a line about the packet to the kernel log and go on",
    changes=Changes.NOTHING,
    listing=_listing,
    draw=_draw,
    examples=(
        "",
        "--log-prefix abcdefghijklmnopqrstuvwxyz012",
        "--log-level 7",
        "--log-prefix x --log-level 6 --log-uid",
    ),
)
