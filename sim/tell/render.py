"""Steps in words. The page, the socket, the terminal and JSON all use these sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sim.extensions.extension import Clause
from sim.model.flow import Manip
from sim.model.replies import ReplyKind
from sim.model.rules import table_name
from sim.packet import headers as h
from sim.packet.arp import arp_text
from sim.packet.packet import Packet
from sim.packet.protocols import PROTOCOLS
from sim.tell.wording import word
from sim.tell.wording.conntrack import conntrack_text
from sim.tell.wording.routes import route_text
from sim.trace import steps as t
from sim.trace.outcomes.base import Cause

_PROTOCOL_NAMES = {number: name for name, number in reversed(PROTOCOLS.items())}
_ICMP4 = {
    0: "echo-reply", 3: "unreachable", 4: "source-quench", 5: "redirect", 8: "echo-request",
    9: "router-advertisement", 10: "router-solicitation", 11: "time-exceeded",
    12: "parameter-problem", 13: "timestamp-request", 14: "timestamp-reply",
}  # fmt: skip
_ICMP6 = {
    1: "unreachable", 2: "packet-too-big", 3: "time-exceeded", 4: "parameter-problem",
    128: "echo-request", 129: "echo-reply", 133: "router-solicitation",
    134: "router-advertisement", 135: "neighbour-solicitation", 136: "neighbour-advertisement",
}  # fmt: skip


def flags_text(flags: int) -> str:
    """TCP flags as a comma list, ``none`` when there are none."""
    names = [name for bit, name in enumerate(h.TCP_FLAG_NAMES) if flags >> bit & 1]
    return ",".join(names) or "none"


def endpoint(address: Any, port: int | None) -> str:
    if port is None:
        return str(address)
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


def protocol_text(number: int) -> str:
    return "icmpv6" if number == h.IPPROTO_ICMPV6 else _PROTOCOL_NAMES.get(number, str(number))


def packet_text(packet: Packet) -> str:
    """One line: protocol, ends, what kind of packet it is."""
    if packet.is_arp:
        return arp_text(packet)
    try:
        headers = packet.headers
    except ValueError as error:
        return f"bytes that are no IP packet ({error})"
    words = [
        protocol_text(headers.protocol),
        endpoint(headers.src, headers.sport),
        "->",
        endpoint(headers.dst, headers.dport),
    ]
    if headers.tcp:
        words.append(flags_text(headers.tcp.flags))
    elif headers.icmp:
        names = _ICMP4 if headers.family == 4 else _ICMP6
        words.append(names.get(headers.icmp.type, f"type {headers.icmp.type}"))
        if _is_query(headers.family, headers.icmp.type):
            words.append(f"id {headers.icmp.ident} seq {headers.icmp.seq}")
        elif headers.icmp.code:
            words.append(f"code {headers.icmp.code}")
    if headers.is_fragment:
        more = "" if headers.more_fragments else ", the last one"
        words.append(f"(fragment at byte {headers.fragment_offset}{more})")
    return " ".join(words)


def _is_query(family: int, kind: int) -> bool:
    return kind in ((0, 8, 13, 14, 15, 16, 17, 18) if family == 4 else (128, 129))


def details_text(packet: Packet) -> str:
    """The header fields that rules look at besides the ends: ttl, tos, length, mark."""
    if packet.is_arp and packet.link is not None:
        return f"from {packet.link.src_mac} to {packet.link.dst_mac}"
    headers = packet.headers
    hop = "ttl" if headers.family == 4 else "hop limit"
    words = [f"{hop} {headers.ttl}", f"length {len(packet.data)}"]
    if headers.tos:
        words.append(f"tos {headers.tos:#x}")
    if packet.mark:
        words.append(f"mark {packet.mark:#x}")
    return ", ".join(words)


# Matches that see no field of the packet but find something out about it, and say it in a sentence.
_FIND_OUT = ("set", "addrtype")


def clause_text(clause: Clause) -> str:
    """What one clause wanted and what the packet had."""
    option = f"{clause.flag} {clause.want}".strip()
    wanted = f"! {option}" if clause.negated else option
    if clause.held is None:
        return f"{wanted}: not known ({clause.need})"
    if clause.match not in ("ip", "") and not clause.flag.startswith("-"):
        wanted = f"{clause.match} {wanted}".strip()
    if clause.match in _FIND_OUT and clause.seen:
        return f"{wanted}, and {clause.seen}" if clause.held else f"{wanted}, but {clause.seen}"
    if not clause.seen or (clause.held and clause.seen in (clause.want, _bare(clause.want))):
        return wanted
    has = f"{wanted}, packet has {clause.seen}"
    return has if clause.held else f"wants {has}"


def _bare(want: str) -> str:
    """A host's address without the mask that a rule gives it."""
    address, _, length = want.partition("/")
    return address if length in ("32", "128") else want


