"""``ip`` commands that change the host, with the abbreviations that iproute2 takes."""

from __future__ import annotations

from collections.abc import Callable

from sim.read.host import ip_route as host_ip_route
from sim.read.host import xfrm as host_xfrm
from sim.read.host.draft import HostDraft
from sim.read.host.ip_address import address_command
from sim.read.host.ip_call import IpCall
from sim.read.host.ip_link import link_command, neighbour_command
from sim.read.host.ip_older import older_device
from sim.read.host.words import HostCommand, word_error
from sim.read.lines import Line, clip, did_you_mean

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
    "vrf": "VRFs are",
    "mroute": "multicast routing is",
    "nexthop": "nexthop objects are",
    "netns": "other namespaces are",
    "mptcp": "MPTCP is",
    "token": "tokens are",
}


def ip_command(draft: HostDraft, line: Line, command: HostCommand) -> None:
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
    if name == "xfrm":
        if at + 1 < len(words):
            host_xfrm.command(draft, line, command, at + 1)
        return
    if name in ("tunnel", "tuntap"):
        older_device(draft, line, [word.text for word in words[at + 1 :]], words[at])
        return
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


def _route(call: IpCall) -> None:
    host_ip_route.route_command(call.draft, call.rest, call.action, call.family, call.note_failed)


def _rule(call: IpCall) -> None:
    host_ip_route.rule_command(call.draft, call.rest, call.action, call.family, call.note_failed)


CALLS: dict[str, Callable[[IpCall], None]] = {
    "address": address_command,
    "link": link_command,
    "neighbour": neighbour_command,
    "route": _route,
    "rule": _rule,
}
