"""Who takes a packet that is for nobody's port: a program for its protocol, a group, a network."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.values import address_text
from sim.model.host import RouteKind
from sim.model.rules import Target
from sim.packet.headers import PORT_PROTOCOLS
from sim.tell.render import protocol_text
from sim.tools.advice.edits import command, host_line, target_replaced
from sim.tools.advice.finding import Fix
from sim.tools.why.look import Candidate, Look
from sim.tools.why.story import Story, asked_by
from sim.trace.outcomes.base import Cause
from sim.trace.outcomes.routing import Martian, NobodyJoined
from sim.trace.outcomes.sockets import NotTaken, NotTakenTold, ProtocolNotTaken
from sim.trace.steps import Routed

_LATE = 26  # behind the rules that people ask about


def candidates(look: Look) -> Iterator[Candidate]:
    story = look.stopped
    if story is None or story.fate.packet.is_arp or look.stopper is not None:
        return
    cause = _cause(story)
    if isinstance(cause, ProtocolNotTaken):
        yield from _program(look, cause)
    elif isinstance(cause, NobodyJoined):
        yield from _group(look, story, cause)
    yield from _broadcast(look, story)


def _cause(story: Story) -> Cause | None:
    why = story.fate.why
    return why.cause if isinstance(why, Martian | NotTaken | NotTakenTold) else None


def _program(look: Look, cause: ProtocolNotTaken) -> Iterator[Candidate]:
    name = protocol_text(cause.protocol).upper()
    anywhere = "0.0.0.0" if look.family == 4 else "[::]"
    line = f"listen raw {anywhere}:{cause.protocol}"
    text = (
        f"Nothing on this host takes {name} (protocol {cause.protocol}): a program, a tunnel or "
        f"IPsec must."
    )
    fix = Fix(f"Let a program take {name}: `{line}`", (host_line(look.case, line),))
    yield Candidate("protocol-not-taken", text, fix, _LATE, is_left_out=True)


def _group(look: Look, story: Story, cause: NobodyJoined) -> Iterator[Candidate]:
    headers = story.fate.packet.headers
    group = address_text(cause.group)
    place = group if look.family == 4 else f"[{group}]"
    kind, port = "raw", headers.protocol
    if headers.protocol in PORT_PROTOCOLS and headers.dport is not None:
        kind, port = protocol_text(headers.protocol), headers.dport
    line = f"listen {kind} {place}:{port} dev {cause.dev}"
    text = (
        f"No program on this host has joined {group} on {cause.dev}, so the kernel leaves packets "
        f"to it on the wire."
    )
    fix = Fix(f"Join {group}: `{line}`", (host_line(look.case, line),))
    yield Candidate("group-not-joined", text, fix, _LATE, is_left_out=True)


def _broadcast(look: Look, story: Story) -> Iterator[Candidate]:
    """A directed broadcast of another of this host's networks: the host keeps it for itself."""
    routed = next((s for s in reversed(story.steps) if isinstance(s, Routed)), None)
    headers = story.fate.packet.headers
    if routed is None or look.family != 4 or not story.in_iface:
        return
    there = next(
        ((i.name, e.address.network) for i in look.stack.runtime.host.interfaces.values()
         for e in i.addresses if e.address.version == 4 and i.name != story.in_dev
         and e.address.network.num_addresses > 3
         and e.address.network.broadcast_address == headers.dst), None,
    )  # fmt: skip
    if there is None or routed.route.kind not in (RouteKind.BROADCAST, RouteKind.LOCAL):
        return
    dev, network = there
    text = (
        f"{address_text(headers.dst)} is the broadcast address of {dev}'s network. The kernel "
        f"takes such a packet for this host alone and forwards none, unless bc_forwarding is on."
    )
    spare = address_text(network[-2])
    neighbour = f"ip neigh add {spare} lladdr ff:ff:ff:ff:ff:ff dev {dev} nud permanent"
    nat = next((n for n in story.rewrites() if n.manip == "DST" and not n.undo), None)
    rule = asked_by(story, nat) if nat is not None else None
    spot = look.spot("nat", rule.where.chain, rule.where.rule) if rule is not None else None
    add = host_line(look.case, neighbour)
    label = f"Send it to {spare}, a spare address with the MAC of everybody"
    if nat is None and headers.dport is not None:
        body = (
            f"-A PREROUTING -i {story.in_dev} -d {address_text(headers.dst)} "
            f"-p {protocol_text(headers.protocol)} --dport {headers.dport} "
            f"-j DNAT --to-destination {spare}"
        )
        fix = Fix(label, (command(look.case, 4, "nat", body), add))
        yield Candidate("directed-broadcast", text, fix, 3)
    if spot is None or not isinstance(spot.rule.target, Target) or spot.target != "DNAT":
        return
    port = f":{headers.dport}" if ":" in spot.rule.text.partition("--to-destination")[2] else ""
    edit = target_replaced(spot, f"DNAT --to-destination {spare}{port}")
    if edit is not None:
        yield Candidate("directed-broadcast", text, Fix(label, (edit, add)), 3)
