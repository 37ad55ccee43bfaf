"""How often something may be asked for from one address. Nothing of it is kept for long."""

from __future__ import annotations

from django.core.cache import cache


def within(what: str, address: str, most: int) -> bool:
    """Count one more of this minute; the address itself is not kept after that."""
    key = f"{what}:{address}"
    cache.add(key, 0, 60)
    try:
        return cache.incr(key) <= most
    except ValueError:  # it ran out between the two calls
        return True
