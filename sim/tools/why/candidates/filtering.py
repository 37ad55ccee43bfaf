"""A rule or a policy stopped the packet: the rule that a careful person would write, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sim.base.errors import Span
from sim.base.values import address_text
from sim.extensions.extension import Clause
from sim.model.host import Host
from sim.model.rules import INET, Jump, Rule
from sim.packet.headers import IPPROTO_ICMP, IPPROTO_ICMPV6, PORT_PROTOCOLS
from sim.packet.kinds import CtState
from sim.packet.packet import Packet
from sim.tell.render import protocol_text
from sim.tools.advice.case import Reached
from sim.tools.advice.edits import (
    command,
    is_alone,
    last_open,
    line_before,
    moved_before,
    sysctl,
    whole_lines,
)
from sim.tools.advice.finding import Edit, Fix
from sim.tools.why.look import Candidate, Look
from sim.tools.why.misses import Weighed, told, would_match
from sim.tools.why.story import Story, rule_at
from sim.tools.why.symptoms import ANSWER_DROPPED, AWAITED_ERRORS
from sim.trace.steps import Jumped, PolicyApplied, RuleTried, Step

_ANSWERS = "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
_LOOSE = "net.netfilter.nf_conntrack_tcp_loose"
_DISCOVERY = range(133, 138)
_WHENCE = ("-i", "-o", "-s")  # a rule of its own is meant more often than a wider door
_EDITABLE = {
    "--dport": ("--dport", "--destination-port"),
    "--sport": ("--sport", "--source-port"),
    "-s": ("-s", "--source", "--src"),
    "-d": ("-d", "--destination", "--dst"),
    "-i": ("-i", "--in-interface"),
    "-o": ("-o", "--out-interface"),
    "-p": ("-p", "--protocol", "--proto"),
}


def candidates(look: Look) -> Iterator[Candidate]:
    """For a packet, or an answer, that a rule or policy stopped."""
    story, stopper = look.stopped, look.stopper
    if story is None or stopper is None or stopper.where.family != INET:
        return
    yield from _bridged(look, story, stopper)
    yield from _answers(look, story, stopper)
    yield from _invalid(look, story, stopper)
    yield from _loopback(look, stopper)
    yield from _discovery(look, stopper)
    if not is_answer(look, story):
        yield from nearly(look, story)
        yield from _wrong_chain(look, stopper)
    yield from _too_late(look, stopper)
    yield from _accept(look, stopper)


def _place(step: Step) -> str:
    where = step.where
    if isinstance(step, PolicyApplied):
        return f"{where.table_name} {where.chain}'s policy"
    return f"{where.table_name} {where.chain} rule {where.rule}"


def accepting(look: Look, stopper: Step, body: str) -> tuple[Edit, ...]:
    """A rule that accepts what ``body`` names, in front of what stopped the packet."""
    return in_front(look, stopper, f"{body} -j ACCEPT")


def in_front(look: Look, stopper: Step, body: str) -> tuple[Edit, ...]:
    """A new rule in front of what stopped the packet."""
    stopper = _door(look, stopper)
    where = stopper.where
    reached = look.reached(where.table_name, where.chain)
    if reached is None:
        return ()
    if isinstance(stopper, PolicyApplied):
        return (last_open(look.case, reached, body),)
    spot = look.spot(where.table_name, where.chain, where.rule)
    made = line_before(look.case, spot, body) if spot is not None else None
    if made is None:
        words = f"-I {where.chain} {where.rule} {body}"
        made = command(look.case, look.family, where.table_name, words)
    return (made,)


def _door(look: Look, stopper: Step) -> Step:
    """Where a packet could be let through: the jump to a chain that only stops (``reject``,
    ``LOG_DROP``), else the rule itself."""
    story = look.stopped
    for _ in range(16):
        reached = look.reached(stopper.where.table_name, stopper.where.chain)
        if story is None or reached is None or not _only_stops(reached):
            return stopper
        jump = next(
            (s for s in reversed(story.steps) if isinstance(s, Jumped) and s.seq < stopper.seq
             and s.chain == stopper.where.chain), None,
        )  # fmt: skip
        if jump is None:
            return stopper
        stopper = jump
    return stopper


def _only_stops(reached: Reached) -> bool:
    """A user chain whose rules log, count or stop, and let nothing through."""
    stops = [spot for spot in reached.spots if spot.target in ("DROP", "REJECT")]
    quiet = all(spot.target in ("DROP", "REJECT", "LOG", "NFLOG", "") for spot in reached.spots)
    is_whole = any(spot.rule.is_unconditional for spot in stops)
    return reached.policy is None and quiet and is_whole


def _bridged(look: Look, story: Story, stopper: Step) -> Iterator[Candidate]:
    """br_netfilter hands bridged frames to FORWARD, where somebody else's policy waits."""
    where = stopper.where
    if not (where.physin and where.physout) or where.in_iface != where.out_iface:
        return
    bridge = where.in_iface
    if _names_ports(look) or _is_for_frames(look, stopper, bridge):
        return  # frames are meant to be filtered here
    name = f"net.bridge.bridge-nf-call-{'iptables' if look.family == 4 else 'ip6tables'}"
    text = (
        f"The frame is only bridged, from {where.physin} to {where.physout}. br_netfilter hands "
        f"it to {where.hook or where.chain} all the same, because {name} is 1, and "
        f"{_place(stopper)} stops it."
    )
    yield Candidate(
        "bridged-frames-filtered", text,
        Fix(f"Accept what {bridge} only bridges",
            in_front(look, stopper, f"-i {bridge} -o {bridge} -j ACCEPT")), 5,
    )  # fmt: skip
    yield Candidate(
        "bridged-frames-filtered", text,
        Fix(f"Set {name} to 0", (sysctl(look.case, name, "0"),)), 6,
        "no bridged frame meets iptables any more",
    )  # fmt: skip


