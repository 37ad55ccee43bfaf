"""The ftp helper: data connections announced by PORT, EPRT, 227 and 229 lines.

A command is looked for only where a line begins that conntrack followed from the end of the
line before. Under NAT the announced address is rewritten to what the other end can reach, and
the expected connection is bound like its master. Facts: nf_conntrack_ftp.c, nf_nat_ftp.c.
"""

from __future__ import annotations

from dataclasses import field
from enum import Enum
from ipaddress import IPv4Address, IPv6Address

from sim.base.frozen import dataclass, replace
from sim.extensions.runtime import Runtime
from sim.kernel.conntrack.expect import Expectations, ExpectedFlow
from sim.kernel.conntrack.protocol import SECOND
from sim.kernel.conntrack.seqadj import note_change
from sim.kernel.conntrack.table import Entry
from sim.kernel.conntrack.tcp_window import MASK, after
from sim.model.tuples import transport
from sim.packet.headers import IPPROTO_TCP
from sim.packet.kinds import CtState
from sim.packet.packet import Address, Packet

TIMEOUT = 300 * SECOND
PORT_ATTEMPTS = 128


@dataclass(slots=True)
class Lines:
    """The sequence numbers behind the last two line ends of each direction."""

    ends: tuple[list[int], list[int]] = field(default_factory=lambda: ([], []))

    def note(self, reply: bool, seq: int) -> None:
        known = self.ends[reply]
        if seq in known:
            return
        if len(known) < 2:
            known.append(seq)
            return
        oldest = 0 if after(known[1], known[0]) else 1
        if after(seq, known[oldest]):
            known[oldest] = seq


class Begun(Enum):
    """A command of which more is to come."""

    PARTLY = "partly"


@dataclass(frozen=True, slots=True)
class FtpCommand:
    """What a line announced. ``start`` and ``length`` are the place of the numbers."""

    word: str
    start: int
    length: int
    address: Address | None  # EPSV's answer names none
    port: int


def ftp(
    expectations: Expectations, entry: Entry, packet: Packet, runtime: Runtime
) -> Packet | None:
    """Look into one segment of a control connection. ``None``: it must be dropped."""
    part = transport(packet.data)
    if packet.ct_state is not CtState.ESTABLISHED:
        return packet
    if part is None or part.protocol != IPPROTO_TCP or len(part.data) < 20:
        return packet
    offset = (part.data[12] >> 4) * 4
    text = part.data[offset:]
    if not text:
        return packet
    if entry.memory is None:
        entry.memory = Lines()
    lines: Lines = entry.memory
    reply = packet.ct_reply
    seq = int.from_bytes(part.data[4:8], "big")
    if seq in lines.ends[reply]:
        command = _find(text, reply, part.family)
        if command is Begun.PARTLY:
            return None
        if isinstance(command, FtpCommand):
            done = _expect(expectations, entry, packet, command, offset, runtime)
            if done is None:
                return None
            packet = done
    if text.endswith(b"\n"):
        lines.note(reply, seq + len(text) & MASK)
    return packet


def _find(text: bytes, reply: bool, family: int) -> FtpCommand | Begun | None:
    """The command that the text begins with; or it begins one and is not whole."""
    words = ("227 ", "229 ") if reply else ("PORT", "EPRT")
    for word in words:
        size = len(word)
        start = text[:size].upper()
        if len(text) <= size:
            if word.encode().startswith(start):
                return Begun.PARTLY
            continue
        if start == word.encode():
            return _read(text, word, family) or Begun.PARTLY
    return None


def _read(text: bytes, word: str, family: int) -> FtpCommand | None:
    if word == "227 ":
        at = next((i for i in range(4, len(text)) if text[i : i + 1].isdigit()), None)
        return None if at is None else _six_numbers(text, word, at, None)
    skip = b"(" if word == "229 " else b" "
    at = text.find(skip, 4) + 1
    if at == 0 or at >= len(text):
        return None
    if word == "PORT":
        return _six_numbers(text, word, at, b"\r")
    return _extended(text, word, at, family)


