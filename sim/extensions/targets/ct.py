"""-j CT and -j NOTRACK: tell conntrack beforehand how to treat a packet (net/netfilter/xt_CT.c).

Raw table only, where no entry is attached yet. The first such rule counts: a packet that
already has an entry, a template or the untracked mark is left alone.
"""

from __future__ import annotations

from sim.base.frozen import replace
from sim.extensions.args import integer
from sim.extensions.ct_template import with_template
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import (
    Answer,
    Context,
    Option,
    ParseValue,
    Refusal,
    RuleContext,
    TargetType,
    UseTemplate,
)
from sim.extensions.listing import Listing, plain
from sim.model.rules import Args, Verdict
from sim.packet.kinds import CtState

# Helper -> (transport protocols, families), as the kernel's modules register them.
HELPERS: dict[str, tuple[frozenset[int], frozenset[int]]] = {
    "amanda": (frozenset({17}), frozenset({4, 6})),
    "ftp": (frozenset({6}), frozenset({4, 6})),
    "irc": (frozenset({6}), frozenset({4})),
    "netbios-ns": (frozenset({17}), frozenset({4})),
    "pptp": (frozenset({6}), frozenset({4})),
    "Q.931": (frozenset({6}), frozenset({4, 6})),
    "RAS": (frozenset({17}), frozenset({4, 6})),
    "sane": (frozenset({6}), frozenset({4, 6})),
    "sip": (frozenset({6, 17}), frozenset({4, 6})),
    "snmp": (frozenset({17}), frozenset({4})),
    "snmp_trap": (frozenset({17}), frozenset({4})),
    "tftp": (frozenset({17}), frozenset({4, 6})),
}

EVENTS = (
    "new", "related", "destroy", "reply", "assured", "protoinfo", "helper", "mark", "natseqinfo",
    "secmark",
)  # fmt: skip
_ZONES = ("--zone", "--zone-orig", "--zone-reply")
MARK = "mark"


def _zone(text: str, rule: RuleContext) -> int | str:
    if text.lower() == MARK:
        return MARK
    try:
        return integer(text, 0, 65535)
    except ValueError:
        raise ValueError(f'"{text}" is not a zone: 0 to 65535, or "mark"') from None


def _cut(limit: int) -> ParseValue:
    """A name; what the kernel has no room for is cut silently."""

    def parse(text: str, rule: RuleContext) -> str:
        return text.encode()[:limit].decode(errors="ignore")

    return parse


def _events(text: str, rule: RuleContext, known: tuple[str, ...] = EVENTS) -> tuple[str, ...]:
    words = text.split(",")
    for word in words:
        if word not in known:
            raise ValueError(f'"{word}" is not an event ({", ".join(known)})')
    return tuple(event for event in known if event in words)


def _expectation_events(text: str, rule: RuleContext) -> tuple[str, ...]:
    return _events(text, rule, ("new",))


def zone_of(args: Args) -> tuple[int | str, bool, bool]:
    """(number or ``mark``, counts in original direction, counts in reply direction).

    The tool keeps one number and adds directions up, so that ``--zone-orig 1 --zone-reply 2``
    is ``--zone 2``. ``mark`` stays once it was said.
    """
    number: int | str = 0
    original = reply = False
    for arg in args:
        if arg.flag not in _ZONES:
            continue
        if number != MARK:
            number = arg.value
        original |= arg.flag == "--zone-orig"
        reply |= arg.flag == "--zone-reply"
    if original == reply:
        original = reply = True
    return number, original, reply


def load(args: Args, rule: RuleContext) -> None:
    """Helpers are known by name for a protocol; with ``--notrack`` nothing else is looked at."""
    helper = args.value("--helper", "")
    if "--notrack" in args:
        return
    if helper or "--timeout" in args:
        flag = "--helper" if helper else "--timeout"
        if rule.protocol is None or rule.protocol_negated:
            raise Refusal(f"CT {flag} needs a protocol", flag, hint="add -p tcp or -p udp")
    if helper:
        protocols, families = HELPERS.get(helper, (frozenset(), frozenset()))
        if rule.protocol not in protocols or rule.family not in families:
            known = ", ".join(
                name
                for name, (works, where) in HELPERS.items()
                if rule.protocol in works and rule.family in where
            )
            raise Refusal(
                f'no conntrack helper "{helper}" for this protocol in IPv{rule.family}',
                "--helper",
                hint=f"known: {known}" if known else "",
            )
    if "--timeout" in args:
        raise Refusal(
            f'no conntrack timeout policy "{args.value("--timeout")}"',
            "--timeout",
            hint="policies are made with nfct, which a scenario does not have",
        )


