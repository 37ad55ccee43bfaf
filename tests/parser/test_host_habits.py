"""A line of the host text in words of one's own: the hint says it in ours, and that is read."""

from __future__ import annotations

import re

import pytest

from sim.base.errors import Refused
from sim.model.host import Host
from sim.read.host.text import parse_host

FIRST = "interface eth0 10.0.0.1/24\n"


def refused(line: str) -> str:
    """The hint of the one error that a line makes."""
    with pytest.raises(Refused) as caught:
        parse_host(FIRST + line)
    (error,) = caught.value.errors
    return error.hint


@pytest.mark.parametrize(
    ("line", "ours"),
    [
        ("forwarding on", "sysctl net.ipv4.ip_forward = 1"),
        ("ip_forward = 0", "sysctl net.ipv4.ip_forward = 0"),
        ("rp_filter 2", "sysctl net.ipv4.conf.all.rp_filter = 2"),
        ("rule 100 fwmark 1 lookup 51", "rule priority 100 fwmark 1 lookup 51"),
        ("rule 100: from all fwmark 1 lookup 51", "rule priority 100 fwmark 1 lookup 51"),
        ("clock 2026-12-01 22:30", "clock 2026-12-01T22:30"),
        ("gateway 10.0.0.254", "route default via 10.0.0.254"),
        ("default gateway 10.0.0.254", "route default via 10.0.0.254"),
        ("route add default gw 10.0.0.254", "route default via 10.0.0.254"),
        ("route 10.2.0.0/16 10.0.0.9", "route 10.2.0.0/16 via 10.0.0.9"),
        ("eth1: 10.1.0.1/24", "interface eth1 10.1.0.1/24"),
        ("eth1 2001:db8::1/64", "interface eth1 2001:db8::1/64"),
        ("address eth1 10.1.0.1/24", "interface eth1 10.1.0.1/24"),
        ("vlan eth0.10 10.9.0.1/24", "interface eth0.10 10.9.0.1/24"),
        ("port eth1 br0", "bridge br0 eth1"),
        ("listen 22", "listen tcp 0.0.0.0:22"),
        ("listen udp 53", "listen udp 0.0.0.0:53"),
        ("open 443/tcp", "listen tcp 0.0.0.0:443"),
        ("port 22", "listen tcp 0.0.0.0:22"),
        ("uid 33 www-data", "user www-data 33"),
        ("kernel 6.1.0-13-amd64", "kernel 6.1"),
        ("set blocked hash:net", "create blocked hash:net"),
        ("interface eth1 dhcp", "interface eth1 192.0.2.10/24 dynamic"),
    ],
)
def test_a_habit_is_told_in_our_words(line: str, ours: str) -> None:
    hint = refused(line)
    assert hint == f"write `{ours}`"
    assert isinstance(parse_host(FIRST + re.findall("`(.+)`", hint)[0]), Host)


@pytest.mark.parametrize(
    "line",
    ["rule 100 bogus words", "eth1: 999.1.0.1/24", "port 99999", "set blocked hash:nothing",
     "route 10.2.0.0/99 10.0.0.9"],
)  # fmt: skip
def test_what_would_be_refused_again_is_not_proposed(line: str) -> None:
    assert "write `" not in refused(line)


def test_a_mask_is_no_second_address() -> None:
    """``ifconfig`` takes the mask behind the address; here it would be an address, too."""
    assert refused("interface eth1 10.1.0.1 255.255.255.0") == "write 10.1.0.1/24"
    host = parse_host(FIRST + "interface eth1 10.1.0.1/32 10.1.0.2/32")
    assert len(host.interfaces["eth1"].addresses) == 2


def test_a_setting_without_dots_is_not_passed_over_in_silence() -> None:
    (note,) = parse_host(FIRST + "sysctl ip_forward 1").notes
    assert note.endswith('did you mean "net.ipv4.ip_forward"?')
    (note,) = parse_host(FIRST + "sysctl forwardin 1").notes
    assert note.startswith("forwardin is no setting")
