"""Every match, watcher and target of ebtables, and which option belongs to which."""

from __future__ import annotations

from collections.abc import Iterator

from sim.ebtables import arp_options, ip_options, more_options
from sim.ebtables.base import BASE
from sim.ebtables.targets import TARGETS
from sim.ebtables.watchers import WATCHERS
from sim.extension import MatchType, Option, TargetType

MATCHES: dict[str, MatchType] = {
    kind.name: kind
    for kind in (
        BASE, ip_options.IP, ip_options.IP6, arp_options.ARP, more_options.VLAN,
        more_options.IEEE_802_3, more_options.MARK, more_options.PKTTYPE, more_options.LIMIT,
        more_options.AMONG, more_options.STP,
    )
}  # fmt: skip

Kind = MatchType | TargetType


def _options(kinds: dict[str, MatchType] | dict[str, TargetType]) -> Iterator[tuple[str, Found]]:
    for kind in kinds.values():
        for option in kind.options:
            for name in (option.flag, *option.aliases):
                yield name, (kind, option)


Found = tuple[Kind, Option]
# Those of a rule; a target's own count only behind its -j.
OPTIONS: dict[str, Found] = {**dict(_options(MATCHES)), **dict(_options(WATCHERS))}
TARGET_OPTIONS: dict[str, dict[str, Found]] = {
    name: dict(_options({name: kind})) for name, kind in TARGETS.items()
}
