"""Every target extension, listed by hand: one file each, no registration magic."""

from __future__ import annotations

from sim.extensions.extension import TargetType
from sim.extensions.targets import (
    audit,
    checksum,
    classify,
    connmark,
    ct,
    dnat,
    dscp,
    ecn,
    hmark,
    idletimer,
    led,
    log,
    mark,
    masquerade,
    netmap,
    nflog,
    nfqueue,
    npt,
    rateest,
    redirect,
    reject,
    removed,
    secmark,
    set_,
    snat,
    synproxy,
    tcpmss,
    tcpoptstrip,
    tee,
    tos,
    tproxy,
    trace_,
    ttl,
)

_ALL: tuple[TargetType, ...] = (
    audit.TARGET,
    checksum.TARGET,
    classify.TARGET,
    connmark.TARGET,
    ct.CT,
    ct.NOTRACK,
    dnat.TARGET,
    dscp.TARGET,
    ecn.TARGET,
    hmark.TARGET,
    idletimer.TARGET,
    led.TARGET,
    log.TARGET,
    mark.TARGET,
    masquerade.TARGET,
    netmap.TARGET,
    nflog.TARGET,
    nfqueue.TARGET,
    npt.DNPT,
    npt.SNPT,
    rateest.TARGET,
    redirect.TARGET,
    *reject.TARGETS,
    *removed.TARGETS,
    secmark.CONNSECMARK,
    secmark.SECMARK,
    set_.TARGET,
    snat.TARGET,
    synproxy.TARGET,
    tcpmss.TARGET,
    tcpoptstrip.TARGET,
    tee.TARGET,
    tos.TARGET,
    tproxy.TARGET,
    trace_.TARGET,
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
