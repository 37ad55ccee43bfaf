"""Bad host and packets texts and exactly what is said of them: message, hint, and the caret."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.base.errors import Refused, draw
from sim.read.commands import Session
from sim.read.host.text import parse_host
from sim.read.packets.text import parse_packets

HERE = Path(__file__).parent
HOSTS = sorted((HERE / "host").glob("*.case"))
PACKETS = sorted((HERE / "packets").glob("*.case"))
DIVIDER = "==========\n"
HOST = """\
interface eth0 203.0.113.1/24
interface eth1 192.168.100.1/24 2001:db8::1/64
route default via 203.0.113.254
user bob 1000
name www.example.org 198.51.100.80
"""
RULES = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -j ACCEPT\nCOMMIT\n"


def said_of_host(text: str) -> str:
    try:
        parse_host(text)
    except Refused as refused:
        return "".join(f"{draw(error, text)}\n" for error in refused.errors)
    return ""


def said_of_packets(text: str) -> str:
    try:
        host = parse_host(HOST)
        parse_packets(text, host, Session(RULES, HOST, host))
    except Refused as refused:
        return "".join(f"{draw(error, text)}\n" for error in refused.errors)
    return ""


def compare(path: Path, found: str, text: str, wanted: str, update: bool) -> None:
    if update:
        path.write_text(text + DIVIDER + found)
    else:
        assert found == wanted, (
            "a word that may stand in more places changes what other lines say was wanted: if "
            "that is all, run pytest --update tests/errors and read the diff"
        )


@pytest.mark.parametrize("path", HOSTS, ids=lambda path: path.stem)
def test_host_errors(path: Path, request: pytest.FixtureRequest) -> None:
    """Each bad line of a host text gives the error that stands below the divider."""
    text, _, wanted = path.read_text().partition(DIVIDER)
    compare(path, said_of_host(text), text, wanted, request.config.getoption("--update"))


@pytest.mark.parametrize("path", PACKETS, ids=lambda path: path.stem)
def test_packets_errors(path: Path, request: pytest.FixtureRequest) -> None:
    """Each bad line of a packets text gives the error that stands below the divider."""
    text, _, wanted = path.read_text().partition(DIVIDER)
    compare(path, said_of_packets(text), text, wanted, request.config.getoption("--update"))
