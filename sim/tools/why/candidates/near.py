"""A rule was meant for the packet and failed by one clause, in a way that people know."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from sim.base.values import address_text
from sim.model.rules import Jump
from sim.packet.headers import IPPROTO_TCP, IPPROTO_UDP, PORT_PROTOCOLS
from sim.tell.render import protocol_text
from sim.tools.advice.edits import host_line, line_after
from sim.tools.advice.finding import Fix
from sim.tools.why.candidates.filtering import edited, is_answer
from sim.tools.why.look import Candidate, Look
from sim.tools.why.misses import Weighed, alone, would_match
from sim.tools.why.symptoms import network_of
from sim.trace.steps import RuleTried, Step

_OTHER = {IPPROTO_TCP: "udp", IPPROTO_UDP: "tcp"}
_ABSENT = " is not in "
_OVER = " has run out in "
_DESTINATION_PORT = {"--sport": "--dport", "--sports": "--dports"}


def candidates(look: Look) -> Iterator[Candidate]:
    story = look.stopped
    if story is None or story.first.is_arp or is_answer(look, story):
        return
    if isinstance(look.stopper, RuleTried):
        yield from _blocked(look, look.stopper)
    for weighed in alone(look.stack, story)[:20]:
        for make in _MAKERS:
            yield from make(look, weighed)


def _place(weighed: Weighed) -> str:
    where = weighed.step.where
    return f"{where.table_name} {where.chain} rule {weighed.rule.number}"


def _in_set(look: Look, weighed: Weighed) -> Iterator[Candidate]:
    """The set that a rule asks lacks the packet's address."""
    clause = weighed.failing[0]
    yield from _run_out(look, weighed)
    element, is_absent, name = clause.seen.partition(_ABSENT)
    if clause.flag != "--match-set" or clause.negated or not is_absent:
        return
    text = f"{_place(weighed)} takes what the set {name} holds. {element} is not in it."
    line = f"ipset add {name} {element}"
    fix = Fix(f"Add {element} to {name}", (host_line(look.case, line),))
    yield Candidate("set-lacks-address", text, fix, 11)


def _run_out(look: Look, weighed: Weighed) -> Iterator[Candidate]:
    """The set had the packet's address, until its time was over."""
    clause = weighed.failing[0]
    element, has_run_out, name = clause.seen.partition(_OVER)
    if clause.flag != "--match-set" or clause.negated or not has_run_out:
        return
    text = (
        f"{_place(weighed)} takes what the set {name} holds. It held {element}, whose timeout is "
        f"over."
    )
    line = f"ipset add -exist {name} {element} timeout 0"
    fix = Fix(f"Keep {element} in {name} for good", (host_line(look.case, line),))
    yield Candidate("set-entry-timed-out", text, fix, 3)


_OTHER_SIDE = {"src": "dst", "dst": "src"}


def _other_side(look: Look, weighed: Weighed) -> Iterator[Candidate]:
    """The set is asked for the packet's other end: ``dst`` where ``src`` was meant."""
    clause = weighed.failing[0]
    name, _, sides = clause.want.partition(" ")
    first, comma, rest = sides.partition(",")
    if clause.flag != "--match-set" or clause.negated or first not in _OTHER_SIDE:
        return
    other = _OTHER_SIDE[first]
    headers = weighed.step.packet.headers
    has, lacks = (headers.src, headers.dst) if other == "src" else (headers.dst, headers.src)
    text = (
        f"{_place(weighed)} asks whether the set {name} holds the packet's {_ENDS[first]}, "
        f"{address_text(lacks)}. The set holds its {_ENDS[other]}, {address_text(has)}."
    )
    edit = look.replaced(
        weighed.rule, rf"--match-set {re.escape(name)} ({first}){comma}{rest}(?!\S)",
        lambda _: other,
    )  # fmt: skip
    if edit is not None:
        fix = Fix(f"Change {sides} to {other}{comma}{rest}", (edit,))
        yield Candidate("set-asks-the-other-end", text, fix, 4)


_ENDS = {"src": "source", "dst": "destination"}


