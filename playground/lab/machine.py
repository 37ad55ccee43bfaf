"""The host under test, built for one scenario in a namespace of its own.

A namespace is never used twice: tables, once touched, stay, and so would conntrack entries,
recent lists and routes. Making one takes about a millisecond; unmaking is left to the kernel.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from playground.lab import devices, xfrm
from playground.lab.errors import LabError, NotComparable
from playground.lab.namespace import Namespace, read_sysctl, write_sysctl
from playground.lab.neighbours import Known, Neighbours, scope_of
from playground.lab.netlink import NETLINK_ROUTE, Netlink
from playground.lab.nflog import TraceListener
from playground.lab.nft import NftListener
from playground.lab.wires import SENTINEL, Frame, Wires, checksum_here
from sim.model.host import Host, IfAddress, Interface, InterfaceAddress, Neighbour, default_mac
from sim.packet.packet import Address
from sim.trace import steps as t

# No chatter of the namespace's own: router solicitations, MLD reports, address detection,
# automatic link-local addresses, resent SYN+ACKs. Limits on ICMP errors stay as they are: the
# simulation knows them.
QUIET = {
    "net.ipv6.conf.all.accept_ra": "0",
    "net.ipv6.conf.default.accept_ra": "0",
    "net.ipv6.conf.all.accept_dad": "0",
    "net.ipv6.conf.default.accept_dad": "0",
    "net.ipv6.conf.default.dad_transmits": "0",
    "net.ipv6.conf.all.router_solicitations": "0",
    "net.ipv6.conf.default.router_solicitations": "0",
    "net.ipv6.conf.all.autoconf": "0",
    "net.ipv6.conf.default.autoconf": "0",
    "net.ipv6.conf.default.addr_gen_mode": "1",
    "net.ipv6.conf.default.mldv2_unsolicited_report_interval": "0",
    "net.ipv6.conf.default.mldv1_unsolicited_report_interval": "0",
    "net.ipv6.mld_qrv": "1",
    "net.ipv4.conf.default.igmpv3_unsolicited_report_interval": "0",
    "net.ipv4.igmp_qrv": "1",
    "net.ipv4.tcp_synack_retries": "0",
}
# A new namespace copies these from the machine; a scenario starts from the kernel's own values.
KERNEL_DEFAULTS = {
    "net.ipv4.ip_forward": "0",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.default.rp_filter": "0",
    "net.ipv4.conf.all.accept_local": "0",
    "net.ipv4.conf.default.accept_local": "0",
    "net.ipv4.conf.all.route_localnet": "0",
    "net.ipv4.conf.default.route_localnet": "0",
    "net.ipv4.conf.all.send_redirects": "1",
    "net.ipv4.conf.default.send_redirects": "1",
    "net.ipv4.conf.all.log_martians": "0",
    "net.ipv4.conf.default.log_martians": "0",
    "net.ipv4.conf.all.src_valid_mark": "0",
    "net.ipv4.conf.default.src_valid_mark": "0",
    "net.ipv4.conf.all.accept_source_route": "0",
    "net.ipv4.conf.default.accept_source_route": "1",
    "net.ipv6.conf.all.forwarding": "0",
    "net.ipv6.conf.default.forwarding": "0",
    "net.ipv4.ping_group_range": "1\t0",
}
# How long a neighbour that nobody answers for is asked. The simulation goes on once the kernel
# has given up, so the real three seconds are shortened.
IMPATIENT = {
    "mcast_solicit": "1",
    "ucast_solicit": "1",
    "app_solicit": "0",
    "retrans_time_ms": "20",
}
# A device's own, once it is there.
PROMPT = {
    "net.ipv6.neigh.{}.proxy_delay": "0",  # solicitations of anycast addresses wait so long
}
AFTERMATH = 0.03  # seconds in which the kernel forgets flows after an event, in the background
REPORTED = 0.03  # seconds until the last MLD report has gone


class Reaper:
    """Closes packet sockets aside: the kernel lets the closer wait for all processors."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[socket.socket | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def close(self, item: socket.socket) -> None:
        self._queue.put(item)

    def stop(self) -> None:
        self._queue.put(None)
        self._thread.join(5)

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            item.close()


