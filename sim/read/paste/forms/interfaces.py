"""``/etc/network/interfaces``: addresses, and the commands of pre-up, up and post-up (ifupdown)."""

from __future__ import annotations

import re
from dataclasses import field
from ipaddress import IPv4Network

from sim.base.frozen import dataclass
from sim.read.paste.desk import Desk
from sim.read.paste.form import Form
from sim.read.paste.model import Became, Block
from sim.read.paste.place import PastePlace
from sim.read.paste.scripts import Runs, joined_lines

_HEAD = re.compile(r"(auto|allow-\w+|iface|mapping|source|source-directory|no-auto-down)\s+\S")
_OPENS = re.compile(
    r"(auto|allow-\w+)\s+\S+\s*$|iface\s+\S+\s+inet6?\s+\w+|source(-directory)?\s+/"
)
_OPTION = re.compile(r"\s+\S|\s*#|\s*$")


@dataclass(slots=True)
class _Stanza:
    name: str
    family: str
    method: str
    line: int
    options: list[tuple[int, str, str]] = field(default_factory=list)

    def value(self, key: str) -> str:
        return next((value for _, name, value in self.options if name == key), "")


class Interfaces(Form):
    """``auto`` and ``iface`` stanzas."""

    name = "/etc/network/interfaces"

    def takes(self, place: PastePlace) -> int:
        if not _OPENS.match(place.line):
            return 0
        last, continued = 0, False
        for number, line in enumerate(place.rest(), 1):
            if not (continued or _HEAD.match(line) or _OPTION.match(line)):
                break
            continued = line.rstrip().endswith("\\")
            last = number if line.strip() else last
        return last

    def read(self, block: Block, desk: Desk) -> Became:
        stanzas, notes = _stanzas(block)
        runs = Runs(desk, {})
        for stanza in stanzas:
            runs.variables = {
                "IFACE": stanza.name, "LOGICAL": stanza.name, "METHOD": stanza.method,
                "ADDRFAM": stanza.family, "MODE": "start", "PHASE": "post-up",
            }  # fmt: skip
            _bring_up(stanza, desk, runs)
        runs.notes += notes
        return runs.became()


def _stanzas(block: Block) -> tuple[list[_Stanza], list[str]]:
    stanzas: list[_Stanza] = []
    notes: list[str] = []
    for number, text in joined_lines(block.lines, block.first):
        words = text.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "iface" and len(words) >= 4:
            stanzas.append(_Stanza(words[1], words[2], words[3], number))
        elif words[0].startswith("source"):
            notes.append(f"line {number}: {words[-1]} is not shown")
        elif text[:1].isspace() and stanzas:
            key, _, value = text.strip().partition(" ")
            stanzas[-1].options.append((number, key, value.strip()))
    if any(
        key in ("down", "pre-down", "post-down") for one in stanzas for _, key, _ in one.options
    ):
        notes.append("down, pre-down and post-down are not run")
    return stanzas, notes


def _bring_up(stanza: _Stanza, desk: Desk, runs: Runs) -> None:
    for number, key, value in stanza.options:
        if key == "pre-up":
            runs.line(value, number)
    _configure(stanza, desk, runs)
    for number, key, value in stanza.options:
        if key in ("up", "post-up"):
            runs.line(value, number)


def _configure(stanza: _Stanza, desk: Desk, runs: Runs) -> None:
    """The interface as ifupdown sets it up."""
    if stanza.method == "loopback":
        return
    made = any(f"link add {stanza.name} " in f"{value} " or f"link add name {stanza.name} " in value
               for _, key, value in stanza.options if key == "pre-up")  # fmt: skip
    ports = [port for key in ("bridge_ports", "bridge-ports") for port in stanza.value(key).split()
             if port != "none"]  # fmt: skip
    is_bridge = any(key in ("bridge_ports", "bridge-ports") for _, key, _ in stanza.options)
    address = _address(stanza)
    known = stanza.name in desk.interfaces
    if made or known:
        if address:
            runs.line(f"ip addr add {address} dev {stanza.name}", stanza.line)
        runs.line(f"ip link set {stanza.name} up", stanza.line)
    else:
        for port in ports:
            if port not in desk.interfaces:
                desk.declare(port, "", stanza.line)
        desk.declare(stanza.name, address, stanza.line)
    if is_bridge:
        desk.put_host(" ".join(["bridge", stanza.name, *ports]), stanza.line)
    gateway = stanza.value("gateway")
    if gateway:
        desk.put_host(f"route default via {gateway} dev {stanza.name}", stanza.line)


def _address(stanza: _Stanza) -> str:
    address, mask = stanza.value("address"), stanza.value("netmask")
    if not address or "/" in address:
        return address
    try:
        length = int(mask) if mask.isdigit() else IPv4Network(f"0.0.0.0/{mask}").prefixlen
    except ValueError:
        length = 128 if ":" in address else 24
    return f"{address}/{length}"
