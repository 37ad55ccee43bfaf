"""A packet in words of one's own: the hint says it in ours, and that is read."""

from __future__ import annotations

import re

import pytest

from sim.base.errors import Refused
from sim.read.host.text import parse_host
from sim.read.packets.text import parse_packets

HOST = parse_host(
    "interface eth0 10.0.0.1/24 2001:db8::1/64\ninterface lan0 192.168.1.1/24\n"
    "route default via 10.0.0.254 dev eth0\n"
)


@pytest.mark.parametrize(
    ("line", "ours"),
    [
        ("in eth0 tcp 8.8.8.8 to 10.0.0.1 port 80", "in eth0 tcp 8.8.8.8 -> 10.0.0.1:80"),
        ("in eth0 tcp 8.8.8.8 to 10.0.0.1:80", "in eth0 tcp 8.8.8.8 -> 10.0.0.1:80"),
        ("in eth0 tcp 8.8.8.8:5 10.0.0.1:80", "in eth0 tcp 8.8.8.8:5 -> 10.0.0.1:80"),
        (
            "in eth0 tcp src 8.8.8.8 dst 10.0.0.1 dport 80",
            "in eth0 tcp 8.8.8.8 -> 10.0.0.1:80",
        ),
        (
            "in eth0 udp from 8.8.8.8 sport 53 to 10.0.0.1 port 900",
            "in eth0 udp 8.8.8.8:53 -> 10.0.0.1:900",
        ),
        ("in eth0 8.8.8.8 -> 10.0.0.1 tcp 80", "in eth0 tcp 8.8.8.8 -> 10.0.0.1:80"),
        ("in eth0 8.8.8.8:5 -> 10.0.0.1:80 tcp", "in eth0 tcp 8.8.8.8:5 -> 10.0.0.1:80"),
        ("in eth0 tcp 8.8.8.8,5 -> 10.0.0.1,80", "in eth0 tcp 8.8.8.8:5 -> 10.0.0.1:80"),
        ("in eth0 tcp 8.8.8.8:any -> 10.0.0.1:80", "in eth0 tcp 8.8.8.8 -> 10.0.0.1:80"),
        ("in eth0 ping 8.8.8.8 -> 10.0.0.1", "in eth0 icmp 8.8.8.8 -> 10.0.0.1 echo-request"),
        ("in eth0 https 8.8.8.8 -> 10.0.0.1", "in eth0 tcp 8.8.8.8 -> 10.0.0.1:443"),
        ("in eth0 dns 8.8.8.8 -> 10.0.0.1", "in eth0 udp 8.8.8.8 -> 10.0.0.1:53"),
        ("in eth0 tcp 8.8.8.8:5 -> 10.0.0.1:80 [S]", "in eth0 tcp 8.8.8.8:5 -> 10.0.0.1:80 syn"),
        ("in eth0 tcp 8.8.8.8:5 -> 10.0.0.1:80 new", "in eth0 tcp 8.8.8.8:5 -> 10.0.0.1:80"),
        (
            "in eth0 tcp 8.8.8.8:5 -> 10.0.0.1:80 ESTABLISHED",
            "in eth0 tcp 8.8.8.8:5 -> 10.0.0.1:80 ack",
        ),
        ("in eth0 gre 8.8.8.8 -> 10.0.0.1 proto 47", "in eth0 gre 8.8.8.8 -> 10.0.0.1"),
        ("eth0 tcp 8.8.8.8:5 -> 10.0.0.1:80 syn", "in eth0 tcp 8.8.8.8:5 -> 10.0.0.1:80 syn"),
        ("out tcp 10.0.0.1:5 -> 8.8.8.8:80", "local tcp 10.0.0.1:5 -> 8.8.8.8:80"),
        ("out eth0 udp 10.0.0.1:5 -> 8.8.8.8:53", "local udp 10.0.0.1:5 -> 8.8.8.8:53"),
        ("local tcp 8.8.8.8:80", "local tcp 10.0.0.1 -> 8.8.8.8:80"),
        ("local tcp -> [2001:db8::9]:80", "local tcp 2001:db8::1 -> [2001:db8::9]:80"),
        ("ping 8.8.8.8", "local icmp 10.0.0.1 -> 8.8.8.8 echo-request"),
        ("curl -v http://8.8.8.8/x", "local tcp 10.0.0.1 -> 8.8.8.8:80"),
        ("curl http://8.8.8.8:8080", "local tcp 10.0.0.1 -> 8.8.8.8:8080"),
        ("wget https://8.8.8.8/", "local tcp 10.0.0.1 -> 8.8.8.8:443"),
        ("curl -k https://8.8.8.8:8443/x", "local tcp 10.0.0.1 -> 8.8.8.8:8443"),
        ("8.8.8.8 -> 10.0.0.1:8443", "in eth0 tcp 8.8.8.8 -> 10.0.0.1:8443"),
        ("8.8.8.8:5000 to 10.0.0.1:80", "in eth0 tcp 8.8.8.8:5000 -> 10.0.0.1:80"),
        ("192.168.1.7 -> 8.8.8.8:53", "in lan0 tcp 192.168.1.7 -> 8.8.8.8:53"),
        ("192.168.1.7 -> 8.8.8.8", "in lan0 icmp 192.168.1.7 -> 8.8.8.8 echo-request"),
        ("10.0.0.1 -> 8.8.8.8:443", "local tcp 10.0.0.1 -> 8.8.8.8:443"),
        ("2001:db8::9 -> 2001:db8::1", "in eth0 icmpv6 2001:db8::9 -> 2001:db8::1 echo-request"),
        ("[2001:db8::9]:5 -> [2001:db8::1]:80", "in eth0 tcp [2001:db8::9]:5 -> [2001:db8::1]:80"),
        ("nc -zv 8.8.8.8 25", "local tcp 10.0.0.1 -> 8.8.8.8:25"),
        ("ssh root@8.8.8.8", "local tcp 10.0.0.1 -> 8.8.8.8:22"),
        ("answer", "reply"),
        ("wait 5", "wait 5s"),
        ("wait 5 seconds", "wait 5s"),
        ("sleep 1 minute", "wait 1m"),
        ("sleep 30s", "wait 30s"),
        ("ifdown lan0", "down lan0"),
        ("ifup lan0", "up lan0"),
    ],
)
def test_a_habit_is_told_in_our_words(line: str, ours: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_packets(line, HOST)
    (error,) = caught.value.errors
    assert error.hint == f"write `{ours}`"
    assert len(parse_packets(re.findall("`(.+)`", error.hint)[0], HOST)) == 1


@pytest.mark.parametrize(
    "line",
    ["in eth0 tcp 999.8.8.8 to 10.0.0.1 port 80", "in eth9 ping 8.8.8.8 -> 10.0.0.1",
     "in eth0 tcp 8.8.8.8:5 10.0.0.1:99999", "ifdown eth9"],
)  # fmt: skip
def test_what_would_be_refused_again_is_not_proposed(line: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_packets(line, HOST)
    assert "write `" not in caught.value.errors[0].hint
