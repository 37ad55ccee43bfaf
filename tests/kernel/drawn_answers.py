"""What comes back: replies and errors made of the frames that a host sent.

A far end answers what it sees on its wire, translated or not, so the lines of a drawn scenario
grow with what the simulation has sent up to there.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from sim.kernel.stack.core import Stack
from sim.kernel.traversal import WAYS, perform
from sim.model.scenario import Scenario
from sim.packet.packet import Packet
from sim.read.scenario import compile_scenario
from sim.trace import steps as t
from tests.kernel.siblings import echo, into, ip, tcp, udp

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
ERRORS = {
    4: ((3, 0), (3, 1), (3, 3), (3, 4), (3, 13), (4, 0), (5, 0), (5, 1), (11, 0), (11, 1), (12, 0)),
    6: ((1, 0), (1, 1), (1, 3), (1, 4), (2, 0), (3, 0), (3, 1), (4, 0), (4, 1), (4, 2)),
}
EXTENSIONS = (0, 43, 60)


@dataclass(frozen=True)
class Frame:
    """A packet that left, by which device, and its MACs where it left a bridge's port."""

    device: str
    packet: bytes
    macs: tuple[str, str] | None = None


def sent(host: str, rules: str, lines: Sequence[str]) -> list[Frame]:
    """Every frame that leaves while the lines are performed, in order, without ARP's."""
    compiled = compile_scenario(Scenario(host=host, rules=rules, packets="\n".join(lines) + "\n"))
    stack = Stack(compiled, WAYS)
    found = []
    for statement in compiled.script:
        for step in perform(stack, statement):
            if isinstance(step, t.Sent) and not step.packet.is_arp and not _redirects(step.packet):
                link = step.packet.link
                device = stack.runtime.host.interface(step.iface)
                macs = None
                if device is not None and device.master and link is not None and link.dst_mac:
                    macs = (link.src_mac or "", link.dst_mac)
                found.append(Frame(step.iface, step.packet.data, macs))
    return found


def _redirects(packet: Packet) -> bool:
    """Whoever is told of it answers nothing; about a foreign link the laboratory knows too much."""
    icmp = packet.headers.icmp
    return packet.family == 6 and icmp is not None and icmp.type == 137


def _parts(packet: bytes) -> tuple[str, str, int, bytes]:
    """Source, destination, protocol and what is behind the headers."""
    if packet[0] >> 4 == 4:
        ends = packet[12:16], packet[16:20]
        return *(str(ip_address(end)) for end in ends), packet[9], packet[packet[0] % 16 * 4 :]
    ends = packet[8:24], packet[24:40]
    kind, at = packet[6], 40
    while kind in EXTENSIONS and at + 8 <= len(packet):
        kind, at = packet[at], at + 8 + packet[at + 1] * 8
    return *(str(ip_address(end)) for end in ends), kind, packet[at:]


def _answer_part(rng: random.Random, kind: int, part: bytes, family: int) -> bytes:
    if kind == 17 and len(part) >= 8:
        here, there = int.from_bytes(part[:2], "big"), int.from_bytes(part[2:4], "big")
        return udp(rng.choice((8, 20, 60, 1200)), there, here)
    if kind == 6 and len(part) >= 20:
        here, there = int.from_bytes(part[:2], "big"), int.from_bytes(part[2:4], "big")
        seq, ack = int.from_bytes(part[4:8], "big"), int.from_bytes(part[8:12], "big")
        size = len(part) - (part[12] >> 4) * 4
        following = (seq + size + bool(part[13] & SYN) + bool(part[13] & FIN)) & 0xFFFFFFFF
        flags = SYN | ACK if part[13] & (SYN | ACK) == SYN else rng.choice((ACK, ACK, FIN | ACK))
        flags = rng.choice((flags, flags, flags, flags, RST | ACK, RST, PSH | ACK, SYN, FIN))
        number = ack if part[13] & ACK else 5000
        return tcp(rng.choice((20, 20, 30)), flags, there, here, number, following)
    if kind in (1, 58) and len(part) >= 8:
        answers = {8: 0, 13: 14, 17: 18} if kind == 1 else {128: 129}
        return bytes((answers.get(part[0], part[0]), 0, 0, 0)) + part[4:]
    return part[:40] or echo(16, family)


def answered(rng: random.Random, frame: Frame, devices: Sequence[str]) -> str:
    """The far end's answer to a frame, mostly by the device that it left by."""
    source, target, kind, part = _parts(frame.packet)
    family = 4 if ":" not in source else 6
    device = frame.device if rng.random() < 0.93 else rng.choice(devices)
    if rng.random() < 0.28:
        return _placed(device, frame, _error(rng, frame.packet, source, target, family))
    answer = _answer_part(rng, kind, part, family)
    packet = ip(target, source, kind, answer, ttl=rng.choice((64, 64, 64, 1, 2)))
    return _placed(device, frame, packet)


def _error(rng: random.Random, about: bytes, source: str, target: str, family: int) -> bytes:
    kind, code = rng.choice(ERRORS[family])
    start = 20 if family == 4 else 40
    quoted = about[: rng.choice((start + 8, start + 8, start + 28, 500, 500, start + 4, start))]
    info = rng.choice((0, 6, 1280, 40 << 24))
    body = bytes((kind, code, 0, 0)) + info.to_bytes(4, "big") + quoted
    router = "198.51.100.254" if family == 4 else "2001:db8:5::254"
    by = rng.choice((target, target, router))
    return ip(by, source, 1 if family == 4 else 58, body)


def _placed(device: str, frame: Frame, packet: bytes) -> str:
    macs = ""
    if frame.macs is not None and device == frame.device:
        macs = f"src-mac {frame.macs[1]} dst-mac {frame.macs[0]}"
        if int(frame.macs[1][:2], 16) & 1:  # it went to many: one of them answers
            macs = f"src-mac 02:00:00:00:02:01 dst-mac {frame.macs[0]}"
    return into(device, packet, macs)
