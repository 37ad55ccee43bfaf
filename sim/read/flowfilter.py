"""``conntrack -D`` and ``-F`` between packets: which entries go (conntrack-tools, conntrack(8))."""

from __future__ import annotations

from ipaddress import ip_network

from sim.base.errors import SourceError
from sim.base.frozen import replace
from sim.model.changes import FlowFilter, FlowsDeleted, HostChange
from sim.read.host.values import number, port, protocol
from sim.read.host.words import HostCommand, Word
from sim.read.lines import Line, clip, did_you_mean

WHERE = "packets"

_ADDRESSES = {
    "-s": "original.src", "--src": "original.src", "--orig-src": "original.src",
    "-d": "original.dst", "--dst": "original.dst", "--orig-dst": "original.dst",
    "-r": "reply.src", "--reply-src": "reply.src", "-q": "reply.dst", "--reply-dst": "reply.dst",
}  # fmt: skip
_PORTS = {
    "--sport": "original.sport", "--orig-port-src": "original.sport",
    "--dport": "original.dport", "--orig-port-dst": "original.dport",
    "--reply-port-src": "reply.sport", "--reply-port-dst": "reply.dport",
    "--icmp-id": "original.sport",
}  # fmt: skip
_TRANSLATED = {
    "-n": ("SRC_NAT", "reply.dst"), "--src-nat": ("SRC_NAT", "reply.dst"),
    "-g": ("DST_NAT", "reply.src"), "--dst-nat": ("DST_NAT", "reply.src"),
}  # fmt: skip
_FAMILIES = {"ipv4": 4, "inet": 4, "4": 4, "ipv6": 6, "inet6": 6, "6": 6}
_STATUS = ("ASSURED", "SEEN_REPLY", "UNSET", "FIXED_TIMEOUT", "EXPECTED")
_DELETES = ("-D", "--delete")
_FLUSHES = ("-F", "--flush")
_LISTS = ("-L", "--dump", "-G", "--get", "-C", "--count", "-S", "--stats")
_VALUED = ("-p", "--proto", "-f", "--family", "-m", "--mark", "-w", "--zone", "--state", "-u",
           "--status", "-o", "--output")  # fmt: skip


def conntrack_change(line: Line, command: HostCommand) -> list[HostChange]:
    """What ``conntrack ...`` changes; a listing changes nothing. Raises ``SourceError``."""
    words = list(command.words[1:])
    what = [word.text for word in words if word.text in (*_DELETES, *_FLUSHES, *_LISTS)]
    if not what:
        hint = "conntrack -D with what the entries have, or conntrack -F"
        raise _error(line, command.words[0], "only -D, -F and -L of conntrack are known here", hint)
    if what[0] in _LISTS:
        return []
    if what[0] in _FLUSHES:
        return [FlowsDeleted()]
    return [FlowsDeleted(_filter(line, [word for word in words if word.text not in _DELETES]))]


def _filter(line: Line, words: list[Word]) -> FlowFilter:
    found = FlowFilter()
    at = 0
    while at < len(words):
        word, equals, joined = words[at], "", ""
        if word.text.startswith("--"):
            flag, equals, joined = word.text.partition("=")
        else:
            flag = word.text
        following = words[at + 1] if at + 1 < len(words) else None
        if flag in _TRANSLATED:
            bit, place = _TRANSLATED[flag]
            found = replace(found, status=found.status | {bit})
            if equals or (following is not None and not following.text.startswith("-")):
                value = replace(word, text=joined) if equals else following or word
                found = _with(line, found, place, value)
                at += 0 if equals else 1
        elif flag in _ADDRESSES or flag in _PORTS or flag in _VALUED:
            if not equals and following is None:
                raise _error(line, word, f"{flag} has no value")
            value = replace(word, text=joined) if equals else following or word
            found = _read(line, found, flag, value)
            at += 0 if equals else 1
        else:
            known = [*_ADDRESSES, *_PORTS, *_TRANSLATED, *_VALUED]
            hint = did_you_mean(flag, known) or "conntrack -D -p udp --dport 53, for example"
            raise _error(line, word, f"conntrack -D has no {clip(flag)} here", hint)
        at += 1
    return found


def _read(line: Line, found: FlowFilter, flag: str, word: Word) -> FlowFilter:
    """One option with its value."""
    try:
        if flag in _ADDRESSES:
            return _with(line, found, _ADDRESSES[flag], word)
        if flag in _PORTS:
            value = number(word.text, 0, 65535) if flag == "--icmp-id" else port(word.text)
            return replace(found, ports=(*found.ports, (_PORTS[flag], value)))
        if flag in ("-p", "--proto"):
            return replace(found, protocol=protocol(word.text))
        if flag in ("-f", "--family"):
            if word.text not in _FAMILIES:
                raise ValueError(f"{clip(word.text)} is no family: ipv4 or ipv6")
            return replace(found, family=_FAMILIES[word.text])
        if flag in ("-m", "--mark"):
            value_text, slash, mask = word.text.partition("/")
            return replace(found, mark=(number(value_text), number(mask) if slash else 0xFFFFFFFF))
        if flag in ("-w", "--zone"):
            return replace(found, zone=number(word.text, 0, 65535))
        if flag == "--state":
            return replace(found, state=word.text.upper())
        if flag in ("-u", "--status"):
            bits = frozenset(word.text.upper().split(","))
            if not bits <= frozenset(_STATUS):
                raise ValueError(f"{clip(word.text)} is no status: {', '.join(_STATUS)}")
            return replace(found, status=found.status | bits)
        return found
    except ValueError as error:
        if isinstance(error, SourceError):
            raise
        raise _error(line, word, str(error)) from None


def _with(line: Line, found: FlowFilter, place: str, word: Word) -> FlowFilter:
    try:
        network = ip_network(word.text, strict=False)
    except ValueError:
        raise _error(line, word, f"{clip(word.text)} is no address") from None
    return replace(found, networks=(*found.networks, (place, network)))


def _error(line: Line, word: Word, message: str, hint: str = "") -> SourceError:
    return SourceError(message, line.span(word.start, word.end), where=WHERE, hint=hint)
