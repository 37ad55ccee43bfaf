"""-m cgroup: the control group of the socket's process (net/netfilter/xt_cgroup.c).

A packet without a full socket never matches, inverted or not: a forwarded one, the SYN+ACK of a
listener, and in INPUT whatever does not belong to a connection. The kernel's own sockets are in
the root group. Nothing in a scenario gives processes a net_cls class, so that it is 0.
"""

from __future__ import annotations

from sim.extensions.args import number
from sim.extensions.drawing import DrawPlace, I, O, S
from sim.extensions.extension import (
    Clause,
    Context,
    Judgement,
    MatchType,
    Option,
    Refusal,
    RuleContext,
    saved_string,
)
from sim.extensions.listing import Listing
from sim.extensions.matchers.parsing import cut_text
from sim.extensions.traits import Opaque, Steady
from sim.model.rules import Args, Hook
from sim.packet.headers import ACK, SYN


def _judge(args: Args, ctx: Context) -> Judgement:
    arg = args.get("--path") or args.get("--cgroup")
    assert arg is not None
    is_path = arg.flag == "--path"
    want = f"a process in {arg.value or '/'}" if is_path else f"class id {arg.value}"
    missing = _socketless(ctx)
    if missing:
        return Judgement((Clause("cgroup", arg.flag, want, missing, arg.negated, False),))
    if ctx.hook is Hook.INPUT and ctx.packet.headers.tcp is not None:
        need = "whether the handshake is over, so that the socket is a full one"
        return Judgement((Clause("cgroup", arg.flag, want, "", arg.negated, None, need),))
    if not is_path:
        held = (arg.value == 0) != arg.negated
        return Judgement((Clause("cgroup", arg.flag, want, "class id 0", arg.negated, held),))
    group = _group(ctx)
    wanted = arg.value.strip("/")
    if group is None and wanted:
        need = "the control group of the process (`local cgroup PATH ...`)"
        return Judgement((Clause("cgroup", arg.flag, want, "", arg.negated, None, need),))
    path = (group or "").strip("/")
    inside = not wanted or path == wanted or path.startswith(f"{wanted}/")
    seen = f"one in {'/' + path if group is not None else 'some group'}"
    held = inside != arg.negated
    return Judgement((Clause("cgroup", arg.flag, want, seen, arg.negated, held),))


def _socketless(ctx: Context) -> str:
    """Why the packet has no full socket, empty if it has one."""
    headers = ctx.packet.headers
    if ctx.hook is Hook.INPUT:
        name = {6: "tcp", 17: "udp"}.get(headers.protocol, "")
        connected = name and ctx.runtime.sockets.has_connection(
            name, headers.dst, headers.dport or 0, headers.src, headers.sport or 0
        )
        return "" if connected else "no connection yet"
    if ctx.packet.owner is None:
        return "no socket"
    if headers.tcp is not None and headers.tcp.flags & (SYN | ACK) == SYN | ACK:
        return "no full socket yet"
    return ""


def _group(ctx: Context) -> str | None:
    """The path of the process's group, ``None`` if nobody said it."""
    if ctx.hook is Hook.INPUT or ctx.packet.owner is None:
        return None
    return ctx.packet.owner.cgroup if ctx.packet.owner.has_file else ""


def _load(args: Args, rule: RuleContext) -> None:
    if "--path" in args and "--cgroup" in args:
        raise Refusal("either --path or --cgroup, not both", "--cgroup")
    if "--path" not in args and "--cgroup" not in args:
        raise Refusal("cgroup needs --path or --cgroup")


def _draw(place: DrawPlace) -> str | None:
    return (
        f"{place.negation()}--cgroup {place.world.pick((0, 5))}" if place.within(I, O, S) else None
    )


MATCH = MatchType(
    "cgroup",
    options=(
        Option("--path", cut_text(511), invert=True, save=saved_string, metavar="PATH",
               help="this cgroup2 or one below it"),
        Option("--cgroup", number(), invert=True, metavar="CLASSID",
               help="the net_cls class id"),
    ),
    hooks=frozenset({Hook.OUTPUT, Hook.POSTROUTING, Hook.INPUT}),
    load=_load,
    judge=_judge,
    help="control group of the process that sent or gets the packet",
    steady=Steady.ALWAYS,
    listing=Listing(parts={"--path": "cgroup {N}{}", "--cgroup": "cgroup {N}{}"}),
    opaque=Opaque.HOST,
    draw=_draw,
    examples=("--cgroup 1",),
)  # fmt: skip
