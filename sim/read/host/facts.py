"""The short form of our own: one fact a line."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Interface
from typing import Any

from sim.model.host import (
    Accounting,
    IfAddress,
    InterfaceAddress,
    Neighbour,
    NftChain,
    Socket,
)
from sim.read.host import bridges as host_bridges
from sim.read.host import sysctl as host_sysctl
from sim.read.host.draft import made_address
from sim.read.host.plain import PLAIN
from sim.read.host.reader import Reader
from sim.read.host.routes import add_route, add_rule
from sim.read.host.values import default_scope
from sim.read.lines import clip


def interface(reader: Reader) -> None:
    """``interface NAME ADDRESS... [mac M] [mtu N] [down] [type KIND] ...``"""
    name = reader.value()
    draft = reader.draft
    draft.mention(name, reader.span)
    changes: dict[str, Any] = {}
    before: Reader | None = None
    for item in reader.items():
        match item.name:
            case "address":
                _add(item, name, made_address(_no_mask(item, before)))
                before = item
            case "address_dynamic":
                _add(item, name, made_address(item.value(), dynamic=True))
            case "address_peer":
                local, peer = item.values()
                scope = default_scope(local)
                _add(item, name, IfAddress(type(local)((local.ip, peer.network.prefixlen)), scope,
                                           peer=peer))  # fmt: skip
            case "mac":
                changes["mac"] = item.value()
            case "mtu":
                changes["mtu"] = item.checked(68, 65536)
            case "up" | "down":
                changes["up"] = item.name == "up"
            case "kind":
                changes["kind"] = item.value()
            case "device_group":
                changes["group"] = item.value()
            case "master":
                changes["master"] = item.value()
            case "noarp":
                changes["noarp"] = True
    draft.change(name, **changes)


def _no_mask(item: Reader, before: Reader | None) -> InterfaceAddress:
    """The address, which is no mask of the one before it: ``10.0.0.1 255.255.255.0`` is two words
    for one."""
    value: InterfaceAddress = item.value()
    if before is None or int(value.ip) >> 24 != 255 or value.network.prefixlen != 32:
        return value
    first: InterfaceAddress = before.value()
    try:
        whole = IPv4Interface(f"{first.ip}/{value.ip}")
    except ValueError:
        return value
    message = f"{value.ip} is the mask of {first.ip}, and would be an address of its own here"
    raise item.error(message, item.tokens[0], hint=f"write {whole}")


def _add(item: Reader, name: str, address: IfAddress) -> None:
    if not item.draft.add_address(name, address) and name != "lo":
        raise item.error(f"{name} has {address.address} already", item.tokens[0])


def neighbour(reader: Reader) -> None:
    """``neighbour A dev I [mac M] [failed]``; also lines of ``ip neigh``."""
    address, dev = reader.values()
    mac, failed = "", False
    for item in reader.items():
        if item.name == "mac":
            mac = item.value()
        failed = failed or item.name == "failed"
    draft = reader.draft
    draft.neighbours[:] = [
        old for old in draft.neighbours if (old[0].address, old[0].dev) != (address, dev)
    ]
    draft.neighbours.append((Neighbour(address, dev, mac, failed), reader.token_span(1)))


def sysctl(reader: Reader) -> None:
    """``sysctl NAME = VALUE``"""
    name, *words = reader.values()
    _set_sysctl(reader, name, " ".join(words))


def sysctl_assigned(reader: Reader) -> None:
    first, *words = reader.values()
    name, _, value = first.partition("=")
    _set_sysctl(reader, name, " ".join([value, *words]).strip())


def _set_sysctl(reader: Reader, name: str, value: str) -> None:
    if not value:
        raise reader.error(f"{name} has no value", reader.tokens[0])
    host_sysctl.note_misspelt(reader.draft, name)
    try:
        host_sysctl.write(reader.draft, name, value)
        host_sysctl.note_part(reader.draft, name, value)
    except ValueError as error:
        raise reader.error(f"{clip(name)}: {error}", reader.tokens[0]) from None


def listen(reader: Reader) -> None:
    """``listen PROTOCOL ADDRESS:PORT [uid U] [gid G] [dev I] [v6only] [transparent]``"""
    transport, (address, port, dev) = reader.values()
    uid = gid = cgroup = ""
    v6only = transparent = False
    for item in reader.items():
        match item.name:
            case "uid":
                uid = item.value()
            case "gid":
                gid = item.value()
            case "dev":
                dev = item.value()
            case "v6only":
                v6only = True
            case "transparent":
                transparent = True
            case "cgroup":
                cgroup = item.value()
    if address is None:  # written as * (any): one socket for both families
        family = 6
    else:
        family = address.version
        if int(address) == 0:
            address = None
    socket = Socket(transport, family, address, port, dev=dev, v6only=v6only,
                    transparent=transparent, cgroup=cgroup, span=reader.span)  # fmt: skip
    reader.draft.sockets.append((socket, uid, gid))


def user(reader: Reader) -> None:
    """``user NAME UID [groups G,G]``"""
    name, number = reader.values()
    reader.draft.users[name] = number
    for item in reader.items():
        for group in item.value().split(","):
            if group:
                reader.draft.members.append((name, group, item.token_span()))


def group(reader: Reader) -> None:
    name, number = reader.values()
    reader.draft.groups[name] = number


def name(reader: Reader) -> None:
    """``name HOST ADDRESS...``: what a resolver would answer for a host name in a rule."""
    host, *addresses = reader.values()
    known = dict.fromkeys((*reader.draft.hostnames.get(host, ()), *addresses))
    reader.draft.hostnames[host] = tuple(known)


def backend(reader: Reader) -> None:
    """``backend nft``: the rules were loaded by iptables-nft, which registers otherwise."""
    reader.draft.backend = reader.value()


def frames_backend(reader: Reader) -> None:
    """``backend ebtables nft``: Debian chooses for each tool by itself."""
    reader.draft.frames_backend = reader.value()


def clock(reader: Reader) -> None:
    moment = reader.value()
    reader.draft.clock = int(moment.timestamp())
    reader.draft.zone = int(moment.utcoffset().total_seconds()) // 60


def fingerprints(reader: Reader) -> None:
    """``fingerprints none``: nothing but what lines of pf.os in the text say is loaded."""
    reader.draft.fingerprints = reader.draft.fingerprints or {}


def nfacct(reader: Reader) -> None:
    """``nfacct NAME [packets N|bytes N]``"""
    made = Accounting()
    for item in reader.items():
        made = Accounting(item.name, item.value())
    reader.draft.accounting[reader.value()] = made


def nftables(reader: Reader) -> None:
    """``nftables FAMILY TABLE CHAIN hook HOOK``: a base chain whose rules are not told."""
    family, table, chain, hook = (str(token) for token in reader.tokens)
    made = NftChain(family, table, chain, hook.upper())
    if made not in reader.draft.nft_chains:
        reader.draft.nft_chains.append(made)


def legacy(reader: Reader) -> None:
    """``legacy iptables``: iptables-legacy has tables too, whose rules are not told."""
    tool = str(reader.tokens[0])
    if tool not in ("iptables", "ip6tables"):
        message = f'"{tool}" has no legacy tables beside these (iptables, ip6tables)'
        raise reader.error(message, reader.tokens[0])
    reader.draft.legacy_untold.add(6 if tool == "ip6tables" else 4)


def _plain(reader: Reader) -> None:
    """``uptime 12d``: the line's name is its field's."""
    values = reader.values()
    reader.draft.plain[reader.name] = values[0] if len(values) == 1 else tuple(values)


FACTS: dict[str, Callable[[Reader], None]] = {
    "interface": interface,
    "bridge": host_bridges.bridge,
    "fdb": host_bridges.fdb,
    "neighbour": neighbour,
    "route": add_route,
    "rule": add_rule,
    "sysctl": sysctl,
    "sysctl_assigned": sysctl_assigned,
    "listen": listen,
    "user": user,
    "group": group,
    "name": name,
    "backend": backend,
    "frames_backend": frames_backend,
    "clock": clock,
    "fingerprints": fingerprints,
    "nfacct": nfacct,
    "nftables": nftables,
    "legacy": legacy,
    **dict.fromkeys(PLAIN, _plain),
}
