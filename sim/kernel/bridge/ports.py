"""Which devices are ports of a bridge, and behind which of them a MAC address lives.

The forwarding database of net/bridge/br_fdb.c: entries that the host text states, and those
learned from the source addresses of frames. A port takes part while it and its bridge are up.
"""

from __future__ import annotations

from dataclasses import field

from sim.base.frozen import dataclass
from sim.extensions.runtime import Runtime
from sim.model.host import Host, Interface

AGEING = 300 * 1_000_000_000  # ns that a learned entry stays (br->ageing_time)


@dataclass(slots=True)
class FdbEntry:
    """Where a MAC was seen last. ``at`` ``None``: stated by the text, it does not age."""

    port: str
    at: int | None


def bridge_of(host: Host, name: str) -> Interface | None:
    """The bridge of which ``name`` is a port."""
    interface = host.interface(name)
    if interface is None or not interface.master:
        return None
    master = host.interface(interface.master)
    return master if master is not None and master.kind == "bridge" else None


def ports_of(host: Host, bridge: str) -> tuple[Interface, ...]:
    """The ports of a bridge in the order in which they were added: by ifindex."""
    return tuple(item for item in host.interfaces.values() if item.master == bridge)


def calls(host: Host, bridge: Interface, tool: str) -> bool:
    """Does what crosses the bridge pass the hooks of ``iptables``, ``ip6tables``, ``arptables``?

    br_netfilter switches it on for the whole host, or ``nf_call_...`` for one bridge.
    """
    everywhere = host.sysctl(f"net.bridge.bridge-nf-call-{tool}", "1").strip() != "0"
    return everywhere or tool in bridge.nf_call


@dataclass
class Bridges:
    """The forwarding databases of one run."""

    runtime: Runtime
    entries: dict[tuple[str, str], FdbEntry] = field(default_factory=dict)  # (bridge, MAC)

    def __post_init__(self) -> None:
        self.restate()

    def restate(self) -> None:
        """The entries that the host text states, as it says them now."""
        self.entries = {place: one for place, one in self.entries.items() if one.at is not None}
        host = self.runtime.host
        for mac, port in host.fdb:
            bridge = bridge_of(host, port)
            if bridge is not None:
                self.entries[bridge.name, mac] = FdbEntry(port, None)

    def is_local(self, bridge: Interface, mac: str) -> bool:
        """Is it an address of the bridge itself or of one of its ports?"""
        own = [item.mac for item in ports_of(self.runtime.host, bridge.name)]
        return mac == bridge.mac or mac in own

    def learn(self, bridge: Interface, port: str, mac: str) -> bool:
        """br_fdb_update: the sender is behind this port; true if that is news."""
        if self.is_local(bridge, mac):
            return False
        known = self.entries.get((bridge.name, mac))
        if known is None:
            self.entries[bridge.name, mac] = FdbEntry(port, self.runtime.now)
            return True
        is_news = known.port != port or self._is_old(known)
        known.port = port
        if known.at is not None:
            known.at = self.runtime.now
        return is_news

    def port(self, bridge: Interface, mac: str) -> str:
        """The port behind which a MAC lives; empty: nobody knows."""
        known = self.entries.get((bridge.name, mac))
        return "" if known is None or self._is_old(known) else known.port

    def flood(self, bridge: Interface, but: str = "") -> tuple[str, ...]:
        """The ports that a frame for everybody leaves by: the one added last comes first."""
        if not bridge.up:
            return ()
        found = [item.name for item in ports_of(self.runtime.host, bridge.name) if item.up]
        return tuple(name for name in reversed(found) if name != but)

    def targets(self, bridge: Interface, mac: str, but: str = "") -> tuple[str, ...]:
        """The ports that a frame to ``mac`` leaves by, in order; never the one it came in on."""
        everybody = self.flood(bridge, but)
        port = "" if int(mac[:2], 16) & 1 else self.port(bridge, mac)
        return tuple(name for name in everybody if name == port) if port else everybody

    def forget(self, port: str) -> None:
        """A port went down: what was learned there goes (br_fdb_delete_by_port)."""
        gone = [
            key
            for key, known in self.entries.items()
            if known.port == port and known.at is not None
        ]
        for key in gone:
            del self.entries[key]

    def _is_old(self, known: FdbEntry) -> bool:
        return known.at is not None and self.runtime.now - known.at > AGEING
