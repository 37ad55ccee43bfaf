"""The conversation as a ladder: who its uprights are, and what is written below an arrow."""

from __future__ import annotations

from playground.shown.ladder import HOST, Ladder, draw
from playground.walks import runs
from sim.kernel.traversal import run
from sim.model.scenario import Scenario

ROUTER = (
    "interface eth0 203.0.113.1/24\ninterface eth1 192.168.100.1/24\n"
    "route default via 203.0.113.254 dev eth0\nsysctl net.ipv4.ip_forward = 1\n"
)
NAT = "*nat\n-A POSTROUTING -o eth0 -j MASQUERADE\nCOMMIT\n"
OUT = "in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:443 syn\n"


def ladders(packets: str) -> tuple[Ladder, ...]:
    prepared = runs.prepare(Scenario(rules=NAT, host=ROUTER, packets=packets))
    return draw(run(prepared.compiled))


def heads(ladder: Ladder) -> list[tuple[str, str]]:
    return [(upright.name, upright.device) for upright in ladder.uprights]


def test_peers_stand_with_their_addresses_and_the_host_between_them() -> None:
    wide, tall = ladders(f"{OUT}reply\n")
    assert heads(wide) == heads(tall)
    assert heads(wide) == [("192.168.100.10", "eth1"), (HOST, ""), ("198.51.100.7", "eth0")]


def test_two_peers_behind_one_device_have_an_upright_each_where_there_is_room() -> None:
    wide, tall = ladders(f"{OUT}in eth0 tcp 198.51.100.66:4444 -> 203.0.113.1:22 syn\n")
    assert heads(wide)[2:] == [("198.51.100.7", "eth0"), ("198.51.100.66", "eth0")]
    assert heads(tall)[2:] == [("2 peers", "eth0")]


def test_what_came_from_a_peer_begins_at_its_upright() -> None:
    wide, _ = ladders(f"{OUT}in eth0 tcp 198.51.100.66:4444 -> 203.0.113.1:22 syn\n")
    places = {upright.name: upright.x for upright in wide.uprights}
    assert [(rung.x1, rung.x2) for rung in wide.rungs[:3]] == [
        (places["192.168.100.10"], places[HOST]),
        (places[HOST], places["198.51.100.7"]),
        (places["198.51.100.66"], places[HOST]),
    ]


def test_a_narrow_arrow_leaves_out_the_address_that_stands_above() -> None:
    """What is read aloud has both ends."""
    wide, tall = ladders(f"{OUT}in eth0 tcp 198.51.100.66:4444 -> 203.0.113.1:22 syn\n")
    assert wide.rungs[0].drawn == ":40000 → 198.51.100.7:443"
    assert wide.rungs[1].drawn == "203.0.113.1:40000 → :443"
    assert {rung.drawn for rung in tall.rungs} == {""}
    for ladder in (wide, tall):
        assert "192.168.100.10:40000 → 198.51.100.7:443" in ladder.rungs[0].words


def test_a_wide_arrow_has_both_ends() -> None:
    wide, _ = ladders(f"{OUT}reply\n")
    assert wide.rungs[0].drawn == "192.168.100.10:40000 → 198.51.100.7:443"


def test_long_addresses_stay_within_the_drawing() -> None:
    """An address of IPv6 at the edge begins, or ends, there."""
    host = "interface eth0 2001:db8::1/64\nroute default via 2001:db8::fe dev eth0\n"
    peer = "2001:db8:1111:2222:3333:4444:5555:6666"
    packets = f"in eth0 icmpv6 {peer} -> 2001:db8::1 echo-request\n" * 2
    prepared = runs.prepare(Scenario(rules="", host=host, packets=packets))
    for ladder in draw(run(prepared.compiled)):
        first = ladder.uprights[0]
        assert (first.name, first.anchor, first.text_x) == (peer, "start", 2)
