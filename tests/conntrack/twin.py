"""The router of ``router`` in the simulator: conntrack and NAT alone, without rules and routing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from ipaddress import ip_interface, ip_network

from sim.extensions.extension import SetNat, UseTemplate
from sim.extensions.runtime import Runtime
from sim.kernel.conntrack.core import CtEvent, Tracker
from sim.kernel.nat.core import Nat, Translation
from sim.kernel.routing.core import Routing
from sim.kernel.stack.sockets import Sockets
from sim.model.host import Host, IfAddress, Interface
from sim.model.rules import Hook
from sim.packet.packet import Packet

SECOND = 1_000_000_000
Wish = Callable[[Packet], SetNat | None]


def host(sysctls: dict[str, str] | None = None) -> Host:
    def interface(name: str, number: int) -> Interface:
        addresses = (f"10.0.{number}.1/24", f"fd00:{number}::1/64")
        return Interface(name, tuple(IfAddress(ip_interface(a)) for a in addresses))

    return Host(
        interfaces={name: interface(name, n) for n, name in enumerate(("eth0", "eth1"))},
        sysctls=dict(sysctls or {}),
    )


def runtime(sysctls: dict[str, str] | None = None, seed: int = 0) -> Runtime:
    made = host(sysctls)
    return Runtime(made, Routing(made), Sockets(made), seed=seed)


LOCAL = frozenset({"10.0.0.1", "10.0.1.1", "fd00::1", "fd00:1::1"})
NETWORKS = tuple(
    (ip_network(net), dev)
    for net, dev in (
        ("10.0.0.0/24", "eth0"), ("10.0.1.0/24", "eth1"),
        ("fd00:0::/64", "eth0"), ("fd00:1::/64", "eth1"),
    )
)  # fmt: skip


def way_out(packet: Packet) -> str:
    """The device towards a packet's destination; empty: the router itself, or nowhere."""
    target = packet.headers.dst
    if str(target) in LOCAL:
        return ""
    return next((dev for net, dev in NETWORKS if target in net), "")


def nothing(packet: Packet) -> SetNat | None:
    return None


@dataclass
class Twin:
    """``dst`` and ``src`` are the nat table: what PREROUTING and POSTROUTING ask for."""

    sysctls: dict[str, str] = field(default_factory=dict)
    dst: Wish = nothing
    src: Wish = nothing
    with_nat: bool = False
    template: Callable[[Packet, str], UseTemplate | None] = lambda packet, iface: None

    def __post_init__(self) -> None:
        self.runtime = runtime(self.sysctls)
        self.tracker = Tracker(self.runtime, frozenset({4, 6}))
        self.nat = Nat(self.runtime, self.tracker)
        self.events: list[CtEvent] = []
        self.asked: list[str] = []  # hooks at which the nat table was walked, last packet
        self.translations: list[Translation] = []
        self.out = ""

    def pass_through(self, iface: int, data: bytes) -> tuple[str, bool, Packet | None]:
        """State, direction, and the packet as it leaves, ``None``: it does not.

        What is for the router itself is dropped in INPUT.
        """
        self.events, self.asked, self.translations, self.out = [], [], [], ""
        self.tracker.expire()
        packet: Packet | None = Packet(data, id=self.runtime.new_packet_id())
        assert packet is not None
        wish = self.template(packet, f"eth{iface}")
        packet, events = self.tracker.enter(packet, Hook.PREROUTING, wish, f"eth{iface}")
        self.events += events
        if packet is None:
            return "", False, None
        state, reply = packet.ct_state, packet.ct_reply
        packet = self._nat(packet, Hook.PREROUTING, self.dst, "")
        if packet is None:
            return state, reply, None
        self.out = way_out(packet)
        martian = packet.family == 4 and str(packet.headers.src) in LOCAL
        if not self.out or martian:
            self.tracker.discard(packet)
            return state, reply, None
        packet = packet.with_ttl(packet.headers.ttl - 1)
        packet = self._nat(packet, Hook.POSTROUTING, self.src, self.out)
        if packet is not None:
            before = packet
            packet, events = self.tracker.confirm(packet, Hook.POSTROUTING)
            self.events += events
            if packet is None:
                self.tracker.discard(before)
        return state, reply, packet

    def _with_address(self, packet: Packet, wish: SetNat | None, dev: str) -> SetNat | None:
        """What the target MASQUERADE does; the next hop is the destination itself."""
        if wish is None or not wish.masquerade:
            return wish
        routing, headers = self.runtime.routing, packet.headers
        address = routing.masquerade_address(packet.family, dev, None, headers.dst)
        wanted = replace(wish.range, min_address=address, max_address=address)
        return replace(wish, range=wanted)

    def _nat(self, packet: Packet, hook: Hook, wish: Wish, out_iface: str) -> Packet | None:
        if not self.with_nat:
            return packet
        if self.nat.wants_rules(packet, hook):
            self.asked.append(hook)
            wanted = self._with_address(packet, wish(packet), out_iface)
            self.nat.bind(packet, hook, wanted, out_iface=out_iface)
        done = self.nat.translate(packet, hook, out_iface)
        self.translations.append(done)
        if done.packet is None:
            self.tracker.discard(packet)
        return done.packet

    @property
    def table(self) -> tuple[str, ...]:
        return self.tracker.listing()

    def wait(self, seconds: float) -> None:
        self.runtime.now += int(seconds * SECOND)