def _blocked(look: Look, stopper: RuleTried) -> Iterator[Candidate]:
    """The rule that stopped the packet asks a set, and the set holds its address."""
    where = stopper.where
    held = next((c for c in stopper.clauses if c.flag == "--match-set" and c.held), None)
    if held is None:
        return
    name, _, sides = held.want.partition(" ")
    headers = stopper.packet.headers
    address = address_text(headers.dst if sides == "dst" else headers.src)
    if sides not in ("src", "dst"):
        return
    if held.negated:
        text = (
            f"{where.table_name} {where.chain} rule {where.rule} stops what the set {name} does "
            f"not hold, and {address} is not in it."
        )
        line = f"ipset add {name} {address}"
        fix = Fix(f"Add {address} to {name}", (host_line(look.case, line),))
        yield Candidate("set-lacks-address", text, fix, 11)
        return
    text = (
        f"{where.table_name} {where.chain} rule {where.rule} stops what the set {name} holds, and "
        f"{address} is in it."
    )
    for rank, line, label in (
        (13, f"ipset del {name} {address}", f"Remove {address} from {name}"),
        (14, f"ipset add {name} {address} nomatch", f"Except {address} from {name}"),
    ):
        fix = Fix(label, (host_line(look.case, line),))
        yield Candidate("set-holds-address", text, fix, rank)


def _source_port(look: Look, weighed: Weighed) -> Iterator[Candidate]:
    """``--sport`` where ``--dport`` was meant: what comes to a server has its port there."""
    clause, port = weighed.failing[0], str(weighed.step.packet.headers.dport)
    right = _DESTINATION_PORT.get(clause.flag)
    if right is None or clause.negated or port not in clause.want.split(","):
        return
    words = "|".join((clause.flag, clause.flag.replace("--s", "--source-")))
    edit = look.replaced(weighed.rule, rf"(?<!\S)({words})(?=[ =])", lambda _: right)
    text = (
        f"{_place(weighed)} asks for source port {clause.want}. This packet goes to port {port}: "
        f"that is its destination port."
    )
    if edit is not None:
        fix = Fix(f"Change {clause.flag} to {right}", (edit,))
        yield Candidate("sport-for-dport", text, fix, 3)


def _protocol(look: Look, weighed: Weighed) -> Iterator[Candidate]:
    """The port is the right one, the protocol is not."""
    clause, headers = weighed.failing[0], weighed.step.packet.headers
    other = _OTHER.get(headers.protocol, "")
    if clause.flag != "-p" or headers.protocol not in PORT_PROTOCOLS or clause.want != other:
        return
    if not re.search(rf"(?<!\S)--dport {headers.dport}(?!\S)", weighed.rule.text):
        return
    if "--syn" in weighed.rule.text or "--tcp-" in weighed.rule.text:
        return
    name = protocol_text(headers.protocol)
    where = weighed.step.where
    body = weighed.rule.text.removeprefix(f"-A {where.chain} ")
    body = re.sub(rf"(?<!\S)-([pm]) {other}(?!\S)", rf"-\1 {name}", body)
    spot = look.spot_of(weighed)
    edit = line_after(look.case, spot, body) if spot is not None else None
    text = f"{_place(weighed)} takes {other.upper()} port {headers.dport}. This is {name.upper()}."
    if edit is not None:
        yield Candidate("other-protocol", text, Fix(f"Add the rule for {name}", (edit,)), 10)


def _new(look: Look, weighed: Weighed) -> Iterator[Candidate]:
    """The rule is for packets of connections that are known, and this one begins one."""
    clause = weighed.failing[0]
    states = clause.want.split(",")
    if clause.flag not in ("--ctstate", "--state") or clause.negated or clause.seen != "NEW":
        return
    if "ESTABLISHED" not in states or not _names_port(weighed.rule.text):
        return
    text = (
        f"{_place(weighed)} takes only packets of connections that conntrack knows "
        f"({clause.want}). This one begins a connection: it is NEW."
    )
    edit = look.replaced(
        weighed.rule, rf"{clause.flag}[ =](\S+)(?!\S)", lambda states: f"NEW,{states}"
    )
    if edit is not None:
        yield Candidate("new-not-accepted", text, Fix("Accept NEW there, too", (edit,)), 4)


def _names_port(text: str) -> bool:
    """Is the rule for one service, and not the one that lets all answers through?"""
    return any(f" {flag} " in text for flag in ("--dport", "--dports", "-d", "--icmp-type"))


def _no_such_device(look: Look, weighed: Weighed) -> Iterator[Candidate]:
    """The rule names an interface that this host does not have."""
    clause = weighed.failing[0]
    known = look.stack.runtime.host.interfaces
    if clause.flag not in ("-i", "-o") or clause.negated or clause.want.endswith("+"):
        return
    if clause.want in known or ":" in clause.want or clause.seen not in known:
        return
    why = f"This host has no interface {clause.want}; the packet has {clause.seen}."
    yield from _with_its_device(look, weighed, "no-such-device", why, 4)


