"""Nobody can answer, or the answer has another address: what NAT should have done."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sim.base.values import address_text
from sim.extensions.extension import NatRange
from sim.extensions.runtime import RouteResult
from sim.model.host import Network
from sim.model.routing import Query
from sim.model.rules import Target
from sim.packet.headers import PORT_PROTOCOLS
from sim.tell.render import protocol_text
from sim.tools.advice.edits import (
    at_end,
    command,
    host_line,
    last_open,
    line_before,
    target_replaced,
    without,
)
from sim.tools.advice.finding import Edit, Fix
from sim.tools.whatif.hosts import next_hops
from sim.tools.why.candidates.filtering import edited
from sim.tools.why.look import Candidate, Look
from sim.tools.why.misses import alone, told
from sim.tools.why.story import Story, asked_by
from sim.tools.why.symptoms import (
    DIVERTED,
    FAR_END,
    KEPT_HERE,
    LOOP,
    NO_WAY_BACK,
    NOBODY_ANSWERS,
    NOT_ARRIVED,
    OTHER_SOURCE,
    OTHER_WAY,
    PAST_THIS_HOST,
    SOURCE_HIDDEN,
    WRONG_SOURCE,
    network_of,
    taken_in_passing,
)
from sim.trace.steps import TargetRan

_HEAD = r"(?:-A|-I|--append|--insert)\s+{}(?: \d+)?()(?=\s)"
SOURCE_NAT = frozenset({"SNAT", "MASQUERADE", "NETMAP"})


def candidates(look: Look) -> Iterator[Candidate]:
    if look.symptom.name == NO_WAY_BACK:
        yield from _untracked(look)
        yield from _missed(look)
        yield from _private_again(look)
        yield from _untranslated(look)
    elif look.symptom.name == NOBODY_ANSWERS:
        yield from _foreign(look)
    elif look.symptom.name == WRONG_SOURCE:
        yield from _hairpin(look)
        yield from _past_this_host(look)
    elif look.symptom.name in (PAST_THIS_HOST, FAR_END):
        yield from _other_router(look)
    elif look.symptom.name in (DIVERTED, KEPT_HERE) or (
        look.symptom.name == NOT_ARRIVED and taken_in_passing(look.stack, look.story) is not None
    ):
        yield from _too_wide(look)
    elif look.symptom.name == SOURCE_HIDDEN:
        yield from _hides_sources(look)
    elif look.symptom.name == LOOP:
        yield from _sent_back(look)
    elif look.symptom.name == OTHER_SOURCE:
        yield from _first_routes_source(look)
    elif look.symptom.name == OTHER_WAY:
        yield from _other_way(look)


def _network(look: Look) -> Network | None:
    """The network of the device that the packet came in by, if its sender is in it."""
    source = look.story.first.headers.src
    interface = look.stack.runtime.host.interface(look.story.in_dev)
    for each in interface.addresses if interface is not None else ():
        if source in each.address.network:
            return each.address.network
    return None


def _postrouting(look: Look, body: str) -> tuple[Edit, ...]:
    reached = look.reached("nat", "POSTROUTING")
    if reached is None:
        return (command(look.case, look.family, "nat", f"-A POSTROUTING {body}"),)
    return (last_open(look.case, reached, body),)


def _missed(look: Look) -> Iterator[Candidate]:
    """There is a rule that translates, and it asks for another network or device."""
    for weighed in alone(look.stack, look.story, SOURCE_NAT)[:3]:
        miss = told(look.story, weighed)
        network = _network(look)
        value = str(network) if miss.differing[0].flag == "-s" and network else ""
        edit = edited(look, weighed, value)
        clause = weighed.failing[0]
        if edit is None and not (clause.negated and clause.flag in ("-s", "-d", "-o")):
            continue
        text = f"{miss.place} translates, but not this packet: it {miss.differing[0]}."
        if edit is not None:
            fix = Fix(f"Change {clause.flag} to {edit.text}", (edit,))
        if edit is None or _serves_others(look, clause.flag, clause.want):  # one more is missing
            body = f"-s {_clients(look)} -o {look.story.out} -j MASQUERADE"
            label = f"Masquerade {_clients(look)} out {look.story.out} too"
            fix = Fix(label, _postrouting(look, body))
        yield Candidate("source-nat-misses", text, fix, 2)


def _clients(look: Look) -> str:
    """The sender's network as a rule would name it, else the sender alone."""
    return str(_network(look) or address_text(look.story.first.headers.src))


