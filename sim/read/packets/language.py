"""The language of the packets text, in one table.

The grammar's attributes and commands, what fits which packet, completion, the packet builder of
the page, the proposed host, the table of many packets and what-if all read it here. What the words
of a statement mean is in ``text`` and ``spec``; how they are put together in ``packets.lark``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from sim.base.frozen import dataclass, replace
from sim.packet.headers import (
    IPPROTO_AH,
    IPPROTO_DCCP,
    IPPROTO_ESP,
    IPPROTO_GRE,
    IPPROTO_ICMP,
    IPPROTO_ICMPV6,
    IPPROTO_SCTP,
    IPPROTO_TCP,
    IPPROTO_UDP,
    IPPROTO_UDPLITE,
    PORT_PROTOCOLS,
    TCP_FLAG_NAMES,
)

ARROWS = ("->", ">", "→", "=>")
FLAG_WORDS = (*TCP_FLAG_NAMES, "none")
ARP_OPERATIONS = {"request": 1, "who-has": 1, "reply": 2, "is-at": 2}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A protocol that has a name of its own in a packet. ``number`` -1: ARP, which is no IP.

    ``family`` 0: of both; ``aliases`` are read too.
    """

    name: str
    number: int
    family: int = 0
    aliases: tuple[str, ...] = ()

    @property
    def has_ports(self) -> bool:
        return self.number in PORT_PROTOCOLS


SPOKEN = (
    Spoken("tcp", IPPROTO_TCP),
    Spoken("udp", IPPROTO_UDP),
    Spoken("icmp", IPPROTO_ICMP, family=4),
    Spoken("icmpv6", IPPROTO_ICMPV6, family=6, aliases=("ipv6-icmp",)),
    Spoken("sctp", IPPROTO_SCTP),
    Spoken("dccp", IPPROTO_DCCP),
    Spoken("udplite", IPPROTO_UDPLITE),
    Spoken("gre", IPPROTO_GRE),
    Spoken("esp", IPPROTO_ESP),
    Spoken("ah", IPPROTO_AH),
    Spoken("arp", -1, family=4),
)

ICMPS = frozenset({IPPROTO_ICMP, IPPROTO_ICMPV6})
_TCP = frozenset({IPPROTO_TCP})
_IPSEC = frozenset({IPPROTO_ESP, IPPROTO_AH})
_ACKED = frozenset({IPPROTO_TCP, IPPROTO_DCCP})
_UDPS = frozenset({IPPROTO_UDP, IPPROTO_UDPLITE})
_32 = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Attribute:
    """A word behind the two ends of a packet, most with a value of one word.

    ``value`` names the grammar's terminal of the value; empty: there is none. ``shape`` is the
    tree that the grammar makes of it. ``protocols``: those that have it, ``None`` for all.
    ``family`` 4 or 6 where only that has it. ``of`` is the statement it belongs to where not to
    each: ``in``, ``local``, ``arp``, ``reply``. ``low`` and ``high`` bound a number.
    """

    name: str
    value: str
    help: str
    shape: str = ""
    protocols: frozenset[int] | None = None
    family: int = 0
    of: str = ""
    low: int = 0
    high: int = 0
    aliases: tuple[str, ...] = ()
    field: str = ""  # its name in a packet's fields, where it is another
    is_word_too: bool = False  # alone a flag or a type: it is this only before a number

    @property
    def words(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)

    @property
    def key(self) -> str:
        return self.field or self.name.replace("-", "_")


def _number(
    name: str,
    high: int,
    text: str,
    protocols: frozenset[int] | None = None,
    *,
    low: int = 0,
    family: int = 0,
    aliases: tuple[str, ...] = (),
) -> Attribute:
    return Attribute(name, "NUMBER", text, "number", protocols, family, "", low, high, aliases)


