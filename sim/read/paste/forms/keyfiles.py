"""Network configuration as NAME=VALUE: NetworkManager's, systemd-networkd's, and ifcfg files."""

from __future__ import annotations

import re
from ipaddress import IPv4Network

from sim.read.paste.desk import Desk
from sim.read.paste.devices import ConfiguredDevice, ConfiguredRoute, put_devices
from sim.read.paste.form import Form
from sim.read.paste.model import Became, Block
from sim.read.paste.place import PastePlace

Sections = list[tuple[str, list[tuple[str, str]]]]  # in their order: some stand several times
_SECTION = re.compile(r"\s*\[(?P<name>[\w.-]+)\]\s*$")
_PAIR = re.compile(r"\s*(?P<key>[\w.-]+)\s*=\s*(?P<value>.*?)\s*$")
_REMARK = re.compile(r"\s*(?:[#;].*)?$")
_IFCFG = re.compile(
    r"(?:DEVICE|NAME|TYPE|BOOTPROTO|ONBOOT|IPADDR\d*|NETMASK\d*|PREFIX\d*|GATEWAY|HWADDR|DEFROUTE"
    r"|UUID|NM_CONTROLLED|IPV6\w*|DNS\d|PEERDNS|USERCTL|MTU|BRIDGE|MASTER|SLAVE|VLAN|ZONE|PROXY_\w+"
    r"|BROWSER_ONLY|DOMAIN|NETWORK|BROADCAST|MACADDR|STP|DELAY|PHYSDEV|BONDING_OPTS|NETBOOT"
    r"|IPV4_\w+|PEERROUTES|METRIC)=.*$"
)
_KINDS = {"vlan": "vlan", "bridge": "bridge", "bond": "bond", "vrf": "vrf", "dummy": "dummy",
          "wireguard": "wireguard"}  # fmt: skip


def _sections(block: Block) -> Sections:
    found: Sections = []
    for line in block.lines:
        head, pair = _SECTION.match(line), _PAIR.match(line)
        if head is not None:
            found.append((head["name"].lower(), []))
        elif pair is not None and found and not _REMARK.match(line):
            found[-1][1].append((pair["key"].lower(), pair["value"].strip('"')))
    return found


def _run_of_sections(place: PastePlace) -> int:
    last = 0
    for number, line in enumerate(place.rest(), 1):
        if not (_SECTION.match(line) or _PAIR.match(line) or _REMARK.match(line)):
            break
        last = number if line.strip() else last
    return last


def _value(pairs: list[tuple[str, str]], key: str) -> str:
    return next((value for name, value in pairs if name == key), "")


class NetworkManager(Form):
    """A connection's file (nm-settings-keyfile(5))."""

    name = "NetworkManager"

    def takes(self, place: PastePlace) -> int:
        return _run_of_sections(place) if re.match(r"\s*\[connection\]\s*$", place.line) else 0

    def read(self, block: Block, desk: Desk) -> Became:
        sections = dict(_sections(block))
        said = sections.get("connection", [])
        kind = _value(said, "type")
        wired = sections.get("ethernet", []) or sections.get("802-3-ethernet", [])
        vlan = sections.get("vlan", [])
        name = _value(said, "interface-name") or _value(said, "id")
        device = ConfiguredDevice(
            name, _KINDS.get(kind, ""), mtu=_value(wired, "mtu"),
            mac=_value(wired, "cloned-mac-address") or _value(wired, "mac-address"),
            parent=_value(vlan, "parent"), tag=_value(vlan, "id"),
        )  # fmt: skip
        for key in ("ipv4", "ipv6"):
            _addresses(device, sections.get(key, []))
        notes = put_devices([device], block.first, desk)
        master = _value(said, "master") or _value(said, "controller")
        if master:
            desk.put_host(f"ip link set {name} master {master}", block.first)
        return Became("host", "; ".join(notes))


def _addresses(device: ConfiguredDevice, pairs: list[tuple[str, str]]) -> None:
    for key, value in pairs:
        if re.fullmatch(r"address\d*", key):
            address, _, gateway = value.partition(",")
            device.addresses.append(address.strip())
            if gateway:
                device.routes.append(ConfiguredRoute("default", gateway.strip()))
        elif key == "addresses":
            device.addresses += [one.strip() for one in re.split(r"[;,]", value) if one.strip()]
        elif key == "gateway":
            device.routes.append(ConfiguredRoute("default", value))
        elif re.fullmatch(r"route\d+", key):
            parts = [part.strip() for part in value.split(",")]
            to = "default" if parts[0] in ("0.0.0.0/0", "::/0") else parts[0]
            via = parts[1] if len(parts) > 1 and parts[1] not in ("0.0.0.0", "::") else ""
            device.routes.append(
                ConfiguredRoute(to, via, metric=parts[2] if len(parts) > 2 else "")
            )
        elif key == "method" and value == "auto":
            device.is_leased = True


