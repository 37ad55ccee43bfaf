"""What ifconfig and route print: interfaces with their addresses, and the main table.

Both generations of net-tools and busybox. Each becomes the lines of the host text that say the
same; ``route`` and ``netstat -rn`` print the kernel's own routes too, which the addresses give.
"""

from __future__ import annotations

import re
from dataclasses import field
from ipaddress import IPv4Network, ip_address, ip_interface

from sim.base.frozen import dataclass
from sim.read.paste.desk import Desk
from sim.read.paste.form import Form
from sim.read.paste.model import Became, Block
from sim.read.paste.place import PastePlace

_OLD = re.compile(
    r"(?P<name>[\w.@:-]+)\s+Link encap:(?P<kind>.+?)(?:\s{2,}HWaddr (?P<mac>\S+))?\s*$"
)
_NEW = re.compile(
    r"(?P<name>[\w.@:-]+?): flags=\d+<(?P<flags>[A-Z0-9_,-]*)>\s+mtu (?P<mtu>\d+)\s*$"
)
_INET = re.compile(
    r"\s+inet6? (?:addr: ?)?(?P<address>[\w.:%]+)(?:/(?P<length>\d+))?"
    r"(?P<rest>.*)$"
)
_MASK = re.compile(r"(?:Mask:|netmask )(?P<mask>[\dxa-fA-F.]+)")
_PEER = re.compile(r"(?:P-t-P:|destination )(?P<peer>[\d.]+)")
_PREFIX = re.compile(r"prefixlen (?P<length>\d+)")
_ETHER = re.compile(r"\s+(?:ether|HWaddr) (?P<mac>\S+)")
_STATE = re.compile(r"\s+(?P<flags>(?:[A-Z]+ )*[A-Z]+)\s+MTU:(?P<mtu>\d+)")
_MAC = re.compile(r"(?:[\da-fA-F]{2}:){5}[\da-fA-F]{2}")
_HEADS = re.compile(
    r"\s*(?:Kernel IP(?:v6)? routing table|Destination\s+(?:Gateway|Next Hop)\s+.*(?:Iface|If))\s*$"
)
_ROUTE = re.compile(
    r"\s*(?P<to>[\w.*-]+)\s+(?P<via>[\w.*-]+)\s+(?P<mask>\d+\.\d+\.\d+\.\d+)\s+(?P<flags>[UGHRDMAC!]+)"
    r"\s+(?P<metric>\d+|-)\s+\S+\s+\S+(?:\s+(?P<dev>[\w.@:-]+))?\s*$"
)
_ROUTE6 = re.compile(
    r"\s*(?P<to>\[?[\da-fA-F:]+\]?/\d+)\s+(?P<via>[\da-fA-F:*\[\]]+)\s+(?P<flags>[UGHRDMACan!]+)"
    r"\s+(?P<metric>\d+)\s+\d+\s+\d+\s+(?P<dev>[\w.@:-]+)\s*$"
)
_NAMED = {"default": "0.0.0.0", "link-local": "169.254.0.0", "loopback": "127.0.0.0",
          "*": "0.0.0.0"}  # fmt: skip


@dataclass(slots=True)
class ListedInterface:
    """An interface as ifconfig tells it."""

    name: str
    mac: str = ""
    mtu: str = ""
    is_up: bool = True
    addresses: list[str] = field(default_factory=list)


class Ifconfig(Form):
    """Interfaces, each with the indented lines below it."""

    name = "ifconfig"

    def takes(self, place: PastePlace) -> int:
        if not (_OLD.match(place.line) or _NEW.match(place.line)):
            return 0
        last = 0
        for count, line in enumerate(place.rest(), 1):
            if _OLD.match(line) or _NEW.match(line) or (line[:1].isspace() and line.strip()):
                last = count
            elif line.strip():
                break
        return last

    def read(self, block: Block, desk: Desk) -> Became:
        notes, masked = [], False
        for found in _interfaces(block.lines):
            name, is_alias = found.name.partition(":")[0], ":" in found.name
            words = ["interface", name, *found.addresses]
            if found.mac and not is_alias:
                if _MAC.fullmatch(found.mac):
                    words += ["mac", found.mac.lower()]
                else:
                    masked = masked or not found.mac.startswith("00-00")
            if found.mtu and not is_alias:
                words += ["mtu", found.mtu]
            if not is_alias and not found.is_up:
                words.append("down")
            if name != "lo":
                desk.put_host(" ".join(words), block.first)
        if masked:
            notes.append("a MAC address that cannot be read is not known")
        return Became("host", "; ".join(notes))


