"""Routes and policy rules, in our form, as tools print them and as commands give them."""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import Any

from sim.base.frozen import replace
from sim.model.host import Nexthop, PolicyRule, Route, RouteKind, RuleAction
from sim.read.host.reader import Reader
from sim.read.host.values import any_network, number, protocol, strict_network

DEFAULT_METRIC6 = 1024  # IP6_RT_PRIO_USER
SCOPE_OF_KIND = {
    RouteKind.LOCAL: "host",
    RouteKind.BROADCAST: "link",
    RouteKind.MULTICAST: "link",
    RouteKind.ANYCAST: "link",
}


def add_route(reader: Reader) -> None:
    """``route DESTINATION ...``: our own line, which the kernel would have to accept."""
    route = read_route(reader)
    key = (route.family, route.table, route.prefix, route.tos, route.metric)
    if key in reader.draft.said_keys:
        message = f"there is a route to {route.prefix} with this metric already"
        raise reader.error(message, None, 'tell them apart with "metric"')
    reader.draft.said_keys.add(key)
    reader.draft.routes.append(reader.draft.settled(route))
    reader.draft.said.add(reader.span)


def listed_route(reader: Reader, family: int) -> None:
    """A line of ``ip route``. What the kernel makes of addresses by itself is left out."""
    route = read_route(reader, family)
    protocols = [item.value() for item in reader.items() if item.name == "proto"]
    if protocols == ["kernel"] and route.table == 255:
        return
    reader.draft.routes.append(route)


def listed_nexthop(reader: Reader) -> None:
    """A line below a route of several ways: ``nexthop via A dev I weight N``."""
    routes = reader.draft.routes
    if routes.last is None or routes.last.dev:
        raise reader.error("there is no route above that this next hop could belong to")
    hop = read_nexthop(reader)
    route = routes.last
    if hop.via is not None and hop.via.version != route.family and not route.nexthops:
        route = replace(route, family=6, prefix=any_network(6), metric=1024)
    hops = (*route.nexthops, hop)
    scope = "global" if any(h.via for h in hops) else route.scope
    routes.change_last(replace(route, nexthops=hops, scope=scope))


def read_route(reader: Reader, family: int = 0) -> Route:
    """The route of a line; ``family`` 0: told by its addresses, IPv4 when there are none."""
    fields: dict[str, Any] = {"nexthops": ()}
    kind = RouteKind.UNICAST
    for item in reader.items():
        match item.name:
            case "route_kind":
                kind = RouteKind(item.value())
            case "via" | "dev" | "src" | "metric" | "scope" | "tos":
                fields[item.name] = item.value()
            case "table":
                fields["table"] = item.draft.table(item.value())
            case "mtu" | "locked_mtu":
                fields["mtu"] = item.value()
                fields["mtu_locked"] = item.name == "locked_mtu"
            case "onlink":
                fields["onlink"] = True
            case "realm":
                fields["realm"] = _realm(item)
            case "nexthop":
                fields["nexthops"] += (read_nexthop(item),)
            case "pref":  # only IPv6 routes are printed with one
                family = family or 6
    token = next(token for token in reader.tokens if token.type == "DESTINATION")
    try:
        prefix = strict_network(str(token))
    except ValueError as error:
        raise reader.error(str(error), token) from None
    family = _family(reader, prefix, fields, family)
    fields.setdefault("scope", default_scope(kind, family, fields))
    if family == 6:
        fields["metric"] = fields.get("metric") or DEFAULT_METRIC6
    if kind in (RouteKind.LOCAL, RouteKind.BROADCAST, RouteKind.ANYCAST):
        fields.setdefault("table", 255)
    return Route(family, prefix or any_network(family), kind=kind, span=reader.span, **fields)


def _family(reader: Reader, prefix: Any, fields: dict[str, Any], family: int) -> int:
    ends = [prefix, fields.get("via"), fields.get("src"), *(h.via for h in fields["nexthops"])]
    told = {end.version for end in ends if end is not None} | ({family} if family else set())
    if told == {4, 6} and isinstance(fields.get("via"), IPv6Address):
        raise reader.error("an IPv4 route via an IPv6 gateway is not modelled yet")
    if len(told) > 1:
        raise reader.error("the route mixes IPv4 and IPv6")
    return told.pop() if told else 4


