"""-m udp."""

from __future__ import annotations

from tests.matchers.ask import holds, ip, judged, udp


def test_both_ports_must_hold() -> None:
    """Source and destination are joined by AND."""
    assert holds("-p udp --sport 40000 --dport 53", udp()) is True
    assert holds("-p udp --sport 40000 --dport 54", udp()) is False


def test_a_backward_range_loads_and_never_holds() -> None:
    """The tool keeps 9:5 for UDP; no port is in it, and inverted every port is outside."""
    assert holds("-p udp --dport 9:5", udp(7)) is False
    assert holds("-p udp ! --dport 9:5", udp(7)) is True


def test_a_header_cut_short_is_dropped_on_the_spot() -> None:
    """Seven bytes are no UDP header."""
    assert judged("-p udp --dport 53", ip(bytes(7), 17)).hotdrop


def test_a_later_fragment_never_matches() -> None:
    """Only the first fragment has ports."""
    assert holds("-p udp ! --dport 53", ip(bytes(20), 17, fragment=3)) is False
