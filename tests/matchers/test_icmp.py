"""-m icmp and -m icmp6."""

from __future__ import annotations

from tests.matchers.ask import clause, holds, icmp, ip, judged

V6 = {"src": "2001:db8::2", "dst": "2001:db8:1::5"}


def test_a_type_without_a_code_takes_every_code() -> None:
    """--icmp-type 3 holds of 3/0 and 3/13."""
    for code in (0, 13):
        assert holds("-p icmp --icmp-type 3", icmp(3, code)) is True


def test_a_code_is_compared_when_it_is_given() -> None:
    """3/4 is fragmentation-needed and nothing else; the clause has its name."""
    assert holds("-p icmp --icmp-type fragmentation-needed", icmp(3, 4)) is True
    seen = clause("-p icmp --icmp-type 3/4", icmp(3, 3))
    assert (seen.want, seen.seen) == ("fragmentation-needed (3/4)", "port-unreachable (3/3)")


def test_255_is_any_type_for_icmp_and_a_type_of_its_own_for_icmpv6() -> None:
    """The kernel treats it so for IPv4 alone."""
    assert holds("-p icmp --icmp-type any", icmp(8)) is True
    assert holds("-p icmpv6 --icmpv6-type 255", icmp(128, **V6), family=6) is False


def test_inversion_turns_type_and_code_together() -> None:
    """! 3/4 holds of 3/3 and of 8/0."""
    assert holds("-p icmp ! --icmp-type 3/4", icmp(3, 3)) is True
    assert holds("-p icmp ! --icmp-type 3/4", icmp(8)) is True
    assert holds("-p icmp ! --icmp-type 3/4", icmp(3, 4)) is False


def test_fewer_than_eight_bytes_are_dropped_on_the_spot() -> None:
    """The kernel wants the whole header although type and code are its first two bytes."""
    assert judged("-p icmp --icmp-type 8", ip(b"\x08\x00\x00\x00\x00\x01\x00", 1)).hotdrop
