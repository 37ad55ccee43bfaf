"""Settings of the host that are not modelled: which of them count where a packet is now."""

from __future__ import annotations

from collections import defaultdict

from sim.base.frozen import dataclass
from sim.base.kept import Kept
from sim.kernel.stack.skb import Skb
from sim.model.host import Host
from sim.model.kernel_settings import SETTINGS, Met, any_device, device_of
from sim.trace.outcomes.settings import SettingUnknown

EVERYWHERE = ("", "all", "default")
OF_IPV4 = ("net.ipv4.conf.", "net.ipv4.fib_", "net.ipv4.ipfrag_", "net.ipv4.neigh.",
           "net.ipv4.route.")  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Away:
    """A setting with another value than those that are modelled. ``family`` 0: both."""

    name: str
    value: str
    device: str
    family: int

    def concerns(self, skb: Skb) -> bool:
        family = 4 if skb.packet.is_arp else skb.packet.family
        return self.family in (0, family) and (
            self.device in EVERYWHERE
            or self.device in (skb.in_iface, skb.out_iface, skb.came_by, skb.dev)
        )


class Unmodelled:
    """What a host's text sets and the walk cannot follow, by where it would count."""

    def __init__(self, host: Host) -> None:
        self._away: dict[Met, list[_Away]] = defaultdict(list)
        for name, value in host.sysctls.items():
            setting = SETTINGS.get(any_device(name))
            if setting is not None and setting.met is not None and setting.is_unmodelled(value):
                family = 6 if name.startswith("net.ipv6.") else 4 * name.startswith(OF_IPV4)
                self._away[setting.met].append(_Away(name, value, device_of(name), family))

    def at(self, met: Met, skb: Skb) -> SettingUnknown | None:
        """The first that counts for this packet at this place."""
        found = next((away for away in self._away.get(met, ()) if away.concerns(skb)), None)
        return SettingUnknown(found.name, found.value) if found is not None else None


_UNMODELLED = Kept[Host, Unmodelled](Unmodelled)


def unmodelled_of(host: Host) -> Unmodelled:
    """Made once for a host."""
    return _UNMODELLED.of(host)
