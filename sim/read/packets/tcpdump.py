"""Lines that ``tcpdump`` printed, as statements: with and without ``-n -e -v -S -X -i any``.

The head of a line (time, device, Ethernet, IP) is read here, what the protocol's printer wrote
in ``tcpdump_detail``. With ``-X`` the packet is given as bytes and nothing needs to be guessed.
"""

from __future__ import annotations

import re
from dataclasses import field
from typing import Any

from sim.base.errors import SourceError
from sim.base.frozen import dataclass, replace
from sim.model.host import Host
from sim.packet.assemble import assemble
from sim.packet.headers import PORT_PROTOCOLS, dissect
from sim.packet.packet import Address
from sim.packet.script import PacketSpec
from sim.read.host.values import address, port
from sim.read.lines import Line, clip
from sim.read.names import DEBIAN_HOSTNAMES
from sim.read.packets.tcpdump_detail import detail_of
from sim.read.packets.tcpdump_numbers import Detail, TcpNumbers
from sim.read.packets.way_in import way_in

WHERE = "packets"

_TIME = r"(?:(?:\d{4}-\d\d-\d\d\s+)?\d\d:\d\d:\d\d(?:\.\d+)?\s+|\d{9,10}\.\d+\s+|\s*\d*:?\s*)"
_MAC = r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}"
HEAD = re.compile(
    rf"\s*(?P<prefix>in\s+\S+\s+|local\s+(?:(?:uid|gid|pid|sid|cmd)\s+\S+\s+)*)?{_TIME}"
    r"(?:(?P<dev>[^\s:>]+)\s+(?P<way>In|Out|B|M|P)\s+)?"
    rf"(?:ifindex\s+\d+\s+)?(?:(?P<smac>{_MAC})(?:\s+\(oui [^)]*\))?\s+"
    rf"(?:>\s+(?P<dmac>{_MAC}|Broadcast)(?:\s+\(oui [^)]*\))?,\s+)?)?"
    r"(?:ethertype\s+(?P<type>IPv4|IPv6|802\.1Q)[^:]*,\s+length\s+\d+:\s*"
    r"(?:vlan\s+\d+,[^>]*?ethertype\s+IPv[46][^,:]*[,:]\s*)?)?"
    r"(?P<family>IP6?\b)?\s*(?P<rest>.*)\Z"
)
# Something is a tcpdump line if it has one of these marks and two ends.
MARK = re.compile(
    r"\s*(?:(?:in\s+\S+|local(?:\s+\w+\s+\S+)*?)\s+)?"
    r"(?:(?:\d{4}-\d\d-\d\d\s+)?\d\d:\d\d:\d\d(?:\.\d+)?\s|\d{9,10}\.\d+\s"
    r"|IP6?\s+(?:\(|[^\s>]+\s+>\s)|[^\s:>]+\s+(?:In|Out|B|M|P)\s+(?:IP6?|ifindex)\s"
    rf"|{_MAC}\s+>)"
)
CHATTER = re.compile(
    r"\s*(tcpdump:|listening on |reading from file|dropped privs"
    r"|\d+ packets? (captured|received|dropped))"
)
_INFO4 = re.compile(
    r"\(tos (?P<tos>0x[0-9a-f]+)(?:,(?P<ecn>ECT\(0\)|ECT\(1\)|CE))?, ttl (?P<ttl>\d+)"
    r"(?:, id (?P<id>\d+))?(?:, offset (?P<offset>\d+))?(?:, flags \[(?P<flags>[^\]]*)\])?"
    r"(?:, proto:? [\w.+/ -]+ \((?P<proto>\d+)\))?(?:, length:? (?P<length>\d+))?"
    r"[^)]*(?:\([^)]*\)\s*)*\)?\s*"
)
_INFO6 = re.compile(
    r"\((?:class (?P<class>0x[0-9a-f]+), )?(?:flowlabel (?P<label>0x[0-9a-f]+), )?"
    r"(?:hlim (?P<ttl>\d+), )?next-header [\w.+/ -]+ \((?P<proto>\d+)\) payload length: "
    r"(?P<length>\d+)\)\s*"
)
_ENDS = re.compile(r"(?P<src>[^\s>]+)\s+>\s+(?P<dst>[^\s>]+?):(?:\s+(?P<text>.*))?\Z")
_HEX = re.compile(r"\s*0x([0-9a-f]{4}):\s+((?:[0-9a-f]{2,4}\s)*[0-9a-f]{2,4})(?:\s|\Z)")
_OTHER = re.compile(r"(ARP|RARP|STP|LLDP|CDP|EAPOL|MPLS|PPPoE|IS-IS|Flags|Unknown|802\.1)")


