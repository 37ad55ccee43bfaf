"""Interfaces as ``ip addr``, ``ip link``, ``ip -br`` and ``ip -o`` print them, and as JSON.

A listing tells everything about an interface, so nothing is derived for it. IPv6 addresses are
printed newest first: they are put back into the order in which they were added.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from ipaddress import IPv4Interface, IPv6Interface
from typing import Any

from sim.base.errors import SourceError, Span
from sim.base.frozen import replace
from sim.model.host import TUNNELS, IfAddress, InterfaceAddress
from sim.read.host.draft import HostDraft
from sim.read.host.reader import Reader
from sim.read.host.values import address as read_address
from sim.read.host.values import default_scope, device, interface_address, mac, number

LINK_TYPES = {"ether": "ethernet", "loopback": "loopback", "none": "tun", "tunnel": "ipip"}
# First words of the line that `ip -d` adds, and what kind of device they tell.
DETAILS = {
    "bridge": "bridge", "vlan": "vlan", "wireguard": "wireguard", "tun": "tun", "bond": "bond",
    "dummy": "dummy", "macvlan": "macvlan", "vxlan": "ethernet", "veth": "ethernet", "ppp": "ppp",
    "vrf": "vrf", **{kind: kind for kind in TUNNELS},
}  # fmt: skip
GROUPS = {"default": 0}
MOST_MTU = 65535 + 40  # a VRF's (IP6_MAX_MTU in include/net/ip6_route.h); lo has 65536


def link(reader: Reader) -> str:
    """``2: eth0@if5: <FLAGS> mtu ...``; gives the name, which the next lines are about."""
    name = _name(reader, 1)
    flags = reader.value(2)[1:-1].split(",")
    reader.draft.mention(name, reader.span, int(reader.value(0)[:-1]))
    changes = _flags(flags)
    for item in reader.items():
        if item.name == "mtu":
            changes["mtu"] = item.checked(0, MOST_MTU)
        elif item.name == "master":
            changes["master"] = item.value()
        elif item.name == "device_group":
            changes["group"] = _group(item.value())
    upper = _upper(flags)
    if upper:
        changes["kind"] = upper
    reader.draft.listed.add(name)
    reader.draft.change(name, **changes)
    return name


def _upper(flags: list[str]) -> str:
    """What kind of master a device is: a bridge has no flag for that (IFF_MASTER)."""
    if "MASTER" not in flags:
        return ""
    return "vrf" if "NOARP" in flags else "bond"


def _name(reader: Reader, index: int) -> str:
    token = reader.tokens[index]
    try:
        return device(str(token).rstrip(":"))
    except ValueError as error:
        raise reader.error(str(error), token) from None


def _flags(flags: list[str]) -> dict[str, Any]:
    return {
        "up": "UP" in flags,
        "noarp": "NOARP" in flags,
        "point_to_point": "POINTOPOINT" in flags,
    }


def _group(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= 10 else GROUPS.get(text, 0)


def link_layer(reader: Reader, name: str) -> None:
    """``link/ether MAC brd ...``"""
    kind = reader.value(0).partition("/")[2]
    changes: dict[str, Any] = {}
    if reader.draft.interfaces[name].kind not in ("bond", "vrf"):
        changes["kind"] = LINK_TYPES.get(kind, kind)
    addresses = [token for token in reader.tokens if token.type == "MAC"]
    if kind in ("ether", "loopback") and addresses:
        changes["mac"] = reader.value(1)
    reader.draft.change(name, **changes)


def detail(draft: HostDraft, name: str, word: str) -> None:
    """The line that ``ip -d`` adds below: what kind of device it is."""
    if draft.interfaces[name].kind in ("ethernet", "tun"):
        draft.change(name, kind=DETAILS[word])


def inet(reader: Reader, name: str) -> None:
    """``inet A/L [peer B/L] [brd C] scope S [secondary] [dynamic] LABEL``"""
    first = next(i for i, token in enumerate(reader.tokens) if token.type == "PREFIX")
    value = reader.value(first)
    fields: dict[str, Any] = {}
    for item in reader.items():
        match item.name:
            case "peer":
                fields["peer"] = item.value()
            case "broadcast":
                fields["broadcast"] = item.value()
            case "scope":
                fields["scope"] = item.value()
            case "noprefixroute" | "deprecated" | "temporary" | "tentative" | "dynamic":
                fields[item.name] = True
    add_listed(reader.draft, name, listed_address(value, fields))


def inet_of(reader: Reader) -> str:
    """A line of ``ip -o addr``."""
    name = _name(reader, 1)
    reader.draft.mention(name, reader.span, int(reader.value(0)[:-1]))
    reader.draft.listed.add(name)
    inet(reader, name)
    return name


def listed_address(value: InterfaceAddress, fields: Mapping[str, Any]) -> IfAddress:
    """The address with its peer's prefix length, and the scope it has unless one is told."""
    told = dict(fields)
    peer = told.get("peer")
    if peer is not None:
        value = _with_length(value, peer.network.prefixlen)
    told.setdefault("scope", default_scope(value))
    return IfAddress(value, **told)


def _with_length(value: InterfaceAddress, length: int) -> InterfaceAddress:
    if isinstance(value, IPv4Interface):
        return IPv4Interface((value.ip, length))
    return IPv6Interface((value.ip, length))


