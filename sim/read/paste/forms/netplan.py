"""netplan's files: the devices, addresses and routes of ``network:`` (netplan(5))."""

from __future__ import annotations

import re

from sim.read.paste.desk import Desk
from sim.read.paste.devices import ConfiguredDevice, ConfiguredRoute, put_devices
from sim.read.paste.form import Form
from sim.read.paste.indented import Node, read_indented
from sim.read.paste.model import Became, Block
from sim.read.paste.place import PastePlace

_HEAD = re.compile(r"\s*network:\s*$")
_KEYS = re.compile(
    r"\s+(?:version|renderer|ethernets|wifis|bonds|bridges|vlans|tunnels|vrfs|dummy-devices)\s*:"
)
_GOES_ON = re.compile(r"\s+\S|\s*$|\s*#|-\s")
KINDS = {"ethernets": "", "wifis": "", "bonds": "bond", "bridges": "bridge", "vlans": "vlan",
         "tunnels": "tunnel", "vrfs": "vrf", "dummy-devices": "dummy"}  # fmt: skip
TUNNELS = {"ipip": "ipip", "gre": "gre", "sit": "sit", "vti": "vti", "vti6": "vti6",
           "ip6ip6": "ip6tnl", "ipip6": "ip6tnl", "ip6gre": "ip6gre", "vxlan": "vxlan",
           "wireguard": "wireguard"}  # fmt: skip


class Netplan(Form):
    """From ``network:`` on, as far as it is indented."""

    name = "netplan"

    def takes(self, place: PastePlace) -> int:
        if not _HEAD.match(place.line):
            return 0
        last, is_it = 0, False
        for number, line in enumerate(place.rest(), 1):
            if number > 1 and not _GOES_ON.match(line):
                break
            is_it = is_it or _KEYS.match(line) is not None
            if number > 6 and not is_it:
                return 0
            last = number if line.strip() else last
        return last if is_it else 0

    def read(self, block: Block, desk: Desk) -> Became:
        whole = read_indented(block.lines)
        network = whole.get("network") if isinstance(whole, dict) else None
        devices = [
            _device(name, kind, _mapping(body))
            for key, kind in KINDS.items()
            for name, body in _mapping(_mapping(network).get(key, "")).items()
        ]
        return Became("host" if devices else "", "; ".join(put_devices(devices, block.first, desk)))


def _mapping(node: Node | None) -> dict[str, Node]:
    return node if isinstance(node, dict) else {}


def _words(node: Node | None) -> list[str]:
    if isinstance(node, str):
        return [node] if node else []
    return [
        one if isinstance(one, str) else next(iter(one), "")
        for one in node or []
        if isinstance(one, (str, dict))
    ]


def _word(body: dict[str, Node], key: str) -> str:
    found = body.get(key, "")
    return found if isinstance(found, str) else ""


def _device(name: str, kind: str, body: dict[str, Node]) -> ConfiguredDevice:
    matched = _mapping(body.get("match"))
    name = _word(body, "set-name") or _word(matched, "name") or name
    if kind == "tunnel":
        kind = TUNNELS.get(_word(body, "mode"), "ipip")
    found = ConfiguredDevice(
        name, kind, _words(body.get("addresses")), ports=_words(body.get("interfaces")),
        mac=_word(body, "macaddress") or _word(matched, "macaddress"), mtu=_word(body, "mtu"),
        parent=_word(body, "link"), tag=_word(body, "id"), table=_word(body, "table"),
        tunnel=(_word(body, "local"), _word(body, "remote")),
        is_leased="true" in (_word(body, "dhcp4"), _word(body, "dhcp6"))
        or "yes" in (_word(body, "dhcp4"), _word(body, "dhcp6")),
    )  # fmt: skip
    for key in ("gateway4", "gateway6"):
        if _word(body, key):
            found.routes.append(ConfiguredRoute("default", _word(body, key)))
    routes = body.get("routes", "")
    for one in routes if isinstance(routes, list) else []:
        route = _mapping(one)
        to = _word(route, "to")
        to = "default" if to in ("0.0.0.0/0", "::/0", "0/0") else to
        if to:
            found.routes.append(ConfiguredRoute(
                to, _word(route, "via"), _word(route, "table"), _word(route, "metric"),
                _word(route, "on-link") in ("true", "yes"),
            ))  # fmt: skip
    rules = body.get("routing-policy", "")
    for one in rules if isinstance(rules, list) else []:
        found.rules.append(_rule(_mapping(one)))
    return found


def _rule(said: dict[str, Node]) -> str:
    words = []
    for key, word in (("from", "from"), ("to", "to"), ("mark", "fwmark"), ("priority", "pref"),
                      ("table", "table")):  # fmt: skip
        if _word(said, key):
            words += [word, _word(said, key)]
    return " ".join(words if "from" in said else ["from", "all", *words])
