"""Every extension in one table: is it read, is it executed, and if not, why not.

For the manual and for the page's reference; the extensions themselves are the source.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sim.base.frozen import dataclass
from sim.extensions.extension import ALL_HOOKS, MatchType, TargetType
from sim.extensions.matchers import MATCHES
from sim.extensions.targets import TARGETS
from sim.model.rules import Hook
from sim.packet.protocols import PROTOCOLS

Extension = MatchType | TargetType


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One extension in one or both families. ``executed``: does a packet get its answer?"""

    kind: str  # match or target
    name: str
    families: tuple[int, ...]
    options: tuple[str, ...]
    executed: bool
    why: str  # what is missing or particular; of a removed one since when, and its heir
    removed: bool
    tables: tuple[str, ...]
    hooks: tuple[str, ...]
    protocols: tuple[str, ...]
    help: str


def catalogue() -> tuple[CatalogueEntry, ...]:
    """Matches, then targets, by name."""
    matches = _entries("match", {id(kind): kind for kind in MATCHES.values()}.values())
    targets = _entries("target", {id(kind): kind for kind in TARGETS.values()}.values())
    return (*matches, *targets)


def _entries(word: str, kinds: Iterable[Extension]) -> tuple[CatalogueEntry, ...]:
    found = [_entry(word, kind) for kind in kinds]
    return tuple(sorted(found, key=lambda entry: (entry.name.lower(), entry.families)))


def _entry(word: str, kind: Extension) -> CatalogueEntry:
    executed = kind.is_modelled if isinstance(kind, MatchType) else kind.apply is not None
    why = kind.removed or kind.reservation
    return CatalogueEntry(
        kind=word,
        name=kind.name,
        families=tuple(sorted(kind.families)),
        options=tuple(option.flag for option in kind.options),
        executed=executed and not kind.removed and not kind.is_undetermined,
        why=why,
        removed=bool(kind.removed),
        tables=tuple(sorted(kind.tables)),
        hooks=tuple(hook.value for hook in Hook if hook in kind.hooks)
        if kind.hooks != ALL_HOOKS
        else (),
        protocols=tuple(_protocol(number) for number in sorted(kind.protocols)),
        help=kind.help,
    )


def _protocol(number: int) -> str:
    return next((name for name, value in PROTOCOLS.items() if value == number), str(number))


def markdown(compared: Mapping[tuple[str, str], str] | None = None) -> str:
    """The table for the manual. ``compared``: by kind and name, what the kernel agreed with."""
    compared = compared or {}
    lines = [
        "| | extension | family | read | executed | compared with the kernel | remarks |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for entry in catalogue():
        sign = "-m" if entry.kind == "match" else "-j"
        families = " and ".join(f"IPv{family}" for family in entry.families)
        asked = compared.get((entry.kind, entry.name), "")
        read = "refused" if entry.removed else "yes"
        executed = "" if entry.removed else "yes" if entry.executed else "no"
        remark = "; ".join(filter(None, (_limits(entry), entry.why)))
        lines.append(
            f"| {sign} | `{entry.name}` | {families} | {read} | {executed} | {asked} | {remark} |"
        )
    return "\n".join(lines) + "\n"


def _limits(entry: CatalogueEntry) -> str:
    words = []
    if entry.tables:
        words.append(f"table {', '.join(entry.tables)}")
    if entry.hooks:
        words.append(", ".join(entry.hooks))
    if entry.protocols:
        words.append(f"-p {', '.join(entry.protocols)}")
    return "; ".join(words)


def tally() -> dict[str, tuple[int, int]]:
    """For matches and targets: how many names are executed, of how many that are not gone."""
    found: dict[str, tuple[int, int]] = {}
    for word in ("match", "target"):
        living = {e.name for e in catalogue() if e.kind == word and not e.removed}
        done = {e.name for e in catalogue() if e.kind == word and e.executed}
        found[word] = (len(done), len(living))
    return found
