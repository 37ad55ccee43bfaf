"""Names that a machine knows by itself: where rules look up users, groups, hosts and sets.

The real tools ask the machine's files; without a host text we stand in for a plain Debian
system, whose fixed ids are facts of its base-passwd and netbase packages.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from sim.extensions.extension import Names
from sim.extensions.ipset import family_of, kind_of
from sim.model.host import Host
from sim.packet.packet import Address

DEBIAN_USERS: dict[str, int] = {
    "root": 0, "daemon": 1, "bin": 2, "sys": 3, "sync": 4, "games": 5, "man": 6, "lp": 7,
    "mail": 8, "news": 9, "uucp": 10, "proxy": 13, "www-data": 33, "backup": 34, "list": 38,
    "irc": 39, "_apt": 42, "nobody": 65534,
}  # fmt: skip

DEBIAN_GROUPS: dict[str, int] = {
    "root": 0, "daemon": 1, "bin": 2, "sys": 3, "adm": 4, "tty": 5, "disk": 6, "lp": 7, "mail": 8,
    "news": 9, "uucp": 10, "man": 12, "proxy": 13, "kmem": 15, "dialout": 20, "fax": 21,
    "voice": 22, "cdrom": 24, "floppy": 25, "tape": 26, "sudo": 27, "audio": 29, "dip": 30,
    "www-data": 33, "backup": 34, "operator": 37, "list": 38, "irc": 39, "src": 40, "shadow": 42,
    "utmp": 43, "video": 44, "sasl": 45, "plugdev": 46, "staff": 50, "games": 60, "users": 100,
    "nogroup": 65534,
}  # fmt: skip

# /etc/hosts and /etc/networks of a fresh system.
DEBIAN_HOSTNAMES: dict[str, tuple[Address, ...]] = {
    "localhost": (IPv4Address("127.0.0.1"), IPv6Address("::1")),
    "ip6-localhost": (IPv6Address("::1"),),
    "ip6-loopback": (IPv6Address("::1"),),
    "ip6-allnodes": (IPv6Address("ff02::1"),),
    "ip6-allrouters": (IPv6Address("ff02::2"),),
    "default": (IPv4Address("0.0.0.0"),),
    "loopback": (IPv4Address("127.0.0.0"),),
    "link-local": (IPv4Address("169.254.0.0"),),
}


def names_of(host: Host | None = None) -> Names:
    """What rules may call by name on this host.

    Without a host nothing is known of its sets, so rules that name one are taken at their
    word; with one, a set that it does not have is refused as the tool does.
    """
    if host is None:
        return Names(DEBIAN_USERS, DEBIAN_GROUPS, None, DEBIAN_HOSTNAMES)
    return Names(
        {**DEBIAN_USERS, **host.users},
        {**DEBIAN_GROUPS, **host.groups},
        {name: len(kind_of(ip_set.kind).parts) for name, ip_set in host.sets.items()},
        {**DEBIAN_HOSTNAMES, **host.hostnames},
        host.kernel,
        {name: family_of(ip_set) for name, ip_set in host.sets.items() if family_of(ip_set)},
        frozenset(host.accounting),
    )


def only_family(host: Host | None) -> int:
    """The family of all addresses of the host but ``lo``'s; 0: it has both, or none."""
    families = {
        entry.address.version
        for interface in (host.interfaces.values() if host is not None else ())
        if interface.kind != "loopback"
        for entry in interface.addresses
        if not entry.address.ip.is_link_local
    }
    return families.pop() if len(families) == 1 else 0