def _with_its_device(
    look: Look, weighed: Weighed, name: str, why: str, rank: int = 3
) -> Iterator[Candidate]:
    """The interface that the rule names changed to the one that the packet has."""
    clause, edit = weighed.failing[0], edited(look, weighed)
    if edit is not None:
        text = f"{_place(weighed)} wants {clause.flag} {clause.want}. {why}"
        label = f"Change {clause.flag} {clause.want} to {clause.seen}"
        yield Candidate(name, text, Fix(label, (edit,)), rank)


def _alias(look: Look, weighed: Weighed) -> Iterator[Candidate]:
    """``eth0:1`` labels an address; a packet comes in by ``eth0``."""
    clause = weighed.failing[0]
    device, colon, _ = clause.want.partition(":")
    if clause.flag not in ("-i", "-o") or not colon or device != clause.seen:
        return
    why = f"That is the label of an address, not an interface: packets use {clause.seen}."
    yield from _with_its_device(look, weighed, "alias-device", why)


def _port_of_bridge(look: Look, weighed: Weighed) -> Iterator[Candidate]:
    """IP is the bridge's: rules of INPUT and FORWARD don't see its ports."""
    clause = weighed.failing[0]
    bridge = look.stack.runtime.host.interface(clause.seen)
    if clause.flag not in ("-i", "-o") or bridge is None or clause.negated:
        return
    port = look.stack.runtime.host.interface(clause.want)
    if port is None or port.master != bridge.name or bridge.kind != "bridge":
        return
    why = f"That is a port of the bridge {bridge.name}; IP packets come in by the bridge itself."
    yield from _with_its_device(look, weighed, "bridge-port", why)


def _other_zone(look: Look, weighed: Weighed) -> Iterator[Candidate]:
    """A jump that did not match leads to a rule that would take the packet: zones, as firewalld and
    OpenWrt make them."""
    clause, target = weighed.failing[0], weighed.rule.target
    if not isinstance(target, Jump) or clause.flag not in ("-i", "-s") or clause.negated:
        return
    where = weighed.step.where
    found = next(_taking(look, weighed.step, where.table_name, target.chain, 0), None)
    spot = look.spot_of(weighed)
    if found is None or spot is None:
        return
    value = clause.seen if clause.flag == "-i" else _source_of(look, weighed)
    body = weighed.rule.text.removeprefix(f"-A {where.chain} ")
    body = body.replace(f"{clause.flag} {clause.want}", f"{clause.flag} {value}", 1)
    edit = line_after(look.case, spot, body)
    text = (
        f"{where.table_name} {found} would take this packet. But {_place(weighed)} sends only what "
        f"has {clause.flag} {clause.want} to {target.chain}, and the packet has {clause.seen}."
    )
    if edit is not None and value in body:
        fix = Fix(f"Send {clause.flag} {value} to {target.chain} too", (edit,))
        more = f"all that {target.chain} accepts"
        yield Candidate("belongs-to-other-zone", text, fix, 16, more)


def _source_of(look: Look, weighed: Weighed) -> str:
    source = weighed.step.packet.headers.src
    near = network_of(look.stack.runtime.host, weighed.step.where.in_iface, source)
    return str(near or address_text(source))


def _taking(look: Look, step: Step, table: str, chain: str, depth: int) -> Iterator[str]:
    """Rules of a chain, or behind its jumps, that accept the packet for its port or address."""
    reached = look.reached(table, chain)
    if reached is None or depth > 6:
        return
    for spot in reached.spots[:200]:
        if isinstance(spot.rule.target, Jump):
            if would_match(look.stack, step, spot.rule):
                yield from _taking(look, step, table, spot.rule.target.chain, depth + 1)
        elif (
            spot.target == "ACCEPT"
            and _names_port(spot.rule.text)
            and would_match(look.stack, step, spot.rule)
        ):
            yield f"{chain} rule {spot.rule.number}"


_MAKERS: tuple[Callable[[Look, Weighed], Iterator[Candidate]], ...] = (
    _in_set, _other_side, _source_port, _protocol, _new, _no_such_device, _alias,
    _port_of_bridge, _other_zone,
)  # fmt: skip
