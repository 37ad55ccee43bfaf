"""How often something may be asked for from one address. Nothing of it is kept for long."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.core.cache import cache
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache

log = logging.getLogger(__name__)

# While the cache that all processes share is away, each counts for itself.
_own = LocMemCache("rates", {})


# In a worker: how the process that serves is asked, which counts for all of them.
asked_of: Callable[[str, str, int], bool] | None = None


def within(what: str, address: str, most: int) -> bool:
    """Count one more of this minute; the address itself is not kept after that."""
    if asked_of is not None:
        return asked_of(what, address, most)
    key = f"{what}:{network_of(address)}"
    try:
        return _counted(cache, key) <= most
    except _away():
        log.warning("the shared cache does not answer: this process counts for itself")
        return _counted(_own, key) <= most


@lru_cache(maxsize=1)
def _away() -> tuple[type[Exception], ...]:
    """What the shared cache raises when it is not reached; a process of its own has no such."""
    if not settings.REDIS_URL:
        return ()
    from redis.exceptions import RedisError  # installed only where it is used

    return RedisError, OSError


def _counted(where: BaseCache, key: str) -> int:
    where.add(key, 0, 60)
    try:
        return where.incr(key)
    except ValueError:  # it ran out between the two calls
        return 1


def network_of(address: str) -> str:
    """Whom an address stands for: one customer has a whole /64 of IPv6 (RFC 6177)."""
    try:
        told = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(told, IPv6Address):
        return str(told)
    if told.ipv4_mapped is not None:
        return str(told.ipv4_mapped)
    return f"{IPv6Address(int(told) >> 64 << 64)}/64"
