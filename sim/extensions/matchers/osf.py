"""-m osf: the operating system that a SYN betrays (net/netfilter/xt_osf.c, nfnetlink_osf.c).

Fingerprints are loaded by a program (nfnl_osf -f pf.os), for the whole kernel; those of a host
stand in its text. The kernel ignores the inversion altogether, and with --log the genre as well:
then any known system matches.
"""

from __future__ import annotations

from sim.extensions.args import number
from sim.extensions.drawing import DrawPlace, F, I, P
from sim.extensions.extension import Clause, Context, Judgement, MatchType, Option
from sim.extensions.listing import Listing
from sim.extensions.matchers.parsing import cut_text, flagged
from sim.extensions.traits import Opaque
from sim.model.rules import Args, Hook
from sim.packet.fingerprints import TTL_EQUAL, Fingerprint
from sim.packet.headers import IPPROTO_TCP, SYN


def _judge(args: Args, ctx: Context) -> Judgement:
    arg = args.get("--genre")
    assert arg is not None
    want = f"sent by {arg.value}"
    tcp = ctx.packet.headers.tcp
    known = ctx.host.fingerprints
    if tcp is None or not tcp.flags & SYN:
        clause = Clause("osf", "--genre", want, "not a SYN", arg.negated, False)
    elif known is None:
        need = "which fingerprints are loaded (`fingerprints none` or lines of pf.os in the host)"
        clause = Clause("osf", "--genre", want, "a SYN", arg.negated, held=None, need=need)
    else:
        check = int(args.value("--ttl", TTL_EQUAL))
        found = [one for one in known if one.matches(ctx.packet, check)]
        taken = [one for one in found if "--log" in args or one.genre == arg.value]
        seen = _words(taken or found) if found else f"none of {len(known)} fingerprints"
        clause = Clause("osf", "--genre", want, seen, arg.negated, bool(taken))
    return Judgement((clause,))


def _words(found: list[Fingerprint]) -> str:
    """Each system once, in the order they were loaded."""
    return " or ".join(dict.fromkeys(map(str, found)))


def _save(args: Args, family: int) -> str:
    order = ("--genre", "--ttl", "--log")
    return " ".join(flagged(arg, arg.value) for flag in order for arg in args if arg.flag == flag)


def _draw(place: DrawPlace) -> str | None:
    if place.protocol != "tcp" or not place.within(P, I, F) or place.family != 4:
        return None
    return f"{place.negation()}--genre Linux"


MATCH = MatchType(
    "osf",
    options=(
        Option("--genre", cut_text(31), required=True, invert=True, metavar="NAME",
               help="name of the system, as in pf.os"),
        Option("--ttl", number(0, 2), metavar="0|1|2", help="how the TTL is compared"),
        Option("--log", number(0, 2), metavar="0|1|2", help="what is written to the kernel log"),
    ),
    families=frozenset({4}),
    hooks=frozenset({Hook.PREROUTING, Hook.INPUT, Hook.FORWARD}),
    protocols=frozenset({IPPROTO_TCP}),
    save=_save,
    judge=_judge,
    help="operating system of the sender, by its SYN",
    reservation="undetermined unless the host text says which fingerprints are loaded",
    listing=Listing(parts={"--genre": "OS fingerprint match {N}{}"}),
    opaque=Opaque.HEADERS,
    draw=_draw,
    examples=("--genre Linux", "! --genre OpenBSD --ttl 2 --log 1"),
)  # fmt: skip
