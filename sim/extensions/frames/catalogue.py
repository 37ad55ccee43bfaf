"""ebtables: every match, watcher and target, and where they may stand."""

from __future__ import annotations

from sim.extensions.extension import MatchType
from sim.extensions.frames import arp_options, ip_options, more_options
from sim.extensions.frames.base import BASE
from sim.extensions.frames.targets import PLACES, TARGETS
from sim.extensions.frames.tool import Tool
from sim.extensions.frames.watchers import WATCHERS
from sim.extensions.registry import by_plain_name
from sim.model.rules import BRIDGE

MATCHES: dict[str, MatchType] = by_plain_name(
    (
        BASE, ip_options.IP, ip_options.IP6, arp_options.ARP, more_options.VLAN,
        more_options.IEEE_802_3, more_options.MARK, more_options.PKTTYPE, more_options.LIMIT,
        more_options.AMONG, more_options.STP,
    )
)  # fmt: skip
_NO_OUT = ("BROUTING", "PREROUTING", "INPUT")
_NO_IN = ("OUTPUT", "POSTROUTING")

EBTABLES = Tool(
    "ebtables",
    BRIDGE,
    MATCHES,
    TARGETS,
    WATCHERS,
    places=PLACES,
    no_device={"-o": _NO_OUT, "--logical-out": _NO_OUT, "-i": _NO_IN, "--logical-in": _NO_IN},
    order=("filter", "nat", "broute"),
)