class Networkd(Form):
    """``.network`` files (systemd.network(5)) that name one device."""

    name = "systemd-networkd"

    def takes(self, place: PastePlace) -> int:
        return _run_of_sections(place) if re.match(r"\s*\[Match\]\s*$", place.line) else 0

    def read(self, block: Block, desk: Desk) -> Became:
        sections = _sections(block)
        name = next((_value(pairs, "name") for key, pairs in sections if key == "match"), "")
        if not name or re.search(r"[*?\s!]", name):
            return Became("", "it names no single device")
        device = ConfiguredDevice(name)
        for key, pairs in sections:
            if key in ("network", "address"):
                device.addresses += [value for word, value in pairs if word == "address"]
                device.routes += [
                    ConfiguredRoute("default", value) for word, value in pairs if word == "gateway"
                ]
                device.is_leased = device.is_leased or _value(pairs, "dhcp") not in ("", "no")
            elif key == "route":
                to = _value(pairs, "destination") or "default"
                device.routes.append(ConfiguredRoute(
                    "default" if to in ("0.0.0.0/0", "::/0") else to, _value(pairs, "gateway"),
                    _value(pairs, "table"), _value(pairs, "metric"),
                    _value(pairs, "gatewayonlink") in ("yes", "true"),
                ))  # fmt: skip
            elif key == "link":
                device.mac = _value(pairs, "macaddress")
                device.mtu = _value(pairs, "mtubytes")
        return Became("host", "; ".join(put_devices([device], block.first, desk)))


class Ifcfg(Form):
    """``/etc/sysconfig/network-scripts/ifcfg-eth0``."""

    name = "ifcfg"

    def takes(self, place: PastePlace) -> int:
        last, keys = 0, set()
        for number, line in enumerate(place.rest(), 1):
            found = _IFCFG.match(line)
            if found is None and not _REMARK.match(line):
                break
            if found is not None:
                key = line.partition("=")[0]
                if key in keys:  # the next file begins
                    break
                keys.add(key)
                last = number
            elif number == 1:
                return 0
        return last if len(keys & {"DEVICE", "BOOTPROTO", "ONBOOT", "IPADDR", "TYPE"}) > 1 else 0

    def read(self, block: Block, desk: Desk) -> Became:
        found = {}
        for line in block.lines:
            pair = _PAIR.match(line)
            if pair is not None:
                found[pair["key"]] = pair["value"].strip("\"'")
        name = found.get("DEVICE") or found.get("NAME", "")
        if not name:
            return Became("", "it names no device")
        device = ConfiguredDevice(
            name, "bridge" if found.get("TYPE", "").lower() == "bridge" else "",
            mac=found.get("MACADDR") or found.get("HWADDR", ""), mtu=found.get("MTU", ""),
            is_leased=found.get("BOOTPROTO", "").lower() == "dhcp",
        )  # fmt: skip
        if "." in name and found.get("VLAN", "").lower() == "yes":
            device.kind, (device.parent, _, device.tag) = "vlan", name.rpartition(".")
        for key, value in found.items():
            if re.fullmatch(r"IPADDR\d*", key):
                device.addresses.append(f"{value}/{_length(found, key.removeprefix('IPADDR'))}")
        if found.get("IPV6ADDR"):
            device.addresses.append(found["IPV6ADDR"])
        for key in ("GATEWAY", "IPV6_DEFAULTGW"):
            if found.get(key):
                device.routes.append(ConfiguredRoute("default", found[key].partition("%")[0]))
        notes = put_devices([device], block.first, desk)
        for key in ("BRIDGE", "MASTER"):
            if found.get(key):
                desk.put_host(f"ip link set {name} master {found[key]}", block.first)
        return Became("host", "; ".join(notes))


def _length(found: dict[str, str], number: str) -> str:
    if found.get(f"PREFIX{number}"):
        return found[f"PREFIX{number}"]
    mask = found.get(f"NETMASK{number}") or found.get("NETMASK", "255.255.255.0")
    try:
        return str(IPv4Network(f"0.0.0.0/{mask}").prefixlen)
    except ValueError:
        return "24"
