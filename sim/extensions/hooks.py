"""What is registered at each hook, as data, in the order in which the kernel runs it.

Priorities: include/uapi/linux/netfilter_ipv4.h (the same numbers for IPv6). A table is there
only when the rules text touches it; conntrack and defragmentation only when a rule needs them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from sim.base.kept import Kept
from sim.extensions.matchers import MATCHES
from sim.extensions.targets import TARGETS
from sim.model.rules import (
    TABLE_HOOKS,
    Args,
    FrameHook,
    Hook,
    Registered,
    Ruleset,
    Target,
)

LAST = 2**31 - 1
NFT_SECURITY = 150  # iptables/nft.c registers security there, the legacy table at 50

# ``what`` is a table's name or one of conntrack's parts.
REGISTERED: dict[Hook, tuple[Registered, ...]] = {
    Hook.PREROUTING: (
        Registered(-400, "defrag"),
        Registered(-300, "raw"),
        Registered(-200, "conntrack"),
        Registered(-150, "mangle"),
        Registered(-100, "nat"),
    ),
    Hook.INPUT: (
        Registered(-150, "mangle"),
        Registered(0, "filter"),
        Registered(50, "security"),
        Registered(100, "nat"),
        Registered(LAST - 1, "synproxy"),
        Registered(LAST, "confirm"),
    ),
    Hook.FORWARD: (Registered(-150, "mangle"), Registered(0, "filter"), Registered(50, "security")),
    Hook.OUTPUT: (
        Registered(-400, "defrag"),
        Registered(-300, "raw"),
        Registered(-200, "conntrack"),
        Registered(-150, "mangle"),
        Registered(-100, "nat"),
        Registered(0, "filter"),
        Registered(50, "security"),
    ),
    Hook.POSTROUTING: (
        Registered(-150, "mangle"),
        Registered(100, "nat"),
        Registered(LAST - 1, "synproxy"),
        Registered(LAST, "confirm"),
    ),
}


# What ebtables has at the bridge's hooks. br_netfilter stands between them at 0 and at the very
# end, so ebtables' PREROUTING and FORWARD come before iptables', its POSTROUTING too.
# include/uapi/linux/netfilter_bridge.h; BROUTING is where br_handle_frame asks.
FIRST = -(2**31)
FRAMES_REGISTERED: dict[FrameHook, tuple[Registered, ...]] = {
    FrameHook.BROUTING: (Registered(FIRST, "broute"),),
    FrameHook.PREROUTING: (Registered(-300, "nat"),),
    FrameHook.INPUT: (Registered(-200, "filter"),),
    FrameHook.FORWARD: (Registered(-200, "filter"),),
    FrameHook.OUTPUT: (Registered(100, "nat"), Registered(200, "filter")),
    FrameHook.POSTROUTING: (Registered(300, "nat"),),
    FrameHook.ARP_INPUT: (Registered(0, "filter"),),
    FrameHook.ARP_OUTPUT: (Registered(0, "filter"),),
    FrameHook.ARP_FORWARD: (Registered(0, "filter"),),
}
# ebtables-nft registers filter's OUTPUT where its FORWARD is.
NFT_FRAMES_OUTPUT = (Registered(-200, "filter"), Registered(100, "nat"))


class Services(NamedTuple):
    """What the rules of one family switch on."""

    conntrack: bool = False
    defrag: bool = False
    accounting: bool = False
    synproxy: bool = False


def services_of(ruleset: Ruleset) -> Services:
    """Every rule counts, reachable or not: the kernel asks as it loads them."""
    return _SERVICES.of(ruleset)


def _services(ruleset: Ruleset) -> Services:
    conntrack = defrag = accounting = synproxy = False
    matches: set[str] = set()
    targets: set[str] = set()
    asked = _asked_of_targets(ruleset.family)
    seen: set[object] = set()
    for table in ruleset.tables.values():
        for chain in table.chains.values():
            for rule in chain.rules:
                shape = rule.shape
                name = rule.target_name
                if shape is not None and shape in seen and name not in asked:
                    continue
                seen.add(shape)
                matches.update(rule.match_names)
                if name:
                    targets.add(name)
                    if name in asked and isinstance(rule.target, Target):
                        conntrack = conntrack or asked[name](rule.target.args)
    for name in matches:
        kind = MATCHES.get((name, ruleset.family))
        if kind is not None:
            conntrack = conntrack or kind.needs_conntrack
            defrag = defrag or kind.needs_defrag
            accounting = accounting or kind.needs_accounting
    for name in targets:
        target = TARGETS.get((name, ruleset.family))
        if target is not None:
            conntrack = conntrack or target.needs_conntrack is True
            defrag = defrag or target.needs_defrag
            synproxy = synproxy or target.needs_synproxy
    return Services(conntrack, conntrack or defrag, accounting, synproxy)


_SERVICES = Kept[Ruleset, Services](_services)


@cache
def _asked_of_targets(family: int) -> dict[str, Callable[[Args], bool]]:
    """Of targets that track connections or not as their options say."""
    return {
        name: kind.needs_conntrack
        for (name, of), kind in TARGETS.items()
        if of == family and callable(kind.needs_conntrack)
    }


Orders = dict[Hook, tuple[Registered, ...]]
_ORDERS = Kept[Ruleset, dict[tuple[Services, str], Orders]](lambda _: {})


def orders_of(ruleset: Ruleset, services: Services, backend: str) -> Orders:
    """``order_of`` for every hook, worked out once for a ruleset: many walks have the same one."""
    kept = _ORDERS.of(ruleset)
    found = kept.get((services, backend))
    if found is None:
        found = {hook: order_of(ruleset, services, hook, backend) for hook in Hook}
        kept[services, backend] = found
    return found


def order_of(
    ruleset: Ruleset, services: Services, hook: Hook, backend: str = "legacy"
) -> tuple[Registered, ...]:
    """What runs at a hook for this ruleset. ``backend``: which iptables registered it."""
    there: list[Registered] = []
    for at, what in REGISTERED[hook]:
        if what not in TABLE_HOOKS or what == "nat":  # nat's hook asks all tables of that name
            if _is_there(what, ruleset, services):
                there.append(Registered(at, what))
            continue
        for table in ruleset.named(what):
            of_nft = backend == "nft" or table.of_nft
            priority = NFT_SECURITY if of_nft and what == "security" else at
            there.append(Registered(priority, table.name))
    return tuple(sorted(there, key=lambda entry: entry.priority))


def frames_order_of(ruleset: Ruleset, hook: FrameHook, backend: str) -> tuple[Registered, ...]:
    """What runs at a hook of frames. ``backend``: which ebtables registered it."""
    is_other = hook is FrameHook.OUTPUT and backend == "nft"
    there = NFT_FRAMES_OUTPUT if is_other else FRAMES_REGISTERED[hook]
    return tuple(entry for entry in there if entry.what in ruleset.tables)


def _is_there(what: str, ruleset: Ruleset, services: Services) -> bool:
    if what in TABLE_HOOKS:
        return bool(ruleset.named(what))
    if what == "synproxy":
        return services.synproxy
    return services.defrag if what == "defrag" else services.conntrack
