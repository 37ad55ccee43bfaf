"""-m tcp."""

from __future__ import annotations

import pytest

from tests.matchers.ask import ACK, FIN, SYN, clause, holds, ip, judged, tcp


def test_a_port_is_compared_with_what_the_packet_has() -> None:
    """The clause says which port was wanted and which was there."""
    seen = clause("-p tcp --dport 22", tcp(443))
    assert (seen.flag, seen.want, seen.seen, seen.held) == ("--dport", "22", "443", False)


@pytest.mark.parametrize(("port", "inside"), [(79, False), (80, True), (90, True), (91, False)])
def test_a_port_range_includes_both_ends(port: int, inside: bool) -> None:
    """80:90 holds from 80 to 90."""
    assert holds("-p tcp --dport 80:90", tcp(port)) is inside
    assert holds("-p tcp ! --dport 80:90", tcp(port)) is not inside


def test_the_source_port_is_looked_at_first() -> None:
    """When the source port fails, the destination port is never compared."""
    assert [c.flag for c in judged("-p tcp --dport 1 --sport 2", tcp()).clauses] == ["--sport"]


@pytest.mark.parametrize(
    ("flags", "opens"), [(SYN, True), (SYN | ACK, False), (ACK, False), (SYN | 0xC0, True),
                         (SYN | FIN, False), (SYN | 8, True)]
)  # fmt: skip
def test_syn_looks_at_four_flags_only(flags: int, opens: bool) -> None:
    """PSH, ECE and CWR may be set as they like; FIN, RST and ACK may not."""
    assert holds("-p tcp --syn", tcp(flags=flags)) is opens
    assert holds("-p tcp ! --syn", tcp(flags=flags)) is not opens


def test_an_option_is_found_behind_others() -> None:
    """Kinds are walked with their lengths, padding one by one."""
    options = b"\x01\x01\x02\x04\x05\xb4\x04\x02"
    assert holds("-p tcp --tcp-option 4", tcp(options=options)) is True
    assert holds("-p tcp --tcp-option 5", tcp(options=options)) is False
    assert holds("-p tcp ! --tcp-option 5", tcp(options=options)) is True


def test_a_header_cut_short_is_dropped_on_the_spot() -> None:
    """With 19 bytes there is no TCP header to look at."""
    judgement = judged("-p tcp --dport 80", ip(bytes(19), 6))
    assert judgement.hotdrop
    assert judgement.held is False


def test_a_later_fragment_never_matches() -> None:
    """Not even inverted, and at offset 8 it is dropped: it could overwrite the flags."""
    later = ip(bytes(40), 6, fragment=5)
    assert holds("-p tcp ! --dport 80", later) is False
    assert not judged("-p tcp ! --dport 80", later).hotdrop
    assert judged("-p tcp ! --dport 80", ip(bytes(40), 6, fragment=1)).hotdrop


def test_options_beyond_the_packet_are_dropped_on_the_spot() -> None:
    """A data offset that points past the end cannot be trusted."""
    broken = tcp().data[:32] + b"\xf0" + tcp().data[33:]
    assert judged("-p tcp --tcp-option 5", tcp().__class__(broken)).hotdrop
