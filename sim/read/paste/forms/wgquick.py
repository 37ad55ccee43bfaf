"""wg-quick's configurations: PreUp and PostUp run, ``%i`` is the tunnel's name (wg-quick(8))."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_interface

from sim.read.paste.desk import Desk
from sim.read.paste.form import Form
from sim.read.paste.model import Became, Block
from sim.read.paste.place import PastePlace
from sim.read.paste.scripts import Runs

DEFAULT_MARK = 51820  # also the table's number, where the configuration names none
_HEAD = re.compile(r"\s*\[(Interface|Peer)\]\s*(#.*)?$")
_LINE = re.compile(r"\s*(\[(Interface|Peer)\]|[A-Za-z]+\s*=|#|$)")
_KEY = re.compile(r"\s*([A-Za-z]+)\s*=\s*(.*?)\s*$")
_HOOK = re.compile(
    r"\s*(?P<key>(?:pre|post)_?(?:up|down))\s*[=:]\s*(?P<value>.*?)\s*$", re.IGNORECASE
)
_COMMAND = re.compile(
    r"\s*(?:sudo\s+)?(?:\S*/)?(?:ip6?tables|ip|sysctl|iptables-\w+|echo|nft|wg|resolvconf)\s"
)


# A text of YAML that goes on in the lines below, which are farther in.
_FOLDED = re.compile(rf"{_HOOK.pattern.replace('(?P<value>.*?)', '(?P<value>[>|][-+]?)')}", re.I)


def _unfolded(block: Block) -> list[tuple[int, str]]:
    """The lines with their numbers; what YAML folds is one."""
    out: list[tuple[int, str]] = []
    how = ""
    for number, line in enumerate(block.lines, block.first):
        found = _FOLDED.match(line)
        if found is not None:
            how = found["value"][0]
            out.append((number, line.replace(found["value"], "").rstrip()))
        elif how == ">" and line[:1].isspace() and line.strip():
            out[-1] = (out[-1][0], f"{out[-1][1]} {line.strip()}")
        else:
            how = how if line[:1].isspace() or not line.strip() else ""
            out.append((number, line))
    return out


class WgHooks(Form):
    """``PostUp =`` lines without their section, or ``PostUp:`` and the commands below it."""

    name = "wg-quick"

    def takes(self, place: PastePlace) -> int:
        if not _HOOK.match(place.line):
            return 0
        is_folded = _FOLDED.match(place.line) is not None

        def fits(line: str) -> bool:
            nonlocal is_folded
            found = _HOOK.match(line)
            if found is not None:
                is_folded = _FOLDED.match(line) is not None
            return bool(
                found or not line.strip() or _COMMAND.match(line)
                or (is_folded and line[:1].isspace())
            )  # fmt: skip

        return place.stretch(fits)

    def read(self, block: Block, desk: Desk) -> Became:
        name, said = _name(block, desk)
        runs = Runs(desk, {})
        runs.notes += [said] if said else []
        key = ""
        for number, line in _unfolded(block):
            found = _HOOK.match(line)
            key = found["key"].lower().replace("_", "") if found else key
            text = found["value"].strip("\"'") if found else line
            if key in ("preup", "postup") and text.strip():
                runs.line(text.replace("%i", name), number)
        if any(_goes_down(line) for line in block.lines):
            runs.notes.append("PreDown and PostDown are not run")
        return runs.became()


def _goes_down(line: str) -> bool:
    found = _HOOK.match(line)
    return found is not None and found["key"].lower().endswith("down")


class WgQuick(Form):
    """``[Interface]`` and ``[Peer]`` sections."""

    name = "wg-quick"

    def takes(self, place: PastePlace) -> int:
        if not _HEAD.match(place.line):
            return 0
        return place.stretch(_LINE.match)

    def read(self, block: Block, desk: Desk) -> Became:
        name, said = _name(block, desk)
        runs = Runs(desk, {})
        runs.notes += [said] if said else []
        keys = _keys(block)
        if name in desk.interfaces and any(key == "address" for _, key, _ in keys):
            name, said = _next_name(name, desk)
            runs.notes = [said]
        runs.notes += _interface(desk, keys, name)
        for wanted in ("preup", "postup"):
            for number, key, value in keys:
                if key == wanted:
                    runs.line(value.replace("%i", name), number)
        if any(key in ("postdown", "predown") for _, key, _ in keys):
            runs.notes.append("PreDown and PostDown are not run")
        return runs.became()


def _keys(block: Block) -> list[tuple[int, str, str]]:
    """``(line, key in lower case, value)``; what is behind a # is a comment for wg-quick."""
    out, section = [], ""
    for number, line in enumerate(block.lines, block.first):
        head = _HEAD.match(line)
        if head:
            section = head[1].lower()
            out.append((number, f"[{section}]", ""))
        found = _KEY.match(line.partition("#")[0])
        if found:
            out.append((number, found[1].lower(), found[2]))
    return out


