"""What would have let it through? Small changes, each tried in the engine and kept if it helps.

A candidate is the same scenario with one thing different, as text: a word of the packet's line,
a line of the host (a sysctl, a route, a listener), a rule. Nothing is claimed that a replay did
not show.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from itertools import islice, pairwise

from sim.errors import Refused
from sim.extension import Clause
from sim.host import Host, Network
from sim.packet import Address, Packet
from sim.parser.packets.values import is_flags
from sim.render import protocol_text
from sim.scenario import Compiled, Scenario, compile_scenario
from sim.script import Statement
from sim.trace import Fate, Jumped, PolicyApplied, Routed, RuleTried, Step
from sim.traversal import run
from sim.wire.arp import arp_of
from sim.wire.headers import IPPROTO_ICMP, IPPROTO_ICMPV6, PORT_PROTOCOLS
from sim.wire.protocols import PROTOCOLS

PASSES = ("forwarded", "sent", "delivered")
# A person reads a handful; trying stops after so many replays, and the page says so.
MOST_TRIED = 40
# Of these, other packets: a long chain must not leave the host and the rules without a turn.
MOST_PACKETS = 24
# So many of a host's addresses, devices and sockets are looked through for each clause.
MOST_OWN = 64


@dataclass(frozen=True, slots=True)
class Change:
    """One change that flips the fate. ``text`` is what to type, ``where`` the text it goes to."""

    where: str  # packets, host, rules
    kind: str  # "another packet", "a line of the host", "a rule"
    text: str
    sentence: str  # the fate with it
    also: str = ""  # a line of the host that is needed with it


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
    search = _Search(line, is_late)
    for candidate in _candidates(compiled, line, own, fate):
        search.attempt(candidate)
    if not search.found:
        for pair in search.pairs:
            search.attempt(pair)
    return Found(tuple(search.found), search.tried)


class _Search:
    """What was found so far. Once the tries or the time are used up, nothing more is tried."""

    def __init__(self, line: int, is_late: Callable[[], bool]) -> None:
        self.line = line
        self.is_late = is_late
        self.tried = 0
        self.found: list[Change] = []
        self.pairs: list[_Candidate] = []

    def attempt(self, candidate: _Candidate) -> None:
        if self.tried == MOST_TRIED or self.is_late():
            return
        self.tried += 1
        outcome = _fate_of(candidate.scenario, self.line)
        if outcome is None:
            return
        if outcome.verdict in PASSES:
            where, kind, text = candidate.where, candidate.kind, candidate.text
            self.found.append(Change(where, kind, text, outcome.sentence, candidate.also))
        elif candidate.where == "rules" and not candidate.also:
            # The rule helps as far as the socket: then a listener is what else is missing.
            for text in _listeners(outcome):
                both = _with_host_line(candidate.scenario, text)
                self.pairs.append(replace(candidate, scenario=both, also=text))


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
    also: str = ""


def _candidates(
    compiled: Compiled, line: int, steps: list[Step], fate: Fate
) -> Iterator[_Candidate]:
    """Smallest first: the packet, then a line of the host, then a rule."""
    scenario = compiled.scenario
    statement = next(s for s in compiled.script if s.line == line)
    other = _once(_other_packets(statement, steps, fate, compiled.host))
    for text in islice(other, MOST_PACKETS):
        packets = _with_line(scenario.packets, statement, text)
        yield _Candidate("packets", "another packet", text, replace(scenario, packets=packets))
    for kind, text in _host_lines(steps, fate, compiled.host):
        yield _Candidate("host", kind, text, _with_host_line(scenario, text))
    for text in _rules(steps, fate):
        rules = f"{scenario.rules.rstrip()}\n{text}\n"
        yield _Candidate("rules", "a rule", text, replace(scenario, rules=rules))


def _once(texts: Iterator[str]) -> Iterator[str]:
    """Without repetitions, and no further than it is asked: a hostile chain has many clauses."""
    seen: set[str] = set()
    for text in texts:
        if text not in seen:
            seen.add(text)
            yield text


def _with_host_line(scenario: Scenario, text: str) -> Scenario:
    return replace(scenario, host=f"{scenario.host.rstrip()}\n{text}\n")


def _with_line(text: str, statement: Statement, new: str) -> str:
    """A statement may be continued behind a backslash: then all its lines go."""
    lines = text.split("\n")
    first = end = statement.span.line - 1
    while lines[end].endswith("\\") and end + 1 < len(lines):
        end += 1
    lines[first : end + 1] = [new]
    return "\n".join(lines)


# ---- another packet ------------------------------------------------------------------------

_ARROWS = ("->", ">", "→", "=>")
# From here on a line is about a payload or another packet.
_INNER = re.compile(r'["(]|\s(?:quoting|carrying)\s')


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the packets text as words; ``tail`` is what is quoted or carried."""

    words: tuple[str, ...]
    tail: str
    arrow: int  # the place of the arrow, 0: there is none (``reply``)

    @property
    def is_local(self) -> bool:
        return self.words[0] == "local"

    @property
    def text(self) -> str:
        return " ".join(self.words) + self.tail

    def put(self, at: int, *new: str, instead_of: int = 1) -> _Line:
        """Other words at a place; the arrow stays where it is if they come behind it."""
        words = self.words[:at] + new + self.words[at + instead_of :]
        moved = len(new) - instead_of if at < self.arrow else 0
        return replace(self, words=words, arrow=self.arrow + moved)

    def place_of(self, *keys: str) -> int:
        """Where the value behind one of the keys stands, 0: nowhere."""
        for at, word in enumerate(self.words[:-1]):
            is_end = self.arrow and at in (self.arrow - 1, self.arrow + 1)
            if word in keys and not is_end:
                return at + 1
        return 0

    @property
    def attributes(self) -> int:
        """Where the words behind the destination begin."""
        return self.arrow + 2 if self.arrow else 1


