"""What ebtables and arptables share: how a tool's options, tables and chains are declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field

from sim.base.frozen import dataclass
from sim.extensions.extension import MatchType, Option, TargetType
from sim.model.rules import FRAME_TABLES

Kind = MatchType | TargetType
Found = tuple[Kind, Option]


@dataclass(frozen=True, slots=True)
class Tool:
    """``places`` says in which (table, chain) a target may stand; those it lacks are anywhere.

    ``no_device``: options for devices that a built-in chain does not know. ``order`` is that in
    which its tables are saved.
    """

    name: str
    family: int
    matches: Mapping[str, MatchType]
    targets: Mapping[str, TargetType]
    watchers: Mapping[str, TargetType] = field(default_factory=dict)
    standard: tuple[str, ...] = ("ACCEPT", "DROP", "CONTINUE", "RETURN")
    places: Mapping[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    no_device: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    order: tuple[str, ...] = ("filter",)
    has_user_policies: bool = True
    options: dict[str, Found] = field(init=False)
    target_options: dict[str, dict[str, Found]] = field(init=False)

    def __post_init__(self) -> None:
        rule = {**_found(self.matches.values()), **_found(self.watchers.values())}
        object.__setattr__(self, "options", rule)
        of_targets = {name: _found([kind]) for name, kind in self.targets.items()}
        object.__setattr__(self, "target_options", of_targets)

    @property
    def tables(self) -> dict[str, tuple[str, ...]]:
        """The built-in chains of each table, in the order of saving."""
        return {name: FRAME_TABLES[self.family][name] for name in self.order}


def _found(kinds: Iterable[Kind]) -> dict[str, Found]:
    """Every name of every option."""
    names: dict[str, Found] = {}
    for kind in kinds:
        for option in kind.options:
            for name in (option.flag, *option.aliases):
                names[name] = (kind, option)
    return names