def _serves_others(look: Look, flag: str, wanted: str) -> bool:
    """Does this host have the interface, or the network, for which the rule is?"""
    interfaces = look.stack.runtime.host.interfaces
    if flag == "-o":
        return _is_uplink(look, wanted)
    networks = {str(e.address.network) for i in interfaces.values() for e in i.addresses}
    return flag == "-s" and wanted in networks


def _is_uplink(look: Look, dev: str) -> bool:
    """Does a route of this host lead out by the interface to somewhere else?"""
    routes = look.stack.runtime.host.routes
    return any(r.dev == dev and r.family == look.family and r.via is not None for r in routes)


def _untracked(look: Look) -> Iterator[Candidate]:
    """NOTRACK: what belongs to no connection is not translated."""
    step = next(
        (s for s in look.story.steps if isinstance(s, TargetRan) and s.name in ("CT", "NOTRACK")),
        None,
    )
    if step is None or look.story.ct_state:
        return
    spot = look.spot(step.where.table_name, step.where.chain, step.where.rule)
    fix = without(look.case, spot, label="Remove the rule") if spot is not None else None
    if spot is None or fix is None:
        return
    text = (
        f"{spot.table} {spot.chain} rule {spot.rule.number} keeps conntrack away from this packet. "
        f"NAT works on connections alone, so nothing translates it."
    )
    yield Candidate("notrack", text, fix, 1)


def _private_again(look: Look) -> Iterator[Candidate]:
    """A rule translates, to an address that is private, too."""
    nat = next((n for n in look.story.rewrites() if n.manip == "SRC" and not n.undo), None)
    rule = asked_by(look.story, nat) if nat is not None else None
    spot = look.spot("nat", rule.where.chain, rule.where.rule) if rule is not None else None
    sent = look.story.sent
    if spot is None or sent is None:
        return
    source = address_text(sent.packet.headers.src)
    edit = target_replaced(spot, "MASQUERADE")
    if edit is not None:
        text = (
            f"nat {spot.chain} rule {spot.rule.number} sets the source to {source}, which is a "
            f"private address."
        )
        fix = Fix(f"Use the address of {look.story.out}", (edit,))
        yield Candidate("snat-to-private-address", text, fix, 2)


def _untranslated(look: Look) -> Iterator[Candidate]:
    sent = look.story.sent
    if sent is None:
        return
    source = _clients(look)
    text = (
        f"Nothing translates the source {address_text(sent.packet.headers.src)} on its way out "
        f"of {look.story.out}, and the internet has no route to a private address."
    )
    body = f"-s {source} -o {look.story.out} -j MASQUERADE"
    fix = Fix(f"Masquerade {source} out {look.story.out}", _postrouting(look, body))
    yield Candidate("no-source-nat", text, fix, 3)


