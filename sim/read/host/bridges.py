"""Bridges of the host text: our lines, ``bridge fdb`` output, ``brctl`` commands."""

from __future__ import annotations

from typing import Any

from sim.base.frozen import replace
from sim.read.host.draft import HostDraft, made_address
from sim.read.host.reader import Reader
from sim.read.host.values import device, interface_address
from sim.read.host.words import HostCommand, word_error
from sim.read.lines import Line, clip


def bridge(reader: Reader) -> None:
    """``bridge NAME [ports PORT...] [ADDRESS...] [mac M] [mtu N] [down] [nf_call_iptables 1]``"""
    name = reader.value()
    draft = reader.draft
    draft.mention(name, reader.span)
    changes: dict[str, Any] = {"kind": "bridge"}
    nf_call = set(draft.interfaces[name].nf_call)
    for item in reader.items():
        match item.name:
            case "port_or_address":
                _port_or_address(item, name)
            case "mac":
                changes["mac"] = item.value()
            case "mtu":
                changes["mtu"] = item.checked(68, 65536)
            case "up" | "down":
                changes["up"] = item.name == "up"
            case "device_group":
                changes["group"] = item.value()
            case "noarp":
                changes["noarp"] = True
            case "nf_call_iptables" | "nf_call_ip6tables" | "nf_call_arptables":
                change_nf_call(nf_call, item.name, item.value())
    draft.change(name, nf_call=tuple(sorted(nf_call)), **changes)


def change_nf_call(nf_call: set[str], option: str, value: str) -> None:
    """One of a bridge's own switches of br_netfilter, on or off."""
    tool = option.removeprefix("nf_call_")
    (nf_call.discard if value in ("0", "off") else nf_call.add)(tool)


def _port_or_address(item: Reader, bridge: str) -> None:
    text = item.value()
    try:
        if "/" in text:
            address = made_address(interface_address(text))
        else:
            port = device(text)
    except ValueError as error:
        raise item.error(str(error), item.tokens[0]) from None
    if "/" in text:
        if not item.draft.add_address(bridge, address):
            raise item.error(f"{bridge} has {address.address} already", item.tokens[0])
        return
    if port in (bridge, "lo"):
        raise item.error(f"{port} cannot be a port of {bridge}", item.tokens[0])
    known = item.draft.mention(port, item.token_span())
    if known.kind == "bridge":
        raise item.error(f"{port} is a bridge; a bridge cannot be a port", item.tokens[0])
    if known.master not in ("", bridge):
        raise item.error(f"{port} is a port of {known.master} already", item.tokens[0])
    item.draft.change(port, master=bridge)


def fdb(reader: Reader) -> None:
    """``fdb MAC dev PORT``: behind which port a MAC lives; also lines of ``bridge fdb``.

    A listing's own addresses (``permanent``) and groups say nothing about others.
    """
    mac, port = reader.values()
    words = [item.value() for item in reader.items()]
    if "permanent" in words or "self" in words or int(mac[:2], 16) & 1:
        return
    draft = reader.draft
    draft.known(port, reader.token_span(1))
    draft.fdb[:] = [entry for entry in draft.fdb if entry[0] != mac]
    draft.fdb.append((mac, port))


def brctl_command(draft: HostDraft, line: Line, command: HostCommand) -> None:
    """``brctl addbr``, ``delbr``, ``addif``, ``delif``; what only shows or times is skipped."""
    words = command.words[1:]
    action = words[0].text if words else "show"
    names = [word.text for word in words[1:]]
    if action == "addbr" and names:
        draft.mention(names[0], line.span())
        draft.change(names[0], kind="bridge", up=False)
    elif action == "delbr" and names:
        draft.known(names[0], line.span())
        del draft.interfaces[names[0]]
    elif action in ("addif", "delif") and len(names) >= 2:
        draft.known(names[0], line.span())
        for name in names[1:]:
            draft.known(name, line.span())
            draft.change(name, master=names[0] if action == "addif" else "")
    elif action not in ("show", "showmacs", "showstp", "stp", "setfd", "sethello", "setmaxage",
                        "setageing", "setpathcost", "setportprio", "setbridgeprio"):  # fmt: skip
        raise word_error(line, command.words[0], f"brctl {clip(action)} is not modelled")


def follow_ports(draft: HostDraft) -> None:
    """br_mtu_auto_adjust (net/bridge/br_if.c): a bridge has the smallest MTU of its ports.

    Not one whose MTU somebody has set.
    """
    for name, bridge in draft.interfaces.items():
        ports = [item.mtu for item in draft.interfaces.values() if item.master == name]
        if bridge.kind == "bridge" and ports and name not in draft.stated_mtus:
            draft.interfaces[name] = replace(bridge, mtu=min(ports))


def check(draft: HostDraft) -> None:
    """Entries of the forwarding database name ports."""
    for mac, port in draft.fdb:
        found = draft.interfaces.get(port)
        if found is not None and not found.master:
            draft.fail(f"{port} is no port of a bridge, so {mac} cannot be behind it", found.span)
