"""How much SNAT and MASQUERADE cost, on this machine's kernel, in namespaces of our own.

A router between two wires, one rule of nat POSTROUTING, and UDP packets that are put in as fast
as one process can: each of a connection of its own (the rule is asked, an entry made), or all of
one connection (only the rewrite is left). veth hands a packet through the router before the
call that sends it returns, so the time of the calls is the time of the router, and of the send.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from playground.lab.errors import LabError
from playground.lab.loading import RESTORE, Loader
from playground.lab.machine import Machine, Reaper
from playground.lab.wires import Wires
from sim.packet.assemble import assemble
from sim.packet.script import Inject
from sim.read.host.text import parse_host
from sim.read.packets.text import parse_packets

HOST = """interface eth0 203.0.113.1/24
interface eth1 192.168.1.1/24
route default via 203.0.113.254 dev eth0
sysctl net.ipv4.ip_forward = 1
"""
RULES = {
    "SNAT": "-A POSTROUTING -o eth0 -j SNAT --to-source 203.0.113.1",
    "MASQUERADE": "-A POSTROUTING -o eth0 -j MASQUERADE",
}
CONNECTIONS = 20_000  # fewer than conntrack's table holds
PACKETS = 60_000


@dataclass(frozen=True, slots=True)
class Round:
    """Calls a second in one namespace: new connections, then packets of one connection."""

    rule: str
    connections: float
    packets: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians over the rounds, and MASQUERADE's rate divided by SNAT's, pair by pair."""

    what: str
    snat: float
    masquerade: float
    ratio: float
    lowest: float
    highest: float


def rounds(count: int) -> Iterator[Round]:
    """SNAT and MASQUERADE in turns, each on a router that was just made. Raises ``LabError``."""
    frames = _frames(CONNECTIONS)
    wires, reaper, loader = Wires(), Reaper(), Loader()
    try:
        for number in range(count):
            order = list(RULES) if number % 2 == 0 else list(reversed(RULES))
            for rule in order:
                with Machine(parse_host(HOST), wires, reaper) as machine:
                    loaded = loader.run(machine.namespace, [RESTORE[4]], _restore(rule))
                    if not loaded.ok:
                        raise LabError(loaded.message)
                    mac = bytes.fromhex(machine.macs["eth1"].replace(":", ""))
                    yield _measured(rule, wires, [mac + frame for frame in frames])
    finally:
        wires.close()
        reaper.stop()
        loader.close()


def _restore(rule: str) -> str:
    return f"*nat\n{RULES[rule]}\nCOMMIT\n"


def _frames(count: int) -> list[bytes]:
    """Ethernet frames without the destination, each of another connection."""
    host = parse_host(HOST)
    (one,) = parse_packets("in eth1 udp 192.168.1.10:1024 -> 198.51.100.7:53", host)
    assert isinstance(one, Inject)
    packet = bytearray(assemble(one.spec))
    source = bytes.fromhex("020000000909") + b"\x08\x00"
    frames = []
    for number in range(count):
        packet[20:22] = (1024 + number).to_bytes(2, "big")
        packet[26:28] = b"\0\0"  # UDP over IPv4 may go without a checksum
        frames.append(source + bytes(packet))
    return frames


def _measured(rule: str, wires: Wires, frames: Sequence[bytes]) -> Round:
    connections = _rate(wires, frames)
    packets = _rate(wires, [frames[0]] * PACKETS)
    return Round(rule, connections, packets)


def _rate(wires: Wires, frames: Sequence[bytes]) -> float:
    """Frames a second. What comes out of the other wire is thrown away."""
    place = (wires.port_of("eth1"), 0x0800)
    send = wires.socket.sendto
    began = time.perf_counter()
    for frame in frames:
        send(frame, place)
    seconds = time.perf_counter() - began
    wires.read()
    return len(frames) / seconds


def figures(found: Sequence[Round]) -> tuple[Figures, Figures]:
    """New connections, packets of one connection."""
    snat = [one for one in found if one.rule == "SNAT"]
    masquerade = [one for one in found if one.rule == "MASQUERADE"]
    made = []
    for what in ("connections", "packets"):
        first = [getattr(one, what) for one in snat]
        second = [getattr(one, what) for one in masquerade]
        ratios = sorted(b / a for a, b in zip(first, second, strict=True))
        made.append(
            Figures(
                what, statistics.median(first), statistics.median(second),
                statistics.median(ratios), ratios[0], ratios[-1],
            )
        )  # fmt: skip
    return made[0], made[1]
