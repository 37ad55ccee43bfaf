"""What is worked out once for all processes that serve, in the cache that they share.

It is always something that can be made anew: a cache that is away or that lost it costs time.
"""

from __future__ import annotations

import logging
from typing import Any

from django.core.cache import cache

log = logging.getLogger(__name__)

SECONDS = 600


def found(key: str) -> Any:
    """What was put there; ``None`` if it is not, or if nobody answers."""
    try:
        return cache.get(key)
    except Exception as error:  # of the cache's own library, or of a value that an older one made
        log.warning("the shared cache gives nothing: %s", type(error).__name__)
        return None


def put(key: str, value: Any) -> None:
    """Keep it for some minutes, if somebody does."""
    try:
        cache.set(key, value, SECONDS)
    except Exception as error:
        log.warning("the shared cache takes nothing: %s", type(error).__name__)
