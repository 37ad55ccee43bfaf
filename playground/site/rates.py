"""How often something may be asked for from one address. Nothing of it is kept for long."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from django.core.cache import cache


def within(what: str, address: str, most: int) -> bool:
    """Count one more of this minute; the address itself is not kept after that."""
    key = f"{what}:{network_of(address)}"
    cache.add(key, 0, 60)
    try:
        return cache.incr(key) <= most
    except ValueError:  # it ran out between the two calls
        return True


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
