"""The lines that LOG writes to the kernel's log, with any prefix: the packets that they tell.

``IN=eth0 OUT= MAC=… SRC=… DST=… TTL=… PROTO=TCP SPT=… DPT=…`` (net/netfilter/nf_log_syslog.c).
A mail or a terminal may have wrapped a line anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import lru_cache
from ipaddress import ip_address

from sim.base.frozen import dataclass
from sim.read.paste.desk import Desk
from sim.read.paste.form import Form
from sim.read.paste.model import Became, Block
from sim.read.paste.place import PastePlace
from sim.read.paste.wordlist import names

_START = re.compile(r"(?:^|\s|:|\]|\"|')?IN=(?P<dev>[\w.@:+-]*)\s+OUT=")
_IN = re.compile(r"(?:^|[\s:\]\"'])IN=[\w.@:+-]*(?:\s|$)")
_FLAGS = ("CE", "DF", "MF", "CWR", "ECE", "URG", "ACK", "PSH", "RST", "SYN", "FIN")
_WORD = (
    rf"(?:[A-Z][A-Z0-9]*=\S*|{'|'.join(_FLAGS)}|FRAG:\d+|OPT\s*\(\S*\)|\[|\]|\[SRC=\S*|\d+\]"
    r"|INCOMPLETE)"
)
_MORE = re.compile(
    rf"\s*[\w.:=]*\s*(?:{_WORD}(?:\s+|$))*[A-Z][A-Z0-9:]*$"
    rf"|\s*[\w.:=]*\s*(?:{_WORD}(?:\s+|$))*$"
)
_KEYS = names(
    """
    OUT MAC SRC DST LEN TOS PREC TTL ID PROTO SPT DPT WINDOW RES URGP TYPE CODE SEQ ACK UID GID
    MARK TC HOPLIMIT FLOWLBL PHYSIN PHYSOUT SPI GATEWAY MTU PARAMETER
    """
)
_KEY = re.compile(rf"\s*(?:(?:{'|'.join(_KEYS)})=|FRAG:|\[)")
_WHOLE = re.compile(rf"(?:.*\s)?(?:(?:{'|'.join(_KEYS)}|IN)=\S*|{'|'.join(_FLAGS)}|FRAG:\d+|\])")
_FIELD = re.compile(
    r"(?P<key>[A-Z][A-Z0-9]*)=(?P<value>\S*)|FRAG:(?P<frag>\d+)|(?P<word>[A-Z]{2,3})\b"
)
_INNER = re.compile(r"\[(?P<inner>SRC=[^\]]*)\]?")
_TCP = ("CWR", "ECE", "URG", "ACK", "PSH", "RST", "SYN", "FIN")
_PROTOCOLS = {name: name.lower() for name in names("TCP UDP ICMP ICMPv6 UDPLITE SCTP DCCP ESP AH")}
LONGEST = 400  # of a wrapped part
MOST_WRAPPED = 8  # lines that one packet's line may have become


@dataclass(slots=True)
class LoggedPacket:
    """The fields of one line; of a key that comes twice (LEN, ID) the first and the last."""

    first: dict[str, str] = field(default_factory=dict)
    last: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    offset: int = 0

    @classmethod
    def of(cls, text: str) -> LoggedPacket:
        made = cls()
        for found in _FIELD.finditer(text):
            if found["frag"]:
                made.offset = int(found["frag"]) * 8
            elif found["word"]:
                made.words.append(found["word"])
            else:
                made.first.setdefault(found["key"], found["value"])
                made.last[found["key"]] = found["value"]
        return made


_logged = lru_cache(maxsize=4)(LoggedPacket.of)  # a line is looked at twice


class KernelLog(Form):
    """Lines of LOG from dmesg, the journal or a file of syslog."""

    name = "kernel log"

    def takes(self, place: PastePlace) -> int:
        if not _IN.search(place.line):
            return 0
        following = place.lines[place.at + 1] if place.at + 1 < place.end else ""
        if not _START.search(_with(place.line, following)):
            return 0
        count = 0
        wrapped, before = 0, ""
        for line in place.rest():
            if _IN.search(line):
                wrapped = 0
            elif wrapped >= MOST_WRAPPED or not _goes_on(line, before):
                break
            else:
                wrapped += 1
            count += 1
            before = f"{before}{line.strip()}" if wrapped else line.rstrip()
        return count

    def read(self, block: Block, desk: Desk) -> Became:
        notes: list[str] = []
        became = ""
        traced: set[tuple[str, ...]] = set()
        met: dict[tuple[str, ...], _Sighting] = {}
        again = False
        for number, text in _joined(block):
            seen = _Sighting.of(text)
            if seen is not None and seen.is_after(met.get(seen.packet)):
                met[seen.packet] = seen
                again = True
                continue
            if seen is not None:
                met[seen.packet] = seen
            one = _traced(text)
            if one and one in traced:
                continue
            if one:
                traced.add(one)
            told = _statement(text, desk)
            if told is None:
                notes.append(f"line {number}: {_why_not(text)}")
            else:
                desk.put_packets(told, number)
                became = "packets"
        if again:
            notes.append("a packet that several rules logged on its way is taken once")
        if traced:
            notes.append("TRACE writes a line for each rule: each packet is taken once")
        if became:
            notes.append("TCP's options and the payload are in no log")
        return Became(became, "; ".join(notes))


def _why_not(text: str) -> str:
    """Why no packet can be told from a line."""
    told = _logged(_INNER.sub("", text)).first
    for key in ("SRC", "DST"):
        if told.get(key):
            try:
                _address(told[key])
            except ValueError:
                return f"{key}={told[key]} is no address, no packet can be told"
    return "cut off, no packet can be told"


_STAMP = re.compile(r".*\bkernel:|\[\s*\d+\.\d+\]")
_SAME = ("SRC", "DST", "LEN", "PROTO", "SPT", "DPT", "WINDOW", "TYPE", "CODE", "SEQ")


@dataclass(frozen=True, slots=True)
class _Sighting:
    """One line of one packet: which packet, under which prefix, how far it has come.

    ``stage``: 0 before and at its destination, 1 passing through, 2 leaving, 3 come back on lo.
    """

    packet: tuple[str, ...]
    prefix: str
    stage: int
    ttl: int

    @classmethod
    def of(cls, text: str) -> _Sighting | None:
        """``None``: nothing tells this packet from the next one."""
        start = _START.search(text)
        if start is None or _TRACE.search(text):
            return None
        made = _logged(_INNER.sub("", text[start.start() :]))
        told, ttl = made.first, made.first.get("TTL", "")
        if told.get("ID", "0") == "0" or not ttl.isdecimal():
            return None
        came, left = told.get("IN"), told.get("OUT")
        stage = 3 if came == "lo" else (1 if left else 0) if came else 2
        flags = " ".join(sorted(word for word in made.words if word in _FLAGS))
        packet = (*(told.get(key, "") for key in _SAME), told["ID"], made.last["ID"], flags)
        return cls(packet, _STAMP.sub("", text[: start.start()]).strip(), stage, int(ttl))

    def is_after(self, other: _Sighting | None) -> bool:
        """Is it the packet of ``other``, seen again on its way?"""
        if other is None or not 0 <= other.ttl - self.ttl <= 1:
            return False
        return self.stage > other.stage or (
            self.stage == other.stage and self.prefix != other.prefix
        )


_TRACE = re.compile(r"TRACE: \w+:\S+:(?:policy|rule|return):\d+ ")


def _traced(text: str) -> tuple[str, ...]:
    """What the lines that TRACE writes of one packet have in common; empty: it is no such line."""
    if not _TRACE.search(text):
        return ()
    packet = LoggedPacket.of(_INNER.sub("", text))
    keys = ("PROTO", "ID", "FLOWLBL", "SPT", "LEN")
    first = tuple(packet.first.get(key, "") for key in keys)
    return (*first, packet.last.get("SEQ", ""), packet.last.get("ID", ""))


_ONE_WORD = re.compile(r"[A-Za-z]*[a-z][A-Za-z]*[.!?:,]?")
_NAME_ENDS = re.compile(r"(?:^|\s)(?:IN|OUT|PHYSIN|PHYSOUT)=[\w.@:+-]*$")
_ADDRESS_ENDS = re.compile(r"(?:^|\s|\[)(?:MAC|SRC|DST)=[\da-fA-F:.]*$")


def _goes_on(line: str, before: str) -> bool:
    """Could this be the rest of a line that was broken above?"""
    text = line.strip()
    if not text or len(line) > LONGEST or _MORE.match(line) is None:
        return False
    if not _ONE_WORD.fullmatch(text):
        return True
    # One word of small letters is a person's, unless a name or an address ends above.
    return bool(_NAME_ENDS.search(before)) or (
        _ADDRESS_ENDS.search(before) is not None and re.fullmatch(r"[\da-fA-F]+", text) is not None
    )


def _joined(block: Block) -> Iterator[tuple[int, str]]:
    """Each packet's line with its number, wrapped parts put together."""
    text, start = "", block.first
    for number, line in enumerate(block.lines, block.first):
        if _IN.search(line):
            if text:
                yield start, text
            text, start = line, number
        else:
            text = _with(text, line)
    if text:
        yield start, text


