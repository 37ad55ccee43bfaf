"""-m owner: the user and groups of the socket that sent the packet (net/netfilter/xt_owner.c).

Forwarded packets have no socket, and what the kernel sends by itself has one without a file:
only ``--socket-exists`` and inverted ids say yes to the latter. Process, session and command
options went away in 2.6.14 (their lookup could dead-lock on several processors); they load
again where the host text says ``kernel 2.4``, and then every option needs a socket with a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sim.base.frozen import dataclass, replace
from sim.base.values import Range
from sim.extensions.args import integer
from sim.extensions.drawing import GIDS, UIDS, DrawPlace, O, S
from sim.extensions.extension import (
    Clause,
    Context,
    Judgement,
    MatchType,
    Names,
    Option,
    ParseValue,
    Refusal,
    RuleContext,
)
from sim.extensions.listing import Listing
from sim.extensions.matchers.clauses import told
from sim.extensions.traits import Opaque, Steady
from sim.model.rules import Arg, Args, Hook
from sim.packet.packet import Owner

_HIGHEST = 0xFFFFFFFE  # the last one, -1, means "no id"


@dataclass(frozen=True, slots=True)
class _Ids(Range):
    separator: str = "-"


def _ids(names: Callable[[Names], Mapping[str, int]], what: str) -> ParseValue:
    def parse(text: str, rule: RuleContext) -> _Ids:
        known = names(rule.names)
        if text in known:
            return _Ids(known[text], known[text])
        first, colon, second = text.replace(":", "-", 1).partition("-")
        try:
            low = integer(first, 0, _HIGHEST)
            return _Ids(low, integer(second, 0, _HIGHEST) if colon else low)
        except ValueError:
            raise ValueError(
                f'"{text}" is no {what} that is known here and no id or range of ids'
            ) from None

    return parse


def _old(parse: ParseValue) -> ParseValue:
    def guarded(text: str, rule: RuleContext) -> object:
        if not rule.names.kernel.startswith("2.4"):
            raise ValueError(
                "this option is gone since Linux 2.6.14: use --uid-owner or --gid-owner, or put "
                "the program into a control group (-m cgroup --path); a host text with the line "
                "`kernel 2.4` brings it back"
            )
        return parse(text, rule)

    return guarded


def _number(text: str, rule: RuleContext) -> int:
    return integer(text, 0, 0x7FFFFFFF)


def _command(text: str, rule: RuleContext) -> str:
    return text.encode()[:15].decode(errors="ignore")


def _check(args: Args, rule: RuleContext) -> None:
    flags = [arg.flag for arg in args]
    if "--suppl-groups" not in flags:
        return
    if "--gid-owner" not in flags[: flags.index("--suppl-groups")]:
        raise Refusal("--suppl-groups widens --gid-owner, which must stand before it",
                      "--suppl-groups")  # fmt: skip


def _load(args: Args, rule: RuleContext) -> None:
    for flag in ("--uid-owner", "--gid-owner"):
        ids = args.value(flag)
        if ids is not None and ids.low > ids.high:
            raise Refusal(f"the range {ids} is backwards", flag)


def _judge(args: Args, ctx: Context) -> Judgement:
    owner = ctx.packet.owner
    old_kernel = ctx.host.kernel.startswith("2.4")
    clauses = []
    for option in MATCH.options:
        arg = args.get(option.flag)
        if arg is None or (option.flag == "--suppl-groups" and owner is not None):
            continue
        fileless = owner is not None and not owner.has_file and arg.flag != "--socket-exists"
        if owner is None or fileless:
            clause = _without_file(arg, owner, old_kernel)
        else:
            clause = _clause(arg, owner, "--suppl-groups" in args)
        clauses.append(clause)
        if clause.held is False:
            break
    return Judgement(tuple(clauses))


def _without_file(arg: Arg, owner: Owner | None, old_kernel: bool) -> Clause:
    seen = "no socket" if owner is None else "a socket of the kernel, without an owner"
    clause = told("owner", arg, _want(arg), seen, False)
    return replace(clause, held=False) if old_kernel else clause


def _want(arg: Arg) -> str:
    return "" if arg.value is True else str(arg.value)


def _clause(arg: Arg, owner: Owner, groups_too: bool) -> Clause:
    if arg.flag == "--socket-exists":
        return told("owner", arg, "", "a socket", True)
    if arg.flag == "--uid-owner":
        return told("owner", arg, _want(arg), str(owner.uid), owner.uid in arg.value)
    if arg.flag == "--gid-owner":
        gids = (owner.gid, *(owner.groups if groups_too else ()))
        held = any(gid in arg.value for gid in gids)
        return told("owner", arg, _want(arg), ",".join(map(str, gids)), held)
    word = arg.flag[2:5]
    known = {"pid": owner.pid, "sid": owner.sid, "cmd": owner.command}[word]
    if known is None:
        return Clause("owner", arg.flag, _want(arg), "not said", arg.negated, None,
                      f"the {word} of the process that sends the packet")  # fmt: skip
    same = known[:15] == arg.value if isinstance(known, str) else known == arg.value
    return told("owner", arg, _want(arg), str(known), same)


def _draw(place: DrawPlace) -> str | None:
    if not place.within(O, S):
        return None
    uid, gid = place.world.pick(UIDS), place.world.pick(GIDS)
    found = [item for item in place.world.facts if item.uid is not None]
    if found and place.chance(0.6):
        fact = place.world.pick(found)
        uid, gid = fact.uid or 0, fact.gid
    return place.words(
        f"{place.negation()}--uid-owner {uid if place.chance(0.7) else f'{uid}-{uid + 500}'}",
        f"{place.negation()}--gid-owner {gid}",
        f"{place.negation()}--socket-exists",
        least=1,
    )


MATCH = MatchType(
    "owner",
    options=(
        Option("--socket-exists", invert=True, help="a socket of this host sent the packet"),
        Option("--uid-owner", _ids(lambda names: names.users, "user"), invert=True,
               metavar="USER[-USER]", help="user of the socket that sent it"),
        Option("--gid-owner", _ids(lambda names: names.groups, "group"), invert=True,
               metavar="GROUP[-GROUP]", help="group of the socket that sent it"),
        Option("--suppl-groups", help="--gid-owner looks at the other groups of the user too"),
        Option("--pid-owner", _old(_number), invert=True, metavar="PID",
               help="process that sent it (kernels before 2.6.14)"),
        Option("--sid-owner", _old(_number), invert=True, metavar="SID",
               help="session that sent it (kernels before 2.6.14)"),
        Option("--cmd-owner", _old(_command), invert=True, metavar="NAME",
               help="command that sent it (kernels before 2.6.14)"),
    ),
    hooks=frozenset({Hook.OUTPUT, Hook.POSTROUTING}),
    check=_check,
    load=_load,
    judge=_judge,
    at_least_one=True,
    help="who on this host sent the packet",
    steady=Steady.ALWAYS,
    listing=Listing(parts={"--socket-exists": "{N}owner socket exists",
        "--uid-owner": "{N}owner UID match {}", "--gid-owner": "{N}owner GID match {}",
        "--suppl-groups": "incl. suppl. groups"}),
    opaque=Opaque.HOST,
    draw=_draw,
    examples=(
        "--uid-owner 0",
        "--gid-owner 4",
        "! --gid-owner 5 --suppl-groups",
        "--socket-exists",
    ),
)  # fmt: skip
