"""Text that a database keeps and that UTF-8 can write."""

from __future__ import annotations

import re

# Half characters (lone surrogates) have no bytes; databases do not keep NUL. Nobody types either.
_NO_TEXT = re.compile("[\0\ud800-\udfff]")


def plain_text(value: object) -> str:
    """The text, with U+FFFD for what nothing can keep; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    return value if is_plain(value) else _NO_TEXT.sub("\ufffd", value)


def is_plain(text: str) -> bool:
    """Whether it can be kept as it is."""
    if text.isascii():  # which a text knows of itself: rules are looked through at once
        return "\0" not in text
    return _NO_TEXT.search(text) is None


def typed_text(value: object) -> str:
    """What a form or a message sent, with our line ends: browsers send CRLF."""
    return plain_text(value).replace("\r\n", "\n").replace("\r", "\n")
