"""What commands print that says one thing about the host: a setting, names, modules, one way."""

from __future__ import annotations

import re
from ipaddress import ip_address

from sim.read.paste.desk import Desk
from sim.read.paste.form import Form
from sim.read.paste.model import Became, Block
from sim.read.paste.place import PastePlace

_SUDO = r"(?:sudo\s+)?(?:\S*/)?"
_READ = re.compile(rf"{_SUDO}(?:cat|head|tail|more|less)\s+(?P<paths>/proc/sys/net/.*)")
_NAMES = re.compile(rf"{_SUDO}(?:cat|less|more|grep\s+\S+)\s+/etc/hosts\s*$")
_ASKED = re.compile(rf"{_SUDO}ip\s+(?:-\S+\s+)*r(?:o(?:ute)?)?\s+g(?:et?)?\s")
_ONE_VALUE = re.compile(r"\s*\d+(?:\s+\d+)*\s*$")
_NAMED_VALUE = re.compile(r"(?P<path>/proc/sys/net/[\w./-]+):\s*(?P<value>\d+(?:\s+\d+)*)\s*$")
_HOSTS = re.compile(
    r"\s*(?P<address>[\d.]+|[\da-fA-F:]+(?:%\w+)?)\s+(?P<names>[\w][\w.\s-]*?)\s*(?:#.*)?$"
)
_LOCALHOST = re.compile(r"\s*127\.0\.0\.1\s+(?:[\w.-]+\s+)*localhost\b")
_WAY = re.compile(
    r"\s*(?P<kind>local\s+|broadcast\s+|multicast\s+|unreachable\s+)?(?P<to>[\d.]+|[\da-fA-F:]+)"
    r"(?:\s+from\s+(?P<from>\S+))?(?:\s+via\s+(?P<via>\S+))?\s+dev\s+(?P<dev>\S+)"
    r"(?:\s+table\s+(?P<table>\S+))?(?:.*?\s+src\s+(?P<src>\S+))?"
)
_MODULES = re.compile(r"Module\s+Size\s+Used by\s*$")
_MODULE = re.compile(r"(?P<name>\w+)\s+\d+\s+-?\d+(?:\s+[\w,]*)?\s*$")
_BRIDGED = ("iptables", "ip6tables", "arptables")


class ProcSys(Form):
    """The values that ``cat /proc/sys/...`` printed, one for each file; ``grep . FILES``, too."""

    name = "/proc/sys"

    def takes(self, place: PastePlace) -> int:
        if _NAMED_VALUE.match(place.line):
            return place.run_of(_NAMED_VALUE)
        count = len(_paths(place.command))
        return min(count, place.run_of(_ONE_VALUE)) if count else 0

    def read(self, block: Block, desk: Desk) -> Became:
        said = block.said.text if block.said is not None else ""
        for number, line in enumerate(block.lines):
            found = _NAMED_VALUE.match(line)
            paths = _paths(said)
            path = found["path"] if found is not None else paths[number : number + 1][0]
            value = found["value"] if found is not None else line.strip()
            name = path.removeprefix("/proc/sys/").translate(str.maketrans("/.", "./"))
            desk.put_host(f"sysctl {name} = {value}", block.first + number)
        return Became("host")


def _paths(command: str) -> list[str]:
    found = _READ.match(command)
    if found is None:
        return []
    words = found["paths"].split()
    return words if all(word.startswith("/proc/sys/") and "*" not in word for word in words) else []


class HostNames(Form):
    """``/etc/hosts``: what names stand for."""

    name = "/etc/hosts"

    def takes(self, place: PastePlace) -> int:
        if not (_LOCALHOST.match(place.line) or _NAMES.match(place.command)):
            return 0
        last = 0
        for number, line in enumerate(place.rest(), 1):
            if not (_HOSTS.match(line) or re.match(r"\s*(#.*)?$", line)):
                break
            last = number if _HOSTS.match(line) else last
        return last

    def read(self, block: Block, desk: Desk) -> Became:
        count = 0
        for number, line in enumerate(block.lines, block.first):
            found = _HOSTS.match(line)
            if found is None or "%" in found["address"]:
                continue
            try:
                address = ip_address(found["address"])
            except ValueError:
                continue
            for name in found["names"].split():
                if name not in ("localhost", "ip6-localhost", "ip6-loopback"):
                    desk.name_address(name, address, number)
                    count += 1
        return Became("host" if count else "", "" if count else "no names beside localhost's")


class RouteGet(Form):
    """``ip route get``: the way of one address, a route to it alone where no other is told."""

    name = "ip route get"

    def takes(self, place: PastePlace) -> int:
        if not _WAY.match(place.line):
            return 0
        lines = list(place.rest())
        is_cached = len(lines) > 1 and re.match(r"\s+cache\b", lines[1]) is not None
        if not (_ASKED.match(place.command) or is_cached):
            return 0
        return 2 if is_cached else 1

    def read(self, block: Block, desk: Desk) -> Became:
        found = _WAY.match(block.lines[0])
        if found is None or (found["kind"] or "").strip() not in ("", "unreachable"):
            return Became("", "an address of this host, or of everyone")
        others = desk.draft.routes
        to = ip_address(found["to"])
        if any(route.family == to.version and to in route.prefix for route in others):
            return Became("", f"the way to {to}, which the routes above tell")
        words = ["route", str(to), *(["via", found["via"]] if found["via"] else [])]
        words += ["dev", found["dev"], *(["src", found["src"]] if found["src"] else [])]
        if found["dev"] not in desk.interfaces:
            source = found["src"] or ""
            length = 32 if ":" not in source else 128
            desk.declare(found["dev"], f"{source}/{length}" if source else "", block.first)
            words += ["onlink"] if found["via"] else []
        desk.put_host(" ".join(words), block.first)
        return Became("host", f"a route to {to} alone: no other is told")


class Modules(Form):
    """``lsmod``: whether the bridge hands its packets to iptables."""

    name = "lsmod"

    def takes(self, place: PastePlace) -> int:
        if _MODULES.match(place.line):
            return 1 + _run(place, 1)
        return _run(place, 0) if re.match(rf"{_SUDO}lsmod\b", place.command) else 0

    def read(self, block: Block, desk: Desk) -> Became:
        names = {found["name"] for line in block.lines if (found := _MODULE.match(line))}
        said = block.said.text if block.said is not None else ""
        is_whole = _MODULES.match(block.lines[0]) is not None and "|" not in said and len(names) > 5
        if not is_whole or "br_netfilter" in names or "bridge" not in names:
            return Became("", f"{len(names)} modules: nothing that the walk needs")
        for tool in _BRIDGED:
            desk.put_host(f"sysctl net.bridge.bridge-nf-call-{tool} = 0", block.first)
        return Became("host", "br_netfilter is not loaded: bridged packets pass no iptables")


def _run(place: PastePlace, start: int) -> int:
    count = 0
    for line in list(place.rest())[start:]:
        if not _MODULE.match(line):
            break
        count += 1
    return count