def _with(text: str, line: str) -> str:
    """A line and its rest: the break was at a blank, or inside of a word."""
    first = line.split()[:1]
    at_blank = _WHOLE.fullmatch(text.rstrip()) and (
        _KEY.match(line) or (first and first[0] in _FLAGS)
    )
    blank = " " if at_blank or text.endswith((" ", "\t")) or line[:1].isspace() else ""
    return text.rstrip() + blank + line.strip()


def _statement(text: str, desk: Desk) -> str | None:
    """The statement for what a line tells; ``None``: the line ends before its addresses."""
    start = _START.search(text)
    if start is None:
        return None
    text = text[start.start() :]
    inner = _INNER.search(text)
    outer = text[: inner.start()] + text[inner.end() :] if inner else text
    packet = _logged(outer)
    told = packet.first
    came, left = told.get("PHYSIN") or told.get("IN", ""), told.get("OUT", "")
    words = _packet(packet, ttl_off=int(bool(came and left and "PHYSIN" not in told)))
    if words is None:
        return None
    if inner:
        quoted = _packet(LoggedPacket.of(inner["inner"]), ttl_off=0)
        words += [f"quoting ({' '.join(quoted)})"] if quoted else []
    if came and came != "lo":  # what is on lo, this host sends to itself
        return " ".join(["in", came, *words, *_macs(told, came, desk), *_mark(told)])
    owner = [
        f"{key.lower()} {told[key]}" for key in ("UID", "GID") if told.get(key, "").isdecimal()
    ]
    return " ".join(["local", *owner, *words, *_mark(told)])