def _place(where: t.Where) -> str:
    return f"{where.table_name} {where.chain}"


def _arrived(step: t.Arrived) -> str:
    text = f"Arrived on {step.where.in_iface}: {packet_text(step.packet)}"
    try:
        return f"{text} ({details_text(step.packet)})."
    except ValueError:
        return f"{text}."


def _originated(step: t.Originated) -> str:
    owner = step.packet.owner
    who = "A process" if owner is None else f"A process of uid {owner.uid}, gid {owner.gid}"
    if owner is not None and owner.command:
        who += f" ({owner.command})"
    return f"{who} sends {packet_text(step.packet)} ({details_text(step.packet)})."


# What the host sends that is no answer to the sender.
NO_ANSWERS = {
    ReplyKind.TEE: "A copy is sent",
    ReplyKind.FLOOD: "A copy goes to another port",
    ReplyKind.FRAGMENT: "A further fragment",
    ReplyKind.ARP_REPLY: "An ARP reply is sent",
    ReplyKind.LOCAL_COPY: "The host gets a copy itself",
    ReplyKind.NEIGHBOUR_SOLICITATION: "The host asks for its neighbour",
    ReplyKind.ICMP_HOST_REDIRECT: "The host tells the sender of a shorter way",
    ReplyKind.ICMP6_REDIRECT: "The host tells the sender of a shorter way",
}


def _emitted(step: t.Emitted) -> str:
    what = NO_ANSWERS.get(step.reason, f"The host answers with {step.reason}")
    return f"{what}: {packet_text(step.packet)}."


def _waited(step: t.Waited) -> str:
    if step.event is not None:
        return word(step.event)
    return f"{duration(step.nanoseconds)} pass."


def duration(nanoseconds: int) -> str:
    """Seconds with as many decimals as needed: ``30 s``, ``0.5 s``."""
    return f"{nanoseconds / 1e9:g} s"


def _hook(step: t.HookEntered) -> str:
    where = step.where
    ends = (("in", where.in_iface), ("out", where.out_iface))
    devices = ", ".join(f"{way} {name}" for way, name in ends if name)
    order = ", ".join(table_name(where.family, name) for _, name in step.order)
    at = f"{where.hook} ({devices})" if devices else f"{where.hook}"
    return f"{at} runs {order}." if order else f"{at}: nothing is registered here."


def _rule(step: t.RuleTried) -> str:
    rule = f"{_place(step.where)} rule {step.where.rule}"
    if step.hotdrop:
        return f"{rule} drops the packet: its header is cut short."
    if step.held:
        reasons = "; ".join(clause_text(clause) for clause in step.clauses)
        return f"{rule} matches: {reasons}." if reasons else f"{rule} matches: it has no condition."
    failed = [clause for clause in step.clauses if clause.held is not True]
    reasons = "; ".join(clause_text(clause) for clause in failed)
    if step.held is None:
        return f"{rule} cannot be decided: {reasons or step.need}."
    return f"{rule} doesn't match: {reasons}."


def _missed(step: t.Missed) -> str:
    first, place = step.where.rule, _place(step.where)
    if first == step.last:
        return f"Rule {first} of {place} did not match."
    return f"Rules {first:,}–{step.last:,} of {place} did not match."


def _jump(step: t.Jumped) -> str:
    verb = "Goes to" if step.goto else "Jumps to"
    return f"{verb} chain {step.chain} of {step.where.table_name}."


