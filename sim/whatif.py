"""What would have let it through? Small changes, each tried in the engine and kept if it helps.

A candidate is the same scenario with one thing different, as text: a word of the packet's line,
a sysctl, a rule. Nothing is claimed that a replay did not show.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from sim.errors import Refused
from sim.extension import Clause
from sim.packet import Packet
from sim.render import protocol_text
from sim.scenario import Compiled, Scenario, compile_scenario
from sim.script import Statement
from sim.trace import Fate, PolicyApplied, RuleTried, Step
from sim.traversal import run
from sim.wire.arp import arp_of
from sim.wire.headers import IPPROTO_ICMP, IPPROTO_ICMPV6

PASSES = ("forwarded", "sent", "delivered")
# A person reads a handful; trying stops after so many replays, and the page says so.
MOST_TRIED = 40


@dataclass(frozen=True, slots=True)
class Change:
    """One change that flips the fate. ``text`` is what to type, ``where`` the text it goes to."""

    where: str  # packets, host, rules
    kind: str  # "another packet", "a sysctl", "a rule"
    text: str
    sentence: str  # the fate with it


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, smallest first, and how many candidates were tried."""

    changes: tuple[Change, ...]
    tried: int


def what_would_pass(
    compiled: Compiled, line: int, is_late: Callable[[], bool] = lambda: False
) -> Found:
    """Changes that let the packet of a statement through; none if it passes already.

    ``is_late`` is asked between two tries and ends the search.
    """
    steps = [step for step in run(compiled) if step.line <= line]
    fate = next((s for s in steps if isinstance(s, Fate) and s.main and s.line == line), None)
    if fate is None or fate.verdict in PASSES:
        return Found((), 0)
    own = [step for step in steps if step.line == line and step.packet.id == fate.packet.id]
    found: list[Change] = []
    tried = 0
    for candidate in _candidates(compiled, line, own, fate):
        if tried == MOST_TRIED or is_late():
            break
        tried += 1
        outcome = _fate_of(candidate.scenario, line)
        if outcome is not None and outcome.verdict in PASSES:
            found.append(Change(candidate.where, candidate.kind, candidate.text, outcome.sentence))
    return Found(tuple(found), tried)


def _fate_of(scenario: Scenario, line: int) -> Fate | None:
    """The fate of one statement; what comes behind it is not walked."""
    try:
        compiled = compile_scenario(scenario)
    except Refused:
        return None
    for step in run(compiled):
        if step.line > line:
            return None
        if isinstance(step, Fate) and step.main and step.line == line:
            return step
    return None


@dataclass(frozen=True, slots=True)
class _Candidate:
    where: str
    kind: str
    text: str
    scenario: Scenario


def _candidates(
    compiled: Compiled, line: int, steps: list[Step], fate: Fate
) -> Iterator[_Candidate]:
    """Smallest first: the packet, then a sysctl, then a rule."""
    scenario = compiled.scenario
    statement = next(s for s in compiled.script if s.line == line)
    for text in dict.fromkeys(_other_packets(statement, steps)):
        packets = _with_line(scenario.packets, statement, text)
        yield _Candidate("packets", "another packet", text, replace(scenario, packets=packets))
    for text in _sysctls(steps, fate):
        host = f"{scenario.host.rstrip()}\n{text}\n"
        yield _Candidate("host", "a sysctl", text, replace(scenario, host=host))
    for text in _rules(steps, fate):
        rules = f"{scenario.rules.rstrip()}\n{text}\n"
        yield _Candidate("rules", "a rule", text, replace(scenario, rules=rules))


def _with_line(text: str, statement: Statement, new: str) -> str:
    lines = text.split("\n")
    lines[statement.span.line - 1] = new
    return "\n".join(lines)


def _other_packets(statement: Statement, steps: list[Step]) -> Iterator[str]:
    """The statement with one word changed so that a clause which failed would hold."""
    for step in steps:
        if isinstance(step, RuleTried) and step.held is False:
            for clause in step.clauses:
                if clause.held is False:
                    yield from _satisfied(statement.text, clause)


_DPORTS = ("--dport", "--dports", "--destination-ports", "--ip-dport", "--ip6-dport")
_SPORTS = ("--sport", "--sports", "--source-ports", "--ip-sport", "--ip6-sport")


