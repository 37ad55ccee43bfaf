"""``ip route`` and ``ip rule`` commands: add, replace, delete, flush."""

from __future__ import annotations

from collections.abc import Callable

from sim.base.errors import SourceError, Span
from sim.base.frozen import replace
from sim.model.host import PolicyRule, Route
from sim.read.host import gateway as host_gateway
from sim.read.host.draft import HostDraft
from sim.read.host.reader import Reader, shape
from sim.read.host.routes import DEFAULT_METRIC6, read_route, read_rule
from sim.read.lines import Line

Fail = Callable[[str], None]


def route_command(draft: HostDraft, rest: Line, action: str, family: int, fail: Fail) -> None:
    if action == "flush":
        _flush_routes(draft, rest, family)
        return
    if action in ("restore", "test"):
        return
    reader = Reader(draft, rest, shape().parse(rest, "output_route"))
    route = read_route(reader, family)
    if action == "delete":
        _delete_route(reader, route, fail)
        return
    for dev in filter(None, (route.dev, *(hop.dev for hop in route.nexthops))):
        draft.known(dev, reader.span)
    try:
        route = host_gateway.taken(route, draft.interfaces, draft.routes)
    except host_gateway.RouteNotTaken as error:
        raise SourceError(str(error), reader.span, where="host", hint=error.hint) from None
    _insert(draft, route, action, fail)


def _insert(draft: HostDraft, route: Route, action: str, fail: Fail) -> None:
    """Put a route in as ``fib_table_insert`` and ``fib6_add_rt2node`` do."""
    routes = draft.routes
    there = [(at, old) for at, old in routes.at(route) if _identity(old) == _identity(route)]
    same = [at for at, _ in there]
    equal = [at for at, old in there if replace(old, span=None) == replace(route, span=None)]
    connected = _is_connected(draft, route)
    if (action == "add" and (same or connected)) or (
        equal and not (action in ("replace", "change") and equal[0] == same[0])
    ):
        fail(f"there is a route to {route.prefix} with this metric already (File exists)")
    elif connected:
        raise SourceError(
            f"the route to {route.prefix} that an address made is replaced; that is not modelled",
            route.span or Span(1, 1, 1, 2), where="host",
            hint='add the address with "noprefixroute" instead',
        )  # fmt: skip
    elif action in ("replace", "change") and same:
        routes.replace(same[0], route)
    elif action == "change":
        fail(f"there is no route to {route.prefix} to change (No such file or directory)")
    elif action in ("prepend",) and same:
        routes.insert_before(same[0], route)
    else:
        routes.append(route)


def _is_connected(draft: HostDraft, route: Route) -> bool:
    """Does an address make a route with that prefix and metric by itself?"""
    if route.table != 254 or route.tos or route.metric != (0 if route.family == 4 else 256):
        return False
    return any(network == route.prefix for _, network in host_gateway.connected(draft.interfaces))


def _identity(route: Route) -> tuple[object, ...]:
    """What the kernel takes for the same route: fib_table_insert, fib6_add_rt2node."""
    return (route.family, route.table, route.prefix, route.tos, route.metric)


def _delete_route(reader: Reader, wanted: Route, fail: Fail) -> None:
    """The first that agrees in everything that was said (fib_table_delete, ip6_route_del)."""
    said = {item.name for item in reader.items()}
    draft = reader.draft

    def agrees(old: Route) -> bool:
        if (old.family, old.table, old.prefix) != (wanted.family, wanted.table, wanted.prefix):
            return False
        pairs = [
            ("route_kind", old.kind == wanted.kind),
            ("via", old.via == wanted.via),
            ("dev", old.dev == wanted.dev),
            ("src", old.src == wanted.src),
            ("metric", old.metric == wanted.metric),
            ("scope", old.scope == wanted.scope),
            ("nexthop", old.nexthops == wanted.nexthops),
        ]
        # IPv4 compares the TOS also when none was said.
        same_tos = old.tos == wanted.tos or old.family == 6
        return same_tos and all(same for name, same in pairs if name in said)

    for serial, old in sorted(draft.routes.at(wanted), key=lambda pair: pair[1].metric):
        if agrees(old):
            draft.routes.remove(serial)
            return
    if any(
        (entry.peer or entry.address).network == wanted.prefix
        for interface in draft.interfaces.values()
        for entry in interface.addresses
    ):
        raise SourceError(
            f"{wanted.prefix} is there because an address is; deleting it is not modelled",
            reader.span,
            where="host",
            hint='add the address with "noprefixroute" instead',
        )
    fail(f"there is no such route to {wanted.prefix} (No such process)")