def _name(block: Block, desk: Desk) -> tuple[str, str]:
    """The tunnel's name: the file's, or an answer, or wg0."""
    if "%i" in desk.answers:
        return desk.answers["%i"], ""
    said = block.said.text if block.said is not None else ""
    found = re.search(r"([\w.-]+)\.conf\b|wg-quick\s+up\s+([\w.-]+)", said)
    if found:
        return found[1] or found[2], ""
    used = "%i" in block.text
    return "wg0", "the tunnel is taken for wg0 (another answer to %i: its name)" if used else ""


def _next_name(name: str, desk: Desk) -> tuple[str, str]:
    """A name for one more configuration: two files of one host are two tunnels."""
    stem = name.rstrip("0123456789") or "wg"
    free = next(made for n in range(1, 1000) if (made := f"{stem}{n}") not in desk.interfaces)
    return free, f"one more configuration, taken for {free}: if another host has it, paste it alone"


def _interface(desk: Desk, keys: list[tuple[int, str, str]], name: str) -> list[str]:
    """The address, the port and the routes that wg-quick makes; what is to be said of them."""
    addresses = [(number, one.strip()) for number, key, value in keys if key == "address"
                 for one in value.split(",") if one.strip()]  # fmt: skip
    if not addresses:
        return []
    texts = " ".join(one if "/" in one else f"{one}/{32 if '.' in one else 128}"
                     for _, one in addresses)  # fmt: skip
    desk.put_host(f"interface {name} {texts}", addresses[0][0])
    for number, key, value in keys:
        if key == "listenport" and value.isdigit():
            desk.put_host(f"listen udp 0.0.0.0:{value}", number)
    told = {key: value.lower() for _, key, value in keys}
    table, mark = told.get("table", "auto"), told.get("fwmark", "")
    defaults: dict[int, int] = {}  # the family of a default route, and its line
    if table != "off":
        own = _networks(texts.split())
        for number, key, value in keys:
            if key == "allowedips":
                for net in _networks(value.replace(",", " ").split()):
                    inside = any(_inside(net, one) for one in own)
                    if not net.prefixlen and table == "auto":
                        defaults.setdefault(net.version, number)
                    elif not inside or not net.prefixlen:
                        where = f" table {table}" * (table not in ("auto", "main"))
                        desk.put_host(f"route {net} dev {name}{where}", number)
    if defaults and mark in ("", "0", "off"):
        mark = str(DEFAULT_MARK)
    shown = f"{int(mark, 0):#x}" if re.fullmatch(r"0x[\da-f]+|[1-9]\d*", mark) else "off"
    desk.outputs[f"wg show {name} fwmark"] = f"{shown}\n"
    return _redirected(desk, defaults, mark, name) if defaults and shown != "off" else []


def _redirected(desk: Desk, defaults: dict[int, int], mark: str, name: str) -> list[str]:
    """What wg-quick does where everything goes into the tunnel (add_default)."""
    for family, number in defaults.items():
        ip = f"ip -{family}"
        desk.put_host(f"{ip} rule add not fwmark {mark} table {mark}", number)
        desk.put_host(f"{ip} rule add table main suppress_prefixlength 0", number)
        desk.put_host(f"{ip} route add default dev {name} table {mark}", number)
        if family == 4:
            desk.put_host("sysctl -w net.ipv4.conf.all.src_valid_mark=1", number)
    return [
        f"everything but what has the mark {mark} goes into {name}, by table {mark}",
        "wg-quick's own table, which guards the tunnel's address, is not made",
    ]


def _networks(texts: list[str]) -> list[IPv4Network | IPv6Network]:
    found: list[IPv4Network | IPv6Network] = []
    for text in texts:
        try:
            found.append(ip_interface(text).network)
        except ValueError:
            continue
    return found


def _inside(net: IPv4Network | IPv6Network, other: IPv4Network | IPv6Network) -> bool:
    if isinstance(net, IPv4Network) and isinstance(other, IPv4Network):
        return net.subnet_of(other)
    return isinstance(net, IPv6Network) and isinstance(other, IPv6Network) and net.subnet_of(other)
