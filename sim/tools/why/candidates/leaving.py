"""A packet left by an interface that leads nowhere near its destination.

The table that a policy rule asks lacks the route, an IPsec policy is for another source, or there
is no route but the default.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sim.base.errors import Span
from sim.base.values import address_text
from sim.kernel.routing.policy_rules import rule_text
from sim.model.rules import Target
from sim.tools.advice.edits import command, host_line, last_open
from sim.tools.advice.finding import Edit, Fix
from sim.tools.whatif.hosts import next_hops
from sim.tools.why.look import Candidate, Look
from sim.tools.why.story import Story
from sim.tools.why.symptoms import (
    NO_WAY_BACK,
    NOT_ARRIVED,
    WRONG_WAY,
    is_tunnel_name,
    own_network_elsewhere,
    rules_without_a_route,
)


def candidates(look: Look) -> Iterator[Candidate]:
    if look.symptom.name not in (WRONG_WAY, NO_WAY_BACK, NOT_ARRIVED) or look.story.first.is_arp:
        return
    story = look.story
    if story.routed is None or (look.stopped is not None and look.stopped is not story):
        return
    yield from _empty_table(look, story)
    if look.symptom.name == WRONG_WAY:
        yield from _own_network(look, story)
        yield from _beside_ipsec(look, story)
        yield from _only_the_default(look, story)


def _tool(look: Look) -> str:
    return "ip" if look.family == 4 else "ip -6"


def _empty_table(look: Look, story: Story) -> Iterator[Candidate]:
    """The rule fits, and its table has nothing: routing goes on as if the rule were not there."""
    assert story.routed is not None
    out = story.routed.route.dev
    rule = next(rules_without_a_route(look.stack, story), None)
    if rule is None:
        return
    text = (
        f"`ip rule` {rule_text(rule)} applies to this packet, but table {rule.table} has no route. "
        f"So routing goes on with the next rule, and the packet leaves {out or 'nowhere'}."
    )
    for dev in _ways(look, {out, story.in_dev}):
        way = _through(look, dev)
        line = f"{_tool(look)} route add default {way} table {rule.table}"
        fix = Fix(f"Route table {rule.table} out {dev}", (host_line(look.case, line),))
        yield Candidate("routing-table-empty", text, fix, 1)


def _ways(look: Look, but: set[str]) -> list[str]:
    """Interfaces that somebody may have meant: first those for which nat translates, then tunnels,
    then the others."""
    named = {
        value
        for name in ("MASQUERADE", "SNAT")
        for _, spot in look.case.live_spots(name)
        if isinstance(spot.rule.target, Target)
        for value in re.findall(r" -o (\S+)", spot.rule.text)
    }
    known = [n for n in look.stack.runtime.host.interfaces if n not in but | {"lo", ""}]
    return sorted(known, key=lambda n: (n not in named, not is_tunnel_name(n)))[:3]


def _through(look: Look, dev: str) -> str:
    if is_tunnel_name(dev):
        return f"dev {dev}"
    hop, is_known = next(next_hops(dev, look.family, look.stack.runtime.host), (None, False))
    return f"via {address_text(hop)} dev {dev}" if hop is not None and is_known else f"dev {dev}"


def _own_network(look: Look, story: Story) -> Iterator[Candidate]:
    """A policy rule's table has a default route and not the networks beside it."""
    assert story.routed is not None
    found, sent = story.routed.route, story.sent
    home = own_network_elsewhere(look.stack, story)
    if home is None or sent is None:
        return
    dev, net = home
    text = (
        f"`ip rule` {found.rule} comes before the main table, and table {found.table} has no route "
        f"for {dev}'s own network {net}. Its route {found.route} takes what is for {net}, too."
    )
    line = f"{_tool(look)} route add {net} dev {dev} table {found.table}"
    fix = Fix(f"Add {net} to table {found.table}", (host_line(look.case, line),))
    yield Candidate("table-lacks-network", text, fix, 2)
    priority = int(found.rule.partition(":")[0] or 0)
    if priority > 1:
        line = f"{_tool(look)} rule add to {net} lookup main priority {priority - 1}"
        fix = Fix(f"Look {net} up in the main table first", (host_line(look.case, line),))
        yield Candidate("table-lacks-network", text, fix, 3)


def _beside_ipsec(look: Look, story: Story) -> Iterator[Candidate]:
    """The tunnel is for packets from the network behind this host, and this one is from elsewhere,
    as what the gateway itself sends is."""
    headers, host = story.first.headers, look.stack.runtime.host
    for policy in host.policies:
        selector = policy.selector
        if policy.direction != "out" or not policy.templates or policy.family != look.family:
            continue
        if headers.dst not in selector.destination or headers.src in selector.source:
            continue
        own = next(
            (e.address.ip for i in host.interfaces.values() for e in i.addresses
             if e.address.version == look.family and e.address.ip in selector.source), None,
        )  # fmt: skip
        source = address_text(headers.src)
        text = (
            f"The IPsec policy is for packets from {selector.source} to {selector.destination}. "
            f"This one comes from {source}, so it goes out as it is, past the tunnel."
        )
        if own is None:
            continue
        if story.is_local:
            edit = _sent_from(look, source, address_text(own))
            if edit is not None:
                fix = Fix(f"Send it from {own}", (edit,))
                yield Candidate("source-not-in-the-policy", text, fix, 1)
        body = f"-s {source} -d {selector.destination} -j SNAT --to-source {own}"
        chain = look.reached("nat", "POSTROUTING")
        made = (
            last_open(look.case, chain, body)
            if chain is not None
            else command(look.case, look.family, "nat", f"-A POSTROUTING {body}")
        )
        fix = Fix(f"Give it the source {own}", (made,))
        yield Candidate("source-not-in-the-policy", text, fix, 2, "the other end sees this host")
        return


def _sent_from(look: Look, source: str, own: str) -> Edit | None:
    """The statement's own source changed."""
    statement = next(each for each in look.case.compiled.script if each.line == look.symptom.line)
    found = re.search(rf"(?<![\w.:]){re.escape(source)}(?![\w.])", statement.text)
    if found is None or statement.span.line != statement.span.end_line:
        return None
    column = statement.span.column + found.start()
    line = statement.span.line
    return Edit("packets", Span(line, column, line, column + len(source)), own)


def _only_the_default(look: Look, story: Story) -> Iterator[Candidate]:
    sent = story.sent
    if sent is None or own_network_elsewhere(look.stack, story) is not None:
        return
    to = address_text(sent.packet.headers.dst)
    text = (
        f"No route but the default one leads to {to}, so it leaves {story.out}. If {to} is behind "
        f"another interface, or a tunnel, a route to its network is missing."
    )
    for dev in _ways(look, {story.out, story.in_dev}):
        hop, is_known = next(next_hops(dev, look.family, look.stack.runtime.host), (None, False))
        if hop is None and not is_tunnel_name(dev):
            continue
        note = "" if is_known or is_tunnel_name(dev) else " (with your router's address)"
        way = f"dev {dev}" if is_tunnel_name(dev) else f"via {hop} dev {dev}"
        line = f"{_tool(look)} route add {to} {way}"
        fix = Fix(f"Route {to} out {dev}{note}", (host_line(look.case, line),))
        yield Candidate("only-the-default-route", text, fix, 5)