class Machine:
    """One scenario's host. Use as a context manager."""

    def __init__(
        self,
        host: Host,
        wires: Wires,
        reaper: Reaper,
        *,
        backend: str = "legacy",
    ) -> None:
        self.host = host
        self._backend = backend
        self.wires = wires
        self._reaper = reaper
        self.macs: dict[str, str] = {}
        self.indexes: dict[str, int] = {"lo": 1}
        self._names: dict[int, str] = {1: "lo"}
        self._met: dict[tuple[Address, str], str] = {}
        self._around = Neighbours(host)
        self.namespace = Namespace()
        self._open: list[Any] = []
        try:
            with self.namespace.inside():
                self._build()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Machine:
        return self

    def __exit__(self, *what: object) -> None:
        self.close()

    def close(self) -> None:
        self.wires.forget()
        for item in self._open:
            item.close()
        self._open.clear()
        self.namespace.close()

    # -- building ------------------------------------------------------------------------

    def _build(self) -> None:
        self._sysctls(QUIET | KERNEL_DEFAULTS)
        self.route = Netlink(NETLINK_ROUTE)
        self._open.append(self.route)
        self._devices()
        self._addresses()
        self._sysctls(self.host.sysctls, quiet=True)
        self.route.request(devices.route(item, self.indexes) for item in self.host.routes)
        self._rules()
        self._neighbours()
        xfrm.install(self.host)
        self._sentinel = socket.socket(
            socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.htons(SENTINEL)
        )
        self.trace: TraceListener | NftListener = (
            NftListener()
            if self._backend == "nft"
            else TraceListener(lambda index: self._names.get(index, f"#{index}"))
        )
        self._open += [self.trace, _Later(self._sentinel, self._reaper)]
        if self._reports:
            time.sleep(REPORTED)

    @property
    def _reports(self) -> bool:
        """Does a device report IPv6 groups: an address's own, or those that a router joins?"""
        return any(
            item.address.version == 6
            for device in self.host.interfaces.values()
            if device.up and device.name != "lo"
            for item in device.addresses
        ) or any(
            name.startswith("net.ipv6.conf.") and name.endswith(".forwarding") and value != "0"
            for name, value in self.host.sysctls.items()
        )

    def _sysctls(self, settings: dict[str, str], quiet: bool = False) -> None:
        for name, value in settings.items():
            if quiet and (name in QUIET or not name.startswith("net.")):
                continue
            try:
                write_sysctl(name, value)
            except LabError as error:
                if read_or_none(name) != value:
                    if settings is not self.host.sysctls:
                        continue  # this kernel has no such noise
                    raise NotComparable(str(error)) from None

    def _devices(self) -> None:
        requests = [devices.loopback_up()]
        probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._open.append(probe)
        wired = []
        for number, device in enumerate(self.host.interfaces.values(), 2):
            if device.name == "lo":
                continue
            index = device.index or number
            self.indexes[device.name] = index
            self._names[index] = device.name
            self.macs[device.name] = device.mac or default_mac(index)
            if device.kind == "bridge":
                requests.append(devices.bridge(device, index, self.macs[device.name]))
                continue
            if device.kind != "ethernet":
                raise NotComparable(f"a {device.kind} device ({device.name}) is not built here")
            requests.append(self._wire(device, index))
            wired.append(device.name)
        for device in self.host.interfaces.values():
            if device.master:
                requests.append(
                    devices.enslave(
                        device.name, self.indexes[device.name], self.indexes[device.master]
                    )
                )
        requests += [
            devices.set_mtu(device.name, self.indexes[device.name], device.mtu)
            for device in self.host.interfaces.values()
            if device.kind == "bridge"
        ]
        self.route.request(requests)
        self.wires.connect()
        self.route.request(
            devices.set_up(name, self.indexes[name], True)
            for name in wired
            if self.host.interfaces[name].up
        )
        self.wires.ready()
        for name in wired:
            checksum_here(probe, name)
        for name in self.indexes:
            place = name.replace(".", "/")
            self._sysctls({key.format(place): value for key, value in PROMPT.items()})

    def _wire(self, device: Interface, index: int) -> Any:
        peer, peer_index = self.wires.new_port(device.name)
        return devices.veth(
            device,
            index,
            self.macs[device.name],
            peer,
            peer_index,
            self.wires.namespace.descriptor,
        )

    def _addresses(self) -> None:
        self.route.request(
            devices.address(device.name, self.indexes[device.name], item)
            for device in self.host.interfaces.values()
            for item in device.addresses
            if not (device.name == "lo" and str(item.address) in ("127.0.0.1/8", "::1/128"))
        )
        self._await_own(
            item.address.ip
            for device in self.host.interfaces.values()
            if device.up
            for item in device.addresses
        )

    def _await_own(self, addresses: Iterable[Address]) -> None:
        """Return when IPv6 delivers to these: a worker of the kernel's puts in their routes."""
        wanted = {address.packed for address in addresses if address.version == 6}
        limit = time.monotonic() + 2
        while wanted and not wanted <= set(devices.delivered(self.route)):
            if time.monotonic() > limit:
                raise LabError("the kernel does not put in the routes of IPv6 addresses")
            time.sleep(0.0005)

    def _rules(self) -> None:
        messages = []
        for family in sorted(self.host.rules_given):
            messages += devices.forget_default_rules(family)
        messages += [devices.rule(item) for item in self.host.rules]
        self.route.request(messages)

    def _neighbours(self) -> None:
        for device in {item.dev for item in self.host.neighbours if item.failed}:
            for family in ("ipv4", "ipv6"):
                for name, value in IMPATIENT.items():
                    write_sysctl(f"net.{family}.neigh.{device.replace('.', '/')}.{name}", value)
        self.route.request(
            devices.neighbour(item, self.indexes) for item in self.host.neighbours if item.failed
        )
        for known in self._around.named():
            self.meet(known)
        self.route.request(
            devices.behind(mac, port, self.indexes[port]) for mac, port in self.host.fdb
        )

    def expect(self, steps: Iterable[t.Step]) -> None:
        """Whoever the simulation takes for a neighbour is there before the kernel asks."""
        for known in self._around.assumed(steps):
            self.meet(known)

    def meet(self, known: Known) -> None:
        """Who answers for an address on a device, known before anybody has to ask."""
        address, dev, mac, is_guess = known
        before = self._met.get((address, dev))
        if before == mac or (before is not None and is_guess):
            return
        self._met[address, dev] = mac
        entry = Neighbour(address, dev, mac)
        self.route.request([devices.neighbour(entry, self.indexes)])

    def scope_of(self, address: Address) -> int:
        """Which device has an IPv6 address; 0: none."""
        return scope_of(self.host, address, self.indexes)

    # -- events --------------------------------------------------------------------------

    def switch(self, device: str, up: bool) -> None:
        """``down eth0`` / ``up eth0``; the link-local address comes back with the device."""
        index = self.indexes[device]
        self.route.request([devices.set_up(device, index, up)])
        self._met = {key: mac for key, mac in self._met.items() if key[1] != device}
        if up:
            for known in self._around.named():
                self.meet(known)
            self.wires.ready()
            self.route.request(
                devices.address(device, index, item)
                for item in self.host.interfaces[device].addresses
                if item.address.version == 6 and item.address.ip.is_link_local
            )
            self._await_own(
                item.address.ip
                for item in self.host.interfaces[device].addresses
                if item.address.ip.is_link_local
            )
        time.sleep(AFTERMATH)

    def renumber(self, device: str, new: InterfaceAddress) -> None:
        """``address eth0 A/L``: the addresses of that family give way to this one.

        The new one is there before the old ones go, so that routes through the device stay.
        """
        index = self.indexes[device]
        write_sysctl(f"net.ipv4.conf.{device.replace('.', '/')}.promote_secondaries", "1")
        old = [
            item
            for item in self.host.interfaces[device].addresses
            if item.address.version == new.version and not item.address.ip.is_link_local
        ]
        if all(item.address != new for item in old):
            self.route.request([devices.address(device, index, IfAddress(new))])
            self._await_own([new.ip])
        self.route.request(
            devices.address(device, index, item, remove=True) for item in old if item.address != new
        )
        write_sysctl(f"net.ipv4.conf.{device.replace('.', '/')}.promote_secondaries", "0")
        time.sleep(AFTERMATH)

    # -- listening -----------------------------------------------------------------------

    def settle(self) -> None:
        """Return when everything queued so far on this processor has been worked off.

        A frame of our own goes through ``lo``; the receive queue is first in, first out.
        """
        self._sentinel.sendto(bytes(12) + SENTINEL.to_bytes(2, "big"), ("lo", SENTINEL))
        limit = time.monotonic() + 2
        while True:
            try:
                _, ancillary = self._sentinel.recvfrom(64)
            except BlockingIOError:
                if time.monotonic() > limit:
                    raise LabError("the kernel does not work off its queue") from None
                time.sleep(0.0001)
                continue
            if ancillary[2] != 4:
                return

    def collect(
        self,
        enough: Callable[[list[Any], list[Frame]], bool] = lambda lines, frames: True,
        patience: float = 0.0,
    ) -> tuple[list[Any], list[Frame]]:
        """All TRACE lines and frames until it is quiet.

        While they are not ``enough``, wait for more up to ``patience`` seconds.
        """
        traced: list[Any] = []  # TraceLine or Event
        sent: list[Frame] = []
        limit = time.monotonic() + patience
        quiet = 0
        while quiet < 2:
            self.settle()
            new_lines, new_frames = self.trace.read(), self.wires.read()
            traced += new_lines
            sent += new_frames
            if new_lines or new_frames:
                quiet = 0
            elif not enough(traced, sent) and time.monotonic() < limit:
                time.sleep(0.0005)
            else:
                quiet += 1
        return traced, sent


class _Later:
    def __init__(self, item: socket.socket, reaper: Reaper) -> None:
        self._item, self._reaper = item, reaper

    def close(self) -> None:
        self._reaper.close(self._item)


def read_or_none(name: str) -> str | None:
    with contextlib.suppress(LabError):
        return read_sysctl(name)
    return None