def save(args: Args, family: int) -> str:
    words = ["--notrack"] if "--notrack" in args else []
    for flag in ("--helper", "--timeout"):
        if args.value(flag):
            words.append(f"{flag} {args.value(flag)}")  # the tool does not quote it
    for flag in ("--ctevents", "--expevents"):
        if args.value(flag):
            words.append(f"{flag} {','.join(args.value(flag))}")
    number, original, reply = zone_of(args)
    if number != 0:
        flag = "--zone" if original and reply else "--zone-orig" if original else "--zone-reply"
        words.append(f"{flag} {number}")
    return " ".join(words)


def _is_seen(ctx: Context) -> bool:
    """xt_ct_target: ``skb->_nfct`` is not empty."""
    packet = ctx.packet
    return packet.flow is not None or packet.ct_state is not CtState.INVALID or packet.is_attached


def _notrack(ctx: Context) -> Answer:
    packet = replace(ctx.packet, ct_state=CtState.UNTRACKED)
    text = "conntrack will leave the packet alone (UNTRACKED)"
    return Answer(Verdict.CONTINUE, packet, text, (UseTemplate(notrack=True),))


def apply(args: Args, ctx: Context) -> Answer:
    if _is_seen(ctx):
        return Answer(Verdict.CONTINUE, ctx.packet, "nothing: conntrack has seen the packet")
    if "--notrack" in args:
        return _notrack(ctx)
    number, original, reply = zone_of(args)
    has_zone = number != 0
    zone = 0 if number == MARK else int(number)
    template = UseTemplate(
        zone_original=zone if has_zone and original else None,
        zone_reply=zone if has_zone and reply else None,
        zone_from_mark=number == MARK,
        helper=args.value("--helper", ""),
        events=args.value("--ctevents", ()),
    )
    zones = (template.zone_original or 0, template.zone_reply or 0)
    return Answer(Verdict.CONTINUE, with_template(ctx, *zones), _words(template), (template,))


def _words(template: UseTemplate) -> str:
    words = []
    if template.zone_original is not None or template.zone_reply is not None:
        zone = template.zone_original
        zone = template.zone_reply if zone is None else zone
        words.append("zone from the mark" if template.zone_from_mark else f"zone {zone}")
    if template.helper:
        words.append(f"helper {template.helper}")
    if template.events:
        words.append(f"events {', '.join(template.events)}")
    return f"conntrack will use {', '.join(words)}" if words else "conntrack will track the packet"


def apply_notrack(args: Args, ctx: Context) -> Answer:
    if _is_seen(ctx):
        return Answer(Verdict.CONTINUE, ctx.packet, "nothing: conntrack has seen the packet")
    return _notrack(ctx)


def _draw(place: DrawPlace) -> str:
    kind = place.random.random()
    if kind < 0.4:
        return "--notrack"
    if kind < 0.7:
        option = place.world.pick(("--zone", "--zone-orig", "--zone-reply"))
        return f"{option} {place.world.pick((1, 2))}"
    if kind < 0.85 and place.protocol == "tcp":
        return "--helper ftp"
    return "--ctevents new,destroy"


CT = TargetType(
    "CT",
    options=(
        Option("--notrack", help="do not track the packet"),
        Option("--helper", _cut(15), metavar="NAME", help="attach this helper"),
        Option("--timeout", _cut(31), metavar="NAME", help="use this timeout policy"),
        Option("--ctevents", _events, metavar="EVENT,...", help="report only these events"),
        Option("--expevents", _expectation_events, metavar="new"),
        Option("--zone", _zone, metavar="ID|mark", help="the zone, in both directions"),
        Option("--zone-orig", _zone, metavar="ID|mark", help="the zone, original direction only"),
        Option("--zone-reply", _zone, metavar="ID|mark", help="the zone, reply direction only"),
    ),
    tables=frozenset({"raw"}),
    load=load,
    save=save,
    apply=apply,
    needs_conntrack=lambda args: "--notrack" not in args,
    help="say how conntrack shall treat the packet",
    listing=Listing(
        "CT",
        {
            "--notrack": "notrack",
            **plain("helper timeout ctevents expevents zone zone-orig zone-reply"),
        },
    ),
    draw=_draw,
    examples=("--zone 5", "--notrack", "--zone-orig 1", "--zone-reply 1"),
)

NOTRACK = TargetType(
    "NOTRACK",
    tables=frozenset({"raw"}),
    apply=apply_notrack,
    help="do not track the packet",
    listing=Listing("NOTRACK"),
    draw=lambda place: "",
    examples=("",),
)
