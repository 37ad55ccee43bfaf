"""``ip link`` and ``ip neigh``: devices made, changed and deleted; who answers for whom."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from sim.base.errors import SourceError
from sim.base.frozen import replace
from sim.model.host import TUNNELS, Interface
from sim.read.host import bridges as host_bridges
from sim.read.host import ip_route as host_ip_route
from sim.read.host.draft import HostDraft
from sim.read.host.facts import neighbour
from sim.read.host.ip_call import IpCall
from sim.read.host.listings import DETAILS
from sim.read.host.reader import Reader, shape
from sim.read.lines import clip


def link_command(call: IpCall) -> None:
    """``ip link set|add|del ...``. Raises ``SourceError``."""
    if call.action in ("set", "replace"):
        _link_set(call)
    elif call.action == "add":
        _link_add(call)
    elif call.action == "delete":
        reader = call.read("link_set_args")
        name, span = _link_name(call, reader)
        call.draft.known(name, span)
        del call.draft.interfaces[name]
        host_ip_route.forget_device(call.draft, name)


def _link_name(call: IpCall, reader: Reader) -> tuple[str, Any]:
    if reader.tokens:
        return reader.value(), reader.token_span()
    for item in reader.items():
        if item.name == "dev":
            return item.value(), item.token_span()
    raise SourceError("an interface is missing", call.rest.span(), where="host")


def _link_set(call: IpCall) -> None:
    reader = call.read("link_set_args")
    name, span = _link_name(call, reader)
    draft = call.draft
    draft.known(name, span)
    changes: dict[str, Any] = {}
    for item in reader.items():
        match item.name:
            case "up":
                changes["up"] = True
            case "down":
                changes["up"] = False
                _went_down(draft, name)
            case "mtu":
                changes["mtu"] = item.checked(68, 65536)
            case "mac":
                changes["mac"] = item.value()
            case "master":
                changes["master"] = item.value()
            case "nomaster":
                changes["master"] = ""
            case "device_group":
                text = item.value()
                changes["group"] = int(text) if text.isdecimal() and len(text) < 11 else 0
            case "arp":
                changes["noarp"] = item.value() == "off"
            case "rename":
                changes["name"] = item.value()
            case "kind":
                changes["nf_call"] = _nf_call(draft.interfaces[name], item)
    draft.change(name, **changes)
    if changes.get("name", name) != name:
        draft.interfaces[changes["name"]] = draft.interfaces.pop(name)


def _nf_call(interface: Interface, item: Reader) -> tuple[str, ...]:
    """``type bridge nf_call_iptables 1 ...``: the bridge's own switches of br_netfilter."""
    words = [str(token) for token in item.tokens]
    found = set(interface.nf_call)
    for option, value in pairwise(words):
        if option.startswith("nf_call_"):
            host_bridges.change_nf_call(found, option, value)
    return tuple(sorted(found))


def _went_down(draft: HostDraft, name: str) -> None:
    """Its routes go for good, and so do its IPv6 addresses (fib_disable_ip, addrconf_ifdown)."""
    if not draft.interfaces[name].up:
        return
    host_ip_route.forget_device(draft, name)
    keeps = (
        draft.sysctls.get("net.ipv6.conf.all.keep_addr_on_down"),
        draft.sysctls.get(f"net.ipv6.conf.{name}.keep_addr_on_down"),
    )
    if "1" not in keeps:
        kept = tuple(a for a in draft.interfaces[name].addresses if a.address.version == 4)
        draft.change(name, addresses=kept)


KINDS = {"veth": "ethernet", "dummy": "dummy", "bridge": "bridge", "vlan": "vlan", "bond": "bond",
         "wireguard": "wireguard", "macvlan": "macvlan", "vxlan": "ethernet", "vrf": "vrf",
         "macvtap": "macvlan", "ipvlan": "macvlan", "ifb": "dummy",
         **{kind: kind for kind in TUNNELS}}  # fmt: skip


def _link_add(call: IpCall) -> None:
    """A new device starts switched off; veth makes its peer too."""
    reader = call.read("link_add_args")
    names: list[Reader] = []
    changes: dict[str, Any] = {"up": False}
    others: list[str] = []
    for item in reader.items():
        match item.name:
            case "name":
                names.append(item)
            case "mtu":
                changes["mtu"] = item.checked(68, 65536)
            case "mac":
                changes["mac"] = item.value()
            case "kind":
                kind = str(item.tokens[0])
                if kind not in KINDS and kind not in DETAILS:
                    raise item.error(f'devices of type "{clip(kind)}" are not modelled yet',
                                     item.tokens[0])  # fmt: skip
                changes["kind"] = KINDS.get(kind, kind)
                others = [str(token) for token in item.tokens[1:]]
    if not names:
        raise SourceError("a name is missing", call.rest.span(), where="host")
    _make(call, names[0], changes)
    if "peer" in others and "name" in others and "netns" not in others:
        peer = others[others.index("name") + 1 :][:1]
        if peer:
            call.draft.mention(peer[0], call.rest.span())
            call.draft.change(peer[0], up=False)


def _make(call: IpCall, item: Reader, changes: dict[str, Any]) -> None:
    name = item.value()
    if name in call.draft.interfaces:
        call.note_failed(f"there is an interface {name} already (File exists)")
        return
    call.draft.mention(name, call.rest.span())
    call.draft.change(name, **changes)
    if changes.get("kind") == "bridge":  # only br_change_mtu keeps it from following its ports
        call.draft.stated_mtus.discard(name)


def neighbour_command(call: IpCall) -> None:
    """``ip neigh add A lladdr M dev I``: put into the order of our own line and read as that."""
    words = call.rest.text.split()
    if call.action == "flush" or len(words) < 3:
        return
    rest = call.rest.text
    at = len(rest) - len(rest.lstrip())
    shaped = _dev_first(rest[at:])
    line = replace(call.rest, text=" " * max(0, at - 10) + "neighbour " + shaped)
    reader = Reader(call.draft, line, shape().parse(line, "fact"))
    if call.action == "delete":
        address, dev = reader.values()
        call.draft.neighbours[:] = [
            old for old in call.draft.neighbours if (old[0].address, old[0].dev) != (address, dev)
        ]
        return
    neighbour(reader)


def _dev_first(text: str) -> str:
    """``A lladdr M dev I nud S`` with its pairs in the order A, dev, the rest."""
    words = [word for word in text.split() if word != "to"]
    head, tail = words[:1], words[1:]
    dev: list[str] = []
    others: list[str] = []
    at = 0
    while at < len(tail):
        if tail[at] == "dev":
            dev = tail[at : at + 2]
            at += 2
        elif tail[at] == "nud":
            state = tail[at + 1 : at + 2]
            others += ["failed"] if state in (["failed"], ["incomplete"]) else []
            at += 2
        else:
            others.append(tail[at])
            at += 1
    return " ".join(head + dev + others)
