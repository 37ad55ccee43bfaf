"""Elements and options of IP sets, as text."""

from __future__ import annotations

import pytest

from sim.extensions.ipset import dimensions, family_of, parse_entry, problems
from sim.model.host import IpSet, SetEntry

NET = ("hash:net", ())


@pytest.mark.parametrize(
    ("kind", "parts"),
    [("hash:ip", 1), ("hash:net,port", 2), ("hash:ip,port,net", 3), ("list:set", 1),
     ("bitmap:ip,mac", 2), ("nethash", 1)],
)  # fmt: skip
def test_a_types_name_spells_its_parts(kind: str, parts: int) -> None:
    """Older names of the tool are known too."""
    assert dimensions(kind) == parts


@pytest.mark.parametrize(
    ("kind", "options", "text", "keys"),
    [
        ("hash:ip", (), "10.0.0.0/30", [(0x0A000000 + n,) for n in range(4)]),
        ("hash:ip", (), "10.0.0.9-10.0.0.8", [(0x0A000008,), (0x0A000009,)]),
        ("hash:ip", (("netmask", "24"),), "10.0.5.7", [(0x0A000500,)]),
        ("hash:net", (), "10.0.0.7/8", [((0x0A000000, 8),)]),
        ("hash:net", (), "1.0.0.5-1.0.0.8", [((0x01000005, 32),), ((0x01000006, 31),),
                                             ((0x01000008, 32),)]),
        ("hash:ip,port", (), "10.0.0.1,ssh", [(0x0A000001, (6, 22))]),
        ("hash:ip,port", (), "10.0.0.1,udp:54-53", [(0x0A000001, (17, 53)),
                                                    (0x0A000001, (17, 54))]),
        ("hash:ip,port", (), "10.0.0.1,icmp:ping", [(0x0A000001, (1, 0x800))]),
        ("hash:ip,port", (), "10.0.0.1,gre:0", [(0x0A000001, (47, 0))]),
        ("bitmap:port", (("range", "0-1024"),), "udp:53", [(53,)]),
    ],
)  # fmt: skip
def test_what_a_text_stands_for(
    kind: str, options: tuple[tuple[str, str], ...], text: str, keys: list[object]
) -> None:
    """Ranges are multiplied out for addresses and ports, and cut into networks for nets."""
    assert list(parse_entry(kind, options, text).spelled_out()) == keys


@pytest.mark.parametrize(
    ("kind", "options", "text", "message"),
    [
        ("hash:ip", (), "10.0.0.256", "not an IPv4 address"),
        ("hash:ip", (), "0.0.0.0", "address 0"),
        ("hash:net", (), "10.0.0.0/0", "length 0"),
        ("hash:net", (), "0.0.0.0-255.255.255.255", "every address"),
        ("hash:ip", (("family", "inet6"),), "2001:db8::/64", "single address"),
        ("hash:ip", (("family", "inet6"),), "::1-::5", "ranges of IPv6"),
        ("hash:ip,port", (), "10.0.0.1", "1 of 2 parts"),
        ("hash:ip,port", (), "10.0.0.1,gre:5", "gre:0"),
        ("hash:ip,port", (), "10.0.0.1,icmpv6:ping", "other family"),
        ("bitmap:ip", (("range", "10.0.0.0/24"),), "10.0.1.1", "outside the range"),
        ("bitmap:port", (("range", "0-9"),), "sctp:5", "tcp and udp only"),
        ("hash:net,iface", (), "10.0.0.0/8,abcdefghijklmnop", "1 to 15 characters"),
        ("hash:mac", (), "02-00-00-00-00-01", "not a MAC"),
    ],
)
def test_what_is_refused_and_why(
    kind: str, options: tuple[tuple[str, str], ...], text: str, message: str
) -> None:
    """The message says what is wrong with the element."""
    with pytest.raises(ValueError, match=message):
        parse_entry(kind, options, text)


def made(name: str, kind: str, *entries: SetEntry, **options: str) -> IpSet:
    return IpSet(name, kind, tuple(options.items()), entries)


def test_problems_name_the_line_and_the_reason() -> None:
    """Options without their extension, doubles, a full set, missing members, lists in lists."""
    sets = [
        made("a", "hash:ip", SetEntry("10.0.0.1", (("timeout", "5"),)), SetEntry("10.0.0.2"),
             SetEntry("10.0.0.2")),
        made("b", "hash:ip", SetEntry("10.0.0.0/29"), maxelem="4"),
        made("c", "hash:ip", SetEntry("10.0.0.1", nomatch=True)),
        made("l", "list:set", SetEntry("a"), SetEntry("nobody"), SetEntry("m")),
        made("m", "list:set"),
        made("x", "hash:teapot"),
        made("y", "bitmap:ip"),
    ]  # fmt: skip
    found = [(p.set.name, p.message) for p in problems({item.name: item for item in sets})]
    assert [name for name, _ in found] == ["x", "y", "a", "a", "b", "c", "l", "l"]
    assert "timeout" in found[2][1]
    assert "already" in found[3][1]
    assert "full" in found[4][1]


def test_a_sets_family() -> None:
    """IPv4 unless it says otherwise; types without addresses of their own serve both."""
    assert family_of(made("a", "hash:ip")) == 4
    assert family_of(made("a", "hash:ip", family="inet6")) == 6
    assert family_of(made("a", "list:set")) == 0
