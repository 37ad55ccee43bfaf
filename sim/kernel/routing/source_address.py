"""Which of its addresses a host speaks with.

IPv4: inet_select_addr (net/ipv4/devinet.c). IPv6: the rules of RFC 6724 in the order and with
the shortcuts of ipv6_dev_get_saddr (net/ipv6/addrconf.c).
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Interface, IPv6Address, IPv6Interface, IPv6Network

from sim.model.host import Host, IfAddress, Interface
from sim.packet.packet import Address

# A smaller number reaches farther (include/uapi/linux/rtnetlink.h).
SCOPES = {"global": 0, "site": 200, "link": 253, "host": 254, "nowhere": 255}

# The default label table (net/ipv6/addrlabel.c), longest prefix first.
LABELS: tuple[tuple[IPv6Network, int], ...] = (
    (IPv6Network("::1/128"), 0),
    (IPv6Network("::ffff:0:0/96"), 4),
    (IPv6Network("::/96"), 3),
    (IPv6Network("2001::/32"), 6),
    (IPv6Network("2001:10::/28"), 7),
    (IPv6Network("2002::/16"), 2),
    (IPv6Network("3ffe::/16"), 12),
    (IPv6Network("fec0::/10"), 11),
    (IPv6Network("fc00::/7"), 5),
    (IPv6Network("::/0"), 1),
)

LINK_LOCAL, SITE_LOCAL, GLOBAL = 2, 5, 14


def list4(interface: Interface) -> list[IfAddress]:
    """The device's IPv4 addresses in the kernel's order.

    A primary goes behind the primaries of the same or a narrower scope, a secondary to the end
    (__inet_insert_ifa).
    """
    found: list[IfAddress] = []
    for entry in interface.addresses:
        if not isinstance(entry.address, IPv4Interface):
            continue
        if entry.secondary:
            found.append(entry)
            continue
        scope = SCOPES.get(entry.scope, 0)
        place = 0
        for at, other in enumerate(found):
            if not other.secondary and scope <= SCOPES.get(other.scope, 0):
                place = at + 1
        found.insert(place, entry)
    return found


def select4(host: Host, dev: str, towards: Address | None, scope: str = "global") -> Address | None:
    """The primary address of ``dev`` that suits, the one in the subnet of ``towards`` first.

    If the device has none, the first such address of any device, ``lo`` first; ``None``: the
    host has no such address at all.
    """
    limit = SCOPES[scope]
    interface = host.interface(dev)
    found: Address | None = None
    if interface is not None:
        here = SCOPES["link" if _routes_localnet(host, dev) else "host"]
        for entry in list4(interface):
            if entry.secondary or min(SCOPES.get(entry.scope, 0), here) > limit:
                continue
            if towards is None or towards in (entry.peer or entry.address).network:
                return entry.address.ip
            found = found or entry.address.ip
    if found is not None:
        return found
    for other in host.interfaces.values():
        for entry in list4(other):
            rank = SCOPES.get(entry.scope, 0)
            if not entry.secondary and entry.scope != "link" and rank <= limit:
                return entry.address.ip
    return None


def _routes_localnet(host: Host, dev: str) -> bool:
    return any(
        host.sysctl(f"net.ipv4.conf.{name}.route_localnet", "0") != "0" for name in ("all", dev)
    )


def first4(host: Host, dev: str) -> Address | None:
    """The first address in the device's list, whatever its scope: what REDIRECT takes."""
    interface = host.interface(dev)
    entries = list4(interface) if interface is not None else []
    return entries[0].address.ip if entries else None


def list6(interface: Interface) -> list[IfAddress]:
    """The device's IPv6 addresses in the kernel's order: widest scope first, newest first."""
    found: list[IfAddress] = []
    for entry in interface.addresses:
        if not isinstance(entry.address, IPv6Interface):
            continue
        rank = scope6(entry.address.ip)
        place = len(found)
        for at, other in enumerate(found):
            assert isinstance(other.address, IPv6Interface)
            if rank >= scope6(other.address.ip):
                place = at
                break
        found.insert(place, entry)
    return found


def link_local(host: Host, dev: str) -> Address | None:
    """The link-local address that neighbour discovery speaks with (ipv6_get_lladdr)."""
    interface = host.interface(dev)
    found = [
        entry.address.ip
        for entry in (list6(interface) if interface is not None else ())
        if entry.address.ip.is_link_local and not entry.tentative
    ]
    return found[-1] if found else None