_address = lru_cache(maxsize=4096)(ip_address)


def _packet(packet: LoggedPacket, *, ttl_off: int) -> list[str] | None:
    """``ttl_off``: 1 where the packet was logged behind the router's own decrement."""
    told, last = packet.first, packet.last
    try:
        source, destination = _address(told["SRC"]), _address(told["DST"])
    except (KeyError, ValueError):
        return None
    is_six = source.version == 6
    name = told.get("PROTO", "")
    protocol = _PROTOCOLS.get(name, name.lower())
    words = [f"proto {protocol}" if protocol.isdecimal() else protocol or "proto 255"]
    has_ports = "SPT" in told and not packet.offset
    for end, key in ((source, "SPT"), (destination, "DPT")):
        shown = f"[{end}]" if is_six and has_ports else str(end)
        words.append(f"{shown}:{told[key]}" if has_ports and key in told else shown)
    words.insert(2, "->")
    if protocol == "tcp" and has_ports:
        flags = [flag.lower() for flag in _TCP if flag in packet.words]
        words.append(",".join(reversed(flags)) or "none")
    if protocol in ("icmp", "icmpv6") and "TYPE" in told:
        words.append(_icmp(told))
        words += [f"{key.lower()} {last[key]}" for key in ("ID", "SEQ") if _echo(told, last, key)]
        words += [f"gateway {told['GATEWAY']}"] if "GATEWAY" in told else []
        words += [f"mtu {told['MTU']}"] if "MTU" in told else []
    if "TTL" in told or "HOPLIMIT" in told:
        words.append(f"ttl {min(255, int(told.get('TTL') or told['HOPLIMIT']) + ttl_off)}")
    words += _small(packet, protocol, is_six=is_six)
    return words


def _icmp(told: Mapping[str, str]) -> str:
    """``8`` or ``3/1``; a number stands for its type."""
    code = told.get("CODE", "0")
    return f"type {told['TYPE']}" + (f"/{code}" if code != "0" else "")


def _echo(told: Mapping[str, str], last: Mapping[str, str], key: str) -> bool:
    """Echo and timestamp have an identifier; the IPv4 header's ID comes before TYPE."""
    return told["TYPE"] in ("0", "8", "13", "14", "15", "16", "128", "129") and key in last


def _small(packet: LoggedPacket, protocol: str, *, is_six: bool) -> list[str]:
    told = packet.first
    words = []
    tos = _hex(told.get("TOS")) | _hex(told.get("PREC")) or int(told.get("TC") or 0)
    words += [f"tos {tos:#x}"] if tos else []
    if is_six and told.get("FLOWLBL", "0") not in ("0", ""):
        words.append(f"flowlabel {told['FLOWLBL']}")
    if not is_six and told.get("ID", "").isdecimal() and "ID" in told:
        key = "ip-id" if protocol in ("icmp", "icmpv6") else "id"
        words.append(f"{key} {told['ID']}")
    if protocol == "tcp" and told.get("WINDOW", "").isdecimal():
        words.append(f"window {told['WINDOW']}")
    if protocol in ("esp", "ah") and told.get("SPI", "").startswith("0x"):
        words.append(f"spi {int(told['SPI'], 16)}")
    words += ["df"] * ("DF" in packet.words) + ["mf"] * ("MF" in packet.words)
    return words + ([f"offset {packet.offset}"] if packet.offset else [])


def _hex(text: str | None) -> int:
    return int(text, 16) if text and re.fullmatch(r"0x[\da-fA-F]+", text) else 0


def _macs(told: Mapping[str, str], dev: str, desk: Desk) -> list[str]:
    """The frame's addresses: 14 bytes, the destination first.

    The destination counts only where somebody told the interface's own address.
    """
    frame = _FRAME.fullmatch(told.get("MAC", ""))
    if frame is None:
        return []
    words = [f"src-mac {frame['source'].lower()}"]
    interface = desk.draft.interfaces.get(dev)
    if interface is not None and interface.mac:
        words.append(f"dst-mac {frame['destination'].lower()}")
    return words


_OCTETS = r"[\da-fA-F]{2}(?::[\da-fA-F]{2}){5}"
_FRAME = re.compile(rf"(?P<destination>{_OCTETS}):(?P<source>{_OCTETS})(?::[\da-fA-F]{{2}}){{2}}")


def _mark(told: Mapping[str, str]) -> list[str]:
    return [f"mark {told['MARK']}"] if _hex(told.get("MARK")) else []
