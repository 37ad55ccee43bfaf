# ruff: noqa: E501
"""NAT rules as iptables-restore text, and as what they ask for: both must do the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from sim.extensions.extension import NatRange, SetNat
from sim.model.flow import Manip
from sim.packet.packet import Packet
from tests.conntrack.twin import nothing, way_out

Wish = Callable[[Packet], SetNat | None]


@dataclass(frozen=True, slots=True)
class Case:
    """``low`` is the lowest port that a random choice starts from, for an original port."""

    name: str
    nat: str  # rules of *nat
    dst: Wish = nothing
    src: Wish = nothing
    family: int = 4
    low: int | None = None

    @property
    def rules(self) -> str:
        told = "".join(
            f"-A {chain} -j NFLOG --nflog-group 7 --nflog-prefix NAT:{chain}\n"
            for chain in ("PREROUTING", "POSTROUTING")
        )
        return f"*nat\n{told}{self.nat}COMMIT\n*filter\n:INPUT DROP [0:0]\nCOMMIT\n"


def span(low: str, high: str = "", ports: tuple[int, int] | None = None, base: int = 0,
         flags: str = "") -> NatRange:  # fmt: skip
    first = ip_address(low) if low else None
    last = ip_address(high) if high else first
    return NatRange(
        first, last, ports[0] if ports else None, ports[1] if ports else None, base,
        frozenset(flags.split()),
    )  # fmt: skip


def out(
    dev: str, wanted: NatRange, protocols: tuple[int, ...] = (), masquerade: bool = False
) -> Wish:
    """Source NAT of what leaves on ``dev``."""

    def wish(packet: Packet) -> SetNat | None:
        if way_out(packet) != dev or (protocols and packet.headers.protocol not in protocols):
            return None
        return SetNat(Manip.SRC, wanted, masquerade)

    return wish


def to(net: str, wanted: NatRange, protocols: tuple[int, ...] = ()) -> Wish:
    """Destination NAT of what goes to ``net``."""
    network = ip_network(net)

    def wish(packet: Packet) -> SetNat | None:
        headers = packet.headers
        if headers.dst not in network or (protocols and headers.protocol not in protocols):
            return None
        return SetNat(Manip.DST, wanted)

    return wish


def netmap(manip: str, net: str, only: Callable[[Packet], bool]) -> Wish:
    network = ip_network(net)

    def wish(packet: Packet) -> SetNat | None:
        if not only(packet):
            return None
        old = packet.headers.dst if manip == "DST" else packet.headers.src
        number = int(network.network_address) | int(old) & int(network.hostmask)
        new = type(old)(number)
        return SetNat(manip, NatRange(new, new))

    return wish


M4 = NatRange()
CASES = (
    Case("nothing asked for", "-A POSTROUTING -o eth9 -j MASQUERADE\n"),
    Case("masquerade", "-A POSTROUTING -o eth1 -j MASQUERADE\n", src=out("eth1", M4, masquerade=True)),
    Case("snat", "-A POSTROUTING -o eth1 -j SNAT --to-source 10.0.1.1\n", src=out("eth1", span("10.0.1.1"))),
    Case("snat both ways", "-A POSTROUTING -o eth1 -j SNAT --to-source 10.0.1.1\n"
         "-A POSTROUTING -o eth0 -j SNAT --to-source 10.0.0.1\n",
         src=lambda p: (out("eth1", span("10.0.1.1"))(p) or out("eth0", span("10.0.0.1"))(p))),
    Case("snat to a range", "-A POSTROUTING -o eth1 -j SNAT --to-source 10.0.1.10-10.0.1.13\n",
         src=out("eth1", span("10.0.1.10", "10.0.1.13"))),
    Case("snat to a range, persistent",
         "-A POSTROUTING -o eth1 -j SNAT --to-source 10.0.1.10-10.0.1.13 --persistent\n",
         src=out("eth1", span("10.0.1.10", "10.0.1.13", flags="PERSISTENT"))),
    Case("snat to three ports", "-A POSTROUTING -o eth1 -p udp -j SNAT --to-source 10.0.1.1:2000-2002\n",
         src=out("eth1", span("10.0.1.1", ports=(2000, 2002)), (17,)), low=2000),
    Case("snat to one port", "-A POSTROUTING -o eth1 -p udp -j SNAT --to-source 10.0.1.1:2000\n",
         src=out("eth1", span("10.0.1.1", ports=(2000, 2000)), (17,)), low=2000),
    Case("snat tcp to three ports", "-A POSTROUTING -o eth1 -p tcp -j SNAT --to-source 10.0.1.1:2000-2002\n",
         src=out("eth1", span("10.0.1.1", ports=(2000, 2002)), (6,)), low=2000),
    Case("snat icmp to ids", "-A POSTROUTING -o eth1 -p icmp -j SNAT --to-source 10.0.1.1:20-22\n",
         src=out("eth1", span("10.0.1.1", ports=(20, 22)), (1,)), low=20),
    Case("masquerade to ports", "-A POSTROUTING -o eth1 -p udp -j MASQUERADE --to-ports 5000-5003\n",
         src=out("eth1", span("", ports=(5000, 5003)), (17,), masquerade=True), low=5000),
    Case("masquerade random", "-A POSTROUTING -o eth1 -p udp -j MASQUERADE --random\n",
         src=out("eth1", span("", flags="RANDOM"), (17,), masquerade=True)),
    Case("snat fully random", "-A POSTROUTING -o eth1 -j SNAT --to-source 10.0.1.1 --random-fully\n",
         src=out("eth1", span("10.0.1.1", flags="RANDOM_FULLY"))),
    Case("dnat", "-A PREROUTING -d 10.0.1.77 -j DNAT --to-destination 10.0.1.2\n",
         dst=to("10.0.1.77/32", span("10.0.1.2"))),
    Case("dnat to the first free port",
         "-A PREROUTING -d 10.0.1.0/24 -p udp -j DNAT --to-destination 10.0.1.2:7000-7002\n",
         dst=to("10.0.1.0/24", span("10.0.1.2", ports=(7000, 7002)), (17,))),
    Case("dnat shifted", "-A PREROUTING -d 10.0.1.0/24 -p udp -j DNAT --to-destination 10.0.1.2:8000-8010/5000\n",
         dst=to("10.0.1.0/24", span("10.0.1.2", ports=(8000, 8010), base=5000, flags="OFFSET"), (17,))),
    Case("dnat port only", "-A PREROUTING -d 10.0.1.0/24 -p udp -j DNAT --to-destination :99\n",
         dst=to("10.0.1.0/24", span("", ports=(99, 99)), (17,))),
    Case("dnat to a range", "-A PREROUTING -d 10.0.1.0/24 -j DNAT --to-destination 10.0.1.2-10.0.1.5\n",
         dst=to("10.0.1.0/24", span("10.0.1.2", "10.0.1.5"))),
    Case("dnat and masquerade", "-A PREROUTING -d 10.0.1.77 -j DNAT --to-destination 10.0.1.2\n"
         "-A POSTROUTING -o eth1 -j MASQUERADE\n",
         dst=to("10.0.1.77/32", span("10.0.1.2")), src=out("eth1", M4, masquerade=True)),
    Case("hairpin", "-A PREROUTING -d 10.0.1.77 -j DNAT --to-destination 10.0.0.3\n"
         "-A POSTROUTING -o eth0 -d 10.0.0.3 -j SNAT --to-source 10.0.0.1\n",
         dst=to("10.0.1.77/32", span("10.0.0.3")),
         src=lambda p: SetNat(Manip.SRC, span("10.0.0.1")) if str(p.headers.dst) == "10.0.0.3" else None),
    Case("netmap", "-A PREROUTING -d 10.0.1.64/27 -j NETMAP --to 10.0.1.0/27\n"
         "-A POSTROUTING -o eth1 -j NETMAP --to 10.0.1.128/25\n",
         dst=netmap("DST", "10.0.1.0/27", lambda p: p.headers.dst in ip_network("10.0.1.64/27")),
         src=netmap("SRC", "10.0.1.128/25", lambda p: way_out(p) == "eth1")),
    Case("onto a neighbour", "-A POSTROUTING -s 10.0.0.2 -j SNAT --to-source 10.0.0.3\n",
         src=lambda p: SetNat(Manip.SRC, span("10.0.0.3")) if str(p.headers.src) == "10.0.0.2" else None),
    Case("v6 snat", "-A POSTROUTING -o eth1 -j SNAT --to-source fd00:1::1\n",
         src=out("eth1", span("fd00:1::1")), family=6),
    Case("v6 masquerade", "-A POSTROUTING -o eth1 -j MASQUERADE\n",
         src=out("eth1", M4, masquerade=True), family=6),
    Case("v6 snat to a range", "-A POSTROUTING -o eth1 -j SNAT --to-source fd00:1::10-fd00:1::1f\n",
         src=out("eth1", span("fd00:1::10", "fd00:1::1f")), family=6),
    Case("v6 snat to a wide range", "-A POSTROUTING -o eth1 -j SNAT --to-source fd00:1::1:0:10-fd00:1::3:0:1f\n",
         src=out("eth1", span("fd00:1::1:0:10", "fd00:1::3:0:1f")), family=6),
    Case("v6 snat to a wide range, persistent",
         "-A POSTROUTING -o eth1 -j SNAT --to-source fd00:1::1:0:10-fd00:1::3:0:1f --persistent\n",
         src=out("eth1", span("fd00:1::1:0:10", "fd00:1::3:0:1f", flags="PERSISTENT")), family=6),
    Case("v6 dnat", "-A PREROUTING -d fd00:1::3 -j DNAT --to-destination fd00:1::2\n",
         dst=to("fd00:1::3/128", span("fd00:1::2")), family=6),
    Case("v6 dnat to ports", "-A PREROUTING -p udp -d fd00:1::/64 -j DNAT --to-destination [fd00:1::2]:7000-7002\n",
         dst=to("fd00:1::/64", span("fd00:1::2", ports=(7000, 7002)), (17,)), family=6),
    Case("v6 dnat to a range", "-A PREROUTING -d fd00:1::/64 -j DNAT --to-destination fd00:1::2-fd00:1::5\n",
         dst=to("fd00:1::/64", span("fd00:1::2", "fd00:1::5")), family=6),
    Case("v6 dnat to a wide range", "-A PREROUTING -d fd00:1::/64 -j DNAT --to-destination fd00:1::1:0:10-fd00:1::3:0:1f\n",
         dst=to("fd00:1::/64", span("fd00:1::1:0:10", "fd00:1::3:0:1f")), family=6),
    Case("v6 netmap", "-A POSTROUTING -o eth1 -j NETMAP --to fd00:1::a0/124\n",
         src=netmap("SRC", "fd00:1::a0/124", lambda p: way_out(p) == "eth1"), family=6),
)  # fmt: skip
