"""Objects that rules have by name: RATEEST's estimators, which one makes and others need, and
hashlimit's tables, about which all must agree."""

from __future__ import annotations

from collections.abc import Iterator

from sim.extensions.extension import MatchType, TargetType
from sim.model.rules import Target
from sim.read.command import Use
from sim.read.rules.draft import Problem, RuleDraft
from sim.read.rules.tables import WorkTable


def has_objects(use: Use) -> bool:
    """Whether this match needs or shares, or this target makes, something by name."""
    extension = use.extension
    if isinstance(extension, MatchType):
        return extension.needs is not None or extension.shares is not None
    return extension.makes is not None


class Objects:
    """What is there by name, over all tables of both families.

    An object is there for the rules behind the one that makes it and for tables loaded later;
    it stays while a rule that needs it does.
    """

    def __init__(self) -> None:
        self._held: dict[tuple[int, str], set[str]] = {}
        self._shared: dict[tuple[int, str], dict[str, str]] = {}

    def check(self, table: WorkTable) -> Iterator[Problem]:
        """Rules that need what nobody made; remembers what the table holds."""
        known = set().union(*self._held.values())
        held: set[str] = set()
        agreed = {
            name: way
            for (family, _), ways in self._shared.items()
            if family == table.family
            for name, way in ways.items()
        }
        shared: dict[str, str] = {}
        for chain in table.chains.values():
            for place, draft in enumerate(chain.rules):
                if not draft.objects:
                    continue
                for name in _needs(draft):
                    held.add(name)
                    if name not in known:
                        yield Problem(
                            f"{table.name}:{chain.name} rule {place + 1}: there is no {name}",
                            draft.span,
                            "a rule before this one must make it",
                            lacks=name,
                        )
                for name, way in _shares(draft):
                    shared[name] = way
                    if agreed.setdefault(name, way) != way:
                        yield Problem(
                            f"{table.name}:{chain.name} rule {place + 1}: {name} is used "
                            f"{agreed[name]} by another rule",
                            draft.span,
                            "give one of the two another name",
                        )
                made = _made(draft)
                held.update(made)
                known.update(made)
        self._held[table.family, table.name] = held
        self._shared[table.family, table.name] = shared


def _needs(draft: RuleDraft) -> Iterator[str]:
    for match, use in zip(draft.matches, draft.match_uses, strict=True):
        if isinstance(use.extension, MatchType) and use.extension.needs:
            yield from use.extension.needs(match.args)


def _shares(draft: RuleDraft) -> Iterator[tuple[str, str]]:
    for match, use in zip(draft.matches, draft.match_uses, strict=True):
        if isinstance(use.extension, MatchType) and use.extension.shares:
            yield use.extension.shares(match.args)


def _made(draft: RuleDraft) -> tuple[str, ...]:
    use = draft.target_use
    if use is None or not isinstance(use.extension, TargetType) or not use.extension.makes:
        return ()
    assert isinstance(draft.target, Target)
    return use.extension.makes(draft.target.args)
