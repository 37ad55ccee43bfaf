"""``ip`` commands do to our host what they do to this machine's kernel, refusals included."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from sim.base.errors import Refused
from sim.model.host import Host
from sim.read.host.text import parse_host

pytestmark = pytest.mark.kernel

NAMESPACE = f"cwhost{os.getpid()}"
DEVICES = ("eth0", "eth1")
START = "interface eth0\ninterface eth1\n"


def run(command: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
    words = ["ip", "-n", NAMESPACE, *command.split()]
    return subprocess.run(words, check=check, capture_output=True, text=True)


@pytest.fixture
def namespace() -> Iterator[None]:
    """Two devices, up, without addresses that the kernel makes by itself."""
    subprocess.run(["ip", "netns", "add", NAMESPACE], check=True)
    try:
        for name in ("eth0", "eth1"):
            run(f"link add {name} type veth peer name far-{name}")
            run(f"link set far-{name} up")
            run(f"link set {name} up")
        run("link set lo up")
        yield
    finally:
        subprocess.run(["ip", "netns", "del", NAMESPACE], check=True)


Pick = Callable[..., str]


def address_command(pick: Pick) -> str:
    address = pick("10.0.0.1/24", "10.0.0.2/24", "10.0.0.3/25", "10.0.1.1/16", "10.0.0.9/32",
                   "192.168.0.1/24", "192.168.0.2/24", "192.168.0.9/28",
                   "2001:db8::1/64", "2001:db8::2/64")  # fmt: skip
    action = pick("add", "add", "add", "del")
    family = "-6 " if ":" in address else ""
    nodad = " nodad" if family and action == "add" else ""
    # Of one subnet on two devices the kernel takes the older; that order is not kept here.
    device = "eth1" if address.startswith("192") else "eth0"
    return f"{family}addr {action} {address} dev {device}{nodad}"


def route_command(pick: Pick) -> str:
    action = pick("add", "add", "add", "replace", "append", "del")
    if pick("4", "4", "6") == "6":
        prefix = pick("default", "2001:db8:1::/48", "2001:db8:2::/48")
        way = pick("via 2001:db8::9", "via 2001:db8::9 dev eth0", "dev eth1")
        metric = pick("", " metric 5")
        return f"-6 route {pick('add', 'add', 'replace', 'del')} {prefix} {way}{metric}"
    prefix = pick("default", "172.16.0.0/12", "172.17.0.0/16", "10.9.0.0/16")
    ways = ["via 10.0.0.9", "via 192.168.0.9", "via 10.0.0.9 dev eth1", "dev eth0", "dev eth1",
            "via 10.0.0.9 dev eth0 onlink", "via 10.0.1.77"]  # fmt: skip
    if pick("way", "way", "way", "kind") == "kind":
        return f"route {action} {pick('blackhole', 'unreachable', 'prohibit')} {prefix}"
    tail = pick("", "", " metric 5", " table 100", " tos 0x10")
    return f"route {action} {prefix} {pick(*ways)}{tail}"


def rule_command(pick: Pick) -> str:
    what = pick("fwmark 1", "fwmark 0x10/0xf0", "from 10.0.0.0/8", "to 10.1.0.0/16", "iif eth0",
                "not from 10.2.0.0/16")  # fmt: skip
    priority = pick("", "", " pref 100", " pref 200")
    action = pick("add", "add", "add", "del")
    if action == "del" and pick("a", "b") == "a":
        return f"rule del pref {pick('100', '200', '32765')}"
    return f"rule {action} {what} lookup {pick('100', '200')}{priority}"


def link_command(pick: Pick) -> str:
    return f"link set {pick('eth0', 'eth1')} {pick('down', 'up', 'up', 'mtu 1400', 'mtu 1500')}"


def state(host: Host) -> dict[str, object]:
    """What both sides must agree in."""
    return {
        "addresses": {
            (name, str(entry.address), entry.secondary)
            for name, interface in host.interfaces.items()
            for entry in interface.addresses
            if name in DEVICES and not entry.address.ip.is_link_local
        },
        "links": {(name, i.up, i.mtu) for name, i in host.interfaces.items() if name in DEVICES},
        "routes": {
            (str(r.prefix), str(r.via), r.dev or "-", r.metric, r.table, r.kind, r.tos, r.scope)
            for r in host.routes
            if not r.dev.startswith("far-") and r.metric != 256
        },
        "rules": sorted(
            (r.priority, str(replace(r, span=None))) for r in host.rules if r.family == 4
        ),
    }


def kernel_state() -> dict[str, object]:
    text = "\n".join(
        run(command).stdout
        for command in ("addr", "route show table all", "-6 route show table all", "rule")
    )
    listed = parse_host(text)
    connected = {
        (str((entry.peer or entry.address).network), name)
        for name, interface in listed.interfaces.items()
        for entry in interface.addresses
    }
    kept = tuple(
        route
        for route in listed.routes
        if (str(route.prefix), route.dev) not in connected or route.via or route.metric == 5
    )
    return state(replace(listed, routes=kept))


@pytest.mark.parametrize("seed", range(6))
def test_commands_do_what_the_kernel_does(namespace: None, seed: int) -> None:
    """After every command the host, and whether the command was refused, are the kernel's."""
    chosen = random.Random(seed)

    def pick(*words: str) -> str:
        return chosen.choice(words)

    done = START
    kinds = [address_command, address_command, route_command, route_command, rule_command,
             link_command]  # fmt: skip
    for _ in range(60):
        command = chosen.choice(kinds)(pick)
        before = parse_host(done)
        try:
            after = parse_host(f"{done}ip {command}\n")
        except Refused as refused:
            said = str(refused)
            if "not modelled" not in said and run(command, check=False).returncode == 0:
                pytest.fail(f"refused: {said}\n{done}ip {command}")
            continue
        result = run(command, check=False)
        changes_nothing = len(after.notes) > len(before.notes)
        assert changes_nothing == (result.returncode != 0), f"{result.stderr}\n{done}ip {command}"
        done += f"ip {command}\n"
        if not after.rules_given:
            wanted = kernel_state()
            ours = state(after)
            for part in ("addresses", "links", "routes"):
                assert ours[part] == wanted[part], done
        else:
            assert state(after) == kernel_state(), done
