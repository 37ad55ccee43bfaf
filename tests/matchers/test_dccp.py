"""-m dccp."""

from __future__ import annotations

from tests.matchers.ask import holds, ip, judged


def dccp(kind: int = 0, options: bytes = b"", more: bytes = bytes(4)):  # type: ignore[no-untyped-def]
    size = (12 + len(more) + len(options)) // 4
    head = b"\x9c\x40\x00\x50" + bytes((size, 0, 0, 0, kind << 1, 0, 0, 0))
    return ip(head + more + options, 33)


def test_types_by_name() -> None:
    """Everything from 10 on is INVALID."""
    assert holds("-p dccp --dccp-types REQUEST,ACK", dccp(0)) is True
    assert holds("-p dccp --dccp-types RESET", dccp(0)) is False
    assert holds("-p dccp --dccp-types INVALID", dccp(13)) is True


def test_options_stand_behind_what_the_type_brings() -> None:
    """A REQUEST has four bytes of service code before its options."""
    assert holds("-p dccp --dccp-option 36", dccp(0, b"\x24\x04\x01\x02")) is True
    assert holds("-p dccp ! --dccp-option 37", dccp(0, b"\x24\x04\x01\x02")) is True


def test_a_header_that_lies_about_its_size_is_dropped_on_the_spot() -> None:
    """A RESPONSE needs twelve bytes more than it claims here."""
    assert judged("-p dccp --dccp-option 36", dccp(1)).hotdrop
