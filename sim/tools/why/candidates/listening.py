"""The packet came as far as the sockets, and none was there for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sim.base.errors import Span
from sim.base.frozen import replace
from sim.base.values import address_text
from sim.extensions.extension import NatRange
from sim.model.host import Socket
from sim.model.rules import Rule, Target
from sim.packet.headers import PORT_PROTOCOLS
from sim.packet.packet import Address
from sim.tell.render import protocol_text
from sim.tools.advice.edits import command, host_line, target_replaced
from sim.tools.advice.finding import Edit, Fix
from sim.tools.why.candidates.filtering import is_of_other_side, nearly
from sim.tools.why.candidates.translating import same_rule_in
from sim.tools.why.look import Candidate, Look
from sim.tools.why.misses import DESTINATION_NAT, alone, meant_for_it, would_match
from sim.tools.why.story import Story, asked_by
from sim.tools.why.symptoms import network_of
from sim.trace.outcomes.decided import ByPart
from sim.trace.steps import HookEntered


def candidates(look: Look) -> Iterator[Candidate]:
    story = look.stopped
    if story is None or story.fate.packet.is_arp:
        return
    headers = story.fate.packet.headers
    if headers.protocol not in PORT_PROTOCOLS or headers.dport is None:
        return
    if look.stopper is not None:
        if look.stopper.where.hook == "INPUT":
            yield from _other_side(look, story)
        return
    yield from _own_packets(look, story)
    yield from _from_outside(look, story)
    yield from _other_side(look, story)
    yield from _spared(look, story)
    yield from nearly(look, story)
    if story.fate.at is not ByPart.SOCKET:
        return
    elsewhere = list(_elsewhere(look, story))
    yield from elsewhere
    yield from _other_port(look, story)
    if elsewhere:
        return  # it does listen
    name = protocol_text(headers.protocol)
    anywhere = "0.0.0.0" if look.family == 4 else "[::]"
    line = f"listen {name} {anywhere}:{headers.dport}"
    text = f"Nothing on this host listens on {name.upper()} port {headers.dport}."
    fix = Fix(f"Start a listener: `{line}`", (host_line(look.case, line),))
    yield Candidate("nothing-listens", text, fix, 25)


def _from_outside(look: Look, story: Story) -> Iterator[Candidate]:
    """nat OUTPUT is for what the host sends itself."""
    reached = look.reached("nat", "OUTPUT")
    step = next(
        (s for s in story.steps if isinstance(s, HookEntered) and s.where.hook == "PREROUTING"),
        None,
    )
    if story.is_local or reached is None or step is None:
        return
    for spot in reached.spots[:200]:
        if spot.target not in DESTINATION_NAT or not would_match(look.stack, step, spot.rule):
            continue
        words = spot.rule.text.replace("-A OUTPUT", "-A PREROUTING", 1)
        edit = command(look.case, look.family, "nat", words)
        text = (
            f"nat OUTPUT rule {spot.rule.number} is for packets that this host sends itself. This "
            f"one comes in: it meets nat in PREROUTING, where no rule takes it."
        )
        fix = Fix("Add the rule to PREROUTING", (edit,))
        yield Candidate("nat-not-in-prerouting", text, fix, 2)
        return


def _own_packets(look: Look, story: Story) -> Iterator[Candidate]:
    """nat PREROUTING is for what comes in: the host's own packets meet nat in OUTPUT."""
    if not story.is_local:
        return
    reached = look.reached("nat", "PREROUTING")
    step = next(
        (s for s in story.steps if isinstance(s, HookEntered) and s.where.hook == "OUTPUT"), None
    )
    if step is None:
        step = next((s for s in story.steps if isinstance(s, HookEntered)), None)
    if reached is None or step is None:
        return
    there = replace(step, packet=story.first)
    for spot in meant_for_it(look.stack, there, reached, DESTINATION_NAT):
        words = same_rule_in(spot.rule.text, "PREROUTING", "OUTPUT")
        edit = command(look.case, look.family, "nat", words)
        text = (
            f"nat PREROUTING rule {spot.rule.number} is for packets that come in. This host "
            f"sends this one itself: it meets nat in OUTPUT, where no rule takes it."
        )
        yield Candidate("nat-not-in-output", text, Fix("Add the rule to OUTPUT", (edit,)), 2)
        return


def _other_side(look: Look, story: Story) -> Iterator[Candidate]:
    """The port is forwarded for what comes in by the address's own interface, and by no other."""
    asked = story.first.headers
    host = look.stack.runtime.host
    for weighed in alone(look.stack, story, frozenset(DESTINATION_NAT)):
        clause, where = weighed.failing[0], weighed.step.where
        if not is_of_other_side(host, story, clause):
            continue
        rule = weighed.rule.text.replace(f"-i {clause.want}", f"-i {story.in_dev}")
        if " -d " not in rule:
            rule = rule.replace(f"-A {where.chain}", f"-A {where.chain} -d {asked.dst}", 1)
        edits = [command(look.case, look.family, "nat", rule)]
        server = _goes_to(weighed.rule)
        near = network_of(host, story.in_dev, asked.src)
        text = (
            f"nat {where.chain} rule {weighed.rule.number} forwards this port for what comes in by "
            f"{clause.want} alone. This packet comes in by {story.in_dev}, so it is for this host."
        )
        if server is not None and near is not None and server in near:
            words = f"-A POSTROUTING -s {near} -d {server} -o {story.in_dev} -j MASQUERADE"
            edits.append(command(look.case, look.family, "nat", words))
            text += f" {server} is in the client's network, so it must see this host as the client."
        fix = Fix(f"Forward it for {story.in_dev} too", _together(edits))
        yield Candidate("hairpin", text, fix, 4)


