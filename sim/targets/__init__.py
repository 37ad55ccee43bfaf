"""Every target extension, listed by hand: one file each, no registration magic."""

from __future__ import annotations

from sim.extension import TargetType
from sim.targets import (
    connmark,
    ct,
    dnat,
    dscp,
    ecn,
    log,
    mark,
    masquerade,
    netmap,
    redirect,
    reject,
    snat,
    tcpmss,
    tcpoptstrip,
    tos,
    ttl,
)

_ALL: tuple[TargetType, ...] = (
    connmark.TARGET,
    ct.CT,
    ct.NOTRACK,
    dnat.TARGET,
    dscp.TARGET,
    ecn.TARGET,
    log.TARGET,
    mark.TARGET,
    masquerade.TARGET,
    netmap.TARGET,
    redirect.TARGET,
    *reject.TARGETS,
    snat.TARGET,
    tcpmss.TARGET,
    tcpoptstrip.TARGET,
    tos.TARGET,
    ttl.HL,
    ttl.TTL,
)

# By name and alias. One name may have a type for each family (REJECT differs).
TARGETS: dict[tuple[str, int], TargetType] = {
    (name, family): target_type
    for target_type in _ALL
    for family in target_type.families
    for name in (target_type.name, *target_type.aliases)
}