@dataclass(frozen=True, slots=True)
class Dumped:
    """What one packet's lines said. ``way``: In, Out, B, M, P or empty (one device was asked)."""

    spec: PacketSpec
    prefix: str = ""
    dev: str = ""
    way: str = ""
    src_mac: str = ""
    dst_mac: str = ""


@dataclass
class Dump:
    """Reads the tcpdump lines of one text; remembers where TCP numbers start."""

    host: Host
    numbers: TcpNumbers = field(default_factory=TcpNumbers)

    def read(self, line: Line, below: list[Line]) -> Dumped:
        """A packet from its first line and the indented ones below. Raises ``SourceError``."""
        head = HEAD.match(line.text)
        if head is None:
            raise self.error(line, "this line of tcpdump is not understood")
        try:
            spec = self._packet(head, line, below)
        except ValueError as error:
            if isinstance(error, SourceError):
                raise
            raise self.error(line, str(error)) from None
        dst_mac = (head["dmac"] or "").replace("Broadcast", "ff:ff:ff:ff:ff:ff")
        prefix = (head["prefix"] or "").strip()
        return Dumped(spec, prefix, head["dev"] or "", head["way"] or "", head["smac"] or "",
                      dst_mac)  # fmt: skip

    def _packet(self, head: re.Match[str], line: Line, below: list[Line]) -> PacketSpec:
        raw = _bytes_of(below, 6 if head["family"] == "IP6" or head["type"] == "IPv6" else 4)
        rest = head["rest"].strip()
        if raw is not None:
            headers = dissect(raw)
            return PacketSpec(headers.family, headers.protocol, headers.src, headers.dst,
                              headers.sport, headers.dport, raw=raw)  # fmt: skip
        if head["family"] is None and (other := _OTHER.match(rest)):
            message = f"{other[1]} is no IP packet, so iptables never sees it"
            raise self.error(line, message, "leave the line out")
        return self.described(rest, [entry.text for entry in below])

    def described(self, rest: str, below: list[str], *, is_quoted: bool = False) -> PacketSpec:
        """A packet from what follows ``IP``. Raises ``ValueError``."""
        fields: dict[str, Any] = {}
        info, info6 = _INFO4.match(rest), _INFO6.match(rest)
        if info is not None:
            fields = _ip4_fields(info)
            rest = rest[info.end() :]
        elif info6 is not None:
            fields = _ip6_fields(info6)
            rest = rest[info6.end() :]
        proto = int((info or info6)["proto"] or 0) if info or info6 else 0  # type: ignore[index]
        below = list(below)
        if not rest and below:
            rest = below.pop(0).strip()
        ends = _ENDS.match(rest)
        if ends is None:
            raise ValueError(f'two ends such as 192.0.2.1.80 > 192.0.2.2.999 are missing in '
                             f'"{clip(rest)}"')  # fmt: skip
        text = ends["text"] or ""
        detail = detail_of(text, proto)
        src, sport = self._end(ends["src"], detail)
        dst, dport = self._end(ends["dst"], detail)
        if src.version != dst.version:
            raise ValueError(f"{src} and {dst} are of different families")
        if (
            detail.protocol in PORT_PROTOCOLS
            and None in (sport, dport)
            and not fields.get("offset")
        ):
            raise ValueError("the line does not tell enough of the packet: use tcpdump -v or -X")
        if detail.protocol == 6 and not fields.get("offset"):
            key = (src, sport or 0, dst, dport or 0)
            if is_quoted:
                detail.fields.update({"seq": detail.seq or 0})
            else:
                detail.fields.update(self.numbers.absolute(key, detail))
        if detail.quotes:
            quoted = _quoted_lines(below)
            if quoted:
                detail.fields["quoting"] = self.described(quoted[0], quoted[1:], is_quoted=True)
        said = {**fields, **detail.fields}
        if fields.get("offset"):
            said = {**fields, "payload": bytes(max(0, fields.get("length", 20) - 20))}
            sport = dport = None
        length = said.pop("length", 0)
        spec = PacketSpec(src.version, detail.protocol, src, dst, sport, dport, tuple(said.items()))
        if length > len(assemble(spec)) and not detail.quotes:
            spec = replace(spec, fields=(*spec.fields, ("length", length)))
        return spec

    def _end(self, text: str, detail: Detail) -> tuple[Address, int | None]:
        """``192.0.2.1.443``, ``2001:db8::1.22``, ``192.0.2.1``, and names that the host knows."""
        head, _, tail = text.rpartition(".")
        plain = _try_address(text)
        if plain is not None:
            return plain, None
        found = _try_address(head)
        names = {**DEBIAN_HOSTNAMES, **self.host.hostnames}
        if found is None and head in names:
            found = names[head][0]
        if found is None and text in names:
            return names[text][0], None
        if found is None:
            raise ValueError(f'"{clip(text)}" has no address: use tcpdump -n')
        return found, port(tail)

    # ---- where a packet comes in ---------------------------------------------------------

    def place(self, line: Line, dumped: Dumped) -> str:
        """The interface that a packet arrives on; empty: the host sends it itself."""
        if dumped.prefix:
            return dumped.prefix.split()[1] if dumped.prefix.startswith("in") else ""
        if not self.host.interfaces:  # its text was refused: nothing can be told
            return "" if dumped.way == "Out" else dumped.dev or "lo"
        is_own = any(
            entry.address.ip == dumped.spec.src
            for interface in self.host.interfaces.values()
            for entry in interface.addresses
        )
        if dumped.way == "Out":
            if is_own:
                return ""
            raise self.error(
                line,
                f"{dumped.spec.src} is no address of the host, so this is a packet that the host "
                "passed on",
                "leave the line out: what leaves is what the simulation shows",
            )
        if dumped.way:
            return dumped.dev
        return "" if is_own else self._towards(line, dumped.spec.src)

    def _towards(self, line: Line, source: Address) -> str:
        """The interface that the route to the source leads to."""
        found = way_in(self.host, source)
        if found:
            return found
        names = [name for name in self.host.interfaces if name != "lo"]
        example = names[0] if names else "eth0"
        raise self.error(
            line,
            f"it cannot be told on which interface the packet from {source} arrives",
            f'put "in {example}" in front of the line',
        )

    @staticmethod
    def error(line: Line, message: str, hint: str = "") -> SourceError:
        return SourceError(message, line.span(), where=WHERE, hint=hint)


