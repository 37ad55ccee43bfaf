"""Text that may stand in an XML document."""

from __future__ import annotations

import re

# Char of XML 1.0: no control characters but tab and the ends of lines, no half characters.
_NOT_CHAR = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """The text, with U+FFFD for what no XML document may hold."""
    return _NOT_CHAR.sub("\ufffd", text)