def _flush_routes(draft: HostDraft, rest: Line, family: int) -> None:
    """``flush cache``, ``flush table T``, ``flush dev X``; others are refused."""
    words = rest.text.split()
    if words == ["cache"]:
        return
    if len(words) == 2 and words[0] == "table":
        number = draft.table(words[1])
        draft.routes.keep(lambda r: r.table != number or (family or 4) != r.family)
    elif len(words) == 2 and words[0] == "dev":
        draft.routes.keep(lambda r: r.dev != words[1] or (family or 4) != r.family)
    else:
        message = "only ip route flush cache, table T or dev I is understood"
        raise SourceError(message, rest.span(), where="host")


def forget_device(draft: HostDraft, name: str, family: int = 0) -> None:
    """The routes (of one family) through a device that went down or away."""
    kept = []
    for route in draft.routes:
        if family and route.family != family:
            kept.append(route)
            continue
        if route.dev == name:
            continue
        if any(hop.dev == name for hop in route.nexthops):
            hops = tuple(hop for hop in route.nexthops if hop.dev != name)
            if not hops:
                continue
            route = replace(route, nexthops=hops)
        kept.append(route)
    draft.routes.reset(kept)


# ---- rules ----------------------------------------------------------------------------------


def rule_command(draft: HostDraft, rest: Line, action: str, family: int, fail: Fail) -> None:
    if action == "flush":
        _make_defaults_explicit(draft, family or 4)
        draft.rules[:] = [r for r in draft.rules if r.family != (family or 4) or not r.priority]
        return
    if action not in ("add", "delete"):
        return
    reader = Reader(draft, rest, shape().parse(rest, "rule_items"))
    rule = read_rule(reader, family)
    if action == "add":
        if any(_told(old) == _told(rule) for old in draft.rules):
            fail("there is the same rule already (File exists)")
            return
        draft.rules.append(rule)
        return
    _make_defaults_explicit(draft, rule.family)
    said = {item.name for item in reader.items()}
    for old in sorted(draft.rules, key=lambda entry: entry.priority):
        if old.family == rule.family and _agrees(old, rule, said):
            draft.rules.remove(old)
            return
    fail("there is no such rule (No such file or directory)")


def _told(rule: PolicyRule) -> PolicyRule:
    return replace(rule, span=None)


ATTRIBUTES = {
    "from_": ("source",), "to": ("destination",), "iif": ("iif",), "oif": ("oif",),
    "tos": ("tos",), "fwmark": ("fwmark", "fwmask"), "priority": ("priority",),
    "lookup": ("table", "action"), "uidrange": ("uids",), "ipproto": ("protocol",),
    "sport": ("sport",), "dport": ("dport",), "goto_": ("action", "goto"),
    "action": ("action",), "negated": ("negated",),
    "suppress_prefix_length": ("suppress_prefix_length",), "suppress_group": ("suppress_group",),
}  # fmt: skip


def _agrees(old: PolicyRule, wanted: PolicyRule, said: set[str]) -> bool:
    """Do the rules agree in what was said (fib_nl_delrule, rule_find)?"""
    names = [attribute for name in said for attribute in ATTRIBUTES.get(name, ())]
    return all(getattr(old, name) == getattr(wanted, name) for name in names)


def _make_defaults_explicit(draft: HostDraft, family: int) -> None:
    """Put the kernel's own rules into the list, because one of them may go."""
    if family in draft.rules_given:
        return
    draft.rules_given.add(family)
    for priority, table in ((0, 255), (32766, 254), (32767, 253))[: 3 if family == 4 else 2]:
        draft.rules.append(PolicyRule(family, priority, table=table))


__all__ = ["DEFAULT_METRIC6", "forget_device", "route_command", "rule_command"]
