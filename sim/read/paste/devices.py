"""Devices as configuration files tell them, put down as lines of the host text."""

from __future__ import annotations

from dataclasses import field

from sim.base.frozen import dataclass
from sim.read.paste.desk import Desk


@dataclass(slots=True)
class ConfiguredRoute:
    """``to`` is ``default`` or a prefix."""

    to: str
    via: str = ""
    table: str = ""
    metric: str = ""
    is_onlink: bool = False


@dataclass(slots=True)
class ConfiguredDevice:
    """``kind`` is iproute2's; ``parent`` and ``tag`` are a VLAN's, ``ports`` those of a bridge or
    bond. ``tunnel``: its two ends."""

    name: str
    kind: str = ""
    addresses: list[str] = field(default_factory=list)
    routes: list[ConfiguredRoute] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    ports: list[str] = field(default_factory=list)
    mac: str = ""
    mtu: str = ""
    parent: str = ""
    tag: str = ""
    table: str = ""
    tunnel: tuple[str, str] = ("", "")
    is_leased: bool = False

    @property
    def rank(self) -> int:
        """What others are made of comes first."""
        return 0 if not self.kind else 2 if self.parent else 1


def put_devices(devices: list[ConfiguredDevice], line: int, desk: Desk) -> list[str]:
    """Put the devices down; what there is to say of them."""
    leased = []
    for one in sorted(devices, key=lambda device: device.rank):
        for port in (*one.ports, *([one.parent] if one.parent else [])):
            if port not in desk.interfaces:
                desk.declare(port, "", line)
        desk.put_host("\n".join(_made(one, desk)), line)
        if one.is_leased and not one.addresses:
            leased.append(one.name)
    for one in devices:
        lines = [_route(one.name, route) for route in one.routes]
        lines += [f"rule {rule}" for rule in one.rules]
        if lines:
            desk.put_host("\n".join(lines), line)
    if not leased:
        return []
    return [f"the address of {', '.join(leased)} is leased, so the file does not tell it"]


def _made(one: ConfiguredDevice, desk: Desk) -> list[str]:
    name = one.name
    more = [*one.addresses, *(["mac", one.mac] if one.mac else []),
            *(["mtu", one.mtu] if one.mtu else [])]  # fmt: skip
    if name in desk.interfaces:
        return [f"ip addr replace {address} dev {name}" for address in one.addresses]
    if one.kind == "bridge":
        return [" ".join(["interface", name, *more]), " ".join(["bridge", name, *one.ports])]
    if not one.kind:
        return [" ".join(["interface", name, *more])]
    words = ["ip link add", *(["link", one.parent] if one.parent else []), "name", name]
    words += ["type", one.kind]
    if one.tag:
        words += ["id", one.tag]
    if one.table:
        words += ["table", one.table]
    for word, end in zip(("local", "remote"), one.tunnel, strict=True):
        words += [word, end] if end else []
    lines = [" ".join(words)]
    lines += [f"ip link set {port} master {name}" for port in one.ports]
    lines += [f"ip addr add {address} dev {name}" for address in one.addresses]
    return [*lines, f"ip link set {name} up"]


def _route(name: str, route: ConfiguredRoute) -> str:
    words = ["route", route.to, *(["via", route.via] if route.via else []), "dev", name]
    for word, value in (("table", route.table), ("metric", route.metric)):
        words += [word, value] if value else []
    return " ".join([*words, *(["onlink"] if route.is_onlink else [])])