def _is_for_frames(look: Look, stopper: Step, bridge: str) -> bool:
    """Does the rule name the bridge on both sides? It is for what is bridged, as docker's is that
    keeps containers apart."""
    rule = rule_at(look.stack.rules, stopper) if isinstance(stopper, RuleTried) else None
    return rule is not None and all(f" {way} {bridge} " in rule.text for way in ("-i", "-o"))


def _names_ports(look: Look) -> bool:
    """Do rules ask for bridge ports? Whoever wrote them wants bridged frames to meet iptables."""
    return any(match.name == "physdev" for spot in look.case.spots() for match in spot.rule.matches)


def is_answer(look: Look, story: Story) -> bool:
    """Does it belong to a connection, or answer one? Then its ports are not what rules name."""
    known = story.ct_state in (CtState.ESTABLISHED, CtState.RELATED)
    return known or story is not look.story or look.symptom.name == ANSWER_DROPPED


def _answers(look: Look, story: Story, stopper: Step) -> Iterator[Candidate]:
    """No rule lets answers of known connections through."""
    if not is_answer(look, story) or stopper.where.table_name not in ("filter", "security"):
        return
    where = stopper.where
    state = story.ct_state or (
        CtState.RELATED if story.reason in AWAITED_ERRORS else CtState.ESTABLISHED
    )
    text = (
        f"No rule of {where.table_name} {where.chain} accepts answers: this one is {state}, and "
        f"{_place(stopper)} stops it."
    )
    near = next((each for each in look.misses if _is_for_answers(each)), None)
    if near is not None:
        miss = told(story, near)
        wants = "; it ".join(map(str, miss.differing))
        text = (
            f"{miss.place} accepts answers, but not this one: it {wants}. {_place(stopper)} stops "
            f"it."
        )
    yield Candidate(
        "answers-not-accepted", text,
        Fix("Accept answers of known connections", _first(look, stopper, _ANSWERS)), 4,
    )  # fmt: skip


def _is_for_answers(weighed: Weighed) -> bool:
    clauses = (*weighed.failing, *weighed.holding)
    states = next((c.want for c in clauses if c.flag in ("--ctstate", "--state")), "")
    return not {"ESTABLISHED", "RELATED"}.isdisjoint(states.split(","))


