"""Lines of ``conntrack -L`` and of /proc/net/nf_conntrack: the table to begin with.

What they do not tell is taken for the usual: a TCP entry's window is learned from the next
packets, as for a connection that the kernel picks up (nf_conntrack_proto_tcp.c).
"""

from __future__ import annotations

import re

from sim.base import budget
from sim.base.errors import SourceError
from sim.model.flow import FlowTuple, StatedFlow
from sim.packet.headers import IPPROTO_SCTP, IPPROTO_TCP
from sim.read.host.draft import HostDraft
from sim.read.host.values import address, number
from sim.read.lines import Line, clip

ENTRY = re.compile(
    r"\s*(?:ipv[46]\s+(?:2|10)\s+)?[a-z][\w-]*\s+\d{1,3}\s+(?:\d+\s+)?(?:[A-Z][A-Z_0-9]*\s+)?"
    r"src=\S+\s+dst=\S+\s"
)
_HEAD = re.compile(
    r"\s*(?:ipv[46]\s+(?:2|10)\s+)?\S+\s+(?P<protocol>\d+)\s+(?:(?P<seconds>\d+)\s+)?"
    r"(?:(?P<state>[A-Z][A-Z_0-9]*)\s+)?(?=src=)"
)
_STATES = frozenset(
    {"NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK",
     "TIME_WAIT", "CLOSE", "SYN_SENT2"}
)  # fmt: skip
OFFLOADED = 30  # seconds of an entry without a time: flow tables renew it by themselves
MOST_FLOWS = 10_000


def listed_flow(draft: HostDraft, line: Line) -> None:
    """One entry. Raises ``SourceError``."""
    head = _HEAD.match(line.text)
    if head is None:
        raise _error(line, "this is no line of conntrack -L")
    budget.make(1, "connections")
    if len(draft.flows) >= MOST_FLOWS:
        raise _error(line, f"a host has at most {MOST_FLOWS} connections here")
    try:
        draft.flows.append(_flow(head, line.text[head.end() :].split()))
    except ValueError as error:
        raise _error(line, str(error)) from None


def _flow(head: re.Match[str], words: list[str]) -> StatedFlow:
    protocol = number(head["protocol"], 0, 255)
    if protocol == IPPROTO_SCTP:
        raise ValueError("an SCTP entry's verification tags are not printed: leave the line out")
    state = head["state"] or ""
    if protocol == IPPROTO_TCP and state not in _STATES:
        raise ValueError(f'"{clip(state)}" is no state of TCP')
    sides: list[dict[str, str]] = []
    others: dict[str, str] = {}
    flags: set[str] = set()
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            flags.add(word.strip("[]"))
        elif name == "src":
            sides.append({name: value})
        elif name in _OF_SIDES and sides:
            sides[-1].setdefault(name, value)
        else:
            others[name] = value
    if len(sides) != 2:
        raise ValueError("an entry has two directions: src=... dst=... twice")
    zone = number(others.get("zone", "0"), 0, 65535)
    original, reply = (_side(side, protocol, zone) for side in sides)
    status = {"SEEN_REPLY"} if "UNREPLIED" not in flags else set()
    return StatedFlow(
        original, reply, number(head["seconds"] or str(OFFLOADED)),
        state if protocol == IPPROTO_TCP else "",
        frozenset(status | ({"ASSURED"} & flags)), number(others.get("mark", "0")), zone,
        others.get("helper", ""),
    )  # fmt: skip


_OF_SIDES = frozenset(
    {"dst", "sport", "dport", "type", "code", "id", "srckey", "dstkey", "packets", "bytes"}
)


def _side(said: dict[str, str], protocol: int, zone: int) -> FlowTuple:
    if "dst" not in said:
        raise ValueError("dst= is missing")
    source, target = address(said["src"]), address(said["dst"])
    if source.version != target.version:
        raise ValueError(f"{source} and {target} are of two families")
    if "type" in said:
        kind = number(said["type"], 0, 255) << 8 | number(said.get("code", "0"), 0, 255)
        return FlowTuple(
            source, target, protocol, number(said.get("id", "0"), 0, 65535), kind, zone
        )
    sport, dport = said.get("sport", "0"), said.get("dport", "0")
    if "srckey" in said:
        sport, dport = said["srckey"], said.get("dstkey", "0")
    ends = number(sport, 0, 65535), number(dport, 0, 65535)
    return FlowTuple(source, target, protocol, *ends, zone)


def _error(line: Line, message: str) -> SourceError:
    return SourceError(message, line.span(), where="host")