def default_scope(kind: RouteKind, family: int, fields: dict[str, Any]) -> str:
    """As iproute2 chooses it (ip/iproute.c); IPv6 routes have no scope."""
    if family == 6:
        return "global"
    if kind is RouteKind.UNICAST:
        return "global" if fields.get("via") or fields["nexthops"] else "link"
    return SCOPE_OF_KIND.get(kind, "global")


def _realm(item: Reader) -> int:
    text = item.value().rpartition("/")[2]
    try:
        return number(text, 0, 65535)
    except ValueError:
        raise item.error(f'the realm "{text}" has to be a number', item.tokens[0]) from None


def read_nexthop(item: Reader) -> Nexthop:
    via, dev, weight = None, "", 1
    for part in item.items():
        match part.name:
            case "via":
                via = part.value()
            case "dev":
                dev = part.value()
            case "weight":
                weight = part.checked(1, 256)
    return Nexthop(via, dev, weight)


DEFAULTS = {4: {0, 32766, 32767}, 6: {0, 32766}}


def listed_rules(readers: list[Reader], family: int) -> None:
    """A whole ``ip rule`` listing: one that holds the kernel's own rules replaces them.

    The family shows by an address, by the command above, or by the ``default`` table, which
    IPv6 has no rule for.
    """
    rules = [read_rule(reader) for reader in readers]
    if not family:
        told = {
            rule.family for rule in rules if rule.source is not None or rule.destination is not None
        }
        priorities = {rule.priority for rule in rules}
        if len(told) == 1:
            family = told.pop()
        else:
            family = 6 if priorities >= DEFAULTS[6] and 32767 not in priorities else 4
    draft = readers[0].draft
    if {rule.priority for rule in rules} >= {0, 32766}:
        draft.rules_given.add(family)
    draft.rules.extend(replace(rule, family=family) for rule in rules)


def add_rule(reader: Reader) -> None:
    """``rule ...`` or what follows ``ip rule add``: without a priority, before all others."""
    reader.draft.rules.append(read_rule(reader))


def read_rule(reader: Reader, family: int = 0) -> PolicyRule:
    fields: dict[str, Any] = {}
    if reader.tokens:  # a listing's number
        fields["priority"] = number(reader.value().rstrip(":"))
    for item in reader.items():
        match item.name:
            case "negated":
                fields["negated"] = True
            case "from_":
                fields["source"] = item.value()
            case "to":
                fields["destination"] = item.value()
            case "iif" | "oif":
                fields[item.name] = item.value()
            case "tos":
                fields["tos"] = item.checked(0, 255)
            case "fwmark":
                fields["fwmark"], fields["fwmask"] = item.value()
            case "priority":
                fields["priority"] = item.value()
            case "lookup":
                fields["table"] = item.draft.table(item.value())
            case "uidrange":
                fields["uids"] = item.value()
            case "sport" | "dport":
                fields[item.name] = item.value()
            case "ipproto":
                fields["protocol"] = _protocol(item)
            case "goto_":
                fields["action"], fields["goto"] = RuleAction.GOTO, item.value()
            case "action":
                fields["action"] = RuleAction(item.value())
            case "suppress_prefix_length":
                fields["suppress_prefix_length"] = item.value()
            case "suppress_group":
                fields["suppress_group"] = _group(item)
    ends = [fields.get("source"), fields.get("destination")]
    told = {end.version for end in ends if end is not None} | ({family} if family else set())
    if len(told) > 1:
        raise reader.error("the rule mixes IPv4 and IPv6")
    family = told.pop() if told else 4
    if "priority" not in fields:
        fields["priority"] = next_priority(reader, family)
    return PolicyRule(family, span=reader.span, **fields)


def next_priority(reader: Reader, family: int) -> int:
    """What the kernel picks (fib_default_rule_pref): one before the second rule of the list."""
    given = [rule.priority for rule in reader.draft.rules if rule.family == family]
    defaults = [] if family in reader.draft.rules_given else [0, 32766, 32767]
    ordered = sorted(given + defaults)
    if len(ordered) > 1 and ordered[1]:
        return ordered[1] - 1
    return 0


def _protocol(item: Reader) -> int:
    try:
        return protocol(item.value())
    except ValueError as error:
        raise item.error(str(error), item.tokens[0]) from None


def _group(item: Reader) -> int:
    text = item.value()
    return 0 if text == "default" else number(text)
