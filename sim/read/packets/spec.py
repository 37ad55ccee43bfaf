"""A described packet and its attributes, checked: which attribute fits which protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import field
from typing import Any

from lark import Token
from lark.tree import Tree

from sim.base.errors import SourceError
from sim.base.frozen import dataclass
from sim.model.host import Host
from sim.packet.assemble import assemble
from sim.packet.headers import (
    IPPROTO_AH,
    IPPROTO_DCCP,
    IPPROTO_ESP,
    IPPROTO_ICMPV6,
    IPPROTO_SCTP,
    IPPROTO_TCP,
    PORT_PROTOCOLS,
    TCP_FLAG_NAMES,
    dissect,
)
from sim.packet.icmp_names import ICMP, ICMPV6, icmp_type
from sim.packet.script import PacketSpec
from sim.read.host.values import mac, mark, number
from sim.read.lines import Line, clip, did_you_mean, token_error
from sim.read.packets import language, values
from sim.read.packets.language import ICMPS

WHERE = "packets"
DEEPEST_QUOTE = 3
NEIGHBOUR_DISCOVERY = range(133, 138)  # ICMPv6 types, router solicitation to redirect


@dataclass
class Described:
    """What a line said about a packet, while it is being read."""

    spec: PacketSpec = field(default_factory=lambda: PacketSpec(4, 0))
    fields: tuple[tuple[str, Any], ...] = ()
    mark: int = 0
    src_mac: str = ""
    dst_mac: str = ""
    owner: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attributes:
    """Reads the attributes of one packet; ``protocol`` ``None``: of a reply, not known yet."""

    line: Line
    host: Host
    family: int = 4
    protocol: int | None = None
    depth: int = 0

    def read(self, trees: Iterable[Tree[Token]]) -> Described:
        found = Described()
        fields: dict[str, Any] = {}
        for tree in trees:
            self._read_one(tree, found, fields)
        found.fields = tuple(fields.items())
        return found

    def _read_one(self, tree: Tree[Token], found: Described, fields: dict[str, Any]) -> None:
        words = [child for child in tree.children if isinstance(child, Token)]
        match tree.data:
            case "mark":
                found.mark = self.value(lambda text: mark(text)[0], words[0])
            case "owner":
                found.owner[str(words[0])] = self._owner(str(words[0]), words[1])
            case "mac":
                side = language.BY_WORD[str(words[0])].key
                setattr(found, side, self.value(mac, words[1]))
            case "packet" | "raw":
                raise AssertionError("a packet is not an attribute")
            case _:
                for name, value in self._fields(tree, words):
                    self._check(name, words[0] if words else None)
                    if name in fields and name != "ext":
                        message = f'"{name.replace("_", "-")}" is said twice'
                        raise self.error(message, words[0] if words else None)
                    before = fields.get(name, ()) if name == "ext" else ()
                    fields[name] = (*before, value) if name == "ext" else value

    def _fields(self, tree: Tree[Token], words: list[Token]) -> list[tuple[str, Any]]:
        simple: dict[str, tuple[str, Callable[[str], Any]]] = {
            "payload": ("payload", values.payload),
            "payload_hex": ("payload", values.hex_bytes),
            "options_hex": ("options", values.hex_bytes),
            "ip_options_hex": ("ip_options", values.hex_bytes),
            "timestamp": ("timestamp", _pair),
            "sack": ("sack", _ranges),
            "checksum": ("checksum", _checksum),
            "ip_checksum": ("ip_checksum", _checksum),
            "flags": ("flags", values.tcp_flags),
            "gateway": ("gateway", lambda text: values.end(text, self.host)[0]),
            "target": ("target", lambda text: values.end(text, self.host)[0]),
            "sender": ("from", lambda text: values.end(text, self.host)[0]),
            "fragment": ("fragment", _fragment),
            "extension": ("ext", _extension),
        }
        name = str(tree.data)
        if name in simple:
            key, parse = simple[name]
            return [(key, self.value(parse, words[0]))]
        if name == "number":
            return [self._number(words[0], words[1])]
        if name == "flag":
            return [(str(words[0]), True)]
        if name == "icmp_type":
            return self._type(words[0])
        if name == "carrying":
            return [("carrying", self._carried(tree))]
        if name == "quoting":
            return [("quoting", self._quoting(tree, words))]
        return self._bare(words[0])

    def _number(self, key_word: Token, word: Token) -> tuple[str, int]:
        key = language.BY_WORD[str(key_word)].name
        value = self.value(lambda text: values.attribute_number(key, text), word)
        if key in ("id", "seq") and self.protocol in ICMPS:
            key = f"icmp_{key}"
        elif key == "ip-id":
            key = "id"
        key = key.replace("-", "_")
        if key in ("icmp_id", "icmp_seq") or (key == "id" and self.family == 4):
            self.value(lambda text: number(text, 0, 65535), word)
        if key == "offset" and value % 8:
            raise self.error("a fragment's offset in bytes is a multiple of 8", word)
        return key, value

    def _type(self, word: Token) -> list[tuple[str, Any]]:
        kind, code = self.value(lambda text: icmp_type(text, self.family), word)
        fields: list[tuple[str, Any]] = [("type", kind)]
        return [*fields, ("code", code)] if code or not str(word).isdecimal() else fields

    def _bare(self, word: Token) -> list[tuple[str, Any]]:
        """A word without a key: TCP flags, an ICMP type, a kind of SCTP or DCCP packet."""
        text = str(word).lower()
        kinds = {IPPROTO_SCTP: values.SCTP_CHUNKS, IPPROTO_DCCP: values.DCCP_TYPES}
        if self.protocol in kinds and text in kinds[self.protocol]:
            return [("kind", kinds[self.protocol][text])]
        if self.protocol in ICMPS:
            names = ICMP if self.family == 4 else ICMPV6
            if text in names or text[:1].isdecimal() or text.startswith("icmp-"):
                return self._type(word)
            raise self._unknown(word, f"a type of {'ICMP' if self.family == 4 else 'ICMPv6'}",
                                names)  # fmt: skip
        if self.protocol in (IPPROTO_TCP, None) and values.is_flags(text):
            return [("flags", values.tcp_flags(text))]
        if self.protocol is None and (text in ICMP or text in ICMPV6):
            return [("icmp", text)]
        if self.protocol == IPPROTO_TCP or self.protocol is None:
            if "," in text:
                self.value(values.tcp_flags, word)
            raise self._unknown(word, "TCP flags", TCP_FLAG_NAMES)
        raise self._unknown(word, "", kinds.get(self.protocol, ()))

    def _unknown(self, word: Token, kind: str, names: Iterable[str]) -> SourceError:
        known = ("", *names, *language.BY_WORD)
        what = f"neither {kind} nor an attribute" if kind else "not an attribute of this packet"
        shown = ", ".join([*list(names)[:8], "ttl", "mark", "payload", "..."])
        hint = did_you_mean(str(word), known)
        return self.error(f'"{clip(str(word))}" is {what} ({shown})', word, hint)

    def _carried(self, tree: Tree[Token]) -> PacketSpec:
        """What IPsec's far end packed: the rest of the line."""
        inner = next(child for child in tree.children if isinstance(child, Tree))
        if self.protocol not in (IPPROTO_ESP, IPPROTO_AH) or self.depth >= DEEPEST_QUOTE:
            raise SourceError("only esp and ah carry a packet", self.line.span(), where=WHERE)
        return read_packet(self.line, inner, self.host, self.depth + 1).spec

    def _quoting(self, tree: Tree[Token], words: list[Token]) -> Any:
        inner = [child for child in tree.children if isinstance(child, Tree)]
        if inner:
            if self.depth >= DEEPEST_QUOTE:
                raise SourceError("quoted too deep", self.line.span(), where=WHERE)
            return read_packet(self.line, inner[0], self.host, self.depth + 1).spec
        if str(words[0]) == "last":
            return "last"
        return self.value(lambda text: number(text, 1, 10**6), words[0])

    def _owner(self, key: str, word: Token) -> Any:
        """A uid, gid, pid or sid as a number; ``cmd`` and ``cgroup`` as text."""
        text = str(word)
        if key in ("cmd", "cgroup"):
            return text
        names = {"uid": self.host.users, "gid": self.host.groups}.get(key, {})
        if text in names:
            return names[text]
        if key in ("uid", "gid") and not text.isdecimal():
            if not self.host.interfaces:  # its text was refused: nobody is known
                return 0
            what = "user" if key == "uid" else "group"
            raise self.error(
                f'the host has no {what} "{clip(text)}"',
                word,
                did_you_mean(text, names) or f'add "{what} {clip(text)} NUMBER" to the host',
            )
        return self.value(number, word)

    def _check(self, name: str, word: Token | None) -> None:
        """Refuse an attribute that this packet cannot have."""
        if self.protocol is None:
            return
        fits = language.fits(name)
        if fits is not None and self.protocol not in fits:
            raise self.error(f'a packet of this protocol has no "{name}"', word)
        if language.family_of(name) not in (0, self.family):
            raise self.error(f'an IPv{self.family} packet has no "{name}"', word)

    def value(self, parse: Callable[[str], Any], word: Token) -> Any:
        try:
            return parse(str(word))
        except ValueError as error:
            raise self.error(str(error), word) from None

    def error(self, message: str, word: Token | None, hint: str = "") -> SourceError:
        if word is None:
            return SourceError(message, self.line.span(), where=WHERE, hint=hint)
        return token_error(self.line, word, message, WHERE, hint)


