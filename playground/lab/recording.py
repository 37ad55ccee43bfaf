"""A kernel's account of a statement as JSON, and back; a recording judged by the simulation."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from playground.lab.account import Account, Line, Wire, simulated
from playground.lab.chances import Chances
from playground.lab.compare import first_difference
from playground.lab.replay import Case, Replayed
from sim.kernel.traversal import run
from sim.model.host import Host
from sim.model.rules import ARP, BRIDGE
from sim.model.scenario import Compiled
from sim.tell.frames_save import save as save_frames
from sim.tell.save import save
from sim.trace import steps as t


def written(account: Account) -> dict[str, Any]:
    """Plain values; packets as hexadecimal."""
    return {
        "line": account.line,
        "trace": [
            [line.label, line.in_iface, line.out_iface, line.mark, line.packet.hex(), *_ports(line)]
            for line in account.trace
        ],
        "wires": [[wire.iface, wire.packet.hex(), *(wire.macs or ())] for wire in account.wires],
    }


def _ports(line: Line) -> tuple[str, ...]:
    """The bridge's ports, where the line has any."""
    return (line.physin, line.physout) if line.physin or line.physout else ()


def read(said: dict[str, Any]) -> Account:
    """The inverse of ``written``."""
    account = Account(said["line"])
    for label, in_iface, out_iface, mark, packet, *ports in said["trace"]:
        data = bytes.fromhex(packet)
        account.trace.append(Line(label, in_iface, out_iface, mark, data, *ports))
    for iface, packet, *macs in said["wires"]:
        pair = (macs[0], macs[1]) if macs else None
        account.wires.append(Wire(iface, bytes.fromhex(packet), macs=pair))
    return account


def put_in(steps: Iterable[t.Step]) -> str:
    """The packet that a statement made, as hexadecimal; nothing for what is no packet."""
    for step in steps:
        if isinstance(step, (t.Arrived, t.Originated)):
            return step.packet.data.hex()
    return ""


def text_of(recording: dict[str, Any]) -> str:
    """A recording as it is kept: one line for each TRACE line and each packet."""
    text = json.dumps(recording, indent=1)
    flat = re.sub(r"\[\s+(\"[^\[\]]*?)\s+\]", lambda m: f"[{_joined(m[1])}]", text)
    return flat + "\n"


def _joined(inner: str) -> str:
    return re.sub(r"\s*\n\s*", " ", inner)


def case_of(compiled: Compiled) -> Case:
    """What a laboratory needs of a scenario."""
    texts = {}
    for family in (4, 6):
        blocks = re.split(r"(?m)^(?=\*)", save(compiled.rules.of(family)))
        if text := "".join(reversed(blocks)):
            texts[family] = text
    for family in (BRIDGE, ARP):
        if text := save_frames(compiled.rules.of(family)):
            texts[family] = text
    raw = {family for family in (4, 6) if "raw" in compiled.rules.of(family).tables}
    return Case(compiled.host, texts, {}, raw, compiled.script, list(run(compiled)))


def ports_of(host: Host) -> frozenset[str]:
    """Where frames have addresses that are compared."""
    return frozenset(device.name for device in host.interfaces.values() if device.master)


def judged(case: Case, recording: dict[str, Any]) -> Replayed:
    """The simulation beside what was recorded. Raises ``ValueError`` for another scenario's."""
    if recording.get("error"):
        raise ValueError(recording["error"])
    by_line: dict[int, list[t.Step]] = defaultdict(list)
    for step in case.steps:
        by_line[step.line].append(step)
    accounts, chances = simulated(case.steps, ports_of(case.host)), Chances()
    packets: Sequence[dict[str, Any]] = recording["packets"]
    if len(packets) != len(case.statements):
        raise ValueError("the recording has another number of packets: record it again")
    done = lines = wires = 0
    for said in packets:
        number = said["line"]
        steps = by_line[number]
        if said["sent"] != put_in(steps):
            raise ValueError(f"packet {number} is another one than was recorded: record it again")
        ours = accounts.get(number, Account(number))
        chances.expect(steps)
        difference = first_difference(ours, read(said), chances)
        if difference is not None:
            return Replayed(difference, "", done, lines, wires)
        done += 1
        lines += len(ours.trace)
        wires += len(ours.wires)
        if ours.undetermined:
            return Replayed(None, f"packet {number}: undetermined", done, lines, wires)
    return Replayed(None, "", done, lines, wires)
