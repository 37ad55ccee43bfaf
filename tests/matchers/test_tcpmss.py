"""-m tcpmss."""

from __future__ import annotations

from tests.matchers.ask import clause, holds, ip, judged, tcp

MSS = b"\x01\x01\x01\x01\x02\x04\x05\xb4"  # 1460 behind padding


def test_the_announced_size_is_compared() -> None:
    """1400:1500 holds of 1460; the clause shows it."""
    assert holds("-p tcp -m tcpmss --mss 1400:1500", tcp(options=MSS)) is True
    assert clause("-p tcp -m tcpmss --mss 1:1400", tcp(options=MSS)).seen == "1460"


def test_a_header_without_the_option_holds_only_inverted() -> None:
    """Nothing is announced."""
    assert holds("-p tcp -m tcpmss --mss 0:65535", tcp()) is False
    assert holds("-p tcp -m tcpmss ! --mss 0:65535", tcp()) is True


def test_a_header_cut_short_is_dropped_on_the_spot() -> None:
    """Nineteen bytes, or options that are not there."""
    assert judged("-p tcp -m tcpmss --mss 1", ip(bytes(19), 6)).hotdrop