def _read(text: str) -> _Line | None:
    """``None``: a line that has no words to change (bytes, a line of tcpdump's, an event)."""
    cut = _INNER.search(text)
    end = cut.start() if cut else len(text)
    words = tuple(text[:end].split())
    tail = text[len(text[:end].rstrip()) :]
    if words[:1] == ("reply",):
        return _Line(words, tail, 0)
    if words[:1] not in (("in",), ("local",)):
        return None
    arrow = next((at for at, word in enumerate(words) if word in _ARROWS), 0)
    return _Line(words, tail, arrow) if 3 <= arrow < len(words) - 1 else None


def _other_packets(
    statement: Statement, steps: list[Step], fate: Fate, host: Host
) -> Iterator[str]:
    """The statement with one word changed: what a clause that failed wants, or what one that
    held, of the rule that stopped it or led there, does not."""
    line = _read(statement.text)
    if line is None:
        return
    for changed in _older(line, fate):
        yield changed.text
    if not line.arrow:
        return
    for clause, hook in _in_turn(_failed(steps)):
        yield from (one.text for one in _changed(line, clause, hook, fate, host))
    for changed in _heard(line, fate, host):
        yield changed.text
    for clause, hook in _in_turn(_held(steps, fate)):
        yield from (one.text for one in _changed(line, clause, hook, fate, host))


def _in_turn(clauses: Iterator[tuple[Clause, str]]) -> list[tuple[Clause, str]]:
    """Each once; another protocol changes more than a word, so it comes last."""
    return sorted(dict.fromkeys(clauses), key=lambda one: one[0].flag == "-p")


def _failed(steps: list[Step]) -> Iterator[tuple[Clause, str]]:
    """What each rule that did not match failed at, and the hook of it."""
    for step in steps:
        if isinstance(step, RuleTried) and step.held is False:
            yield from ((one, step.where.hook) for one in step.clauses if one.held is False)


def _held(steps: list[Step], fate: Fate) -> Iterator[tuple[Clause, str]]:
    """What the rules that led to the end asked for; the last clause is the most particular."""
    for step in _leading(steps, fate):
        yield from ((one, step.where.hook) for one in reversed(step.clauses) if one.held)


def _older(line: _Line, fate: Fate) -> Iterator[_Line]:
    """A TTL that lasts, when it was used up."""
    if fate.at != "routing" or fate.packet.is_arp or fate.packet.headers.ttl > 1:
        return
    at = line.place_of("ttl", "hoplimit", "hlim")
    if at:
        yield line.put(at, "64")
    else:
        key = "ttl" if fate.packet.family == 4 else "hoplimit"
        yield line.put(line.attributes, key, "64", instead_of=0)