def read_attributes(line: Line, trees: Iterable[Tree[Token]], host: Host) -> Described:
    """Attributes of a packet whose protocol is not known yet (a reply's, a sender's)."""
    return Attributes(line, host).read(trees)


def read_packet(line: Line, tree: Tree[Token], host: Host, depth: int = 0) -> Described:
    """The packet of a ``packet`` or ``raw`` tree."""
    words = [child for child in tree.children if isinstance(child, Token)]
    trees = [child for child in tree.children if isinstance(child, Tree)]
    reader = Attributes(line, host, depth=depth)
    if tree.data == "raw":
        return _read_raw(reader, words[0], trees)
    number = reader.value(values.packet_protocol, words[0])
    src, sport = reader.value(lambda text: values.end(text, host), words[1])
    dst, dport = reader.value(lambda text: values.end(text, host), words[2])
    if src.version != dst.version:
        message = f"{src} is IPv{src.version} and {dst} is IPv{dst.version}"
        raise reader.error(message, words[2])
    family = src.version
    if str(words[0]) == "icmp" and family == 6:
        raise reader.error("icmp is for IPv4 addresses", words[0], 'write "icmpv6"')
    if str(words[0]).lower() in ("icmpv6", "ipv6-icmp") and family == 4:
        raise reader.error("icmpv6 is for IPv6 addresses", words[0], 'write "icmp"')
    found = Attributes(line, host, family, number, depth).read(trees)
    _check_ports(reader, number, (words[1], sport), (words[2], dport), dict(found.fields))
    if number == IPPROTO_ICMPV6:
        found.fields = _with_hop_limit(found.fields)
    found.spec = PacketSpec(family, number, src, dst, sport, dport, found.fields)
    try:
        assemble(found.spec)
    except ValueError as error:
        raise SourceError(str(error), line.span(), where=WHERE) from None
    return found


