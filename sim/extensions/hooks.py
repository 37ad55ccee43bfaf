"""What is registered at each hook, as data, in the order in which the kernel runs it.

Priorities: include/uapi/linux/netfilter_ipv4.h (the same numbers for IPv6). A table is there
only when the rules text touches it; conntrack and defragmentation only when a rule needs them.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.extensions.extension import TargetType
from sim.extensions.matchers import MATCHES
from sim.extensions.targets import TARGETS
from sim.model.rules import TABLE_HOOKS, Args, Hook, Ruleset, Target

LAST = 2**31 - 1
NFT_SECURITY = 150  # iptables/nft.c registers security there, the legacy table at 50

# (priority, what). ``what`` is a table's name or one of conntrack's parts.
REGISTERED: dict[Hook, tuple[tuple[int, str], ...]] = {
    Hook.PREROUTING: (
        (-400, "defrag"),
        (-300, "raw"),
        (-200, "conntrack"),
        (-150, "mangle"),
        (-100, "nat"),
    ),
    Hook.INPUT: (
        (-150, "mangle"),
        (0, "filter"),
        (50, "security"),
        (100, "nat"),
        (LAST - 1, "synproxy"),
        (LAST, "confirm"),
    ),
    Hook.FORWARD: ((-150, "mangle"), (0, "filter"), (50, "security")),
    Hook.OUTPUT: (
        (-400, "defrag"),
        (-300, "raw"),
        (-200, "conntrack"),
        (-150, "mangle"),
        (-100, "nat"),
        (0, "filter"),
        (50, "security"),
    ),
    Hook.POSTROUTING: (
        (-150, "mangle"),
        (100, "nat"),
        (LAST - 1, "synproxy"),
        (LAST, "confirm"),
    ),
}


@dataclass(frozen=True, slots=True)
class Services:
    """What the rules of one family switch on."""

    conntrack: bool = False
    defrag: bool = False
    accounting: bool = False
    synproxy: bool = False


def services_of(ruleset: Ruleset) -> Services:
    """Every rule counts, reachable or not: the kernel asks as it loads them."""
    conntrack = defrag = accounting = synproxy = False
    for table in ruleset.tables.values():
        for chain in table.chains.values():
            for rule in chain.rules:
                for match in rule.matches:
                    kind = MATCHES.get((match.name, ruleset.family))
                    if kind is not None:
                        conntrack = conntrack or kind.needs_conntrack
                        defrag = defrag or kind.needs_defrag
                        accounting = accounting or kind.needs_accounting
                if isinstance(rule.target, Target):
                    target = TARGETS.get((rule.target.name, ruleset.family))
                    if target is not None:
                        conntrack = conntrack or _tracks(target, rule.target.args)
                        defrag = defrag or target.needs_defrag
                        synproxy = synproxy or target.needs_synproxy
    return Services(conntrack, conntrack or defrag, accounting, synproxy)


def _tracks(kind: TargetType, args: Args) -> bool:
    need = kind.needs_conntrack
    return need(args) if callable(need) else need


def order_of(
    ruleset: Ruleset, services: Services, hook: Hook, backend: str = "legacy"
) -> tuple[tuple[int, str], ...]:
    """What runs at a hook for this ruleset. ``backend``: which iptables registered it."""
    there = (entry for entry in REGISTERED[hook] if _is_there(entry[1], ruleset, services))
    if backend == "nft":
        there = ((NFT_SECURITY if what == "security" else at, what) for at, what in there)
    return tuple(sorted(there, key=lambda entry: entry[0]))


def _is_there(what: str, ruleset: Ruleset, services: Services) -> bool:
    if what in TABLE_HOOKS:
        return what in ruleset.tables
    if what == "synproxy":
        return services.synproxy
    return services.defrag if what == "defrag" else services.conntrack
