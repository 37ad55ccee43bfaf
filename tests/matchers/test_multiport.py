"""-m multiport."""

from __future__ import annotations

from tests.matchers.ask import clause, holds, ip, judged, tcp


def test_ports_holds_of_either_end() -> None:
    """--ports looks at source and destination; inverted it wants neither."""
    assert holds("-p tcp -m multiport --ports 40000", tcp()) is True
    assert holds("-p tcp -m multiport --ports 80", tcp()) is True
    assert holds("-p tcp -m multiport ! --ports 80", tcp()) is False
    assert holds("-p tcp -m multiport ! --ports 81", tcp()) is True


def test_a_list_mixes_ports_and_ranges() -> None:
    """22,80:90 holds of 85."""
    assert holds("-p tcp -m multiport --dports 22,80:90", tcp(85)) is True
    assert clause("-p tcp -m multiport --dports 22,80:90", tcp(91)).want == "22,80:90"


def test_four_bytes_are_enough() -> None:
    """Only the ports are read, so a longer cut does not matter; three bytes are dropped."""
    assert holds("-p tcp -m multiport --dports 80", ip(b"\x9c\x40\x00\x50", 6)) is True
    assert judged("-p tcp -m multiport --dports 80", ip(b"\x9c\x40\x00", 6)).hotdrop


def test_a_later_fragment_never_matches() -> None:
    """It has no ports."""
    assert holds("-p tcp -m multiport ! --dports 80", ip(bytes(20), 6, fragment=2)) is False
