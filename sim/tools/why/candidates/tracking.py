"""Connection tracking itself: no helper, two zones for one connection, packets kept from it."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.frozen import replace
from sim.base.values import address_text
from sim.model.flow import Flow, FlowTuple, TcpState
from sim.packet.headers import IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_TCP, IPPROTO_UDP
from sim.packet.kinds import CtState
from sim.tell.render import protocol_text
from sim.tools.advice.case import Spot
from sim.tools.advice.edits import command, sysctl, whole_lines
from sim.tools.advice.edits import is_alone as has_own_line
from sim.tools.advice.finding import Edit, Fix
from sim.tools.why.candidates.filtering import accepting
from sim.tools.why.look import Candidate, Look
from sim.tools.why.story import Story
from sim.tools.why.symptoms import ANSWER_DROPPED, NOT_ARRIVED, WRONG_SOURCE
from sim.trace.steps import TargetRan

# Protocols that open a second connection, by the port of their first; those that are modelled.
_HELPED = {(IPPROTO_TCP, 21): "ftp", (IPPROTO_UDP, 69): "tftp"}
# Of others conntrack has helpers that are not modelled here.
_ANNOUNCING = {
    (IPPROTO_UDP, 5060): "sip", (IPPROTO_TCP, 5060): "sip", (IPPROTO_TCP, 1723): "pptp",
    (IPPROTO_TCP, 1720): "h323", (IPPROTO_TCP, 6667): "irc", (IPPROTO_UDP, 10080): "amanda",
    (IPPROTO_TCP, 6566): "sane",
}  # fmt: skip
# Those that may name another host for it: whoever is called, a media server.
_ELSEWHERE = {"sip": IPPROTO_UDP, "h323": IPPROTO_UDP, "irc": IPPROTO_TCP}
_MODELLED = frozenset(_HELPED.values())
_NOT_TRACKED = frozenset({"CT", "NOTRACK"})


def candidates(look: Look) -> Iterator[Candidate]:
    if look.symptom.name not in (NOT_ARRIVED, ANSWER_DROPPED, WRONG_SOURCE):
        return
    other = look.stopped or look.answer
    if look.story.first.is_arp:
        return
    yield from _kept_from_it(look, other)
    if look.stopped is not None:
        yield from _timed_out(look, look.stopped)
    if other is not None:
        yield from _helper(look, other)
        yield from _announced(look, other)
        yield from _by_a_helper_unknown_here(look, other)
        yield from _zones(look, other)


def _without_helper(look: Look) -> Iterator[tuple[Story, Flow]]:
    """The questions before this packet whose connection has no helper, the latest first: an
    answer does not count, since a rule for the helper must meet the question."""
    for asked in reversed(look.before):
        flow = asked.flow
        if flow is None or flow.helper or asked.first.is_arp:
            continue
        if asked.first.headers.src == flow.original.src:
            yield asked, flow


def _helper(look: Look, story: Story) -> Iterator[Candidate]:
    """A second connection between the two, which a helper of the first would have announced."""
    if story.ct_state != "NEW":
        return
    headers = story.first.headers
    for asked, flow in _without_helper(look):
        first = flow.original
        name = _HELPED.get((first.protocol, first.dport))
        ends = {first.src, first.dst, flow.reply.src, flow.reply.dst}
        if name is None or not {headers.src, headers.dst} <= ends:
            continue
        chain = "OUTPUT" if asked.is_local else "PREROUTING"
        protocol = protocol_text(first.protocol)
        text = (
            f"This is {name.upper()}'s second connection, and conntrack calls it NEW: its first "
            f"one, to port {first.dport}, has no helper. Since Linux 6.0 a rule must assign one."
        )
        body = f"-A {chain} -p {protocol} --dport {first.dport} -j CT --helper {name}"
        edit = command(look.case, look.family, "raw", body)
        yield Candidate("no-helper", text, Fix(f"Assign the {name} helper", (edit,)), 1)
        return


def _timed_out(look: Look, story: Story) -> Iterator[Candidate]:
    """The packet comes when conntrack has let its connection go."""
    if story.ct_state is CtState.ESTABLISHED or story.first.is_arp:
        return
    headers, began = story.first.headers, story.steps[0].now
    ends = headers.src, headers.dst, headers.protocol, headers.sport or 0, headers.dport or 0
    for asked in reversed(look.before):
        flow = asked.flow
        if flow is None or not any(_ends_of(way) == ends for way in (flow.original, flow.reply)):
            continue
        last = asked.steps[-1].now
        if not last < flow.expires <= began:
            return
        name = _timeout(flow)
        if not name:
            return
        kept, passed = _seconds(flow.expires - last), _seconds(began - last)
        text = (
            f"conntrack kept this connection for {kept} s after packet {asked.line} ({name}). This "
            f"packet comes {passed} s after it, when nobody knows the connection any more."
        )
        fix = Fix(f"Keep it for {2 * passed} s", (sysctl(look.case, name, str(2 * passed)),))
        yield Candidate("connection-timed-out", text, fix, 1)
        return


def _ends_of(way: FlowTuple) -> tuple[object, ...]:
    return way.src, way.dst, way.protocol, way.sport, way.dport


def _seconds(nanoseconds: int) -> int:
    return -(-nanoseconds // 1_000_000_000)


def _timeout(flow: Flow) -> str:
    """The setting that says how long conntrack keeps such an entry; empty: not one of these."""
    protocol = flow.original.protocol
    if protocol == IPPROTO_UDP:
        name = "udp_timeout_stream" if flow.has("ASSURED") else "udp_timeout"
    elif protocol == IPPROTO_TCP and isinstance(flow.tcp_state, TcpState):
        name = f"tcp_timeout_{flow.tcp_state.lower()}"
    elif protocol == IPPROTO_ICMP:
        name = "icmp_timeout"
    elif protocol == IPPROTO_ICMPV6:
        name = "icmpv6_timeout"
    else:
        return ""
    return f"net.netfilter.nf_conntrack_{name}"


def _announced(look: Look, story: Story) -> Iterator[Candidate]:
    """The same where no answer in the text names the port, or where the helper is not modelled: a
    rule for what the two open beside their first connection."""
    headers, dev = story.first.headers, story.in_dev
    if story.ct_state != "NEW" or story.is_local or not dev or headers.fragment_offset:
        return
    for asked, flow in _without_helper(look):
        first = flow.original
        key = first.protocol, first.dport
        name = _HELPED.get(key) or _ANNOUNCING.get(key)
        if name is None or not _may_belong(look, story, flow, name):
            continue
        if headers.dport == first.dport and headers.protocol == first.protocol:
            return
        protocol = protocol_text(headers.protocol)
        port = f" --dport {headers.dport}" if headers.dport is not None else ""
        text = (
            f"This may be what {name.upper()} opens beside its first connection (packet "
            f"{asked.line}, port {first.dport}). conntrack calls it NEW, because that one has no "
            f"helper; since Linux 6.0 a rule must assign one."
        )
        source, inner = address_text(headers.src), address_text(first.src)
        edits = []
        if headers.dst == flow.reply.dst != first.src:  # the outer address of one behind NAT
            words = f"-A PREROUTING -i {dev} -s {source} -p {protocol}{port}"
            words += f" -j DNAT --to-destination {inner}"
            edits.append(command(look.case, look.family, "nat", words))
            chain, to = "FORWARD", inner
        else:
            chain = "INPUT" if look.stack.routing.is_local(headers.dst) else "FORWARD"
            to = address_text(headers.dst)
        words = f"-I {chain} -s {source} -d {to} -p {protocol}{port} -j ACCEPT"
        edits.append(command(look.case, look.family, "filter", words))
        joined = replace(edits[0], text="".join(edit.text for edit in edits))
        fix = Fix(f"Let in what {source} opens there, without a helper", (joined,))
        yield Candidate("no-helper", text, fix, 2)
        return


def _may_belong(look: Look, story: Story, flow: Flow, name: str) -> bool:
    """Is it between the two, or to the one who asked, on a port that no service here has?"""
    headers, first = story.first.headers, flow.original
    if headers.src == headers.dst:
        return False
    if {headers.src, headers.dst} <= {first.src, first.dst, flow.reply.src, flow.reply.dst}:
        return True
    port, protocol = headers.dport or 0, protocol_text(headers.protocol)
    if _ELSEWHERE.get(name) != headers.protocol or port < 1024:
        return False
    listens = any(
        (socket.protocol, socket.port) == (protocol, port)
        for socket in look.stack.runtime.host.sockets
    )
    return headers.dst in (first.src, flow.reply.dst) and not listens


def _by_a_helper_unknown_here(look: Look, story: Story) -> Iterator[Candidate]:
    """A rule gave the first connection a helper that is not modelled: whether it would have named
    this packet RELATED, nobody can tell here."""
    stopper = look.stopper
    if story.ct_state != "NEW" or stopper is None or story.is_local or not story.in_dev:
        return
    headers = story.first.headers
    for asked in reversed(look.before):
        flow = asked.flow
        if flow is None or not flow.helper or flow.helper in _MODELLED or asked.first.is_arp:
            continue
        if headers.fragment_offset or not _may_belong(look, story, flow, flow.helper):
            continue
        text = (
            f"The connection of packet {asked.line} has the helper {flow.helper}, which is not "
            f"modelled here. If it read of this packet there, the packet is RELATED; whether it "
            f"did is undetermined. Without it, no rule accepts the packet."
        )
        protocol = protocol_text(headers.protocol)
        port = f" --dport {headers.dport}" if headers.dport is not None else ""
        body = f"-s {address_text(headers.src)} -p {protocol}{port}"
        edits = accepting(look, stopper, body)
        fix = Fix(f"Let in what {address_text(headers.src)} opens there, without a helper", edits)
        yield Candidate("helper-not-modelled", text, fix, 2)
        return


def _zones(look: Look, answer: Story) -> Iterator[Candidate]:
    """The two directions are looked up in two zones, so the answer finds no connection."""
    asked = look.story
    if answer is asked:
        asked = next((each for each in reversed(look.before) if each.sent is not None), asked)
    flow = asked.flow
    if flow is None or answer is asked:
        return
    wanted, found = flow.reply.zone, answer.flow.original.zone if answer.flow else 0
    if wanted == found or answer.first.is_arp:
        return
    text = (
        f"conntrack keeps this connection in zone {wanted}, but looks for its answer in zone "
        f"{found}. So the answer belongs to no connection."
    )
    if wanted and answer.in_iface:
        body = f"-A PREROUTING -i {answer.in_dev} -j CT --zone {wanted}"
        edit = command(look.case, look.family, "raw", body)
        fix = Fix(f"Put what {answer.in_dev} brings into zone {wanted}", (edit,))
        yield Candidate("zones-differ", text, fix, 2)
    spots = [spot for story in (asked, answer) for spot in _ran(look, story, "zone")]
    gone = _removed(look, spots, "Remove the zone")
    if gone is not None:
        yield Candidate("zones-differ", text, gone, 3)


def _kept_from_it(look: Look, other: Story | None) -> Iterator[Candidate]:
    """NOTRACK: no NAT, no ESTABLISHED."""
    spots = _ran(look, look.story, "UNTRACKED")
    if other is not None and other is not look.story:
        spots += _ran(look, other, "UNTRACKED")
    unique = list({str(spot): spot for spot in spots}.values())
    if not unique:
        yield from _answers_untracked(look)
    fix = _removed(look, unique, "Let conntrack see these packets")
    if not unique or fix is None:
        return
    first = unique[0]
    headers = look.story.first.headers
    text = (
        f"{first.table} {first.chain} rule {first.rule.number} keeps conntrack away from packets "
        f"to {address_text(headers.dst)}. What it does not track has no NAT, and its answers are "
        f"never ESTABLISHED."
    )
    yield Candidate("notrack", text, fix, 3)


def _answers_untracked(look: Look) -> Iterator[Candidate]:
    """Of a connection one direction is kept from conntrack, so the other looks like a new one."""
    story, headers = look.stopped, look.story.first.headers
    if story is not look.story or story.ct_state != "NEW":
        return
    ends = headers.dst, headers.src, headers.protocol, headers.dport, headers.sport
    for asked in reversed(look.before):
        if asked.first.is_arp:
            continue
        h = asked.first.headers
        spots = _ran(look, asked, "UNTRACKED")
        fix = _removed(look, spots, "Let conntrack see both directions")
        if (h.src, h.dst, h.protocol, h.sport, h.dport) != ends or not spots or fix is None:
            continue
        text = (
            f"This answers packet {asked.line}, which {spots[0].table} {spots[0].chain} rule "
            f"{spots[0].rule.number} kept away from conntrack. The answer is tracked and begins a "
            f"connection of its own: it is NEW, not ESTABLISHED."
        )
        yield Candidate("notrack", text, fix, 3)
        return


def _ran(look: Look, story: Story, word: str) -> list[Spot]:
    """The rules of CT whose target said a word about the packet."""
    found = []
    for step in story.steps:
        if isinstance(step, TargetRan) and step.name in _NOT_TRACKED and word in step.text:
            spot = look.spot(step.where.table_name, step.where.chain, step.where.rule)
            found += [spot] if spot is not None else []
    return found


def _removed(look: Look, spots: list[Spot], label: str) -> Fix | None:
    if not spots or not all(has_own_line(look.case, spot.rule) for spot in spots):
        return None
    named = ", ".join(f"{s.table} {s.chain} rule {s.rule.number}" for s in spots)
    edits = tuple(Edit("rules", whole_lines(spot.rule), "") for spot in spots)
    return Fix(f"{label}: remove {named}", edits)