def _satisfied(text: str, clause: Clause) -> Iterator[str]:
    """The line of a packet changed to what one clause wants, where that is one word."""
    want = clause.want.split(",")[0]
    first = re.split(r"[:-]", want)[0] if not _is_address(want) else want.split("/")[0]
    if clause.negated or not first:
        return
    if clause.flag in _DPORTS and first.isdecimal():
        yield re.sub(r"(->\s*\S*?):\d+(?=\s|$)", rf"\g<1>:{first}", text, count=1)
    elif clause.flag in _SPORTS and first.isdecimal():
        yield re.sub(r":\d+(?=\s*->)", f":{first}", text, count=1)
    elif clause.flag == "-i" and text.startswith("in "):
        yield re.sub(r"^in \S+", f"in {first.rstrip('+')}", text)
    elif clause.flag == "-p" and not first.isdecimal():
        yield re.sub(r"\b(tcp|udp|icmp|icmpv6|sctp)\b", first, text, count=1)
    elif clause.flag in ("-s", "--ip-src", "--arp-ip-src") and _is_address(want):
        yield re.sub(r"(\d+\.){3}\d+(?=(:\d+)?\s*->)", first, text, count=1)
    elif clause.flag in ("-d", "--ip-dst", "--arp-ip-dst") and _is_address(want):
        yield re.sub(r"(->\s*)(\d+\.){3}\d+", rf"\g<1>{first}", text, count=1)


def _is_address(word: str) -> bool:
    return re.match(r"(\d+\.){3}\d+(/|$)", word) is not None


def _sysctls(steps: list[Step], fate: Fate) -> Iterator[str]:
    if fate.at != "routing":
        return
    device = next((s.where.in_iface for s in steps if s.where.in_iface), "")
    if fate.packet.family == 6:
        yield "sysctl net.ipv6.conf.all.forwarding = 1"
        return
    yield "sysctl net.ipv4.ip_forward = 1"
    if device:
        yield f"sysctl net.ipv4.conf.{device}.forwarding = 1"
        yield f"sysctl net.ipv4.conf.{device}.rp_filter = 2"
        yield f"sysctl net.ipv4.conf.{device}.rp_filter = 0"
        yield f"sysctl net.ipv4.conf.{device}.route_localnet = 1"
        yield f"sysctl net.ipv4.conf.{device}.accept_local = 1"


def _rules(steps: list[Step], fate: Fate) -> Iterator[str]:
    """An accept in front of what stopped it, narrow then wide; else that rule removed."""
    stopper = next(
        (
            s
            for s in reversed(steps)
            if isinstance(s, (RuleTried, PolicyApplied)) and _is_at(s, fate)
        ),
        None,
    )
    if stopper is None:
        return
    where = stopper.where
    tool, _, name = where.table.rpartition(" ")
    command = "iptables" if fate.packet.family == 4 else "ip6tables"
    if tool:
        command = {"bridge": "ebtables", "arp": "arptables"}[tool]
    table = "" if name == "filter" else f" -t {name}"
    insert = f"{command}{table} -I {where.chain} {where.rule}"
    spec = {"": _spec, "bridge": frame_spec, "arp": arp_spec}[tool](stopper.packet)
    yield f"{insert} {spec} -j ACCEPT"
    if isinstance(stopper, PolicyApplied):
        yield f"{command}{table} -P {where.chain} ACCEPT"
    else:
        yield f"{command}{table} -D {where.chain} {where.rule}"


def _is_at(step: RuleTried | PolicyApplied, fate: Fate) -> bool:
    where = step.where
    place = f"{where.table}:{where.chain}"
    if isinstance(step, PolicyApplied):
        return fate.at == f"{place} policy"
    return fate.at == f"{place} rule {where.rule}" and step.held is not False


def frame_spec(packet: Packet) -> str:
    """The packet as a rule of ebtables would name it."""
    message = arp_of(packet)
    if message is not None:
        return f"-p ARP --arp-ip-src {message.sender} --arp-ip-dst {message.target}"
    headers = packet.headers
    name, prefix = ("IPv4", "--ip-") if headers.family == 4 else ("IPv6", "--ip6-")
    words = [f"-p {name} {prefix}src {headers.src} {prefix}dst {headers.dst}"]
    words.append(f"{prefix}proto {headers.protocol}")
    if headers.dport is not None:
        words.append(f"{prefix}dport {headers.dport}")
    return " ".join(words)


def arp_spec(packet: Packet) -> str:
    """The ARP message as a rule of arptables would name it."""
    message = arp_of(packet)
    return "" if message is None else f"-s {message.sender} -d {message.target}"


def _spec(packet: Packet) -> str:
    """The packet as a rule would name it, without what changes from packet to packet."""
    headers = packet.headers
    words = [f"-s {headers.src}", f"-d {headers.dst}"]
    if headers.protocol in (IPPROTO_ICMP, IPPROTO_ICMPV6):
        words.append(f"-p {protocol_text(headers.protocol)}")
    elif headers.dport is not None:
        words.append(f"-p {protocol_text(headers.protocol)} --dport {headers.dport}")
    else:
        words.append(f"-p {headers.protocol}")
    return " ".join(words)
