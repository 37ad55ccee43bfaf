"""Every target extension, listed by hand: one file each, no registration magic."""

from __future__ import annotations

from sim.extension import TargetType

_ALL: tuple[TargetType, ...] = ()

# By name and alias. One name may have a type for each family (REJECT differs).
TARGETS: dict[tuple[str, int], TargetType] = {
    (name, family): target_type
    for target_type in _ALL
    for family in target_type.families
    for name in (target_type.name, *target_type.aliases)
}
