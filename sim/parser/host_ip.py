"""``ip`` commands that change the host, with the abbreviations that iproute2 takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from sim.errors import SourceError
from sim.host import IfAddress, Interface
from sim.parser import host_bridges, host_ip_route
from sim.parser.host_draft import Draft
from sim.parser.host_facts import neighbour
from sim.parser.host_listings import DETAILS, listed_address
from sim.parser.host_reader import Reader, shape
from sim.parser.host_words import Command, Word, word_error
from sim.parser.lines import Line, clip, did_you_mean

# In the order in which iproute2 tries them: the first that begins with what was typed is it.
OBJECTS = (
    "address", "addrlabel", "maddress", "route", "rule", "neighbor", "neighbour", "ntable",
    "link", "tunnel", "tuntap", "token", "tcp_metrics", "monitor", "xfrm", "mroute", "netns",
    "netconf", "vrf", "nexthop", "mptcp", "help", "stats",
)  # fmt: skip
ACTIONS: dict[str, tuple[str, ...]] = {
    "address": ("add", "change", "replace", "delete", "show", "lst", "list", "flush", "save"),
    "link": ("add", "set", "replace", "delete", "show", "lst", "list", "property", "help"),
    "route": ("list", "show", "lst", "get", "add", "change", "replace", "prepend", "append",
              "test", "delete", "save", "flush", "restore"),
    "rule": ("list", "lst", "show", "save", "restore", "add", "delete", "flush"),
    "neighbour": ("add", "change", "replace", "delete", "get", "show", "lst", "list", "flush"),
}  # fmt: skip
PRINTING = frozenset({"show", "list", "lst", "get", "save", "test", "help"})
QUIET_OBJECTS = frozenset({"monitor", "netconf", "ntable", "maddress", "addrlabel", "stats", "help",
                           "tcp_metrics"})  # fmt: skip
LATER = {
    "xfrm": "IPsec is",
    "tunnel": "tunnels are",
    "vrf": "VRFs are",
    "mroute": "multicast routing is",
    "nexthop": "nexthop objects are",
    "netns": "other namespaces are",
    "mptcp": "MPTCP is",
    "token": "tokens are",
    "tuntap": "tun devices by command are",
}


@dataclass(frozen=True, slots=True)
class IpCall:
    """One ``ip`` command: ``rest`` is the line with everything before its arguments blanked."""

    draft: Draft
    rest: Line
    action: str
    family: int
    at: Word  # what an error about the whole command points at

    def read(self, start: str) -> Reader:
        tree = shape().parse(self.rest, start)
        return Reader(self.draft, self.rest, tree)

    def note_failed(self, why: str) -> None:
        """The real command would print an error and change nothing."""
        self.draft.note(f"line {self.rest.number} changes nothing: {why}")


def ip_command(draft: Draft, line: Line, command: Command) -> None:
    """Do what an ``ip`` command does. Raises ``SourceError``."""
    words = command.words
    at, family = 1, 0
    while at < len(words) and words[at].text.startswith("-"):
        option = words[at].text
        if option in ("-4", "-6"):
            family = int(option[1])
        elif option in ("-f", "-family", "--family") and at + 1 < len(words):
            at += 1
            family = 6 if words[at].text == "inet6" else 4
        elif option in ("-n", "-netns", "-b", "-batch", "--batch", "-force"):
            message = f"ip {option} is not understood: this text describes one host"
            raise word_error(line, words[at], message)
        at += 1
    if at >= len(words):
        return
    name = _full(words[at].text, OBJECTS)
    if name == "neighbor":
        name = "neighbour"
    if name in LATER:
        raise word_error(line, words[at], f"{LATER[name]} not modelled yet")
    if name in QUIET_OBJECTS:
        return
    if name not in ACTIONS:
        raise word_error(line, words[at], f'ip knows no "{clip(words[at].text)}"',
                         did_you_mean(words[at].text, OBJECTS))  # fmt: skip
    if at + 1 >= len(words):
        return  # it lists
    action_word = words[at + 1]
    action = _full(action_word.text, ACTIONS[name])
    if not action and name in ("address", "route", "neighbour", "link") and at + 1 < len(words):
        near = did_you_mean(action_word.text, ACTIONS[name])
        if action_word.text not in ("dev", "table", "to", "up") or near:
            raise word_error(line, action_word, f'ip {name} knows no "{clip(action_word.text)}"',
                             near)  # fmt: skip
    if not action or action in PRINTING:
        return
    end = words[-1].end
    rest = Line(line.number, " " * action_word.end + line.text[action_word.end : end], line.joins)
    CALLS[name](IpCall(draft, rest, action, family, action_word))


def _full(text: str, names: tuple[str, ...]) -> str:
    if text in ("chg", "del", "sh", "ls", "a", "d"):
        text = {"chg": "change", "del": "delete", "sh": "show", "ls": "list"}.get(text, text)
    return next((name for name in names if text and name.startswith(text)), "")


# ---- addresses ------------------------------------------------------------------------------


def _address(call: IpCall) -> None:
    reader = call.read("address_args")
    said = {item.name: item for item in reader.items()}
    if "dev" not in said:
        raise SourceError('"dev" and an interface are missing', call.rest.span(), where="host")
    name = said["dev"].value()
    interface = call.draft.known(name, said["dev"].token_span())
    if call.action == "flush":
        _flush(call, interface, said)
        return
    if "address" not in said:
        raise SourceError("an address is missing", call.rest.span(), where="host")
    value = said["address"].value()
    fields: dict[str, Any] = {}
    if "peer" in said:
        fields["peer"] = said["peer"].value()
    if "scope" in said:
        fields["scope"] = said["scope"].value()
    if "noprefixroute" in said:
        fields["noprefixroute"] = True
    if "broadcast" in said and value.version == 4:
        fields["broadcast"] = _broadcast(said["broadcast"], value)
    made = listed_address(value, fields)
    if call.action == "delete":
        _delete_address(call, interface, made)
    elif not call.draft.add_address(name, made) and call.action == "add":
        call.note_failed(f"{name} has {value} already (File exists)")


def _broadcast(item: Reader, value: Any) -> Any:
    text = str(item.tokens[0])
    if text == "+":
        return value.network.broadcast_address
    if text == "-":
        return value.network.network_address
    from sim.parser.host_values import address

    try:
        return address(text)
    except ValueError as error:
        raise item.error(str(error), item.tokens[0]) from None


def _delete_address(call: IpCall, interface: Interface, gone: Any) -> None:
    """With a primary address its secondaries go, unless they are promoted (inet_del_ifa)."""
    found = [a for a in interface.addresses if a.address == gone.address]
    if not found:
        call.note_failed(
            f"{interface.name} has no {gone.address} (Cannot assign requested address)"
        )
        return
    left = [a for a in interface.addresses if a.address != gone.address]
    settings = call.draft.sysctls
    promote = "1" in (
        settings.get("net.ipv4.conf.all.promote_secondaries"),
        settings.get(f"net.ipv4.conf.{interface.name}.promote_secondaries"),
    )
    if gone.address.version == 4 and not promote:
        network = gone.address.network
        before = list(interface.addresses).index(found[0])
        is_secondary = any(a.address.network == network for a in interface.addresses[:before])
        if not is_secondary:
            left = [a for a in left if a.address.network != network]
    _lose(call.draft, interface, left)


def _lose(draft: Draft, interface: Interface, left: list[IfAddress]) -> None:
    """Addresses are gone, and the routes that hung on them: fib_sync_down_addr, fib_disable_ip."""
    gone = {entry.address.ip for entry in interface.addresses} - {e.address.ip for e in left}
    draft.change(interface.name, addresses=tuple(left))
    draft.routes[:] = [r for r in draft.routes if r.family == 6 or r.src not in gone]
    lost_last = any(ip.version == 4 for ip in gone) and not any(
        entry.address.version == 4 for entry in left
    )
    if lost_last:
        host_ip_route.forget_device(draft, interface.name, 4)


def _flush(call: IpCall, interface: Interface, said: dict[str, Reader]) -> None:
    scope = said["scope"].value() if "scope" in said else ""
    left = [
        entry
        for entry in interface.addresses
        if (call.family and entry.address.version != call.family)
        or (scope and entry.scope != scope)
    ]
    _lose(call.draft, interface, left)


# ---- links ----------------------------------------------------------------------------------


def _link(call: IpCall) -> None:
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


def _went_down(draft: Draft, name: str) -> None:
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
         "wireguard": "wireguard", "macvlan": "macvlan", "vxlan": "ethernet"}  # fmt: skip


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


def _neighbour(call: IpCall) -> None:
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


def _route(call: IpCall) -> None:
    host_ip_route.route_command(call.draft, call.rest, call.action, call.family, call.note_failed)


def _rule(call: IpCall) -> None:
    host_ip_route.rule_command(call.draft, call.rest, call.action, call.family, call.note_failed)


CALLS: dict[str, Callable[[IpCall], None]] = {
    "address": _address,
    "link": _link,
    "neighbour": _neighbour,
    "route": _route,
    "rule": _rule,
}
