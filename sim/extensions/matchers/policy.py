"""-m policy: the IPsec policy of the packet (net/netfilter/xt_policy.c).

``--dir in`` looks at what was undone on the way in, ``--dir out`` at what the route will still
do. Without any transform ``--pol none`` matches and ``--pol ipsec`` does not. Not --strict: one
transform that fits is enough. --strict: all of them, one element each, in order.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

from sim.extensions.args import host_mask, number, one_of, protocol
from sim.extensions.drawing import DrawPlace, F, I, O, P, S
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
from sim.extensions.matchers.parsing import flagged
from sim.extensions.traits import Opaque, Steady
from sim.model.rules import Arg, Args, Hook
from sim.packet.packet import Transform

MOST_ELEMENTS = 4
PROTOCOLS = {50: "esp", 51: "ah", 108: "ipcomp"}
# In the order of the kernel's comparison.
COMPARED = ("--tunnel-src", "--tunnel-dst", "--proto", "--mode", "--spi", "--reqid")
# In the order they are printed.
PRINTED = ("--reqid", "--spi", "--proto", "--mode", "--tunnel-dst", "--tunnel-src")
Element = dict[str, Arg]
Any4or6 = IPv4Address | IPv6Address


def _protocol(text: str, rule: RuleContext) -> int:
    value = protocol(text, rule)
    if value not in PROTOCOLS:
        raise ValueError(f'"{text}" is not one of ah, esp, ipcomp')
    return value


def elements_of(args: Args) -> tuple[Element, ...]:
    """The policy elements, ``--next`` being between them. Raises ``Refusal`` on a repetition."""
    elements: list[Element] = [{}]
    for arg in args:
        if arg.flag == "--next":
            elements.append({})
            if len(elements) > MOST_ELEMENTS:
                raise Refusal(f"a policy has at most {MOST_ELEMENTS} elements", "--next")
        elif arg.flag in COMPARED:
            if arg.flag in elements[-1]:
                raise Refusal(f"{arg.flag} twice in one element", arg.flag, "--next is missing")
            elements[-1][arg.flag] = arg
    return tuple(elements)


def _fits(element: Element, transform: Transform) -> bool:
    seen = {
        "--tunnel-src": transform.source,
        "--tunnel-dst": transform.destination,
        "--proto": transform.protocol,
        "--mode": transform.mode,
        "--spi": transform.spi,
        "--reqid": transform.reqid,
    }
    return all(
        _same(element[flag], seen[flag]) != element[flag].negated
        for flag in COMPARED
        if flag in element
    )


def _same(arg: Arg, seen: Any4or6 | int | str | None) -> bool:
    if arg.flag in ("--tunnel-src", "--tunnel-dst"):
        return seen is not None and seen in arg.value
    return bool(seen == arg.value)


def _judge(args: Args, ctx: Context) -> Judgement:
    inward = args.value("--dir") == "in"
    # The last transform undone is compared first.
    path = ctx.packet.secpath[::-1] if inward else ctx.packet.transforms
    wants_none = args.value("--pol") == "none"
    strict = "--strict" in args
    seen = ", ".join(_worded(transform) for transform in path) or "no IPsec"
    if not path:
        held = wants_none
    elif wants_none:
        held = False
    else:
        elements = elements_of(args)
        if strict:
            held = len(elements) == len(path) and all(map(_fits, elements, path))
        else:
            held = any(_fits(elements[0], transform) for transform in path)
    want = "no IPsec" if wants_none else "IPsec"
    details = " then ".join(" ".join(_printed(e)) for e in elements_of(args))
    side = "undone on the way in" if inward else "to be done on the way out"
    want = f"{want} {side}{' exactly' if strict else ''} {details}".rstrip()
    return Judgement((Clause("policy", "--pol", want, seen, False, held),))


def _worded(transform: Transform) -> str:
    ends = ""
    if transform.source is not None:
        ends = f" {transform.source} -> {transform.destination}"
    name = PROTOCOLS.get(transform.protocol, str(transform.protocol))
    return f"{name} {transform.mode}{ends} spi {transform.spi:#x} reqid {transform.reqid}"


def _printed(element: Element) -> Iterator[str]:
    for flag in PRINTED:
        if flag in element:
            arg = element[flag]
            value = arg.value
            if flag == "--spi":
                value = f"{value:#x}"
            elif flag == "--proto":
                value = PROTOCOLS[value]
            yield flagged(arg, value)


def _check(args: Args, rule: RuleContext) -> None:
    if "--dir" not in args:
        raise Refusal("policy needs --dir in or --dir out")
    elements = elements_of(args)
    strict = "--strict" in args
    if args.value("--pol") == "none":
        if strict:
            raise Refusal("--pol none has no elements that could be --strict", "--strict")
        if len(elements) > 1:
            raise Refusal("--pol none has no elements", "--next")
        elements = ()  # what was given beside --pol none is not looked at
    for element in elements:
        if strict and not element:
            raise Refusal("an empty element", "--strict", "each needs one of " + ", ".join(PRINTED))
        mode = element.get("--mode")
        tunnel = mode is not None and (mode.value == "tunnel") != mode.negated
        for flag in ("--tunnel-src", "--tunnel-dst"):
            if flag in element and not tunnel:
                raise Refusal(f"{flag} is for tunnel mode", flag, "add --mode tunnel")


def _load(args: Args, rule: RuleContext) -> None:
    hooks = rule.hooks
    if args.value("--dir") == "out" and hooks & {Hook.PREROUTING, Hook.INPUT}:
        raise Refusal("--dir out cannot be known in PREROUTING and INPUT", "--dir")
    if args.value("--dir") == "in" and hooks & {Hook.POSTROUTING, Hook.OUTPUT}:
        raise Refusal("--dir in cannot be asked in POSTROUTING and OUTPUT", "--dir")


def _save(args: Args, family: int) -> str:
    none = args.value("--pol") == "none"
    words = [f"--dir {args.value('--dir')} --pol {'none' if none else 'ipsec'}"]
    if "--strict" in args:
        words.append("--strict")
    elements = () if none else elements_of(args)
    for place, element in enumerate(elements):
        if place:
            words.append("--next")
        words += _printed(element)
    return " ".join(words)


_PROTOCOL_NUMBERS = {"ah": "51", "esp": "50", "ipcomp": "108"}


def _listing(text: str) -> str:
    """Elements are numbered only where --strict has several."""
    elements: list[list[str]] = [[]]
    head = []
    for option in saved_options(text):
        value = _PROTOCOL_NUMBERS.get(option.value, option.value)
        word = f"{'! ' * option.negated}{option.flag[2:]} {value}".rstrip()
        if option.flag in ("--dir", "--pol", "--strict"):
            head.append(word)
        elif option.flag == "--next":
            elements.append([])
        else:
            elements[-1].append(word)
    is_numbered = len(elements) > 1
    words = [" ".join(([f"[{at}]"] if is_numbered else []) + each)
             for at, each in enumerate(elements)]  # fmt: skip
    return " ".join(("policy match", *head, *filter(None, words)))


def _draw(place: DrawPlace) -> str | None:
    pol = place.world.pick(("none", "ipsec"))
    if place.within(P, I, F):
        return f"--dir in --pol {pol}"
    if place.within(F, O, S):
        return f"--dir out --pol {pol}"
    return None


MATCH = MatchType(
    "policy",
    options=(
        Option("--dir", one_of("in", "out"), metavar="in|out",
               help="undone on the way in, or to be done on the way out"),
        Option("--pol", one_of("none", "ipsec"), metavar="none|ipsec",
               help="without or with IPsec (the default)"),
        Option("--strict", help="the whole policy, not just one element of it"),
        Option("--reqid", number(), multi=True, invert=True, metavar="NUMBER",
               help="the policy's reqid"),
        Option("--spi", number(), multi=True, invert=True, metavar="NUMBER", help="the SPI"),
        Option("--tunnel-src", host_mask, multi=True, invert=True, metavar="ADDRESS[/MASK]",
               help="the tunnel's source end"),
        Option("--tunnel-dst", host_mask, multi=True, invert=True, metavar="ADDRESS[/MASK]",
               help="the tunnel's destination end"),
        Option("--proto", _protocol, multi=True, invert=True, metavar="esp|ah|ipcomp",
               help="the transform's protocol"),
        Option("--mode", one_of("transport", "tunnel"), multi=True, invert=True,
               metavar="transport|tunnel", help="the transform's mode"),
        Option("--next", multi=True, also=("--strict",), help="the next element begins"),
    ),
    check=_check,
    load=_load,
    save=_save,
    judge=_judge,
    help="IPsec policy of the packet",
    steady=Steady.ALWAYS,
    listing=_listing,
    opaque=Opaque.TOGETHER,
    draw=_draw,
    examples=(
        "--dir in --pol none",
        "--dir in --pol ipsec ! --spi 0x10",
        "--dir in --pol ipsec ! --mode transport --tunnel-src 198.51.100.1",
    ),
)  # fmt: skip