def _return(step: t.Returned) -> str:
    reason = (
        f"End of chain {step.where.chain}" if step.implicit else f"Returns from {step.where.chain}"
    )
    if not step.chain:
        return f"{reason}."
    return f"{reason}: goes on in {step.chain} after rule {step.rule}."


def _policy(step: t.PolicyApplied) -> str:
    return f"{_place(step.where)} policy: {step.verdict}."


def _target(step: t.TargetRan) -> str:
    if not step.text:
        return f"{step.name}."
    return f"{step.name}: {step.text}."


def _conntrack(step: t.Conntrack) -> str:
    return conntrack_text(step.event, step.state, step.cause)


def _nat(step: t.NatApplied) -> str:
    changes = ", ".join(f"{field} {before} → {after}" for field, before, after in step.changes)
    what = {Manip.SRC: "source", Manip.DST: "destination"}[step.manip]
    text = f"NAT rewrites the {what}: {changes}"
    if step.undo:
        text = f"NAT undoes its rewrite for this reply: {changes}"
    return f"{text} (the kernel picks this port at random)." if step.at_random else f"{text}."


def _routed(step: t.Routed) -> str:
    return route_text(step.packet, step.route, again=step.again)


def _noted(step: t.Noted) -> str:
    return word(step.note)


def _sent(step: t.Sent) -> str:
    hop = f" to next hop {step.next_hop}" if step.next_hop else ""
    return f"Leaves on {step.iface}{hop}: {packet_text(step.packet)} ({details_text(step.packet)})."


def _fate(step: t.Fate) -> str:
    return word(step.why)


def _flows(step: t.FlowsListed) -> str:
    if not step.lines:
        return "conntrack holds no connection."
    count = "1 connection" if len(step.lines) == 1 else f"{len(step.lines)} connections"
    return f"conntrack holds {count}."


_SENTENCES: dict[str, Callable[[Any], str]] = {
    "arrived": _arrived,
    "originated": _originated,
    "emitted": _emitted,
    "waited": _waited,
    "hook": _hook,
    "rule": _rule,
    "missed": _missed,
    "jump": _jump,
    "return": _return,
    "policy": _policy,
    "target": _target,
    "conntrack": _conntrack,
    "nat": _nat,
    "route": _routed,
    "note": _noted,
    "sent": _sent,
    "fate": _fate,
    "flows": _flows,
}


def sentence(step: t.Step) -> str:
    """The step in one English sentence, the same for every reader."""
    return _SENTENCES[step.kind](step)


def need_text(need: Cause | str) -> str:
    """What is missing for a decision; empty when nothing is."""
    return need if isinstance(need, str) else word(need)


def line(step: t.Step) -> str:
    """One line of the plain text trace: packet number, indent by depth, sentence."""
    indent = "  " * step.where.depth
    text = f"{step.line:>3} {indent}{GLYPHS.get(glyph_of(step), ' ')} {sentence(step)}"
    if isinstance(step, t.FlowsListed):
        text += "".join(f"\n        {flow}" for flow in step.lines)
    return text


# Each meaning has a glyph, so that nothing is told by colour alone.
GLYPHS = {
    "goes": "✓",
    "stopped": "✗",
    "rewritten": "→",
    "moved": "↳",
    "unknown": "?",
    "skipped": "·",
    "matched": "•",
    "plain": " ",
}


def glyph_of(step: t.Step) -> str:
    """Which of the meanings of ``GLYPHS`` a step has."""
    if isinstance(step, t.RuleTried):
        if step.hotdrop:
            return "stopped"
        return {True: "matched", False: "skipped", None: "unknown"}[step.held]
    if isinstance(step, t.Missed):
        return "skipped"
    if isinstance(step, t.Fate):
        if step.verdict in ("forwarded", "sent", "delivered"):
            return "goes"
        return "unknown" if step.verdict in ("undetermined", "stolen") else "stopped"
    if isinstance(step, t.NatApplied):
        return "rewritten"
    if isinstance(step, (t.TargetRan, t.Noted)):
        return "rewritten" if step.before is not None and step.before != step.packet else "plain"
    if isinstance(step, (t.Jumped, t.Returned)):
        return "moved"
    if isinstance(step, t.PolicyApplied):
        return "goes" if step.verdict == "ACCEPT" else "stopped"
    return "plain"