def _six_numbers(text: bytes, word: str, at: int, term: bytes | None) -> FtpCommand | None:
    """``10,0,0,2,4,1``: four of the address, two of the port."""
    found = _numbers(text, at, 6, b",", term)
    if found is None:
        return None
    n, length = found
    address = (n[0] << 24 | n[1] << 16 | n[2] << 8 | n[3]) & MASK
    return FtpCommand(word, at, length, IPv4Address(address), (n[4] << 8 | n[5]) & 0xFFFF)


def _numbers(
    text: bytes, at: int, count: int, separator: bytes, term: bytes | None
) -> tuple[list[int], int] | None:
    numbers = [0]
    for i in range(at, len(text)):
        char = text[i : i + 1]
        if char.isdigit():
            numbers[-1] = numbers[-1] * 10 + int(char) & MASK
        elif char == separator:
            if len(numbers) == count:
                return None
            numbers.append(0)
        elif len(numbers) == count and term in (None, char):
            return numbers, i - at
        else:
            return None
    return None


def _extended(text: bytes, word: str, at: int, family: int) -> FtpCommand | None:
    """``|1|10.0.0.2|6275|``, ``|2|fd00::2|6275|``, and the answer's ``|||6446|``."""
    mark = text[at : at + 1]
    if not mark or mark.isdigit() or not 33 <= mark[0] <= 126:
        return None
    fields = text[at + 1 :].split(mark)
    if word == "229 ":
        if len(fields) < 4 or fields[0] or fields[1]:
            return None
        address: Address | None = None
        port, before = fields[2], 3
    else:
        if len(fields) < 4 or fields[0] != (b"1" if family == 4 else b"2"):
            return None
        try:
            address = (IPv4Address if family == 4 else IPv6Address)(fields[1].decode())
        except ValueError:
            return None
        port, before = fields[2], 4 + len(fields[1])
    if not port.isdigit() or int(port) & 0xFFFF == 0:
        return None
    return FtpCommand(word, at, before + len(port) + 1, address, int(port) & 0xFFFF)


def _expect(
    expectations: Expectations,
    entry: Entry,
    packet: Packet,
    command: FtpCommand,
    offset: int,
    runtime: Runtime,
) -> Packet | None:
    reply = packet.ct_reply
    here, back = entry.tuple(reply), entry.tuple(not reply)
    if command.address not in (None, here.src):
        return packet  # announces somebody else: not followed (the module's "loose" is off)
    expectation = ExpectedFlow(
        master=entry.flow.id,
        tuple=replace(back, sport=0, dport=command.port, zone=entry.zone.of(False)),
        source=back.src,
        expires=runtime.now + TIMEOUT,
        reply=not reply,
    )
    if not entry.flow.status & {"SRC_NAT", "DST_NAT"}:
        return packet if expectations.add(expectation) else None
    expectation = replace(expectation, follow=True, saved_port=command.port)
    port = _free_port(expectations, expectation, runtime)
    if port is None:
        return None
    return _mangled(entry, packet, command, offset, back.dst, port)


def _free_port(
    expectations: Expectations, expectation: ExpectedFlow, runtime: Runtime
) -> int | None:
    """The announced port, or a higher one at random while others wait for the same."""
    port = first = expectation.tuple.dport
    for _ in range(min(65535 - first, PORT_ATTEMPTS) + 1):
        if expectations.add(replace(expectation, tuple=replace(expectation.tuple, dport=port))):
            return port
        if first == 65535:
            break
        port = first + runtime.random.randrange(65535 - first)
    return None


def _mangled(
    entry: Entry, packet: Packet, command: FtpCommand, offset: int, address: Address, port: int
) -> Packet:
    """The line with the address and port that the other end can reach."""
    if command.word in ("PORT", "227 "):
        words = [*address.packed, port >> 8, port & 255]
        new = ",".join(map(str, words))
    elif command.word == "EPRT":
        # IPv6 is written out in full (the kernel's %pI6), so that the line may well grow.
        new = f"|{1 if address.version == 4 else 2}|{address.exploded}|{port}|"
    else:
        new = f"|||{port}|"
    at = packet.headers.payload_offset
    data = packet.data[at : max(packet.headers.length, at)]
    start = offset + command.start
    seq = int.from_bytes(data[4:8], "big")
    changed = data[:start] + new.encode() + data[start + command.length :]
    if len(changed) != len(data):
        note_change(entry, packet.ct_reply, seq, len(changed) - len(data))
    return packet.with_transport(changed)
