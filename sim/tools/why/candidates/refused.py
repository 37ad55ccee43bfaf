"""Routing refuses a destination or knows no way to it: the packet's own, or that of its answer."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.values import address_text
from sim.kernel.routing.core import FibResult
from sim.kernel.routing.policy_rules import rule_text
from sim.model.host import NO_WAY, REFUSING, Route, RouteKind, RuleAction
from sim.model.routing import Query
from sim.packet.packet import Address
from sim.tools.advice.edits import host_line
from sim.tools.advice.finding import Fix
from sim.tools.whatif.hosts import next_hops
from sim.tools.why.look import Candidate, Look
from sim.tools.why.symptoms import NOT_ANSWERED, OTHER_WAY, network_of, way_back
from sim.trace.outcomes.decided import ByPart
from sim.trace.outcomes.routing import Martian, NoReverse, ReverseByOther

_TABLES = {254: "", 253: " table default", 255: " table local"}


def candidates(look: Look) -> Iterator[Candidate]:
    yield from _overlapping(look)
    question = _refused(look)
    if question is None:
        return
    found = look.stack.routing.find(question)
    if found.kind not in NO_WAY:
        return
    if found.rule is not None and found.rule.action is not RuleAction.LOOKUP:
        yield from _by_rule(look, question, found)
    elif found.route is not None and found.kind in REFUSING:
        yield from _by_route(look, question, found, found.route)
    elif found.kind is RouteKind.NONE:
        yield from _by_none(look, question)


def _overlapping(look: Look) -> Iterator[Candidate]:
    """A network of this host's own holds the address of one who comes from elsewhere."""
    story = look.stopped or look.story
    why = story.fate.why
    is_filtered = isinstance(why, Martian) and isinstance(why.cause, ReverseByOther)
    if look.symptom.name != OTHER_WAY and not is_filtered:
        return
    host, came, source = look.stack.runtime.host, look.story.in_dev, look.story.first.headers.src
    found = look.stack.routing.find(way_back(look.story))
    dev = found.hop.dev
    net = network_of(host, dev, source)
    if net is None or not found.is_onlink or network_of(host, came, source) is not None:
        return
    hop, is_known = _hop(look, came, source)
    if hop is None or not is_known or dev == came:
        return  # nobody comes from beyond a network without a router
    src = address_text(source)
    text = (
        f"{dev}'s own network {net} holds {src}, so this host looks for it there. But {src} comes "
        f"in by {came}: the two networks overlap. Does {dev} need so wide a network?"
    )
    line = f"{_tool(source.version)} route add {src} via {address_text(hop)} dev {came}"
    fix = Fix(f"Route {src} out {came}", (host_line(look.case, line),))
    yield Candidate("networks-overlap", text, fix, 3)


def _refused(look: Look) -> Query | None:
    """The question to the routing tables that got no way for an answer."""
    story = look.stopped
    if look.symptom.name == NOT_ANSWERED:
        return way_back(look.story)
    if story is None or look.stopper is not None or story.fate.packet.is_arp:
        return None
    why = story.fate.why
    if isinstance(why, Martian) and isinstance(why.cause, NoReverse):
        return way_back(story)
    if story.fate.at is not ByPart.ROUTING:
        return None
    headers, packet = story.fate.packet.headers, story.fate.packet
    dev = story.in_dev or "lo"
    uid = packet.owner.uid if packet.owner is not None else None
    return Query(
        headers.dst, headers.src, dev, mark=packet.mark, tos=headers.tos, uid=uid,
        protocol=headers.protocol, sport=headers.sport or 0, dport=headers.dport or 0,
    )  # fmt: skip


def _to(look: Look, question: Query) -> str:
    """The refused destination and whose it is."""
    text = address_text(question.destination)
    back = look.symptom.name == NOT_ANSWERED or question.destination == look.story.first.headers.src
    return f"{text}, so no answer can go to it" if back else text


def _tool(family: int) -> str:
    return "ip" if family == 4 else "ip -6"


def _by_rule(look: Look, question: Query, found: FibResult) -> Iterator[Candidate]:
    rule = found.rule
    assert rule is not None
    text = f"`ip rule` {rule_text(rule)} refuses {_to(look, question)}."
    line = f"{_tool(rule.family)} rule del priority {rule.priority}"
    fix = Fix(f"Remove the rule with priority {rule.priority}",
              (host_line(look.case, line),))  # fmt: skip
    yield Candidate("routing-rule-refuses", text, fix, 3, "for all that the rule matches")


def _by_route(look: Look, question: Query, found: FibResult, route: Route) -> Iterator[Candidate]:
    table = _TABLES.get(route.table, f" table {route.table}")
    shown = f"{route.kind} {_prefix(route)}{table}"
    by = f" (ip rule {rule_text(found.rule)})" if route.table != 254 and found.rule else ""
    text = f"The route {shown}{by} refuses {_to(look, question)}."
    line = f"{_tool(route.family)} route del {shown}"
    fix = Fix(f"Remove the route {shown}", (host_line(look.case, line),))
    whole = route.prefix.prefixlen == route.prefix.max_prefixlen
    more = "" if whole else f"for all of {_prefix(route)}"
    yield Candidate("route-refuses", text, fix, 3, more)


def _prefix(route: Route) -> str:
    if route.prefix.prefixlen == 0:
        return "default"
    whole = route.prefix.prefixlen == route.prefix.max_prefixlen
    return address_text(route.prefix[0]) if whole else str(route.prefix)


def _by_none(look: Look, question: Query) -> Iterator[Candidate]:
    """No route at all leads there; on the way on other makers know more."""
    if question.destination != look.story.first.headers.src:
        return
    dev = look.story.in_dev
    hop, is_known = _hop(look, dev, question.destination)
    if hop is None:
        return
    family = question.destination.version
    text = (
        f"This host has no route to {address_text(question.destination)}, so no answer can go to "
        f"it. It has no default route."
    )
    label = "Add a default route" + ("" if is_known else " (with your router's address)")
    line = f"{_tool(family)} route add default via {address_text(hop)} dev {dev}"
    fix = Fix(label, (host_line(look.case, line),))
    yield Candidate("no-route", text, fix, 4)


def _hop(look: Look, dev: str, to: Address) -> tuple[Address | None, bool]:
    if dev not in look.stack.runtime.host.interfaces:
        return None, False
    return next(next_hops(dev, to.version, look.stack.runtime.host), (None, False))