def _spared(look: Look, story: Story) -> Iterator[Candidate]:
    """The rule that leads to DNAT leaves loopback out, as docker's own does in OUTPUT."""
    headers = story.first.headers
    own = next(
        (e.address.ip for i in look.case.devices.values() for e in i.addresses
         if e.address.version == look.family), None,
    )  # fmt: skip
    statement = next((s for s in look.case.compiled.script if s.line == story.line), None)
    if not headers.dst.is_loopback or own is None or statement is None:
        return
    for weighed in alone(look.stack, story, frozenset(DESTINATION_NAT)):
        clause, where = weighed.failing[0], weighed.step.where
        if clause.flag != "-d" or not clause.negated or where.table_name != "nat":
            continue
        text = (
            f"nat {where.chain} rule {weighed.rule.number} leaves out {clause.want}, so a "
            f"connection to {address_text(headers.dst)} stays on this host untranslated."
        )
        asked = statement.text.replace(address_text(headers.dst), address_text(own))
        edit = Edit("packets", statement.span, asked)
        fix = Fix(f"Ask {address_text(own)} instead", (edit,))
        yield Candidate("dnat-spares-loopback", text, fix, 4)
        return


def _together(edits: list[Edit]) -> tuple[Edit, ...]:
    """Commands at the end of one text as one edit."""
    return (replace(edits[0], text="".join(edit.text for edit in edits)),)


def _goes_to(rule: Rule) -> Address | None:
    target = rule.target
    wanted = target.args.value("--to-destination") if isinstance(target, Target) else None
    return wanted.min_address if isinstance(wanted, NatRange) else None


def _other_port(look: Look, story: Story) -> Iterator[Candidate]:
    """NAT sends the packet to a port on which nobody listens; one socket listens on another."""
    nat = next((n for n in story.rewrites() if n.manip == "DST" and not n.undo), None)
    rule = asked_by(story, nat) if nat is not None else None
    spot = look.spot("nat", rule.where.chain, rule.where.rule) if rule is not None else None
    headers = story.fate.packet.headers
    name = protocol_text(headers.protocol)
    ports = {s.port for s in look.stack.runtime.host.sockets if s.protocol == name}
    if spot is None or len(ports) != 1 or headers.dport in ports:
        return
    port = ports.pop()
    words = f"REDIRECT --to-ports {port}"
    if spot.target == "DNAT":
        words = f"DNAT --to-destination {address_text(headers.dst)}:{port}"
    edit = target_replaced(spot, words)
    text = (
        f"nat {spot.chain} rule {spot.rule.number} sends the packet to {name.upper()} port "
        f"{headers.dport}. Nothing listens there; the service listens on port {port}."
    )
    if edit is not None:
        fix = Fix(f"Send it to port {port}", (edit,))
        yield Candidate("listens-on-other-port", text, fix, 5)


def _elsewhere(look: Look, story: Story) -> Iterator[Candidate]:
    """Somebody listens on this port, but on another address."""
    headers = story.fate.packet.headers
    name = protocol_text(headers.protocol)
    for socket in look.stack.runtime.host.sockets:
        if socket.protocol != name or socket.port != headers.dport:
            continue
        if socket.address is None:
            yield from _other_family(look, socket)
            continue
        here, there = address_text(socket.address), address_text(headers.dst)
        if here == there:
            continue
        anywhere = "0.0.0.0" if look.family == 4 else "[::]"
        text = (
            f"{name.upper()} port {socket.port} listens on {here} only, and this packet is for "
            f"{there}."
        )
        edit = _bound(look, socket, here, anywhere)
        fix = Fix(f"Listen on {anywhere}:{socket.port}", (edit,))
        yield Candidate("listens-elsewhere", text, fix, 3, "every address of this host answers")


def _other_family(look: Look, socket: Socket) -> Iterator[Candidate]:
    """0.0.0.0 is every address of IPv4 alone; [::] may be IPv6's alone."""
    if socket.family == look.family or (look.family == 4 and not socket.v6only):
        return
    name, port = socket.protocol, socket.port
    text = (
        f"{name.upper()} port {port} listens on IPv{socket.family} only, and this packet is "
        f"IPv{look.family}."
    )
    if look.family == 6:  # [::] takes both, and leaves no room for a second one on 0.0.0.0
        fix = Fix(f"Listen on [::]:{port}, for both", (_bound(look, socket, "0.0.0.0", "[::]"),))
    else:
        line = f"listen {name} 0.0.0.0:{port}"
        fix = Fix(f"Start a listener: `{line}`", (host_line(look.case, line),))
    yield Candidate("listens-elsewhere", text, fix, 3)


def _bound(look: Look, socket: Socket, here: str, anywhere: str) -> Edit:
    """The listener's own line with the other address; a new line where a tool printed it."""
    name, span = socket.protocol, socket.span
    line = look.case.host_text.split("\n")[span.line - 1] if span is not None else ""
    address = rf"{re.escape(here)}|\[{re.escape(here)}\]"
    found = re.search(rf"^\s*listen\s+{name}\s+({address}):{socket.port}(?!\S)", line)
    if found is None or span is None:
        text = f"listen {name} {anywhere}:{socket.port}"
        return host_line(look.case, text)
    start, end = found.span(1)
    return Edit("host", Span(span.line, start + 1, span.line, end + 1), anywhere)