def _with_hop_limit(fields: tuple[tuple[str, Any], ...]) -> tuple[tuple[str, Any], ...]:
    """Neighbour discovery is sent with hop limit 255, and only so is it taken (RFC 4861)."""
    said = dict(fields)
    if said.get("type") in NEIGHBOUR_DISCOVERY and "ttl" not in said:
        return (*fields, ("ttl", 255))
    return fields


def _check_ports(
    reader: Attributes,
    protocol: int,
    source: tuple[Token, int | None],
    destination: tuple[Token, int | None],
    fields: dict[str, Any],
) -> None:
    if protocol not in PORT_PROTOCOLS or fields.get("offset"):
        for word, port in (source, destination):
            if port is not None:
                what = "a later fragment" if fields.get("offset") else "this protocol"
                raise reader.error(f"{what} has no ports", word)
        return
    if destination[1] is None:
        word = destination[0]
        if reader.value(lambda text: values.end(text, reader.host), word)[0].version == 6:
            hint = f"as in [{str(word).strip('[]')}]:443"
        else:
            hint = f"as in {word}:443"
        raise reader.error(f"{clip(str(word))} needs a port", word, hint)


def _read_raw(reader: Attributes, word: Token, trees: list[Tree[Token]]) -> Described:
    data = reader.value(values.hex_bytes, word)
    try:
        headers = dissect(data)
    except ValueError as error:
        raise reader.error(f"this is no IP packet: {error}", word) from None
    found = Attributes(reader.line, reader.host).read(trees)
    if found.fields:
        name = found.fields[0][0].replace("_", "-")
        message = f'"{name}" cannot be changed: the packet is given as bytes'
        raise SourceError(message, reader.line.span(), where=WHERE)
    found.spec = PacketSpec(
        headers.family, headers.protocol, headers.src, headers.dst, headers.sport, headers.dport,
        raw=data,
    )  # fmt: skip
    return found


def _pair(text: str) -> tuple[int, int]:
    """``value/echo`` of the TCP timestamps option; without the second it is 0."""
    first, _, second = text.replace(":", "/").partition("/")
    return number(first), number(second or "0")


def _ranges(text: str) -> tuple[tuple[int, int], ...]:
    pairs = [part.partition("-") for part in text.split(",")]
    return tuple((number(left), number(right)) for left, _, right in pairs)


def _fragment(text: str) -> tuple[int, int | None]:
    """``first-last`` or ``first-``: the datagram's bytes behind its IP header, from 0."""
    low, dash, high = text.partition("-")
    first, last = number(low, 0, 65528), number(high, 0, 65535) if high else None
    if not dash or first % 8 or (last is not None and last < first):
        raise ValueError(f'"{clip(text)}" is not a range such as 0-1479 whose first byte is a '
                         "multiple of 8")  # fmt: skip
    return first, last


def _checksum(text: str) -> int | str:
    return "bad" if text == "bad" else number(text, 0, 65535)


def _extension(text: str) -> tuple[int, bytes]:
    """``name`` or ``name=HEX``: the header's bytes behind its first two, padded to 8."""
    name, _, rest = text.partition("=")
    if name not in values.EXTENSIONS:
        known = ", ".join(values.EXTENSIONS)
        raise ValueError(f'"{clip(name)}" is not an extension header ({known})')
    return values.EXTENSIONS[name], values.hex_bytes(rest)