def _foreign(look: Look) -> Iterator[Candidate]:
    """SNAT to an address that nobody has: the neighbours' ARP for it gets no answer."""
    sent = look.story.sent
    nat = next((n for n in look.story.rewrites() if n.manip == "SRC" and not n.undo), None)
    rule = asked_by(look.story, nat) if nat is not None else None
    if sent is not None and rule is None:
        yield from _outlived(look)
    if sent is None or rule is None:
        return
    source = address_text(sent.packet.headers.src)
    spot = look.spot("nat", rule.where.chain, rule.where.rule)
    text = (
        f"nat {rule.where.chain} rule {rule.where.rule} sets the source to {source}. "
        f"{look.story.out} does not have that address, so nobody answers when a neighbour asks "
        f"for it."
    )
    interface = look.stack.runtime.host.interface(look.story.out)
    own = next(
        (each.address.ip for each in (interface.addresses if interface else ())
         if each.address.version == look.family), None,
    )  # fmt: skip
    if spot is not None and own is not None:
        edit = target_replaced(spot, f"SNAT --to-source {own}")
        if edit is not None:
            yield Candidate("snat-to-foreign-address", text, Fix(f"Use {own}", (edit,)), 3)
    line = f"ip addr add {source}/{32 if look.family == 4 else 128} dev {look.story.out}"
    add = host_line(look.case, line)
    fix = Fix(f"Give {look.story.out} the address {source}", (add,))
    yield Candidate("snat-to-foreign-address", text, fix, 5)


def _outlived(look: Look) -> Iterator[Candidate]:
    """SNAT goes on with an address that the host has lost since the connection began."""
    sent = look.story.sent
    assert sent is not None
    source = sent.packet.headers.src
    for _, spot in look.case.live_spots("SNAT"):
        target = spot.rule.target
        wanted = target.args.value("--to-source") if isinstance(target, Target) else None
        if not isinstance(wanted, NatRange) or wanted.min_address != source:
            continue
        edit = target_replaced(spot, "MASQUERADE")
        if edit is not None:
            text = (
                f"{spot.table} {spot.chain} rule {spot.rule.number} names {source}, which "
                f"{look.story.out} no longer has. SNAT keeps the connection's old address; "
                f"MASQUERADE lets it begin anew with the new one."
            )
            yield Candidate("snat-dynamic", text, Fix("Use MASQUERADE", (edit,)), 2)


def _hairpin(look: Look) -> Iterator[Candidate]:
    """Client and server share a network: the client must be translated too."""
    sent = look.story.sent
    network = _network(look)
    if sent is None or network is None:
        return
    headers = sent.packet.headers
    server = address_text(headers.dst)
    ports = ""
    if headers.protocol in PORT_PROTOCOLS and headers.dport is not None:
        ports = f" -p {protocol_text(headers.protocol)} --dport {headers.dport}"
    body = f"-s {network} -d {server} -o {look.story.out}{ports} -j MASQUERADE"
    text = (
        f"DNAT sends the client to {server} in its own network. The answer goes straight to the "
        f"client, past this host, so nothing undoes the DNAT."
    )
    fix = Fix("Masquerade these clients too", _postrouting(look, body))
    yield Candidate("hairpin", text, fix, 3)


def _other_router(look: Look) -> Iterator[Candidate]:
    sent = look.story.sent
    if sent is None:
        return
    server, clients = address_text(sent.packet.headers.dst), _clients(look)
    text = (
        f"Nothing translates {clients} on its way out of {look.story.out}, so {server} must have a "
        f"route back to it through this host. Has it, or its router? If not, MASQUERADE makes it "
        f"answer here."
    )
    body = f"-s {clients} -o {look.story.out} -j MASQUERADE"
    fix = Fix(f"Masquerade {clients} out {look.story.out}", _postrouting(look, body))
    more = f"hosts out {look.story.out} no longer see who asked"
    yield Candidate("answer-by-another-gateway", text, fix, 4, more)


def _too_wide(look: Look) -> Iterator[Candidate]:
    """The rule is meant for what comes to this host, and takes all that passes by."""
    nat = next((n for n in look.story.rewrites() if n.manip == "DST" and not n.undo), None)
    rule = asked_by(look.story, nat) if nat is not None else None
    spot = look.spot("nat", rule.where.chain, rule.where.rule) if rule is not None else None
    headers = look.story.first.headers
    if spot is None:
        return
    host = look.stack.runtime.host
    dev = look.stack.routing.lookup(Query(headers.dst, headers.src, look.story.in_dev)).dev
    uplink = host.interface(dev)
    text = (
        f"nat {spot.chain} rule {spot.rule.number} names neither an interface nor an address, so "
        f"it takes this packet too, which is for {address_text(headers.dst)} and only passes by."
    )
    own = next(
        (e.address.ip for e in (uplink.addresses if uplink else ())
         if e.address.version == look.family and not e.dynamic), None,
    )  # fmt: skip
    words = [f"-d {address_text(own)}"] if own is not None else []
    place = _HEAD.format(re.escape(spot.chain))
    for rank, ends in enumerate((*words, f"-i {dev}"), 1):
        edit = look.replaced(spot.rule, place, f" {ends}".__add__)
        if edit is not None:
            yield Candidate("dnat-too-wide", text, Fix(f"Add {ends} to the rule", (edit,)), rank)


