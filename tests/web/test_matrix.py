"""Many packets at once: what the form takes, what it begins with, and what stays of the texts."""

from __future__ import annotations

import pytest

from playground.matrix import alone, suggested, wanted
from sim.scenario import Scenario


def form(**values: str) -> dict[str, str]:
    usual = {"iface": "eth1", "sources": "10.0.0.1", "destination": "9.9.9.9", "ports": "80"}
    return {f"m_{name}": value for name, value in {**usual, **values}.items()}


@pytest.mark.parametrize(
    ("values", "sources", "ports"),
    [
        ({"ports": "22, 8000-8003 65535"}, 1, ("22", "8000", "8001", "8002", "8003", "65535")),
        ({"sources": "10.0.0.9-10.0.0.11,10.1.1.1"}, 4, ("80",)),
        ({"sources": "2001:db8::1-2001:db8::10"}, 16, ("80",)),
        ({"ports": "0"}, 1, ("0",)),
    ],
)
def test_ranges_are_each_of_them(
    values: dict[str, str], sources: int, ports: tuple[str, ...]
) -> None:
    """Of addresses and of ports, beside single ones; what was typed stays in the form."""
    matrix = wanted(form(**values))
    assert matrix.problem == ""
    assert len(matrix.sources) == sources
    assert matrix.ports == ports
    assert matrix.ports_text == values.get("ports", "80")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"sources": "10.0.0.0/24"}, '"10.0.0.0/24" is not an address, nor a range of them: name'),
        ({"sources": "10.0.0.9-10.0.0.1"}, "is not an address, nor a range of them"),
        ({"sources": "10.0.0.1-::9"}, "is not an address, nor a range of them"),
        ({"sources": "::-ffff::"}, "packets; at most 256 at once"),
        ({"ports": "1-65535"}, "that is 65535 packets; at most 256 at once"),
        ({"ports": "90-80"}, '"90-80" is not a port from 0 to 65535, nor a range like 8000-8010'),
        ({"ports": "²"}, "is not a port"),
        ({"ports": "-"}, "is not a port"),
        ({"ports": ""}, "name at least one source and one port"),
        ({"destination": "here"}, '"here" is not an address'),
    ],
)
def test_what_it_cannot_take_is_named(values: dict[str, str], says: str) -> None:
    """And nothing is walked."""
    matrix = wanted(form(**values))
    assert says in matrix.problem
    assert matrix.sources == ()


def test_the_form_begins_with_the_ends_of_the_first_packet() -> None:
    """Of the scenario that is on the page; nothing where no packet arrives."""
    packets = (
        "# first\nlocal udp 1.1.1.1:1 -> 2.2.2.2:2\nin br0 udp [2001:db8::1]:9 -> [::2]:53 df\n"
    )
    assert suggested(Scenario(rules="", host="", packets=packets)) == {
        "iface": "br0",
        "protocol": "udp",
        "sources": "2001:db8::1",
        "destination": "::2",
        "ports": "22, 53, 80, 443",
    }
    assert suggested(Scenario(rules="", host="", packets="reply\n" * 9)) == {}


def test_a_cell_leaves_what_was_written_as_remarks() -> None:
    """Nothing typed is lost, and walking cell after cell does not pile up."""
    first = "in eth1 tcp 10.0.0.1:40000 -> 9.9.9.9:80 syn"
    second = "in eth1 tcp 10.0.0.1:40000 -> 9.9.9.9:81 syn"
    written = Scenario(
        rules="", host="", packets="in eth1 icmp 10.0.0.1 -> 9.9.9.9 echo-request\nreply\n",
        expect="1: forwarded\n",
    )  # fmt: skip
    asked = wanted(form(ports="80-81"))
    once = alone(written, asked, first)
    assert once.packets.splitlines()[0] == first
    assert "# in eth1 icmp 10.0.0.1 -> 9.9.9.9 echo-request\n# reply\n" in once.packets
    assert once.expect == "# 1: forwarded"
    assert alone(once, asked, second).packets == once.packets.replace(first, second)
