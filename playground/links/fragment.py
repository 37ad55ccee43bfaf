"""A scenario in the fragment of a link: nothing is stored, the server never sees it.

``#v1.`` and then, in URL-safe base64 without padding, raw deflate (RFC 1951) of a JSON object
with the keys of the scenario file, empty texts left out. The page's script reads and writes the
same (``static/links/fragment.js``). A form that was ever handed out is read for ever.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import fields

from playground.site.limits import LIMITS
from sim.base.errors import Refused
from sim.model.scenario import Scenario

PREFIX = "v1."
MOST_INFLATED = LIMITS.inflated_bytes  # a few kilobytes can be made to swell a thousandfold


class TooLong(ValueError):
    """The scenario does not fit into a link; store it instead."""


def written(scenario: Scenario) -> str:
    """The fragment without its ``#``. Raises ``TooLong``."""
    body = {key: value for key, value in scenario.as_json().items() if value}
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(text) + packer.flush()
    found = PREFIX + base64.urlsafe_b64encode(packed).rstrip(b"=").decode()
    if len(found) > LIMITS.fragment_characters:
        raise TooLong(
            f"the link would have {len(found)} characters; many programs cut links that are longer "
            f"than {LIMITS.fragment_characters}"
        )
    return found


def read(fragment: str) -> Scenario:
    """The scenario of a fragment. Raises ``ValueError`` for one that is none."""
    text = fragment.removeprefix("#")
    if not text.startswith(PREFIX):
        raise ValueError("the link holds no scenario that this version can read")
    try:
        packed = base64.urlsafe_b64decode(text[len(PREFIX) :] + "=" * (-len(text[3:]) % 4))
        unpacker = zlib.decompressobj(-15)
        body = unpacker.decompress(packed, MOST_INFLATED)
        if unpacker.unconsumed_tail or not unpacker.eof:
            raise ValueError("the link is cut short or too large")
        table = json.loads(body)
    except (ValueError, zlib.error, RecursionError) as error:
        raise ValueError(f"the link is damaged: {error}") from None
    if not isinstance(table, dict):
        raise ValueError("the link is damaged: it holds no object")
    known = {field.name for field in fields(Scenario)}
    try:
        return Scenario.from_json({key: value for key, value in table.items() if key in known})
    except Refused as refused:
        raise ValueError(f"the link is damaged: {refused}") from None
