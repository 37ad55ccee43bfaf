"""``SETNAME src,dst,...``: how the set match and the SET target name a set.

libxt_set.h; only the first three letters of a direction count.
"""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.extensions.extension import RuleContext
from sim.extensions.ipset.kinds import NAME_LIMIT

_MOST = 6


@dataclass(frozen=True, slots=True)
class SetUse:
    name: str
    directions: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name} {','.join(self.directions)}"


def set_use(text: str, rule: RuleContext) -> SetUse:
    """The set must exist and serve the rule's family, where there is a host to ask."""
    name, blank, directions = text.partition(" ")
    if not blank:
        raise ValueError("two words are wanted: the set's name, then src or dst for each part")
    if len(name) > NAME_LIMIT:
        raise ValueError(f"a set's name has at most {NAME_LIMIT} characters")
    names = rule.names
    if names.sets is not None and name not in names.sets:
        raise ValueError(f"there is no set {name}: create it in the host text")
    family = names.set_families.get(name, rule.family)
    if family != rule.family:
        raise ValueError(f"{name} holds IPv{family}, this is an IPv{rule.family} rule")
    words = directions.split(",")
    if len(words) > _MOST:
        raise ValueError(f"at most {_MOST} times src or dst")
    for word in words:
        if word[:3] not in ("src", "dst"):
            raise ValueError(f'"{word}" is neither src nor dst')
    return SetUse(name, tuple(word[:3] for word in words))
