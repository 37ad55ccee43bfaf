"""Every command that takes a scenario takes what a person has: a terminal session as it is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.manage import manage

SESSION = """root@gw:~# iptables-save
*filter
:FORWARD DROP [0:0]
-A FORWARD -i eth0 -p tcp --dport 8080 -j ACCEPT
COMMIT
root@gw:~# ip -br a
eth0 UP 203.0.113.9/24
eth1 UP 10.20.0.1/24
root@gw:~# sysctl net.ipv4.ip_forward
net.ipv4.ip_forward = 1
root@gw:~# tcpdump -ni eth0
12:00:00.000000 IP 198.51.100.7.40000 > 10.20.0.5.80: Flags [S], seq 1, win 64240, length 0
"""
WITHOUT = SESSION.partition("root@gw:~# tcpdump")[0]
TAKERS = {
    "simulate": "Dropped by the filter FORWARD policy",
    "why": "filter FORWARD rule 1 came closest",
    "advise": "",
    "mask": "-A FORWARD -i eth0 -p tcp --dport 8080 -j ACCEPT",
    "poster": "Dropped by the filter FORWARD policy",
}


def ran(command: str, text: str) -> subprocess.CompletedProcess[str]:
    return manage(command, "-", given=text)


@pytest.mark.parametrize("command", TAKERS)
def test_a_session_is_read_as_it_was_pasted(command: str) -> None:
    """The answer on standard output, what was left aside on standard error."""
    done = ran(command, SESSION)
    assert done.returncode == 0, done.stderr
    assert TAKERS[command] in done.stdout
    assert "where tcpdump listened" in done.stderr


@pytest.mark.parametrize("command", TAKERS)
def test_what_cannot_be_read_is_told_with_the_next_step(command: str) -> None:
    """Words that no tool prints: the command that explains the reading is named."""
    done = ran(command, "hello there\n")
    assert done.returncode == 2
    assert "`read -` tells what was understood" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("command", ["simulate", "why"])
def test_a_text_without_packets_is_not_answered_with_silence(command: str) -> None:
    """It says what is missing, with a line that works."""
    done = ran(command, WITHOUT)
    assert done.returncode == 0
    said = done.stderr.partition("tells no packets. Put in what is so, e.g.\n")[2]
    assert "in eth0 tcp" in said
    again = ran(command, f"{WITHOUT}\n{said}")
    assert again.returncode == 0, again.stderr
    assert ("Packet 1" if command == "why" else "Arrived on") in again.stdout


@pytest.mark.parametrize("host", ["", "interface ens3 192.0.2.2/24", "interface lo"])
def test_packets_for_a_file_without_any_are_of_its_own_host(tmp_path: Path, host: str) -> None:
    """The texts that are shown are put into the file as they are, and it runs."""
    file = tmp_path / "box.toml"
    rules = "*filter\n:INPUT DROP\nCOMMIT"
    file.write_text(f"rules = '''\n{rules}\n'''\nhost = '{host}'\n")
    said = manage("why", str(file)).stderr.partition("e.g.\n")[2]
    told = "" if "host = " in said else f"host = '{host}'\n"
    file.write_text(f"rules = '''\n{rules}\n'''\n{told}{said}\n")
    done = manage("why", str(file))
    assert done.returncode == 0, done.stderr
    assert "Packet 1" in done.stdout


def test_a_mask_without_a_walk_is_not_called_proven() -> None:
    """There is nothing that could have been the same."""
    done = ran("mask", WITHOUT)
    assert "Proven" not in done.stderr
    assert "no packet" in done.stderr
