"""Another packet: the same line with a word of it changed to what a clause wants, or does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from itertools import islice, pairwise

from sim.base.frozen import dataclass, replace
from sim.extensions.extension import Clause
from sim.model.host import Host, Network
from sim.model.rules import AnyHook, Hook
from sim.packet.headers import PORT_PROTOCOLS
from sim.packet.packet import Address, Packet
from sim.packet.protocols import PROTOCOLS
from sim.packet.script import Statement
from sim.read.packets.language import ARROWS, BY_WORD
from sim.read.packets.values import is_flags
from sim.tell.render import protocol_text
from sim.tools.whatif.hosts import listeners, narrow_mtu
from sim.tools.whatif.rules import is_at
from sim.trace.outcomes.decided import ByPart
from sim.trace.steps import Fate, Jumped, Routed, RuleTried, Step

# So many of a host's addresses, devices and sockets are looked through for each clause.
MOST_OWN = 64

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
    arrow = next((at for at, word in enumerate(words) if word in ARROWS), 0)
    return _Line(words, tail, arrow) if 3 <= arrow < len(words) - 1 else None


def other_packets(statement: Statement, steps: list[Step], fate: Fate, host: Host) -> Iterator[str]:
    """The statement with one word changed: what a clause that failed wants, or what one that
    held, of the rule that stopped it or led there, does not."""
    line = _read(statement.text)
    if line is None:
        return
    for changed in (*_older(line, fate), *_fitting(line, steps, fate, host)):
        yield changed.text
    if not line.arrow:
        return
    for clause, hook in _in_turn(_failed(steps)):
        yield from (one.text for one in _changed(line, clause, hook, fate, host))
    for changed in _heard(line, fate, host):
        yield changed.text
    for clause, hook in _in_turn(_held(steps, fate)):
        yield from (one.text for one in _changed(line, clause, hook, fate, host))


def _in_turn(
    clauses: Iterator[tuple[Clause, AnyHook | None]],
) -> list[tuple[Clause, AnyHook | None]]:
    """Each once; another protocol changes more than a word, so it comes last."""
    return sorted(dict.fromkeys(clauses), key=lambda one: one[0].flag == "-p")


def _failed(steps: list[Step]) -> Iterator[tuple[Clause, AnyHook | None]]:
    """What each rule that did not match failed at, and the hook of it."""
    for step in steps:
        if isinstance(step, RuleTried) and step.held is False:
            yield from ((one, step.where.hook) for one in step.clauses if one.held is False)


def _held(steps: list[Step], fate: Fate) -> Iterator[tuple[Clause, AnyHook | None]]:
    """What the rules that led to the end asked for; the last clause is the most particular."""
    for step in _leading(steps, fate):
        yield from ((one, step.where.hook) for one in reversed(step.clauses) if one.held)


def _older(line: _Line, fate: Fate) -> Iterator[_Line]:
    """A TTL that lasts, when it was used up."""
    if fate.at is not ByPart.ROUTING or fate.packet.is_arp or fate.packet.headers.ttl > 1:
        return
    at = line.place_of(*BY_WORD["ttl"].words)
    if at:
        yield line.put(at, "64")
    else:
        key = "ttl" if fate.packet.family == 4 else "hoplimit"
        yield line.put(line.attributes, key, "64", instead_of=0)


def _fitting(line: _Line, steps: list[Step], fate: Fate, host: Host) -> Iterator[_Line]:
    """A packet that may be cut, or that is no longer than the MTU which it did not fit."""
    routed = next((one for one in reversed(steps) if isinstance(one, Routed)), None)
    mtu = narrow_mtu(routed, fate, host) if routed is not None else 0
    if not mtu:
        return
    for at in range(line.attributes, len(line.words)):
        if line.words[at] == "df":
            yield line.put(at)
            break
    at = line.place_of("length")
    if at:
        yield line.put(at, str(mtu))


def _heard(line: _Line, fate: Fate, host: Host) -> Iterator[_Line]:
    """What a socket would take: the ports that something listens on, and in TCP a first packet."""
    if listeners(fate):
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
            and (is_at(step, fate) or isinstance(after, Jumped))
        ):
            yield step


_DPORTS = ("--dport", "--dports", "--destination-ports", "--ip-dport", "--ip6-dport", "--ports")
_SPORTS = ("--sport", "--sports", "--source-ports", "--ip-sport", "--ip6-sport", "--ports")
_SOURCES = ("-s", "--ip-src", "--ip6-src", "--arp-ip-src", "--src-range")
_DESTINATIONS = ("-d", "--ip-dst", "--ip6-dst", "--arp-ip-dst", "--dst-range")
_OWNERS = {"--uid-owner": "uid", "--gid-owner": "gid"}


def _changed(
    line: _Line, clause: Clause, hook: AnyHook | None, fate: Fate, host: Host
) -> Iterator[_Line]:
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
        for address in _addresses(want, inside, host, own=hook is Hook.INPUT):
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
        known = BY_WORD.get(word)
        is_own = known is not None and known.protocols is not None
        is_pair = known is not None and bool(known.value) and at + 1 < len(words)
        if is_own and is_pair and (word != "ack" or words[at + 1].isdecimal()):
            at += 2
            continue
        if not is_own and not is_flags(word) and word not in ("echo-request", "echo-reply"):
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
