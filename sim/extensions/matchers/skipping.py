"""Walking IPv6 extension headers as the kernel's two functions do (net/ipv6/exthdrs_core.c)."""

from __future__ import annotations

HOP, ROUTING, FRAGMENT, ESP, AUTH, NONE, DEST = 0, 43, 44, 50, 51, 59, 60
EXTENSIONS = frozenset({HOP, ROUTING, FRAGMENT, AUTH, NONE, DEST})
FIXED = 40  # the IPv6 header


class Malformed(ValueError):
    """The packet ends inside a header (EBADMSG): the matches that look drop it."""


def header_size(number: int, second_byte: int) -> int:
    """Length in bytes of an extension header by the length in its second byte."""
    if number == FRAGMENT:
        return 8
    return (second_byte + 2) * 4 if number == AUTH else (second_byte + 1) * 8


def find_header(data: bytes, wanted: int) -> int | None:
    """Where the first header of that number begins (``ipv6_find_hdr``); ``None``: nowhere.

    Raises ``Malformed`` when the packet ends before that can be said.
    """
    at, number = FIXED, data[6]
    while True:
        if number not in EXTENSIONS or number == NONE:
            return at if number == wanted else None
        least = {ROUTING: 4, FRAGMENT: 4}.get(number, 2)
        if len(data) < at + least:
            raise Malformed
        if number == wanted:
            return at
        if number == FRAGMENT and int.from_bytes(data[at + 2 : at + 4], "big") & ~7:
            return None
        number, at = data[at], at + header_size(number, data[at + 1])


def skip_extensions(data: bytes) -> tuple[int, int] | None:
    """The protocol behind the extension headers and its place (``ipv6_skip_exthdr``).

    It stops at the fragment header of a later fragment; ``None``: there is nothing behind.
    """
    at, number = FIXED, data[6]
    while number in EXTENSIONS:
        if number == NONE or len(data) < at + (4 if number == FRAGMENT else 2):
            return None
        if number == FRAGMENT and int.from_bytes(data[at + 2 : at + 4], "big") & ~7:
            break
        number, at = data[at], at + header_size(number, data[at + 1])
    return number, at
