"""Whose table a dump is: the quick look never says iptables where a closer look would not."""

from __future__ import annotations

from random import Random

import pytest

from sim.base.errors import SourceError
from sim.read.frames import dialect
from sim.read.frames.dialect import IPTABLES, block_tool
from sim.read.lines import Line
from tests.environment import draws

LINES = (
    ":INPUT ACCEPT", ":INPUT ACCEPT [0:0]", ":OUTPUT ACCEPT", ":mine ACCEPT", ":mine - [0:0]",
    ":mine DROP", ":CONTINUE -", ":mark -", ":", "", "# said", "-A INPUT -j DROP",
    "-A INPUT -j CONTINUE", "-A INPUT -j mark", "-A INPUT -j mangle", "-A INPUT -j arpreply",
    "-A INPUT -s 00:11:22:33:44:55 -j DROP", "-A INPUT -s 10.0.0.1 -j DROP",
    "-A INPUT -d 00:11:22:33:44:55/ff:ff:ff:ff:ff:ff", "-A INPUT -s BGA -j DROP",
    "-A INPUT -m pkttype --pkt-type broadcast", "-A INPUT -d Multicast -j DROP",
    "-A INPUT -p IPv4 --ip-src 10.0.0.1", "-A INPUT -p tcp --dport 22", "-A INPUT -p ARP -j DROP",
    "-A INPUT -p 802_1Q --vlan-id 5", "-A INPUT -p LENGTH", "-A INPUT --opcode 1 -j DROP",
    "-A INPUT --src-mac 00:11:22:33:44:55 -j mangle", "-A INPUT --mangle-ip-s 10.0.0.1",
    '-A INPUT -m comment --comment "--ip-src x" -j DROP', "-A INPUT --logical-in br0 -j DROP",
    "[0:0] -A INPUT -m mark --mark 1 -j ACCEPT", '-A INPUT -j "mark"', "-A INPUT --mark-set 1",
    "-A INPUT --among-dst 00:11:22:33:44:55,00:11:22:33:44:56", "-A INPUT\t-j\tmark",
    " -A INPUT -j CONTINUE", "nonsense", "*nat", "COMMIT", "COMMIT", "COMMIT",
)  # fmt: skip


def told(lines: list[str]) -> str:
    try:
        return block_tool(Line(1, "*filter"), lines, "")
    except SourceError as error:
        return str(error)


def test_the_quick_look_says_what_the_closer_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(7)
    blocks = [
        random.choices(LINES, k=random.randint(0, 6)) + ["COMMIT"] * (random.random() < 0.7)
        for _ in range(draws(3000, 1000))
    ]
    quick = list(map(told, blocks))
    assert quick.count(IPTABLES) > 300
    assert len(set(quick)) > 5
    monkeypatch.setattr(dialect, "_is_plain", lambda block: False)
    assert quick == list(map(told, blocks))
