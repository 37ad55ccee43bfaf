"""The packet came as far as the sockets, and none was there for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from sim.base.errors import Span
from sim.base.values import address_text
from sim.model.host import Socket
from sim.packet.headers import PORT_PROTOCOLS
from sim.tell.render import protocol_text
from sim.tools.advice.edits import at_end, command
from sim.tools.advice.finding import Edit, Fix
from sim.tools.why.candidates.filtering import nearly
from sim.tools.why.candidates.translating import same_rule_in
from sim.tools.why.look import Candidate, Look
from sim.tools.why.misses import would_match
from sim.tools.why.story import Story
from sim.trace.outcomes.decided import ByPart
from sim.trace.steps import HookEntered

_OPENING = ("DNAT", "REDIRECT", "NETMAP")


def candidates(look: Look) -> Iterator[Candidate]:
    story = look.stopped
    if story is None or look.stopper is not None or story.fate.packet.is_arp:
        return
    headers = story.fate.packet.headers
    if headers.protocol not in PORT_PROTOCOLS or headers.dport is None:
        return
    yield from _own_packets(look, story)
    yield from nearly(look, story)
    if story.fate.at is not ByPart.SOCKET:
        return
    yield from _elsewhere(look, story)
    name = protocol_text(headers.protocol)
    anywhere = "0.0.0.0" if look.family == 4 else "[::]"
    line = f"listen {name} {anywhere}:{headers.dport}"
    text = f"Nothing on this host listens on {name.upper()} port {headers.dport}."
    fix = Fix(f"Start a listener: `{line}`", (at_end("host", look.case.host_text, line),))
    yield Candidate("nothing-listens", text, fix, 25)


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
    for spot in reached.spots[:200]:
        bare = replace(spot.rule, ip=replace(spot.rule.ip, in_iface=None))
        if spot.target not in _OPENING or not would_match(look.stack, there, bare):
            continue
        words = same_rule_in(spot.rule.text, "PREROUTING", "OUTPUT")
        edit = command(look.case, look.family, "nat", words)
        text = (
            f"nat PREROUTING rule {spot.rule.number} is for packets that come in. This host "
            f"sends this one itself: it meets nat in OUTPUT, where no rule takes it."
        )
        yield Candidate("nat-not-in-output", text, Fix("Add the rule to OUTPUT", (edit,)), 2)
        return


def _elsewhere(look: Look, story: Story) -> Iterator[Candidate]:
    """Somebody listens on this port, but on another address."""
    headers = story.fate.packet.headers
    name = protocol_text(headers.protocol)
    for socket in look.stack.runtime.host.sockets:
        if socket.protocol != name or socket.port != headers.dport or socket.address is None:
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


def _bound(look: Look, socket: Socket, here: str, anywhere: str) -> Edit:
    """The listener's own line with the other address; a new line where a tool printed it."""
    name, span = socket.protocol, socket.span
    line = look.case.host_text.split("\n")[span.line - 1] if span is not None else ""
    found = re.search(rf"^\s*listen\s+{name}\s+({re.escape(here)}):{socket.port}(?!\S)", line)
    if found is None or span is None:
        text = f"listen {name} {anywhere}:{socket.port}"
        return at_end("host", look.case.host_text, text)
    start, end = found.span(1)
    return Edit("host", Span(span.line, start + 1, span.line, end + 1), anywhere)