def _hides_sources(look: Look) -> Iterator[Candidate]:
    """The rule is meant for what leaves by the uplink."""
    nat = next((n for n in look.story.rewrites() if n.manip == "SRC" and not n.undo), None)
    rule = asked_by(look.story, nat) if nat is not None else None
    spot = look.spot("nat", rule.where.chain, rule.where.rule) if rule is not None else None
    if spot is None:
        return
    uplink = look.story.in_dev
    text = (
        f"nat {spot.chain} rule {spot.rule.number} names no interface, so it translates in both "
        f"directions. It is needed for what leaves by {uplink}."
    )
    edit = look.replaced(spot.rule, _HEAD.format(re.escape(spot.chain)), f" -o {uplink}".__add__)
    if edit is not None:
        fix = Fix(f"Add -o {uplink} to the rule", (edit,))
        yield Candidate("masquerade-both-ways", text, fix, 3)


def _sent_back(look: Look) -> Iterator[Candidate]:
    """The rule that sends everybody to a server sends the server to itself, too."""
    nat = next((n for n in look.story.rewrites() if n.manip == "DST" and not n.undo), None)
    rule = asked_by(look.story, nat) if nat is not None else None
    spot = look.spot("nat", rule.where.chain, rule.where.rule) if rule is not None else None
    if spot is None or look.story.is_local:
        return
    server = address_text(look.story.first.headers.src)
    words = re.sub(r"\s(?:! )?-s \S+", "", spot.rule.text.removeprefix(f"-A {spot.chain}"))
    body = f"-s {server}{words.partition(' -j ')[0]} -j ACCEPT"
    edit = line_before(look.case, spot, body)
    text = (
        f"nat {spot.chain} rule {spot.rule.number} takes what {server} itself asks, and sends it "
        f"back to {server}."
    )
    if edit is not None:
        fix = Fix(f"Leave {server} out", (edit,))
        yield Candidate("server-asks-itself", text, fix, 2)


def _past_this_host(look: Look) -> Iterator[Candidate]:
    """The server's gateway is not this host: it must see this host as the client."""
    sent = look.story.sent
    if sent is None or _network(look) is not None:
        return
    server, protocol = address_text(sent.packet.headers.dst), sent.packet.headers.protocol
    ports = ""
    if protocol in PORT_PROTOCOLS and sent.packet.headers.dport is not None:
        ports = f" -p {protocol_text(protocol)} --dport {sent.packet.headers.dport}"
    text = (
        f"{server} must send its answers through this host, which alone can undo the DNAT. Is "
        f"this host its gateway? If not, MASQUERADE makes it answer here."
    )
    body = f"-d {server} -o {look.story.out}{ports} -j MASQUERADE"
    fix = Fix(f"Masquerade what goes to {server}", _postrouting(look, body))
    yield Candidate(
        "answer-by-another-gateway", text, fix, 4, f"{server} no longer sees who asked"
    )  # fmt: skip


def _first_routes_source(look: Look) -> Iterator[Candidate]:
    sent = look.story.sent
    if sent is None:
        return
    source = address_text(sent.packet.headers.src)
    text = (
        f"nat OUTPUT changes the destination, and the packet is routed again, out "
        f"{look.story.out}. Its source stays {source}, which the first route gave it."
    )
    body = f"-s {source} -o {look.story.out} -j MASQUERADE"
    fix = Fix(f"Masquerade {source} out {look.story.out}", _postrouting(look, body))
    yield Candidate("source-of-first-route", text, fix, 3)


