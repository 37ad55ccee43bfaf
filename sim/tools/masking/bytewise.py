"""What stands in a masked text as bytes, where nothing can be exchanged.

A whole packet as bytes is addresses, checksums and contents in one, and where it is damaged on
purpose nobody can say which is which. Contents and options as bytes may be anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ipaddress import ip_address

from sim.model.scenario import Scenario
from sim.tools.masking import names
from sim.tools.masking.texts import ADDRESS, Replaced

_REMARK = re.compile(r"^\s*#.*$", re.M)
_PACKET = re.compile(r"(?<![\w-])hex[ \t]+[\"'0-9A-Fa-f]")
_PART = re.compile(r"-hex[ \t]+[\"']?((?:[0-9A-Fa-f]{2}[ :]?)+)")
_PATTERN = re.compile(r"\|((?:[0-9A-Fa-f]{2} ?)+)\|")  # --hex-string "GET |20|"

WHOLE = (
    'A packet written as bytes (hex "…") holds its addresses and contents in clear. '
    "Write it in words and mask again."
)
PART = (
    "The bytes {} hold an address or a name in clear. Write them as text, or leave them out, "
    "and mask again."
)


def in_clear(masked: Scenario, replaced: Iterable[Replaced]) -> str:
    """Why bytes of the masked scenario tell what was masked elsewhere; "" where they do not."""
    packets = _REMARK.sub("", masked.packets)
    if _PACKET.search(packets):
        return WHOLE
    hidden = tuple(_forms(replaced))
    for pattern, text in ((_PART, packets), (_PATTERN, masked.rules)):
        for match in pattern.finditer(text):
            if _tells(bytes.fromhex(match[1].replace(":", "")), hidden):
                return PART.format(f"{match[1][:8]}…")
    return ""


def _forms(replaced: Iterable[Replaced]) -> Iterator[bytes]:
    """How what was replaced would look as bytes: packed, and as FTP writes addresses."""
    for one in replaced:
        if one.kind == "address":
            yield ip_address(one.before).packed
            yield one.before.replace(".", ",").encode()
        elif one.kind == "MAC":
            yield bytes.fromhex(one.before.replace(":", ""))
        else:
            yield one.before.strip('"').encode()


def _tells(given: bytes, hidden: tuple[bytes, ...]) -> bool:
    text = given.decode("latin-1")
    return (
        any(form in given for form in hidden)
        or ADDRESS.search(text) is not None
        or names.EMAIL.search(text) is not None
        or names.DOTTED.search(text) is not None
    )
