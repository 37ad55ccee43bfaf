"""esp, ah, ipcomp and the IPv6 headers: what looks at headers beside TCP and UDP."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from sim.packet.packet import Link, Packet, sealed
from tests.matchers.ask import holds, ip, judged, udp

UDP = bytes.fromhex("9c40003500080000")
HOP, ROUTING, FRAGMENT, AUTH, DEST = 0, 43, 44, 51, 60


def six(*headers: tuple[int, bytes], last: int = 17, body: bytes = UDP) -> Packet:
    """An IPv6 packet with these extension headers (their first byte is set here)."""
    data, following = body, last
    for number, header in reversed(headers):
        data = bytes((following,)) + header + data
        following = number
    head = (6 << 28).to_bytes(4, "big") + bytes((0, 0, following, 64))
    ends = ip_address("2001:db8::2").packed + ip_address("2001:db8:1::5").packed
    return Packet(sealed(head + ends + data))


def held(line: str, packet: Packet) -> bool | None:
    return holds(line, packet, family=6)


def segments(left: int, *addresses: str, kind: int = 4, last: int | None = None) -> bytes:
    count = len(addresses)
    fixed = bytes((count * 2, kind, left, count - 1 if last is None else last, 0, 0, 5))
    return fixed + b"".join(ip_address(address).packed for address in addresses)


def test_spis_are_ranges() -> None:
    """esp and ah compare the SPI of their header; ipcomp its index."""
    esp = ip(bytes.fromhex("0000010000000001"), 50)
    assert holds("-p esp -m esp --espspi 256", esp)
    assert not holds("-p esp -m esp ! --espspi 0x100:0x200", esp)
    ah = ip(bytes.fromhex("3204000000000007") + bytes(8), 51)
    assert holds("-p ah -m ah --ahspi 5:9", ah)
    comp = ip(bytes.fromhex("32000012"), 108)
    assert holds("-p ipcomp -m ipcomp --ipcompspi 18", comp)
    assert not holds("-p ipcomp -m ipcomp", comp)


@pytest.mark.parametrize(("line", "protocol"), [("esp", 50), ("ah", 51), ("ipcomp", 108)])
def test_a_header_cut_off_is_dropped(line: str, protocol: int) -> None:
    """Too few bytes for the header: the packet dies here."""
    assert judged(f"-p {line} -m {line}", ip(b"\0\0", protocol)).hotdrop


def test_a_later_fragment_never_matches() -> None:
    """There is no header in it to look at."""
    part = ip(bytes(16), 50, fragment=5)
    assert holds("-p esp -m esp", part) is False
    assert not judged("-p esp -m esp", part).hotdrop


def test_ah_of_ipv6_is_found_among_the_extension_headers() -> None:
    """SPI, length in bytes and the reserved field."""
    packet = six(
        (DEST, bytes((0, 1, 4, 0, 0, 0, 0))), (AUTH, bytes.fromhex("01000000000100") + bytes(4))
    )
    assert held("-m ah --ahspi 256 --ahlen 12 --ahres", packet)
    assert held("-m ah ! --ahlen 24", packet)
    assert not held("-m ah", udp(src="2001:db8::2", dst="2001:db8:1::5"))


def test_frag_reads_offset_and_flag() -> None:
    """The first fragment, more of which follow."""
    packet = six((FRAGMENT, bytes((0, 0, 1)) + (7).to_bytes(4, "big")))
    assert held("-m frag --fragid 5:9 --fragfirst --fragmore --fragres", packet)
    assert not held("-m frag --fraglast", packet)


def test_options_are_the_first_of_the_header_in_order() -> None:
    """hbh and dst compare type and length; padding counts as an option."""
    header = bytes((0, 5, 2, 0, 0, 1, 0))
    packet = six((HOP, header), (DEST, bytes((0, 1, 4, 0, 0, 0, 0))))
    assert held("-m hbh --hbh-opts 5:2,1 --hbh-len 8", packet)
    assert held("-m hbh --hbh-opts 5", packet)
    assert not held("-m hbh --hbh-opts 1", packet)
    assert held("-m dst --dst-opts 1:4", packet)
    assert not held("-m dst --dst-opts 1:4,1", packet)


def test_rt_compares_addresses_strictly_or_in_order() -> None:
    """Strict: exactly these. --rt-0-not-strict: others may stand between."""
    packet = six((ROUTING, segments(1, "2001:db8::a", "2001:db8::b", "2001:db8::c", kind=0)))
    line = "-m rt --rt-type 0 --rt-0-addrs"
    assert held(f"{line} 2001:db8::a,2001:db8::b,2001:db8::c", packet)
    assert not held(f"{line} 2001:db8::a,2001:db8::c", packet)
    assert held(f"{line} 2001:db8::a,2001:db8::c --rt-0-not-strict", packet)
    assert not held(f"{line} 2001:db8::c,2001:db8::a --rt-0-not-strict", packet)
    assert held("-m rt --rt-segsleft 1 --rt-len 56", packet)


def test_srh_knows_previous_next_and_last_segment() -> None:
    """Segment 1 of three is the current one: 2 was before, 0 comes next and is the last."""
    packet = six((ROUTING, segments(1, "2001:db8::a", "2001:db8::b", "2001:db8::c")))
    assert held(
        "-m srh --srh-psid 2001:db8::c --srh-nsid 2001:db8::a --srh-lsid 2001:db8::a", packet
    )
    assert held("-m srh --srh-segs-left-lt 2 --srh-last-entry-eq 2 --srh-hdr-len-gt 5", packet)
    assert not held("-m srh --srh-nsid 2001:db8::b", packet)
    old = six((ROUTING, segments(1, "2001:db8::a", kind=0)))
    assert not held("-m srh", old)


def test_ipv6header_hard_means_exactly_and_soft_at_least() -> None:
    """``prot`` is what stands behind the extension headers."""
    packet = six((DEST, bytes((0, 1, 4, 0, 0, 0, 0))))
    assert held("-m ipv6header --header dst,prot", packet)
    assert not held("-m ipv6header --header dst", packet)
    assert held("-m ipv6header --header dst --soft", packet)
    assert held("-m ipv6header ! --header frag --soft", packet)


def test_mh_drops_a_header_that_something_follows() -> None:
    """A mobility header is the last one; its type is compared by number or name."""

    def mobility(following: int) -> Packet:
        return six(last=135, body=bytes((following, 0, 5, 0, 0, 0, 0, 0)))

    assert held("-p mh -m mh --mh-type binding-update", mobility(59))
    assert judged("-p mh -m mh", mobility(6), family=6).hotdrop


def test_eui64_makes_the_address_from_the_mac() -> None:
    """The universal bit is flipped: 02:00:00:00:00:aa gives ::ff:fe00:aa."""
    packet = udp(src="2001:db8::ff:fe00:aa", dst="2001:db8:1::5")
    assert held("-m eui64", replace(packet, link=Link("02:00:00:00:00:aa", "02:00:00:00:00:01")))
    assert not held("-m eui64", replace(packet, link=Link("02:00:00:00:00:ab", "")))
    assert not held("-m eui64", packet)
