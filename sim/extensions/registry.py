"""Finds the extensions of a folder, and keeps each name to one of them.

An extension is one file: whatever match or target type a file of the folder defines is there,
with nothing to be written anywhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import TypeVar

from sim.extensions.extension import MatchType, TargetType

Kind = TypeVar("Kind", MatchType, TargetType)


class TwiceRegistered(Exception):
    """Two extensions answer to one name: a mistake in our code, found at import."""


def defined_in(package: str, path: Iterable[str], kind: type[Kind]) -> tuple[Kind, ...]:
    """The types that the modules of a package define, by module, then in their order there.

    A module holds each in a name of its own, or several in a tuple.
    """
    found: dict[int, Kind] = {}
    for name in sorted(module.name for module in iter_modules(path)):
        for value in vars(import_module(f"{package}.{name}")).values():
            members = value if isinstance(value, tuple) else (value,)
            found |= {id(each): each for each in members if isinstance(each, kind)}
    return tuple(found.values())


def by_name(kinds: Iterable[Kind]) -> dict[tuple[str, int], Kind]:
    """By (name or alias, family). Raises ``TwiceRegistered``: living or gone, a name has one.

    One name may have a type for each family (``ah`` reads another header in IPv6).
    """
    known: dict[tuple[str, int], Kind] = {}
    for kind in kinds:
        for key in _keys(kind):
            if key in known and known[key] is not kind:
                raise TwiceRegistered(_twice(key, known[key], kind))
            known[key] = kind
    return known


def by_plain_name(kinds: Iterable[Kind]) -> dict[str, Kind]:
    """The same for a tool of one family. Raises ``TwiceRegistered``."""
    known: dict[str, Kind] = {}
    for kind in kinds:
        if known.setdefault(kind.name, kind) is not kind:
            raise TwiceRegistered(f'{kind.name} is registered twice: "{kind.help}"')
    return known


def _keys(kind: MatchType | TargetType) -> Iterator[tuple[str, int]]:
    for family in sorted(kind.families):
        for name in (kind.name, *kind.aliases):
            yield name, family


def _twice(key: tuple[str, int], first: Kind, second: Kind) -> str:
    name, family = key
    sign = "-m" if isinstance(first, MatchType) else "-j"
    gone = next((each for each in (first, second) if each.removed), None)
    message = f'{sign} {name} is registered twice for IPv{family}: "{first.help}", "{second.help}"'
    if gone is not None:
        listed = "matchers/gone.py" if sign == "-m" else "targets/removed.py"
        message += f"; take {gone.name} out of sim/extensions/{listed}"
    return message