def scope6(address: IPv6Address) -> int:
    """The scope of an address as a multicast scope number (RFC 4291, 2.7); of ``::`` -1.

    __ipv6_addr_src_scope: so ``::`` is reached by the device's address of the narrowest scope.
    """
    number = int(address)
    if not number:
        return -1
    if number >> 120 == 0xFF:
        return number >> 112 & 0xF
    if address.is_loopback or number >> 118 == 0x3FA:  # ::1, fe80::/10
        return LINK_LOCAL
    if number >> 118 == 0x3FB:  # fec0::/10
        return SITE_LOCAL
    return GLOBAL


def select6(host: Host, dev: str, destination: IPv6Address) -> IPv6Address | None:
    """The source that RFC 6724 chooses for ``destination`` when the packet leaves by ``dev``."""
    only_here = destination.is_multicast or scope6(destination) <= LINK_LOCAL
    if host.sysctl(f"net.ipv6.conf.{dev}.use_oif_addrs_only", "0") != "0":
        only_here = True  # conf.all counts for no device
    best: IPv6Address | None = None
    best_score: tuple[int, ...] = ()
    for interface in host.interfaces.values():
        if (only_here and dev and interface.name != dev) or not interface.up:
            continue
        for entry in list6(interface):
            assert isinstance(entry.address, IPv6Interface)
            if entry.tentative or entry.address.ip.is_multicast:
                continue
            score = _score6(host, entry, entry.address, interface.name, dev, destination)
            if best is None or score > best_score:
                best, best_score = entry.address.ip, score
    return best


def _score6(
    host: Host,
    entry: IfAddress,
    own: IPv6Interface,
    name: str,
    dev: str,
    destination: IPv6Address,
) -> tuple[int, ...]:
    """One number for each rule, in their order; the greater tuple wins."""
    address = own.ip
    wanted, scope = scope6(destination), scope6(address)
    return (
        address == destination,
        -scope if scope >= wanted else scope - 128,
        not entry.deprecated,
        not dev or name == dev,
        label6(address) == label6(destination),
        entry.temporary == _prefers_temporary(host, name),
        min(common_prefix(address, destination), own.network.prefixlen),
    )


def _prefers_temporary(host: Host, dev: str) -> bool:
    """``use_tempaddr`` of the device that has the address: 2 prefers the temporary ones."""
    text = host.sysctl(f"net.ipv6.conf.{dev}.use_tempaddr", "")
    return int(text or host.sysctl("net.ipv6.conf.default.use_tempaddr", "0")) >= 2


def label6(address: IPv6Address) -> int:
    return next(label for network, label in LABELS if address in network)


def common_prefix(one: IPv6Address, other: IPv6Address) -> int:
    """The number of leading bits that two addresses share."""
    return 128 - (int(one) ^ int(other)).bit_length()


def redirect6(host: Host, dev: str, destination: IPv6Address) -> IPv6Address | None:
    """Where REDIRECT sends what came in on ``dev``: the first address whose scope fits.

    An address that maps an IPv4 one never fits (nf_nat_redirect_ipv6_usable).
    """
    interface = host.interface(dev)
    wanted = _kind_of_scope(destination)
    for entry in list6(interface) if interface is not None else ():
        assert isinstance(entry.address, IPv6Interface)
        own = entry.address.ip
        fits = not wanted or wanted == _kind_of_scope(own)
        if fits and not entry.tentative and own.ipv4_mapped is None:
            return own
    return None


_OTHER_SCOPES = (
    (1, IPv6Network("::1/128")),
    (LINK_LOCAL, IPv6Network("fe80::/10")),
    (SITE_LOCAL, IPv6Network("fec0::/10")),
    (-1, IPv6Network("::/96")),  # with an IPv4 address at its end, "compatible"
)


def _kind_of_scope(address: IPv6Address) -> int:
    """The bits of ipv6_addr_scope, told apart by a number; 0: none, which asks for nothing.

    ``::`` has none, nor has what is global or goes to a group of any other scope.
    """
    if address.is_multicast:
        scope = address.packed[1] & 15
        return scope if scope in (1, LINK_LOCAL, SITE_LOCAL) else 0
    if not int(address):
        return 0
    return next((kind for kind, network in _OTHER_SCOPES if address in network), 0)


def own_addresses(host: Host, family: int) -> Iterator[Address]:
    """Every address of the host; IPv6's only where the device is up."""
    for interface in host.interfaces.values():
        for entry in interface.addresses:
            if entry.address.version == family and (family == 4 or interface.up):
                yield entry.address.ip