def _first(look: Look, stopper: Step, body: str) -> tuple[Edit, ...]:
    """The rule at the top of the built-in chain of the hook, where most packets come by."""
    where = stopper.where
    reached = look.reached(where.table_name, where.hook or where.chain)
    if reached is None:
        return in_front(look, stopper, body)
    if reached.spots:
        made = line_before(look.case, reached.spots[0], body)
        if made is not None:
            return (made,)
    words = f"-I {reached.chain.name} {body}"
    return (command(look.case, look.family, where.table_name, words),)


def _invalid(look: Look, story: Story, stopper: Step) -> Iterator[Candidate]:
    """conntrack found no place for a segment: out of window, or of a connection half seen."""
    if story.ct_state is not CtState.INVALID or stopper.packet.headers.tcp is None:
        return
    if look.stack.runtime.host.sysctl(_LOOSE, "1") == "0":
        text = (
            f"conntrack didn't see this connection begin, and {_LOOSE} is 0: it picks up none in "
            f"the middle, so the packet is INVALID. {_place(stopper)} stops it."
        )
        fix = Fix(f"Set {_LOOSE} to 1", (sysctl(look.case, _LOOSE, "1"),))
        yield Candidate("not-loose", text, fix, 2)
    name = "net.netfilter.nf_conntrack_tcp_be_liberal"
    text = (
        f"conntrack calls this packet INVALID: it fits no connection that was seen here. "
        f"{_place(stopper)} stops it."
    )
    fix = Fix("Let conntrack take segments out of window", (sysctl(look.case, name, "1"),))
    yield Candidate("invalid-dropped", text, fix, 3)


def _loopback(look: Look, stopper: Step) -> Iterator[Candidate]:
    where = stopper.where
    if "lo" not in (where.in_iface, where.out_iface):
        return
    way = "-i lo" if where.in_iface == "lo" else "-o lo"
    text = (
        f"This host's packets to itself go through lo, and no rule of {where.table_name} "
        f"{where.chain} accepts them: {_place(stopper)} stops them."
    )
    here = _first(look, stopper, f"{way} -j ACCEPT")
    fix = Fix("Accept what goes through lo", here)
    yield Candidate("loopback-closed", text, fix, 3)
    if where.hook == "OUTPUT":  # what it sends comes back in by lo, and meets INPUT
        back = command(look.case, look.family, where.table_name, "-I INPUT -i lo -j ACCEPT")
        fix = Fix("Accept what goes through lo, out and in", (*here, back))
        yield Candidate("loopback-closed", text, fix, 4)


def _discovery(look: Look, stopper: Step) -> Iterator[Candidate]:
    """Without neighbour discovery IPv6 has no neighbours."""
    packet = stopper.packet
    if packet.headers.protocol != IPPROTO_ICMPV6 or not packet.payload:
        return
    kind = packet.payload[0]
    if kind not in _DISCOVERY:
        return
    body = f"-p ipv6-icmp --icmpv6-type {kind} -m hl --hl-eq 255 -j ACCEPT"
    text = (
        "IPv6 finds its neighbours by ICMPv6 (types 133 to 137), where IPv4 has ARP. "
        f"{_place(stopper)} drops type {kind}."
    )
    fix = Fix(f"Accept ICMPv6 type {kind}", _first(look, stopper, body))
    yield Candidate("neighbour-discovery-dropped", text, fix, 3)


def nearly(look: Look, story: Story) -> Iterator[Candidate]:
    """A rule failed by one clause: the clause with the packet's own value."""
    for weighed in look.misses[:3]:
        if len(weighed.failing) != 1:
            continue
        if is_of_other_side(look.stack.runtime.host, story, weighed.failing[0]):
            continue  # it serves those for whom it was written
        if weighed.failing[0].flag == "-p":
            continue  # its port means another service there
        edit = edited(look, weighed)
        miss = told(story, weighed)
        differing = miss.differing[0]
        after_nat = differing.since.startswith(("DNAT", "SNAT"))
        if edit is None or not (weighed.tells or after_nat):
            continue
        text = f"{miss.place} nearly matches: it {differing}."
        if after_nat:
            text = f"{miss.place} {differing}. NAT rewrites the packet before {miss.chain} sees it."
        yield Candidate(
            "match-after-nat" if after_nat else "nearly-matched", text,
            Fix(f"Change {differing.flag} {differing.wanted} to {differing.seen}", (edit,)),
            4 if after_nat else 22 if differing.flag in _WHENCE else 12,
        )  # fmt: skip