_NUMBERS = (
    _number("seq", _32, "sequence number", ICMPS | _ACKED | _IPSEC),
    replace(_number("ack", _32, "acknowledgement number", _ACKED), is_word_too=True),
    _number("window", 65535, "the window that the header offers", _TCP),
    _number("mss", 65535, "the MSS option", _TCP),
    _number("wscale", 255, "the window scale option", _TCP),
    _number("urgent", 65535, "urgent pointer", _TCP),
    _number("ttl", 255, "TTL or hop limit", aliases=("hoplimit", "hlim")),
    _number("tos", 255, "TOS or traffic class", aliases=("tclass",)),
    _number("dscp", 63, "the upper six bits of TOS, or a class such as ef"),
    _number("ecn", 3, "the lower two bits of TOS, or ect0, ect1, ce"),
    _number("length", 65535, "bytes of the whole packet, filled up with zeros", low=20),
    _number("id", _32, "IP identification; of an ICMP packet its own"),
    _number("ip-id", _32, "IP identification of an ICMP packet"),
    _number("offset", 65528, "a fragment's place in bytes, a multiple of 8"),
    _number("flowlabel", 0xFFFFF, "IPv6 flow label", family=6),
    _number("code", 255, "ICMP code", ICMPS),
    _number("mtu", _32, "the MTU that an ICMP error names", ICMPS),
    _number("udp-length", 65535, "the length that the UDP header claims", _UDPS),
    _number("vtag", _32, "SCTP verification tag", frozenset({IPPROTO_SCTP}), aliases=("tag",)),
    _number("spi", _32, "security parameter index", _IPSEC),
    _number("key", _32, "GRE key", frozenset({IPPROTO_GRE})),
    _number("pointer", _32, "the place that a parameter problem points at", ICMPS),
)
_FLAGS = (
    Attribute("sackok", "", "the SACK-permitted option", "flag", _TCP),
    Attribute("df", "", "must not be fragmented", "flag", family=4),
    Attribute("mf", "", "more fragments follow", "flag"),
)
_WORDS = (
    Attribute("mark", "MARK", "the packet's mark, as something before has set it", "mark"),
    Attribute("payload", "(STRING | PLAIN)", "payload as text", "payload"),
    Attribute("payload-hex", "(STRING | HEX)", "payload as bytes in hex", "payload_hex",
              field="payload"),
    Attribute("options-hex", "(STRING | HEX)", "TCP options as bytes in hex", "options_hex",
              _TCP, field="options"),
    Attribute("ip-options-hex", "(STRING | HEX)", "IPv4 options as bytes in hex",
              "ip_options_hex", family=4, field="ip_options"),
    Attribute("timestamp", "PAIR", "the timestamps option: value/echo", "timestamp", _TCP),
    Attribute("sack", "RANGES", "the SACK option: 5-9,20-25", "sack", _TCP),
    Attribute("checksum", "CHECKSUM", "a wrong checksum: a number or bad", "checksum",
              ICMPS | PORT_PROTOCOLS),
    Attribute("ip-checksum", "CHECKSUM", "a wrong checksum of the IPv4 header", "ip_checksum",
              family=4),
    Attribute("type", "ICMP_TYPE", "ICMP type by name or number", "icmp_type", ICMPS),
    Attribute("flags", "FLAGS", "TCP flags: syn,ack", "flags", _TCP),
    Attribute("src-mac", "MAC", "hardware address of the sender", "mac", of="in",
              aliases=("src",)),
    Attribute("dst-mac", "MAC", "hardware address that the frame is for", "mac", of="in",
              aliases=("dst",)),
    Attribute("gateway", "ENDPOINT", "the gateway that a redirect names", "gateway", ICMPS),
    Attribute("target", "ENDPOINT", "the target of a neighbour message", "target", ICMPS),
    Attribute("fragment", "BYTES", "the fragment with these bytes: 0-1479", "fragment"),
    Attribute("from", "ENDPOINT", "who replies, where it is not the one that was asked",
              "sender", frozenset(), of="reply"),
    Attribute("ext", "EXTENSION", "an IPv6 extension header: hbh, dst, rt, NAME=HEX",
              "extension", family=6),
    Attribute("quoting", '(QUOTED | "(" packet ")")',
              "the packet that an ICMP error is about: its number, last, or in parentheses",
              "quoting", ICMPS),
    Attribute("carrying", '(packet | "(" packet ")")', "the packet inside of an IPsec one",
              "carrying", _IPSEC),
)  # fmt: skip
_OWNERS = tuple(
    Attribute(name, "OWNER", text, "owner", of="local")
    for name, text in (
        ("uid", "user that sends it, by name or number"),
        ("gid", "group that sends it, by name or number"),
        ("pid", "process that sends it"),
        ("sid", "session that sends it"),
        ("cmd", "command that sends it"),
        ("cgroup", "control group of the process that sends it"),
    )
)
_OF_ARP = (
    Attribute("src-mac", "MAC", "hardware address of the frame's sender", of="arp"),
    Attribute("dst-mac", "MAC", "hardware address that the frame is for", of="arp"),
    Attribute("sender-mac", "MAC", "the sender's hardware address in the message", of="arp"),
    Attribute("target-mac", "MAC", "the target's hardware address in the message", of="arp"),
)
# In the order in which the grammar tries them.
ATTRIBUTES = (*_NUMBERS, *_FLAGS, *_WORDS, *_OWNERS)
ARP_ATTRIBUTES = _OF_ARP


@dataclass(frozen=True, slots=True)
class CommandWord:
    """A program that may be called between packets. ``pattern``: its names, where several."""

    name: str
    help: str
    example: str
    pattern: str = ""