def add_listed(draft: HostDraft, name: str, new: IfAddress) -> None:
    """Add what a listing shows, IPv6 in front of the IPv6 addresses before it."""
    interface = draft.interfaces[name]
    same = [old for old in interface.addresses if old.address == new.address]
    others = [old for old in interface.addresses if old.address != new.address]
    if new.address.version == 4 or same:
        place = interface.addresses.index(same[0]) if same else len(others)
    else:
        place = next((i for i, old in enumerate(others) if old.address.version == 6), len(others))
    draft.change(name, addresses=(*others[:place], new, *others[place:]))


def brief(reader: Reader) -> None:
    """``eth0@if2 UP 203.0.113.1/24 ...``: a line of ``ip -br addr``."""
    name, state = _name(reader, 0), reader.value(1)
    draft = reader.draft
    draft.mention(name, reader.span)
    draft.listed.add(name)
    draft.change(name, up=state != "DOWN")
    if state == "DOWN" and any(True for item in reader.items()):
        draft.note(
            f"ip -br says DOWN for {name}, which is taken for switched off; if only its cable is "
            f'missing, add "interface {name} up"'
        )
    for item in reader.items():
        if item.name == "address":
            add_listed(draft, name, listed_address(item.value(), {}))
        elif item.name == "address_peer":
            local, peer = item.values()
            add_listed(draft, name, listed_address(local, {"peer": peer}))


def brief_link(reader: Reader) -> None:
    """``eth0@if2 UP MAC <FLAGS>``: a line of ``ip -br link``."""
    name = _name(reader, 0)
    reader.draft.mention(name, reader.span)
    flags = str(reader.tokens[-1])[1:-1].split(",")
    changes = _flags(flags)
    if any(token.type == "MAC" for token in reader.tokens):
        changes["mac"] = reader.value(2)
    elif name != "lo":
        changes["kind"] = "tun"
    reader.draft.change(name, **changes)


# ---- JSON -----------------------------------------------------------------------------------


def from_json(draft: HostDraft, text: str, start: int, span: Span) -> int:
    """Read the JSON array that begins at ``start``; gives where it ends.

    Raises ``SourceError`` when it is no JSON, or none that ``ip -j addr`` prints.
    """
    try:
        items, end = json.JSONDecoder().raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise JsonError(f"this is not whole JSON: {error.msg}", span, error.pos) from None
    except RecursionError:
        raise JsonError("this JSON is nested too deep", span, len(text)) from None
    for item in items:
        if not isinstance(item, dict) or ("ifname" not in item and item):
            raise JsonError("only the JSON of ip -j addr and ip -j link is understood", span, end)
        try:
            if item:
                _json_interface(draft, item, span)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise JsonError(f"this is not what ip -j addr prints: {error}", span, end) from None
    return end


class JsonError(SourceError):
    """``end``: how far the text was looked at."""

    def __init__(self, message: str, span: Span, end: int) -> None:
        super().__init__(message, span, where="host", hint="paste what ip -j addr printed, whole")
        self.end = end


def _json_interface(draft: HostDraft, item: Mapping[str, Any], span: Span) -> None:
    name = device(item["ifname"])
    draft.mention(name, span, number(str(item.get("ifindex", 0))))
    draft.listed.add(name)
    kind = str(item.get("link_type", "ether"))
    changes = _flags([str(flag) for flag in item.get("flags", ["UP"])])
    flags = [str(flag) for flag in item.get("flags", ["UP"])]
    changes["kind"] = _upper(flags) or LINK_TYPES.get(kind, kind)
    if "mtu" in item:
        changes["mtu"] = number(str(item["mtu"]), 0, MOST_MTU)
    if kind in ("ether", "loopback") and item.get("address"):
        changes["mac"] = mac(item["address"])
    if "master" in item:
        changes["master"] = device(item["master"])
    changes["group"] = _group(str(item.get("group", "default")))
    detail_kind = item.get("linkinfo", {}).get("info_kind", "")
    if detail_kind in DETAILS:
        changes["kind"] = DETAILS[detail_kind]
    draft.change(name, **changes)
    for info in item.get("addr_info", ()):
        if info and info.get("family") in ("inet", "inet6"):
            add_listed(draft, name, _json_address(info))


def _json_address(info: Mapping[str, Any]) -> IfAddress:
    value = interface_address(f"{info['local']}/{info['prefixlen']}")
    fields: dict[str, Any] = {"scope": str(info.get("scope", "global"))}
    if "address" in info:
        fields["peer"] = interface_address(f"{info['address']}/{info['prefixlen']}")
    if "broadcast" in info:
        fields["broadcast"] = read_address(info["broadcast"])
    for flag in ("noprefixroute", "deprecated", "temporary", "tentative", "dynamic"):
        if info.get(flag):
            fields[flag] = True
    return listed_address(value, fields)


def mark_bridges(draft: HostDraft) -> None:
    """A device that others have for a master is a bridge, if nothing else was said."""
    for interface in list(draft.interfaces.values()):
        master = draft.interfaces.get(interface.master)
        if master is not None and master.kind == "ethernet":
            draft.interfaces[master.name] = replace(master, kind="bridge")
