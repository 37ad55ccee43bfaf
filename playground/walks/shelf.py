"""Loaded rules for all processes: what one has loaded the next one finds in the shared cache.

Loading 2,000 rules takes half a second, taking them from there a third of it. What lies there is
trusted as code is: Redis is for this machine's own network, as the database is.
"""

from __future__ import annotations

import hashlib
import pickle
import sys
import zlib

from playground.site import kept
from sim import ENGINE_VERSION
from sim.model.rules import Rules

SMALLEST = 20_000  # characters of a text that is worth the way
BIGGEST = 8 * 1024 * 1024  # bytes, packed
_RELEASE = f"{ENGINE_VERSION} {sys.version_info[:2]}"


class SharedShelf:
    """Rules by the two texts that they were loaded from."""

    def get(self, text: str, host: str) -> Rules | None:
        if len(text) < SMALLEST:
            return None
        packed = kept.found(_key(text, host))
        if not isinstance(packed, bytes):
            return None
        try:
            rules = pickle.loads(zlib.decompress(packed))
        except Exception:  # another release of Chainwalk has put it there, or half of it is gone
            return None
        return rules if isinstance(rules, Rules) else None

    def put(self, text: str, host: str, rules: Rules) -> None:
        if len(text) < SMALLEST:
            return
        packed = zlib.compress(pickle.dumps(rules, pickle.HIGHEST_PROTOCOL), 1)
        if len(packed) <= BIGGEST:
            kept.put(_key(text, host), packed)


def _key(text: str, host: str) -> str:
    digest = hashlib.sha256(f"{_RELEASE}\0{len(text)}\0{text}\0{host}".encode(errors="replace"))
    return f"rules:{digest.hexdigest()}"