def is_dump(text: str) -> bool:
    """Does the line look like tcpdump's?"""
    return MARK.match(text) is not None


_NAMED_ENDS = re.compile(r"(?P<src>[\w.:%-]+) > (?P<dst>[\w.%:-]*[\w%-]): (?P<text>.*)")


_IS_FOUR = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?:\.\d{1,5})?")  # with a port or without


def names_of(text: str) -> list[str]:
    """The host names among the ends of a line, which a line without ``-n`` has."""
    found = _NAMED_ENDS.search(text)
    if found is None or re.search(rf"{_MAC} > ", text):
        return []
    names = []
    for end in (found["src"], found["dst"]):
        head = end.rpartition(".")[0]
        if _IS_FOUR.fullmatch(end):
            continue
        if _try_address(end) is None and _try_address(head) is None:
            names.append(end if "ICMP" in found["text"] or not head else head)
    return [name for name in names if name not in DEBIAN_HOSTNAMES]


def is_chatter(text: str) -> bool:
    """What tcpdump says about itself."""
    return CHATTER.match(text) is not None


def _try_address(text: str) -> Address | None:
    try:
        return address(text)
    except ValueError:
        return None


def _bytes_of(below: list[Line], family: int) -> bytes | None:
    """The packet from the lines of ``-x``/``-X``, if they are there and whole."""
    data = bytearray()
    for line in below:
        found = _HEX.match(line.text)
        if found is None:
            continue
        if int(found[1], 16) != len(data):
            return None
        data += bytes.fromhex(found[2].replace(" ", ""))
    has_ethernet = bytes(data[12:14]) in (b"\x08\x00", b"\x86\xdd")
    if has_ethernet and len(data) > 14 and data[0] >> 4 != family == data[14] >> 4:
        del data[:14]  # -XX shows the Ethernet header too, and so does a cut-off packet
    try:
        headers = dissect(bytes(data))
    except ValueError:
        return None
    return bytes(data[: headers.length]) if headers.length <= len(data) else None


def _quoted_lines(below: list[str]) -> list[str]:
    """The packet inside an ICMP error, which ``-v`` prints below it."""
    for at, text in enumerate(below):
        stripped = text.strip()
        if stripped.startswith(("IP (", "IP6 (")):
            return [stripped.partition(" ")[2], *below[at + 1 :]]
    return []


def _ip4_fields(info: re.Match[str]) -> dict[str, Any]:
    fields: dict[str, Any] = {"tos": int(info["tos"], 16), "ttl": int(info["ttl"])}
    if info["id"]:
        fields["id"] = int(info["id"]) & 0xFFFF
    if info["offset"] and int(info["offset"]):
        fields["offset"] = int(info["offset"])
    flags = info["flags"] or ""
    if "DF" in flags:
        fields["df"] = True
    if "+" in flags:
        fields["mf"] = True
    if info["length"]:
        fields["length"] = int(info["length"])
    return fields


def _ip6_fields(info: re.Match[str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if info["class"]:
        fields["tos"] = int(info["class"], 16)
    if info["label"]:
        fields["flowlabel"] = int(info["label"], 16)
    if info["ttl"]:
        fields["ttl"] = int(info["ttl"])
    return fields
