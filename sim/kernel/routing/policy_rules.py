"""Policy rules: the question a route is looked up by, and which rule it fits.

fib_rule_match (net/core/fib_rules.c), fib4_rule_match, fib6_rule_match.
"""

from __future__ import annotations

from sim.kernel.routing.fib import TABLE_NAMES
from sim.model.host import Host, Network, Nexthop, PolicyRule, Route, RuleAction
from sim.model.routing import Query
from sim.packet.packet import Address, Packet

# The part of TOS that a rule's or route's ``tos`` looks at: RT_TOS without the ECN bits.
ROUTED_TOS = 0x1C


def rule_matches(rule: PolicyRule, query: Query) -> bool:
    """Do a policy rule's selectors fit? ``not`` turns all of them together around."""
    fits = (
        (not rule.iif or rule.iif == query.iif)
        and (not rule.oif or rule.oif == (query.oif or query.near))
        and (rule.fwmark is None or (rule.fwmark ^ query.mark) & rule.fwmask == 0)
        and tos_fits(rule, query)
        and _inside(query.source, rule.source)
        and _inside(query.destination, rule.destination)
        and (not rule.protocol or rule.protocol == query.protocol)
        and (rule.sport is None or rule.sport[0] <= query.sport <= rule.sport[1])
        and (rule.dport is None or rule.dport[0] <= query.dport <= rule.dport[1])
        and (rule.uids is None or _uid_in(query.uid, rule.uids))
    )
    return fits != rule.negated


def tos_fits(entry: PolicyRule | Route, query: Query) -> bool:
    if not entry.tos:
        return True
    seen = query.tos & (ROUTED_TOS if entry.family == 4 else 0xFC)
    return entry.tos & 0xFC == seen


def _inside(address: Address | None, network: Network | None) -> bool:
    if network is None or network.prefixlen == 0:
        return True
    return address is not None and address in network


def _uid_in(uid: int | None, wanted: tuple[int, int]) -> bool:
    """Without a socket it is root's: the kernel's own packets and what is forwarded too
    (sock_net_uid in ip_route_input_slow and ip6_route_input)."""
    return wanted[0] <= (uid or 0) <= wanted[1]


def is_suppressed(host: Host, rule: PolicyRule, route: Route, hop: Nexthop) -> bool:
    shortest = rule.suppress_prefix_length
    if shortest is not None and route.prefix.prefixlen <= shortest:
        return True
    if rule.suppress_group is None:
        return False
    interface = host.interface(hop.dev)
    return interface is not None and interface.group == rule.suppress_group


def rule_text(rule: PolicyRule) -> str:
    """The rule as ``ip rule`` prints it."""
    words = [f"{rule.priority}:", *(["not"] if rule.negated else [])]
    words.append(f"from {rule.source if rule.source is not None else 'all'}")
    if rule.destination is not None:
        words.append(f"to {rule.destination}")
    if rule.tos:
        words.append(f"tos {rule.tos:#04x}")
    if rule.fwmark is not None:
        mask = "" if rule.fwmask == 0xFFFFFFFF else f"/{rule.fwmask:#x}"
        words.append(f"fwmark {rule.fwmark:#x}{mask}")
    for name, value in (("iif", rule.iif), ("oif", rule.oif)):
        if value:
            words.append(f"{name} {value}")
    if rule.action is RuleAction.LOOKUP:
        words.append(f"lookup {TABLE_NAMES.get(rule.table, str(rule.table))}")
    else:
        words.append(rule.action)
    return " ".join(words)


def query_of(packet: Packet, iif: str, *, uid: int | None = None, oif: str = "") -> Query:
    """The question that a packet itself asks."""
    headers = packet.headers
    return Query(
        headers.dst,
        headers.src,
        iif,
        oif,
        packet.mark,
        headers.tos,
        uid,
        headers.protocol,
        headers.sport or 0,
        headers.dport or 0,
    )
