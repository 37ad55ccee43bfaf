"""Texts with other addresses: what in them is an address, a MAC, a name or a remark.

The texts are those that a scenario has; everything else in them stays to the letter, so that
lines and columns stay nearly where they were.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import field
from ipaddress import IPv4Address, ip_address, ip_network

from sim.base.frozen import dataclass
from sim.model.scenario import Scenario
from sim.packet.fingerprints import SHAPE
from sim.tools.masking import names
from sim.tools.masking.addresses import Address, Mapping, Network, covering, mapping_for

TEXTS = ("title", "description", "rules", "host", "packets", "expect")
# A sentence may end behind it, and tcpdump writes the port behind a dot.
_V4 = r"(?<![\w.:])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.(?!\d{1,5}(?![\w.]))\w)"
_V6 = r"(?<![\w.:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?:\.\d{1,3}){0,3}(?![\w:])"
ADDRESS = re.compile(
    rf"(?P<address>{_V4}|{_V6})(?:/(?P<length>\d{{1,3}}(?:\.\d{{1,3}}){{3}}|\d{{1,3}}))?"
)
_RANGE = re.compile(rf"({_V4}|{_V6})-({_V4}|{_V6})")
_MAC = re.compile(r"(?<![\w:])[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}(?![\w:])")
# A rule's comment, and that of an element of a set.
_COMMENT = re.compile(r'(--comment\s+)("(?:[^"\\]|\\.)*"|\S+)|(\bcomment\s+)("[^"\n]*")')
_PREFIX = re.compile(r'(--(?:log|nflog)-prefix\s+)("(?:[^"\\]|\\.)*"|\S+)')
# Rules that look at part of an address; rules that carry part of one to another network.
_LOOKS = re.compile(
    r"(?:--(?:hashlimit-srcmask|hashlimit-dstmask|connlimit-mask|mask)|\bnetmask)\s+"
    r"(\d{1,3}(?:(?:\.\d{1,3}){3})?)(?![\w.])"
)
_CARRIES = re.compile(r"\b(?:NETMAP|SNPT|DNPT)\b")
# Remarks that tell which tool made a dump; the family is told by them.
_TOOL = re.compile(r"#\s*(Generated|Completed)\b")
_REMARK = re.compile(r"^(\s*)#.*$", re.M)
# Behind something on its line; what stands in quotes is no remark.
_TRAILING = re.compile(r'("(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\')|(?<=\S)([ \t]+)#[^\n]*')


# Who is in every system; whoever else has a number here has a name of their own.
_KEPT_OWNERS = frozenset({"root", "nobody", "nogroup", "daemon"})
# A line of /etc/passwd or /etc/group; a fingerprint of osf has its shape.
_ACCOUNT = rf"^(?!{SHAPE})(?=[A-Za-z_][\w.-]*:[^:\n]*:\d+(?::|$))"
_DEFINED = re.compile(
    rf"^[ \t]*(?:user|group)[ \t]+([^\s\d]\S*)[ \t]+\d+|{_ACCOUNT}([A-Za-z_][\w.-]*)", re.M
)
_OWNERS = re.compile(
    rf"(--[ug]id-owner[ \t]+|\b(?:user|group|uid|gid)[ \t]+|/home/|{_ACCOUNT})([A-Za-z_][\w.-]*)",
    re.M,
)
_HOSTNAME = re.compile(r"(^[ \t]*(?:hostname|(?:sysctl[ \t]+)?kernel\.hostname[ \t]*=?)[ \t]+)\S+"
                       r"(?=[ \t]*$)", re.M)  # fmt: skip
# ``hostname NAME ADDRESS…``: rules may ask for the name. Names that every machine has stay.
_NAMED = re.compile(r"^[ \t]*(?:host)?name[ \t]+([A-Za-z_][\w.-]*)[ \t]+[\dA-Fa-f.:]+", re.M)
_KEPT_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"})


@dataclass(frozen=True, slots=True)
class Replaced:
    """What became what, for the preview. ``kind``: address, MAC, name, comment, prefix."""

    kind: str
    before: str
    after: str


@dataclass
class Masker:
    """One masking: the same thing becomes the same thing in every text."""

    key: bytes
    addresses: Mapping
    owners: frozenset[str] = frozenset()  # names of users and groups that the texts define
    hosts: frozenset[str] = frozenset()  # names that they give to addresses
    found: dict[tuple[str, str], str] = field(default_factory=dict)

    def text(self, name: str, text: str) -> str:
        """One of a scenario's texts, masked."""
        if name in ("rules", "host"):
            text = _COMMENT.sub(self._named("comment"), text)
            text = _PREFIX.sub(self._named("prefix"), text)
        if name in ("rules", "host", "packets"):
            text = names.PROMPT.sub(r"\1user@host", text)
            text = names.GECOS.sub(r"\1", text)
            text = _OWNERS.sub(self._owner, text)
            text = _HOSTNAME.sub(r"\1host", text)
            text = names.QUOTED.sub(self._quoted, text)
        if name in ("rules", "host", "packets", "expect"):
            text = _REMARK.sub(self._remark, text)
            text = _TRAILING.sub(lambda match: match[1] or f"{match[2]}#", text)
        text = self._hosts_masked(text)
        text = names.EMAIL.sub(self._email, text)
        if name in ("title", "description"):
            text = names.DOTTED.sub(self._name, text)
        text = _MAC.sub(lambda match: self.mac(match[0]), text)
        return ADDRESS.sub(self._address, text)

    def replaced(self) -> tuple[Replaced, ...]:
        return tuple(
            Replaced(kind, before, after)
            for (kind, before), after in sorted(self.found.items())
            if before != after
        )

    def mac(self, text: str) -> str:
        """Another address of the same maker's half, multicast and local bits as they were."""
        octets = bytes.fromhex(text.replace(":", ""))
        if octets[0] & 1 or not any(octets) or octets == b"\xff" * 6:
            return text
        made = bytearray(hashlib.sha256(b"mac " + octets + self.key).digest()[:6])
        made[0] = made[0] & 0xFC | octets[0] & 3
        after = ":".join(f"{octet:02x}" for octet in made)
        self.found["MAC", text] = after
        return after

    def _named(self, kind: str) -> Callable[[re.Match[str]], str]:
        def named(match: re.Match[str]) -> str:
            before, text = match.group(1, 2) if match[2] is not None else match.group(3, 4)
            count = sum(1 for known, _ in self.found if known == kind) + 1
            after = self.found.setdefault((kind, text), f'"{kind} {count}"')
            return f"{before}{after}"

        return named

    def _quoted(self, match: re.Match[str]) -> str:
        return names.DOTTED.sub(self._name, match[0])

    def _name(self, match: re.Match[str]) -> str:
        return self.found.setdefault(("name", match[0]), names.other_name(match[0], self.key))

    def _remark(self, match: re.Match[str]) -> str:
        text = match[0].strip()
        kept = _TOOL.match(text)
        if kept:  # its words tell the family; the date and the host's name go
            tool = re.search(r"\b(ip6?tables|arptables|ebtables)(-nft|-legacy)?-save\b", text)
            return f"{match[1]}# {kept[1]} by {tool[0]}" if tool else f"{match[1]}# {kept[1]}"
        return f"{match[1]}#"

    def _owner(self, match: re.Match[str]) -> str:
        """A user or a group that the texts define gets another name wherever it is asked for."""
        name = match[2]
        if name not in self.owners:
            return match[0]
        after = self.found.setdefault(("user", name), names.other_label(name, self.key))
        return match[1] + after

    def _hosts_masked(self, text: str) -> str:
        """Names that the host gives to addresses, wherever they stand as a word."""
        for name in sorted(self.hosts, key=len, reverse=True):
            after = names.other_name(name, self.key)
            if "." not in name:
                after = names.other_label(name, self.key)
            word = re.compile(rf"(?<![\w.@/-]){re.escape(name)}(?![\w.-])")
            text, count = word.subn(after, text)
            if count:
                self.found["name", name] = after
        return text

    def _email(self, match: re.Match[str]) -> str:
        after = f"{names.other_label(match[1], self.key)}@{names.other_name(match[2], self.key)}"
        return self.found.setdefault(("e-mail", match[0]), after)

    def _address(self, match: re.Match[str]) -> str:
        text, length, port = match["address"], match["length"], ""
        if text.count(":") > 1 and "." in text and "::ffff:" not in text.lower():
            head, _, last = text.rpartition(".")  # tcpdump's port behind an address
            if head.count(".") == 0:
                text, port = head, f".{last}"
        try:
            before = ip_address(text)
        except ValueError:
            return match[0]
        after = self.addresses(before)
        network = _network(before, length) if length else None
        if network is not None and network.network_address == before:
            after = self.addresses.network(network).network_address
        self.found["address", str(before)] = str(after)
        return f"{after}{port}/{length}" if length else f"{after}{port}"