def is_of_other_side(host: Host, story: Story, clause: Clause) -> bool:
    """Does a clause want the interface that has the asked address, and the packet came by another?

    Then it is right as it is: it serves those outside, and this packet comes from inside.
    """
    interface = host.interface(clause.want) if clause.flag == "-i" and not clause.negated else None
    asked = story.first.headers.dst
    has_it = interface is not None and any(e.address.ip == asked for e in interface.addresses)
    return has_it and story.in_dev not in ("", "lo", clause.want)


def edited(look: Look, weighed: Weighed, value: str = "") -> Edit | None:
    """The failing value replaced where it stands, by ``value`` or what the packet has; ``None``
    when it cannot be found there."""
    clause, rule = weighed.failing[0], weighed.rule
    words = _EDITABLE.get(clause.flag)
    line = look.line_of(rule)
    if words is None or clause.negated or not line or rule.span is None or clause.seen == "":
        return None
    if " " in clause.seen or "lo" in (clause.want, clause.seen):
        return None
    want = re.escape(clause.want)
    if clause.flag in ("-s", "-d"):
        want = f"(?:{want}|{re.escape(clause.want.partition('/')[0])}(?!/))"
    names = "|".join(re.escape(word) for word in words)
    found = list(re.finditer(rf"(?<!\S)(?:{names})(?:\s+|=)({want})(?!\S)", line))
    if len(found) != 1 or not is_alone(look.case, rule):
        return None
    start, end = found[0].span(1)
    place = Span(rule.span.line, start + 1, rule.span.line, end + 1)
    return Edit("rules", place, value or clause.seen)


def _too_late(look: Look, stopper: Step) -> Iterator[Candidate]:
    """A rule further down would take the packet, but the chain ends before it."""
    where = _door(look, stopper).where
    reached = look.reached(where.table_name, where.chain)
    if reached is None or isinstance(stopper, PolicyApplied):
        return
    spot = look.spot(where.table_name, where.chain, where.rule)
    if spot is None:
        return
    for later in reached.spots[where.rule : where.rule + 200]:
        if later.target != "ACCEPT" and not isinstance(later.rule.target, Jump):
            continue
        if later.rule.is_unconditional and not _leads_on(look, stopper, later.rule):
            continue  # the end of the chain, not a rule for this packet
        if not would_match(look.stack, stopper, later.rule):
            continue
        text = (
            f"{where.table_name} {where.chain} rule {later.rule.number} would take this packet, "
            f"but rule {where.rule} comes first and stops it."
        )
        label = f"Move rule {later.rule.number} in front of rule {where.rule}"
        fix = moved_before(look.case, [later], spot, label)
        if fix is not None:
            yield Candidate("rule-too-late", text, fix, 7)
        # Written by a command, a line cannot be moved into a dump: the same rule once more.
        body = later.rule.text.removeprefix(f"-A {where.chain} ")
        label = f"Insert rule {later.rule.number} in front of rule {where.rule}"
        yield Candidate("rule-too-late", text, Fix(label, in_front(look, stopper, body)), 8)
        return


def _leads_on(look: Look, stopper: Step, rule: Rule) -> bool:
    """A jump for every packet to a chain with a rule for this one."""
    target, table = rule.target, stopper.where.table_name
    chain = look.reached(table, target.chain) if isinstance(target, Jump) else None
    return chain is not None and any(
        spot.target == "ACCEPT"
        and not spot.rule.is_unconditional
        and would_match(look.stack, stopper, spot.rule)
        for spot in chain.spots[:200]
    )


