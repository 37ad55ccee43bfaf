"""Every target extension: each is a file of this folder, found there and nowhere listed."""

from __future__ import annotations

from sim.extensions.extension import TargetType
from sim.extensions.registry import by_name, defined_in

# By name and alias. One name may have a type for each family (REJECT differs).
TARGETS: dict[tuple[str, int], TargetType] = by_name(defined_in(__name__, __path__, TargetType))