def _network(address: Address, length: str) -> Network | None:
    """The network of an address with a length or a mask; of a mask with holes its head."""
    try:
        if length.isdecimal():
            return ip_network(f"{address}/{length}", strict=False)
        mask = int(IPv4Address(length))
    except ValueError:
        return None
    ones = 32 - (mask ^ 0xFFFFFFFF).bit_length()
    return ip_network(f"{address}/{ones}", strict=False)


def masker_for(scenario: Scenario, key: bytes) -> Masker:
    """Read all texts for what they mention, then map by that."""
    texts = [str(getattr(scenario, name)) for name in TEXTS]
    prefixes = {network for text in texts for network in _prefixes(text)}
    frozen = {network for text in texts for network in _ranges(text)}
    carries = _CARRIES.search(scenario.rules) is not None
    lengths = {_length(match[1]) for text in texts for match in _LOOKS.finditer(text)}
    owners = {
        match[1] or match[2]
        for text in (scenario.host, scenario.rules)
        for match in _DEFINED.finditer(text)
    }
    mapping = mapping_for(key, prefixes, frozen, lengths, carries=carries)
    hosts = {match[1] for match in _NAMED.finditer(scenario.host)}
    return Masker(key, mapping, frozenset(owners - _KEPT_OWNERS), frozenset(hosts - _KEPT_NAMES))


def _length(text: str) -> int:
    network = _network(IPv4Address(0), text)
    return int(text) if text.isdecimal() else network.prefixlen if network else 0


def masked(scenario: Scenario, masker: Masker) -> Scenario:
    """The scenario with everything exchanged; its seed stays."""
    texts = {name: masker.text(name, str(getattr(scenario, name))) for name in TEXTS}
    return Scenario(**texts, seed=scenario.seed)


def _prefixes(text: str) -> Iterator[Network]:
    for match in ADDRESS.finditer(text):
        try:
            address = ip_address(match["address"])
        except ValueError:
            continue
        if match["length"]:
            network = _network(address, match["length"])
            if network is not None:
                yield network


def _ranges(text: str) -> Iterator[Network]:
    for match in _RANGE.finditer(text):
        try:
            first, last = ip_address(match[1]), ip_address(match[2])
        except ValueError:
            continue
        if first.version == last.version and first != last:
            yield covering(first, last)