def _heard(line: _Line, fate: Fate, host: Host) -> Iterator[_Line]:
    """What a socket would take: the ports that something listens on, and in TCP a first packet."""
    if _listeners(fate):
        if fate.packet.headers.tcp is not None:
            yield _with_flags(line, "syn")
        for port in _listened(fate.packet, host):
            yield line.put(line.arrow + 1, _end(line.words[line.arrow + 1], port=str(port)))


def _listened(packet: Packet, host: Host) -> list[int]:
    name = protocol_text(packet.headers.protocol)
    sockets = host.sockets[:MOST_OWN]
    ports = dict.fromkeys(one.port for one in sockets if one.protocol == name)
    return list(ports)[:4]


def _leading(steps: list[Step], fate: Fate) -> Iterator[RuleTried]:
    """The rule that stopped the packet, and those that jumped to where it stands."""
    for step, after in pairwise(steps):
        if (
            isinstance(step, RuleTried)
            and step.held
            and (_is_at(step, fate) or isinstance(after, Jumped))
        ):
            yield step


_DPORTS = ("--dport", "--dports", "--destination-ports", "--ip-dport", "--ip6-dport", "--ports")
_SPORTS = ("--sport", "--sports", "--source-ports", "--ip-sport", "--ip6-sport", "--ports")
_SOURCES = ("-s", "--ip-src", "--ip6-src", "--arp-ip-src", "--src-range")
_DESTINATIONS = ("-d", "--ip-dst", "--ip6-dst", "--arp-ip-dst", "--dst-range")
_OWNERS = {"--uid-owner": "uid", "--gid-owner": "gid"}


def _changed(line: _Line, clause: Clause, hook: str, fate: Fate, host: Host) -> Iterator[_Line]:
    """The line changed so that a clause comes out the other way, where that is one word."""
    flag, want = clause.flag, clause.want
    # A value that the option names is needed if it is missing and wanted, or there and unwanted.
    inside = (clause.held is False) != clause.negated
    if flag in _DPORTS:
        for port in _ports(want, inside, _listened(fate.packet, host)):
            yield line.put(line.arrow + 1, _end(line.words[line.arrow + 1], port=port))
    if flag in _SPORTS:
        for port in _ports(want, inside, []):
            yield line.put(line.arrow - 1, _end(line.words[line.arrow - 1], port=port))
    if flag == "-i" and not line.is_local:
        for name in islice(_devices(want, inside, host), 3):
            yield line.put(1, name)
    elif flag == "-p" and clause.match == "ip":
        yield from _of_protocol(line, want, inside)
    elif flag in _SOURCES:
        for address in _addresses(want, inside, host, own=line.is_local):
            yield line.put(line.arrow - 1, _end(line.words[line.arrow - 1], address))
    elif flag in _DESTINATIONS:
        for address in _addresses(want, inside, host, own=hook == "INPUT"):
            yield line.put(line.arrow + 1, _end(line.words[line.arrow + 1], address))
    elif flag in ("--syn", "--tcp-flags"):
        for flags in _flags(flag, want, inside):
            yield _with_flags(line, flags)
    elif flag in _OWNERS and line.is_local:
        number = _number(want, inside, 0, 65534)
        if number is not None:
            yield _owned(line, _OWNERS[flag], str(number))


def _ranges(want: str) -> list[tuple[int, int]]:
    """``80``, ``1000-1999``, ``22,80:90`` as pairs; nothing if any part is something else."""
    found = []
    for part in want.split(","):
        numbers = re.fullmatch(r"(\d{1,10})(?:[:-](\d{1,10}))?", part)
        if numbers is None:
            return []
        found.append((int(numbers[1]), int(numbers[2] or numbers[1])))
    return found


def _number(want: str, inside: bool, lowest: int, highest: int) -> int | None:
    """A number that is one of those named, or the next above or below them all."""
    ranges = _ranges(want)
    if not ranges:
        return None
    if inside:
        low, high = ranges[0]
        return max(low, lowest) if high >= lowest else None
    above = max(high for _, high in ranges) + 1
    below = min(low for low, _ in ranges) - 1
    return above if above <= highest else below if below >= lowest else None


