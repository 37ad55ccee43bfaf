"""What a program would print, told from what others printed: ``ip r`` answers ``ip r s default``.

Only text that the paste shows is used, cut as the program would cut it. What follows from the
host alone (``hostname -I``, ``ip route get``) needs a listing of its addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address

from sim.base.errors import Refused
from sim.base.frozen import dataclass
from sim.kernel.routing.core import Routing
from sim.model.routing import Query
from sim.read.host.ip import ACTIONS, OBJECTS
from sim.read.host.text import parse_host
from sim.read.paste.desk import Desk

_HEAD = re.compile(r"(?P<number>\d+): (?P<name>[^\s:@]+)(?P<peer>@\S+)?: <")
_DEFAULTS = frozenset({"default", "0/0", "0.0.0.0/0", "::/0", "any", "all"})
_FAMILY = {"-4": 4, "-6": 6}
_FOREVER = "       valid_lft forever preferred_lft forever"
_STATE = re.compile(r"\bstate (\w+)")


@dataclass(slots=True)
class _Listing:
    """A command of ip that lists: of which object, in which form, of what."""

    object: str
    family: int = 0
    is_one_line: bool = False
    is_brief: bool = False
    dev: str = ""
    to: str = ""

    @property
    def is_whole(self) -> bool:
        return not (self.is_one_line or self.is_brief or self.dev or self.to)


def told(desk: Desk, words: list[str]) -> str | None:
    """What the command prints; ``None``: the paste does not tell it."""
    name = words[0].rpartition("/")[2]
    same = desk.outputs.get(" ".join([name, *words[1:]]))
    if same is not None:
        return same
    if name == "ip":
        return _way(desk, words) or _listed(desk, words)
    if name == "ifconfig":
        return _ifconfig(desk, words[1:])
    if name == "hostname" and words[1:] in (["-I"], ["--all-ip-addresses"]):
        return _addresses(desk)
    if name == "ls" and words[-1].rstrip("/") == "/sys/class/net":
        names = sorted(desk.draft.listed)
        return "".join(f"{one}\n" for one in names) or None
    return None


def _full(text: str, names: tuple[str, ...]) -> str:
    return next((name for name in names if text and name.startswith(text)), "")


def _parsed(words: list[str]) -> _Listing | None:
    at, found = 1, _Listing("")
    while at < len(words) and words[at].startswith("-"):
        option = words[at]
        if option in _FAMILY:
            found.family = _FAMILY[option]
        elif option in ("-o", "-oneline", "--oneline"):
            found.is_one_line = True
        elif option in ("-br", "-brief", "--brief"):
            found.is_brief = True
        elif option not in ("-c", "-color", "-N"):
            return None
        at += 1
    found.object = _full(words[at], OBJECTS) if at < len(words) else ""
    if found.object not in ("address", "link", "route"):
        return None
    rest = words[at + 1 :]
    if rest and _full(rest[0], ACTIONS[found.object]) in ("show", "list", "lst"):
        rest = rest[1:]
    while rest:
        word = rest.pop(0)
        if word in ("dev", "to", "exact", "root", "table") and rest:
            value = rest.pop(0)
            if word == "dev":
                found.dev = value
            elif word == "table":
                if value != "main":
                    return None
            else:
                found.to = value
        elif word in ("up", "scope"):
            return None
        elif found.object == "route":
            found.to = word
        else:
            found.dev = word
    return found


def _listed(desk: Desk, words: list[str]) -> str | None:
    wanted = _parsed(words)
    if wanted is None:
        return None
    for command, text in desk.outputs.items():
        parts = command.split()
        source = _parsed(parts) if parts[0] == "ip" else None
        if source is None or not source.is_whole or source.family not in (0, wanted.family):
            continue
        if wanted.object == "route" and source.object == "route":
            found = _routes(text, wanted) if wanted.family != 6 or source.family == 6 else None
        elif (
            source.object == "address" and wanted.object != "route"
        ) or source.object == wanted.object == "link":
            found = "".join(_blocks(text, wanted))
        else:
            continue
        if found is not None:
            return found
    return None


def _routes(text: str, wanted: _Listing) -> str | None:
    lines = [line for line in text.split("\n") if line.strip()]
    if wanted.to:
        if wanted.to not in _DEFAULTS:
            return None
        lines = [line for line in lines if line.startswith("default")]
    if wanted.dev:  # what is the same for all is not printed
        lines = [
            f"{line} ".replace(f" dev {wanted.dev} ", " ").rstrip(" ") + " "
            for line in lines
            if f" dev {wanted.dev} " in f"{line} "
        ]
    return "".join(f"{line}\n" for line in lines)


def _blocks(text: str, wanted: _Listing) -> Iterator[str]:
    """The devices of a listing, each as the command prints it."""
    block: list[str] = []
    for line in [*text.split("\n"), ""]:
        if block and (_HEAD.match(line) or not line.strip()):
            yield _block(block, wanted)
            block = []
        if _HEAD.match(line) or (block and line.strip()):
            block.append(line)


def _block(lines: list[str], wanted: _Listing) -> str:
    head = _HEAD.match(lines[0])
    if head is None or (wanted.dev and wanted.dev != head["name"]):
        return ""
    kinds = {4: ("inet ",), 6: ("inet6 ",)}.get(wanted.family, ("inet ", "inet6 "))
    entries = [
        (line, lines[at + 1] if lines[at + 1 : at + 2] and "valid_lft" in lines[at + 1] else "")
        for at, line in enumerate(lines)
        if line.strip().startswith(kinds)
    ]
    link = [line for line in lines if line.strip().startswith("link/")]
    name = head["name"] + (head["peer"] or "")
    if wanted.is_brief:
        state = _STATE.search(lines[0])
        shown = [link[0].split()[1]] if wanted.object == "link" and link else []
        if wanted.object == "address":
            shown = [line.split()[1] for line, _ in entries]
        return f"{name:<16} {state[1] if state else 'UNKNOWN':<14} {' '.join(shown)} \n"
    if wanted.object == "link":
        joint = "\\" if wanted.is_one_line else "\n"
        return joint.join([lines[0], *link]) + "\n"
    if wanted.is_one_line:
        start = f"{head['number']}: {head['name']}    "
        return "".join(f"{start}{line.strip()}\\{life or _FOREVER}\n" for line, life in entries)
    if wanted.family and not entries:
        return ""
    body = [one for entry in entries for one in entry if one]
    return "\n".join([lines[0], *([] if wanted.family else link), *body]) + "\n"


def _ifconfig(desk: Desk, words: list[str]) -> str | None:
    names = [word for word in words if not word.startswith("-")]
    whole = desk.outputs.get("ifconfig") or desk.outputs.get("ifconfig -a")
    if whole is None or len(names) != 1:
        return None
    blocks = re.split(r"\n(?=\S)", whole)
    return next(
        (
            f"{block.rstrip()}\n"
            for block in blocks
            if re.match(rf"{re.escape(names[0])}[:\s]", block)
        ),
        None,
    )


def _addresses(desk: Desk) -> str | None:
    """All but those of lo and of the link, IPv4 first."""
    found = [
        entry.address.ip
        for name, interface in desk.draft.interfaces.items()
        for entry in interface.addresses
        if name != "lo" and name in desk.draft.listed and not entry.address.ip.is_link_local
    ]
    found.sort(key=lambda address: address.version)
    return " ".join(map(str, found)) + " \n" if found else None


def _way(desk: Desk, words: list[str]) -> str | None:
    """``ip route get A``, where the addresses of the host were listed."""
    plain = [word for word in words[1:] if not word.startswith("-")]
    if len(plain) != 3 or _full(plain[0], OBJECTS) != "route":
        return None
    if _full(plain[1], ACTIONS["route"]) != "get" or not desk.draft.listed:
        return None
    try:
        target = ip_address(plain[2])
        host = parse_host("\n".join(put.text for put in desk.host))
    except (ValueError, Refused):
        return None
    routing = Routing(host, 0)
    route = routing.lookup(Query(target))
    if route.kind != "unicast" or not route.dev:
        return None
    source = route.src or routing.masquerade_address(target.version, route.dev, route.via, target)
    via = f" via {route.via}" if route.via is not None else ""
    src = f" src {source}" if source is not None else ""
    return f"{target}{via} dev {route.dev}{src} uid 0 \n    cache \n"