COMMANDS = (
    CommandWord("iptables", "change the IPv4 rules", "iptables -A INPUT -p tcp --dport 22 -j DROP",
                r"iptables(?:-legacy|-nft)?(?:-restore|-save)?"),
    CommandWord("ip6tables", "change the IPv6 rules", "ip6tables -P FORWARD DROP",
                r"ip6tables(?:-legacy|-nft)?(?:-restore|-save)?"),
    CommandWord("ebtables", "change the bridge's rules", "ebtables -P FORWARD DROP",
                r"ebtables(?:-legacy|-nft)?(?:-restore|-save)?"),
    CommandWord("arptables", "change the rules for ARP", "arptables -P INPUT DROP",
                r"arptables(?:-legacy|-nft)?(?:-restore|-save)?"),
    CommandWord("ipset", "change a set", "ipset add blocked 192.0.2.1"),
    CommandWord("conntrack", "delete or list connections", "conntrack -D -p udp --dport 53"),
    CommandWord("sysctl", "change a setting", "sysctl -w net.ipv4.ip_forward=1"),
    CommandWord("ip", "change links, addresses, routes", "ip route add 10.0.0.0/8 via 192.0.2.1"),
    CommandWord("echo", "write into /proc/sys", "echo 1 > /proc/sys/net/ipv4/ip_forward"),
)  # fmt: skip
_CALLED = r"(?:sudo[ \t]+)?(?:/(?:usr/)?(?:local/)?s?bin/)?"


BY_WORD: dict[str, Attribute] = {word: each for each in ATTRIBUTES for word in each.words}


def fits(key: str) -> frozenset[int] | None:
    """Protocols that have a field, ``None`` for all."""
    return _FITS.get(key)


def family_of(key: str) -> int:
    """4 or 6 where only that family has the field, 0 otherwise."""
    return _FAMILY.get(key, 0)


_FITS = {each.key: each.protocols for each in ATTRIBUTES if each.protocols is not None}
_FAMILY = {each.key: each.family for each in ATTRIBUTES if each.family}


def first_words(named: dict[str, int]) -> tuple[str, ...]:
    """One word for each number: the first of its names."""
    first: dict[int, str] = {}
    for word, number in named.items():
        first.setdefault(number, word)
    return tuple(first.values())


@cache
def grammar_text() -> str:
    """The part of ``packets.lark`` that is about attributes."""
    single = {"number": "NUMBER_KEY NUMBER", "flag": "FLAG_KEY", "mac": "MAC_KEY MAC",
              "owner": "OWNER_KEY OWNER"}  # fmt: skip
    rows: dict[str, str] = {}
    for each in ATTRIBUTES:
        text = single.get(each.shape, f'"{each.name}" {each.value}')
        rows.setdefault(each.shape if each.shape in single else each.name,
                        f"{text} -> {each.shape}")  # fmt: skip
    attribute = "\n    | ".join([*rows.values(), "BARE -> bare"])
    plain = [word for each in _NUMBERS for word in each.words if not each.is_word_too]
    both = [word for each in _NUMBERS for word in each.words if each.is_word_too]
    return "\n".join((
        f"?attribute: {attribute}",
        f"NUMBER_KEY.3: /({'|'.join(plain)}){_END}|({'|'.join(both)})(?=[ \\t]+\\d)/",
        f"FLAG_KEY.3: {_keys(_FLAGS)}",
        f"MAC_KEY.3: {_keys(each for each in ATTRIBUTES if each.shape == 'mac')}",
        f"ARP_KEY.3: {_keys(_OF_ARP)}",
        f"OWNER_KEY.3: {_keys(_OWNERS)}",
        f"COMMAND.9: /{_CALLED.replace('/', chr(92) + '/')}(?:{_programs()}){_END}.*/",
        f"_ARROW.2: {' | '.join(f'{chr(34)}{arrow}{chr(34)}' for arrow in ARROWS)}",
    ))  # fmt: skip


_END = r'(?=[\s"#()]|$)'


def _keys(attributes: Iterator[Attribute] | tuple[Attribute, ...]) -> str:
    return f"/({'|'.join(word for each in attributes for word in each.words)}){_END}/"


def _programs() -> str:
    return "|".join(each.pattern or each.name for each in COMMANDS)


def described() -> dict[str, Any]:
    """The table as plain data, for editors: what to offer, what to take away."""
    return {
        "arrows": list(ARROWS),
        "flags": list(FLAG_WORDS),
        "operations": list(ARP_OPERATIONS),
        "protocols": [
            {"name": each.name, "aliases": list(each.aliases), "number": each.number,
             "family": each.family, "ports": each.has_ports, "icmp": each.number in ICMPS}
            for each in SPOKEN
        ],
        "commands": [{"word": each.name, "help": each.help, "example": each.example}
                     for each in COMMANDS],
        "attributes": [_attribute(each) for each in (*ATTRIBUTES, *_OF_ARP)],
    }  # fmt: skip


def _attribute(each: Attribute) -> dict[str, Any]:
    names = [one.name for one in SPOKEN if one.number in (each.protocols or ())]
    return {
        "words": list(each.words),
        "takes": bool(each.value),
        "wordToo": each.is_word_too,
        "of": each.of,
        "family": each.family,
        "protocols": None if each.protocols is None else names,
        "range": [each.low, each.high] if each.shape == "number" else None,
        "help": each.help,
    }
