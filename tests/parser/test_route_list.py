"""The routes of a host text: in their order, and found by prefix as by looking at each."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from sim.model.host import Route
from sim.read.host.route_list import RouteList, is_direct

PREFIXES = [IPv4Network(text) for text in ("0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24")]
ROUTES = st.builds(
    Route,
    family=st.just(4),
    prefix=st.sampled_from(PREFIXES),
    via=st.sampled_from([None, IPv4Address("192.0.2.1")]),
    dev=st.sampled_from(["", "eth0", "eth1"]),
    metric=st.integers(0, 2),
    table=st.sampled_from([254, 100]),
    scope=st.sampled_from(["link", "global"]),
)
DOES = st.lists(st.tuples(st.sampled_from(["add", "last", "swap", "before", "drop"]), ROUTES))


@given(DOES)
def test_it_is_a_list(does: list[tuple[str, Route]]) -> None:
    """Whatever is done to it, with the routes of each prefix and those on the wire."""
    found, plain = RouteList(), list[Route]()
    for what, route in does:
        there = [at for at, old in enumerate(plain) if old.prefix == route.prefix
                 and old.table == route.table]  # fmt: skip
        serials = found.at(route)
        assert [old for _, old in serials] == [plain[at] for at in there]
        if what == "add" or not there:
            found.append(route)
            plain.append(route)
        elif what == "last":
            found.change_last(route)
            plain[-1] = route
        elif what == "swap":
            found.replace(serials[0][0], replace(route, metric=9))
            plain[there[0]] = replace(route, metric=9)
        elif what == "before":
            found.insert_before(serials[-1][0], route)
            plain.insert(there[-1], route)
        else:
            found.remove(serials[0][0])
            del plain[there[0]]
        assert [*found] == plain
        assert found.last == (plain[-1] if plain else None)
        address = IPv4Address("10.1.9.9")
        direct = [one for one in plain if is_direct(one) and address in one.prefix]
        direct.sort(key=lambda one: -one.prefix.prefixlen)
        assert [*found.directly(address)] == direct
    found.keep(lambda route: route.metric == 9)
    assert [*found] == [route for route in plain if route.metric == 9]