def _interfaces(lines: tuple[str, ...]) -> list[ListedInterface]:
    found: list[ListedInterface] = []
    for line in lines:
        old, new = _OLD.match(line), _NEW.match(line)
        if old is not None:
            found.append(ListedInterface(old["name"], old["mac"] or "", is_up=False))
        elif new is not None:
            is_up = "UP" in new["flags"].split(",")
            found.append(ListedInterface(new["name"], mtu=new["mtu"], is_up=is_up))
        elif found:
            _detail(found[-1], line)
    return found


def _detail(interface: ListedInterface, line: str) -> None:
    inet, state, ether = _INET.match(line), _STATE.match(line), _ETHER.match(line)
    if inet is not None:
        address = _address(inet)
        if address:
            interface.addresses.append(address)
    elif state is not None:
        interface.mtu = state["mtu"]
        interface.is_up = "UP" in state["flags"].split()
    elif ether is not None and not interface.mac:
        interface.mac = ether["mac"]


def _address(inet: re.Match[str]) -> str:
    text, rest = inet["address"].partition("%")[0], inet["rest"]
    mask, prefix, peer = _MASK.search(rest), _PREFIX.search(rest), _PEER.search(rest)
    length = inet["length"] or (prefix["length"] if prefix else "")
    try:
        if mask is not None:
            value = mask["mask"]
            dotted = str(ip_address(int(value, 16))) if value.startswith("0x") else value
            length = str(IPv4Network(f"0.0.0.0/{dotted}").prefixlen)
        made = ip_interface(f"{text}/{length}" if length else text)
    except ValueError:
        return ""
    if peer is not None and made.version == 4:
        return f"{made.ip} peer {peer['peer']}/{made.network.prefixlen}"
    return made.with_prefixlen


class RouteTable(Form):
    """What ``route``, ``route -n``, ``route -6 -n`` and ``netstat -rn`` print."""

    name = "route -n"

    def takes(self, place: PastePlace) -> int:
        if not _is_route_line(place.line):
            return 0
        count = 0
        for line in place.rest():
            if not _is_route_line(line):
                break
            count += 1
        return count

    def read(self, block: Block, desk: Desk) -> Became:
        has_metric = any(" Metric" in line for line in block.lines) or not any(
            " irtt" in line for line in block.lines
        )
        notes = []
        for number, line in enumerate(block.lines, block.first):
            row = _ROUTE.match(line) or _ROUTE6.match(line)
            if row is None:
                continue
            told = _route(row, desk, has_metric=has_metric)
            if told is None:
                notes.append(f"line {number}: the name {row['to']} is not known")
            elif told:
                desk.put_host(told, number)
        return Became("host", "; ".join(notes[:3]))


def _is_route_line(line: str) -> bool:
    return bool(_HEADS.match(line) or _ROUTE.match(line) or _ROUTE6.match(line))


def _route(row: re.Match[str], desk: Desk, *, has_metric: bool) -> str | None:
    """The route as the host text says it; empty: an address gives it; ``None``: of a name."""
    parts = row.groupdict()
    to = parts["to"].replace("[", "").replace("]", "")
    via = parts["via"].replace("[", "").replace("]", "")
    try:
        if "/" in to:
            network = str(ip_interface(to).network)
            via = "" if set(via) <= {":", "*"} else str(ip_address(via))
            if ip_interface(to).is_multicast or ip_interface(to).is_link_local or (
                "n" in parts["flags"] or parts["dev"] == "lo"
            ):  # fmt: skip
                return ""
        else:
            network = str(IPv4Network(f"{_NAMED.get(to, to)}/{parts['mask']}"))
            via = _NAMED.get(via, via)
            via = "" if via == "0.0.0.0" else str(ip_address(via))
    except ValueError:
        return None
    if "!" in parts["flags"]:
        return f"route unreachable {network}"
    if "G" not in parts["flags"] or not via:
        if _is_implied(network, parts["dev"] or "", desk):
            return ""
        via = ""
    shown = "default" if network.endswith("/0") else network
    words = ["route", shown, *(["via", via] if via else []), "dev", parts["dev"] or ""]
    if has_metric and parts["metric"] not in ("0", "-"):
        words += ["metric", parts["metric"]]
    return " ".join(words) if parts["dev"] else None


def _is_implied(network: str, dev: str, desk: Desk) -> bool:
    """Does an address of the device give this route?"""
    interface = desk.draft.interfaces.get(dev)
    if interface is None:
        return False
    networks = [str((one.peer or one.address).network) for one in interface.addresses]
    return network in networks