def _ports(want: str, inside: bool, listened: list[int]) -> Iterator[str]:
    """Outside of what is named, a port that something listens on is tried first."""
    ranges = _ranges(want)
    if ranges and not inside:
        for port in listened:
            if not any(low <= port <= high for low, high in ranges):
                yield str(port)
    number = _number(want, inside, 1, 65535)
    if number is not None:
        yield str(number)


def _devices(want: str, inside: bool, host: Host) -> Iterator[str]:
    if inside and want in host.interfaces:
        yield want
        return
    for name in islice(host.interfaces, MOST_OWN):
        same = name.startswith(want[:-1]) if want.endswith("+") else name == want
        if same == inside and name != "lo":
            yield name


def _end(word: str, address: Address | None = None, port: str = "") -> str:
    """An end of the line (``A``, ``A:PORT``, ``[A]:PORT``) with another address or port."""
    if word.startswith("["):
        old, _, old_port = word[1:].partition("]")
        old_port = old_port[1:]
    else:
        old, _, old_port = word.partition(":") if word.count(":") == 1 else (word, "", "")
    name, port = str(address or old), port or old_port
    if not port:
        return name
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"


def _addresses(want: str, inside: bool, host: Host, *, own: bool) -> Iterator[Address]:
    """An address of the network that is named, or beside it. ``own``: it is the host's."""
    own_ones = (one for device in host.interfaces.values() for one in device.addresses)
    ours = [one.address.ip for one in islice(own_ones, MOST_OWN)]
    try:
        first, dash, _ = want.partition("-")
        if dash:
            if inside and not own:
                yield ip_address(first)
            return
        network = ip_network(first, strict=False)
    except ValueError:
        return  # an Ethernet address, or a mask with holes
    if own:
        near = [one for one in ours if one.version == network.version and not one.is_loopback]
        yield from [one for one in near if (one in network) == inside][:3]
        return
    yield from islice((one for one in _hosts(network, inside) if one not in ours), 1)


def _hosts(network: Network, inside: bool) -> Iterator[Address]:
    """The first few hosts of a network, or of what comes behind it: not a network's own address."""
    is_small = network.num_addresses <= 2
    if inside:
        last = network.num_addresses - (0 if is_small else 1)
        yield from (network[at] for at in range(0 if is_small else 1, min(last, 9)))
        return
    start = int(network.broadcast_address) + (1 if is_small else 2)
    kind = type(network.network_address)
    for number in range(start, start + 8):
        if number < 1 << network.max_prefixlen:
            yield kind(number)


# Attributes with a value that not every protocol has.
_OWN_KEYS = (
    "seq", "ack", "window", "mss", "wscale", "urgent", "timestamp", "sack", "options-hex", "flags",
    "checksum", "udp-length", "vtag", "tag", "type", "code",
)  # fmt: skip


def _of_protocol(line: _Line, want: str, inside: bool) -> Iterator[_Line]:
    """Another protocol, without the words that only the old one has."""
    name = want if inside else {"tcp": "udp", "udp": "tcp"}.get(want, "")
    at = line.arrow - 2
    old = line.words[at].lower()
    if name not in PROTOCOLS or not (old.isdecimal() or old in PROTOCOLS):
        return
    kept = list(_common(line.words[line.attributes :]))
    ends = [line.words[line.arrow - 1], line.words[line.arrow + 1]]
    if PROTOCOLS[name] not in PORT_PROTOCOLS:
        ends = [_bare(end) for end in ends]
    spelt = "icmpv6" if name == "ipv6-icmp" else name
    yield replace(line, words=(*line.words[:at], spelt, ends[0], "->", ends[1], *kept))


def _bare(end: str) -> str:
    """An end without its port."""
    if end.startswith("["):
        return end[1:].partition("]")[0]
    return end.partition(":")[0] if end.count(":") == 1 else end


def _common(words: tuple[str, ...]) -> Iterator[str]:
    """The attributes that fit every protocol."""
    at = 0
    while at < len(words):
        word = words[at]
        is_pair = word in _OWN_KEYS and at + 1 < len(words)
        if is_pair and (word != "ack" or words[at + 1].isdecimal()):
            at += 2
            continue
        if not is_flags(word) and word not in ("sackok", "echo-request", "echo-reply"):
            yield word
        at += 1