def _wrong_chain(look: Look, stopper: Step) -> Iterator[Candidate]:
    """A rule of INPUT for what is forwarded, or of FORWARD for what is for this host."""
    where = stopper.where
    other = {"FORWARD": "INPUT", "INPUT": "FORWARD"}.get(where.hook or "")
    reached = look.reached("filter", other) if other else None
    if reached is None or where.table_name != "filter":
        return
    for spot in reached.spots[:200]:
        says = any(word in spot.rule.text for word in (" --dport", " -d "))
        if spot.target != "ACCEPT" or not says or not would_match(look.stack, stopper, spot.rule):
            continue
        is_forwarded = where.hook == "FORWARD"
        what = "forwarded" if is_forwarded else "for this host itself"
        text = (
            f"filter {other} rule {spot.rule.number} would take this packet. But the packet is "
            f"{what}, so it meets {where.hook}, not {other}."
        )
        body = spot.rule.text.removeprefix(f"-A {other} ")
        fix = Fix(f"Add the rule to {where.hook}", in_front(look, stopper, body))
        yield Candidate("rule-in-other-chain", text, fix, 6)
        return


def _accept(look: Look, stopper: Step) -> Iterator[Candidate]:
    """An accept of its own in front; else what stopped it removed."""
    where, place = stopper.where, _place(stopper)
    rule = rule_at(look.stack.rules, stopper)
    closest = ""
    if look.misses:
        closest = f" {told(look.stopped or look.story, look.misses[0])}"
    if isinstance(stopper, PolicyApplied) or rule is None:
        name = "no-rule-accepts"
        text = f"No rule accepts this packet, so {place} stops it.{closest}"
    else:
        name, text = "rule-stops-it", f"{place} stops this packet: {rule.text}.{closest}"
    if look.stopped is None or not is_answer(look, look.stopped):  # its port is a chance one
        body = spec(stopper.packet, stopper) + _owner(rule, stopper.packet)
        label = f"Accept it in {_door(look, stopper).where.chain}"
        fix = Fix(label, accepting(look, stopper, body))
        yield Candidate(name, text, fix, 20)
    if isinstance(stopper, PolicyApplied):
        words = f"-P {where.chain} ACCEPT"
        edit = command(look.case, look.family, where.table_name, words)
        fix = Fix(f"Set {where.chain}'s policy to ACCEPT", (edit,))
        yield Candidate("policy-drop", text, fix, 60, f"opens all of {where.chain}")
    elif rule is not None and rule.span is not None and is_alone(look.case, rule):
        fix = Fix(f"Remove rule {rule.number}", (Edit("rules", whole_lines(rule), ""),))
        if _bans(rule, stopper.packet):
            text = f"{place} bans {address_text(stopper.packet.headers.src)}: {rule.text}."
            yield Candidate("rule-stops-it", text, fix, 15)
            return
        yield Candidate("rule-stops-it", text, fix, 40, f"opens all that {place} stops")


def _owner(rule: Rule | None, packet: Packet) -> str:
    """The sender's user, where the rule that stopped the packet asks for users."""
    asks = rule is not None and any(match.name == "owner" for match in rule.matches)
    if not asks or packet.owner is None or not packet.owner.has_file:
        return ""
    return f" -m owner --uid-owner {packet.owner.uid}"


def _bans(rule: Rule, packet: Packet) -> bool:
    """Is the rule for this sender alone, whatever it sends?"""
    source = rule.ip.source
    is_one = source is not None and not source.negated and source.mask.bit_count() in (32, 128)
    return is_one and source is not None and source.address == int(packet.headers.src)


def spec(packet: Packet, step: Step) -> str:
    """The packet as a careful person's rule would name it: where, protocol, port."""
    headers, where = packet.headers, step.where
    words: list[str] = []
    if where.in_iface:
        words.append(f"-i {where.in_iface}")
    if where.out_iface:
        words.append(f"-o {where.out_iface}")
    if where.hook == "FORWARD":
        words.append(f"-d {headers.dst}")
    name = protocol_text(headers.protocol)
    words.append(f"-p {name}")
    if headers.protocol in PORT_PROTOCOLS and headers.dport is not None:
        words.append(f"--dport {headers.dport}")
    elif headers.protocol == IPPROTO_ICMP and packet.payload:
        words.append(f"--icmp-type {packet.payload[0]}")
    elif headers.protocol == IPPROTO_ICMPV6 and packet.payload:
        words.append(f"--icmpv6-type {packet.payload[0]}")
    return " ".join(words)