def _other_way(look: Look) -> Iterator[Candidate]:
    """The answer must leave by the interface that the question came in by."""
    answer = look.answer
    if answer is None or not look.story.in_iface:
        return
    source = address_text(answer.first.headers.src)
    routed = answer.routed
    by = _way(routed.route) if routed is not None and routed.route.route else ""
    text = (
        f"The answer from {source} is routed by its destination alone, so it leaves by another "
        f"interface than {look.story.in_iface}{by}."
    )
    if answer.in_iface:
        yield from _marked(look, answer, text)
    else:
        yield from _by_source(look, source, text)


def _way(found: RouteResult) -> str:
    """The route that was taken, and the rule that led to its table, where another than main did."""
    is_usual = not found.rule or "lookup main" in found.rule or "lookup default" in found.rule
    return f" (route: {found.route}{'' if is_usual else f'; ip rule {found.rule}'})"


def _by_source(look: Look, source: str, text: str) -> Iterator[Candidate]:
    """For the host's own answers: their source chooses the route."""
    dev = look.story.in_dev
    rule = f"ip rule add from {source} lookup main priority 100"
    fix = Fix(f"Route answers from {source} by the main table", (host_line(look.case, rule),))
    yield Candidate("answer-other-way", text, fix, 4)
    near = network_of(look.stack.runtime.host, dev, look.story.first.headers.src)
    if near is not None:  # no gateway is needed
        lines = (
            f"ip route add {near} dev {dev} table 100\n"
            f"ip rule add from {source} lookup 100 priority 100"
        )
        fix = Fix(f"Route answers from {source} out {dev}", (host_line(look.case, lines),))
        yield Candidate("answer-other-way", text, fix, 5)
        return
    gateway, note = _gateway(look, dev)
    if gateway:
        lines = (
            f"ip route add default via {gateway} dev {dev} table 100\n"
            f"ip rule add from {source} lookup 100 priority 100"
        )
        label = f"Route answers from {source} out {dev}{note}"
        fix = Fix(label, (host_line(look.case, lines),))
        yield Candidate("answer-other-way", text, fix, 5)


def _marked(look: Look, answer: Story, text: str) -> Iterator[Candidate]:
    """For a server behind this host: the connection remembers its uplink in a mark."""
    dev = look.story.in_dev
    gateway, note = _gateway(look, dev)
    if not gateway:
        return
    tool = "iptables" if look.family == 4 else "ip6tables"
    rules = (
        f"{tool} -t mangle -A PREROUTING -i {dev} -m conntrack --ctstate NEW "
        f"-j CONNMARK --set-mark 0x64\n"
        f"{tool} -t mangle -A PREROUTING -i {answer.in_dev} -j CONNMARK --restore-mark"
    )
    lines = (
        f"ip route add default via {gateway} dev {dev} table 100\n"
        f"ip rule add fwmark 0x64 lookup 100 priority 100"
    )
    edits = (
        at_end("rules", look.case.rules_text, rules), host_line(look.case, lines),
    )  # fmt: skip
    yield Candidate(
        "answer-other-way", text, Fix(f"Let the connection remember {dev}{note}", edits), 4
    )


def _gateway(look: Look, dev: str) -> tuple[str, str]:
    """A next hop on the device, and what to say of it: one that the host text names, else an
    example that a person must replace. Empty when the device has no network."""
    host = look.stack.runtime.host
    if dev not in host.interfaces:
        return "", ""
    hop, is_known = next(next_hops(dev, look.family, host), (None, False))
    if hop is None:
        return "", ""
    return address_text(hop), "" if is_known else " (with your router's address)"


def same_rule_in(text: str, old: str, new: str) -> str:
    """A rule's text, appended to another chain and without the device it came in by."""
    return re.sub(r"\s(?:! )?-i \S+", "", text).replace(f"-A {old}", f"-A {new}", 1)