def _flags(flag: str, want: str, inside: bool) -> list[str]:
    """Flags that a test asks for, or usual ones that it does not."""
    mask, _, wanted = want.partition(" ")
    if flag == "--syn":
        mask, wanted = "SYN,RST,ACK,FIN", "SYN"
    if inside:
        return [wanted.lower()]
    looked, named = set(mask.lower().split(",")), set(wanted.lower().split(",")) - {"none"}
    return [usual for usual in ("syn", "ack") if looked & {usual} != named]


def _with_flags(line: _Line, flags: str) -> _Line:
    at = line.place_of("flags")
    if at:
        return line.put(at, flags)
    for at in range(line.attributes, len(line.words)):
        is_number = line.words[at] == "ack" and line.words[at + 1 : at + 2] != ()
        if is_flags(line.words[at]) and not (is_number and line.words[at + 1].isdecimal()):
            return line.put(at, flags)
    return line.put(line.attributes, flags, instead_of=0)


def _owned(line: _Line, key: str, number: str) -> _Line:
    at = line.place_of(key)
    return line.put(at, number) if at else line.put(1, key, number, instead_of=0)


# ---- a line of the host --------------------------------------------------------------------

HOST_LINE = "a line of the host"
NO_WAY = ("none", "unreachable", "prohibit", "blackhole")


def _host_lines(steps: list[Step], fate: Fate, host: Host) -> Iterator[tuple[str, str]]:
    """Kind and text."""
    for text in _listeners(fate):
        yield HOST_LINE, text
    yield from _routes(steps, fate, host)
    for text in _sysctls(steps, fate):
        yield HOST_LINE, text


def _listeners(fate: Fate) -> list[str]:
    """The listener that was missing, if the packet came as far as the sockets."""
    if fate.at != "socket" or fate.verdict in PASSES or fate.packet.is_arp:
        return []
    headers = fate.packet.headers
    if headers.protocol not in PORT_PROTOCOLS or headers.dport is None:
        return []
    any_address = "0.0.0.0" if headers.family == 4 else "[::]"
    return [f"listen {protocol_text(headers.protocol)} {any_address}:{headers.dport}"]


def _routes(steps: list[Step], fate: Fate, host: Host) -> Iterator[tuple[str, str]]:
    """A route where there was no way: by a next hop, or with the destination as a neighbour."""
    routed = next((one for one in reversed(steps) if isinstance(one, Routed)), None)
    if fate.at != "routing" or routed is None or routed.result not in NO_WAY:
        return
    to = fate.packet.headers.dst
    # A route that says no is passed by with a longer prefix; where there is none, a default does.
    prefix = "default" if routed.result == "none" else str(to)
    come = {step.where.in_iface for step in steps}
    ways = [one for one in host.interfaces if one != "lo" and one not in come][:4]
    for dev in ways:
        for hop, is_known in _next_hops(dev, to.version, host):
            # The address of a router that no text names is an example, and the page says so.
            kind = HOST_LINE if is_known else f"{HOST_LINE}, with your router's address"
            yield kind, f"route {prefix} via {hop} dev {dev}"
    for dev in ways:
        if any(one.address.version == to.version for one in host.interfaces[dev].addresses):
            yield HOST_LINE, f"route {to} dev {dev}"


def _next_hops(dev: str, family: int, host: Host) -> Iterator[tuple[Address, bool]]:
    """Routers that the host text names on a device, else one that its subnet could have."""
    named = [one.via for one in host.routes if one.dev == dev and one.via is not None]
    named += [one.address for one in host.neighbours if one.dev == dev and not one.failed]
    known = [one for one in dict.fromkeys(named) if one.version == family]
    for hop in known[:2]:
        yield hop, True
    if known:
        return
    for entry in host.interfaces[dev].addresses:
        network = entry.address.network
        if network.version == family and network.num_addresses > 3 and not network.is_link_local:
            # By habit the last address in IPv4, the first in IPv6.
            usual = (network[-2], network[1]) if family == 4 else (network[1], network[2])
            yield usual[0] if usual[0] != entry.address.ip else usual[1], False
            return


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
        yield "sysctl net.ipv4.conf.all.rp_filter = 0"  # the larger of the two counts
        yield f"sysctl net.ipv4.conf.{device}.route_localnet = 1"
        yield f"sysctl net.ipv4.conf.{device}.accept_local = 1"


# ---- a rule --------------------------------------------------------------------------------


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
