"""The routes of a draft in their order, found by prefix: no line looks at all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sim.base import budget
from sim.model.host import Network, Route, RouteKind
from sim.packet.packet import Address

Place = tuple[int, int, Network]
Networks = dict[int, list[int]]  # of one length: the network as a number -> serials
_WIDTH = {4: 32, 6: 128}


class RouteList:
    """Each route has a serial, which is its place in the order."""

    def __init__(self, routes: Iterable[Route] = ()) -> None:
        self._routes: dict[int, Route] = {}
        self._next = 0
        self._at: dict[Place, list[int]] = {}
        # family -> prefix length -> routes that reach their network directly
        self._direct: dict[int, dict[int, Networks]] = {}
        for route in routes:
            self.append(route)

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes.values())

    def __len__(self) -> int:
        return len(self._routes)

    def append(self, route: Route) -> None:
        self._index(self._next, route)
        self._routes[self._next] = route
        self._next += 1

    def at(self, route: Route) -> list[tuple[int, Route]]:
        """The routes to the same prefix in the same table, with their serials, in order."""
        serials = self._at.get(_place(route), ())
        budget.look(len(serials))
        return [(serial, self._routes[serial]) for serial in serials]

    @property
    def last(self) -> Route | None:
        return next(reversed(self._routes.values()), None)

    def change_last(self, route: Route) -> None:
        self.replace(next(reversed(self._routes)), route)

    def replace(self, serial: int, route: Route) -> None:
        """By another one, which gets its place in the order."""
        self._unindex(serial, self._routes[serial])
        self._index(serial, route)
        self._routes[serial] = route

    def insert_before(self, serial: int, route: Route) -> None:
        budget.look(len(self._routes))
        before = [(route, old) if at == serial else (old,) for at, old in self._routes.items()]
        self.reset(one for some in before for one in some)

    def remove(self, serial: int) -> None:
        self._unindex(serial, self._routes.pop(serial))

    def keep(self, is_kept: Callable[[Route], bool]) -> None:
        """Drop the others."""
        budget.look(len(self._routes))
        gone = [at for at, route in self._routes.items() if not is_kept(route)]
        for serial in gone:
            self.remove(serial)

    def reset(self, routes: Iterable[Route]) -> None:
        """These, and no others."""
        self.__init__(list(routes))  # type: ignore[misc]  # as if it were made now

    def directly(self, address: Address) -> Iterator[Route]:
        """Routes that reach ``address`` without a gateway, the narrowest first, then in order."""
        width, number = _WIDTH[address.version], int(address)
        for length, networks in sorted(self._direct.get(address.version, {}).items(), reverse=True):
            shift = width - length
            serials = networks.get(number >> shift << shift, ())
            budget.look(len(serials))
            yield from (self._routes[serial] for serial in serials)

    def _index(self, serial: int, route: Route) -> None:
        _put(self._at.setdefault(_place(route), []), serial)
        if is_direct(route):
            lengths = self._direct.setdefault(route.prefix.version, {})
            networks = lengths.setdefault(route.prefix.prefixlen, {})
            _put(networks.setdefault(int(route.prefix.network_address), []), serial)

    def _unindex(self, serial: int, route: Route) -> None:
        self._at[_place(route)].remove(serial)
        if is_direct(route):
            networks = self._direct[route.prefix.version][route.prefix.prefixlen]
            networks[int(route.prefix.network_address)].remove(serial)


def is_direct(route: Route) -> bool:
    """Does it say that its network is at the other end of a device's wire?"""
    return bool(
        route.dev and route.via is None and route.kind is RouteKind.UNICAST and not route.tos
        and (route.family == 6 or route.scope in ("link", "host"))
    )  # fmt: skip


def _place(route: Route) -> Place:
    return route.family, route.table, route.prefix


def _put(serials: list[int], serial: int) -> None:
    serials.append(serial)
    if len(serials) > 1 and serials[-2] > serial:  # one that was replaced keeps its place
        serials.sort()
