"""A row read back to a rule: as iptables-save prints it, with what the listing does not tell.

What the columns and templates give is loaded as a rule and printed again as ``iptables -L -n``
prints it: of several readings those count that give the same row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sim.base.errors import Refused
from sim.base.frozen import dataclass
from sim.extensions.extension import MatchType, Names, TargetType
from sim.extensions.listing import listed
from sim.extensions.matchers import MATCHES
from sim.extensions.targets import TARGETS
from sim.model.rules import STANDARD, TABLE_HOOKS, Rule, Target
from sim.read.listing.row import EVERYWHERE, ColumnHeads, ListedRow, split
from sim.read.listing.templates import reader_of, starts_of
from sim.read.rules.ruleset import load_rules

MOST_STEPS = 4000  # of one row's search
MOST_READINGS = 12
# What a listing shows under another name (libxt_CT.c prints NOTRACK of a rule whose target is CT).
_ALSO = {"CT": ("CT", "NOTRACK"), "NOTRACK": ("NOTRACK", "CT")}
_IN_CHAINS = ("INPUT", "PREROUTING")
_OUT_CHAINS = ("OUTPUT", "POSTROUTING")
_UNSEEN = {"quota": "! of quota", "osf": "--ttl and --log of osf",
           "hashlimit": "--hashlimit-name"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowPlace:
    """Where the row stands. ``names`` are those that the loader looks up."""

    family: int
    table: str
    chain: str
    names: Names


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A rule without ``-A CHAIN``.

    ``untold`` names what may narrow it and is not printed; ``notes`` what else is not told.
    ``readings`` are several, where the row can be read in several ways: then ``text`` is only
    what its columns say. Nothing could be read of ``unread``.
    """

    text: str
    untold: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()
    unread: str = ""
    hostnames: tuple[str, ...] = ()
    columns: str = ""  # what the columns alone say


def read_row(row: ListedRow, place: RowPlace, number: int) -> ReadRow:
    """The rule of a row; ``number`` is its place in the chain (it names hashlimit's tables)."""
    head, untold, hostnames = _head(row, place)
    found: dict[str, tuple[Rule, str]] = {}
    for words in _readings(row, place.family):
        words = words.replace("{name}", f"listed-{place.chain[:6].lower()}{number}")
        rule = _loaded(f"{head} {words}".strip(), place)
        if rule is not None:
            found.setdefault(rule.text.partition(" ")[2].partition(" ")[2], (rule, words))
        if len(found) >= MOST_READINGS:
            break
    if found and all(_is_cut(row, rule, place) for rule, _ in found.values()):
        found = {}
    if not found:
        target = f"-j {row.target}" if row.target in STANDARD else ""
        return ReadRow(
            f"{head} {target}".strip(),
            untold,
            unread=_shown(row),
            hostnames=hostnames,
            columns=head,
        )
    if len(found) > 1:
        exact = {
            text: one for text, one in found.items() if _as_listed(one[0], place) == _rest(row)
        }
        found = exact if len(exact) == 1 else found
    text, (rule, _) = next(iter(found.items()))
    lost = tuple(_UNSEEN[match.name] for match in rule.matches if match.name in _UNSEEN)
    untold += tuple(part for part in lost if part.startswith("!"))
    notes = tuple(part for part in lost if not part.startswith("!"))
    notes += ("whether | in a pattern stands for itself",) * (" --hex-string " in text)
    asked = {_asked(one) for one in found}
    readings = tuple(found) if len(asked) > 1 else ()
    if readings:
        return ReadRow(head, untold, notes, readings, hostnames=hostnames, columns=head)
    return ReadRow(text, untold, notes, hostnames=hostnames, columns=head)


def _is_cut(row: ListedRow, rule: Rule, place: RowPlace) -> bool:
    """Does the row end within a word that the rule prints whole?"""
    last = row.rest.rpartition(" ")[2].rpartition(",")[2]
    if len(last) < 2 or last.rpartition(":")[2] in re.split(r"[\s,]", rule.text):
        return False
    words = re.split(r"[\s,]", _as_listed(rule, place))
    return len(last) > 1 and last not in words and any(word.startswith(last) for word in words)


def makes_sense(line: str) -> bool:
    """Is this a row whose end is what extensions print?"""
    row = split(line, ColumnHeads())
    return row is not None and any(
        next(_readings(row, family), None) is not None for family in (4, 6)
    )


def joined_row(before: str, line: str) -> str:
    """A row and its rest that was broken off, at a blank or in a word; empty: it is no rest."""
    begun, rest = before.rstrip(), line.strip()
    blanks = (" ", "") if before[-1:].isspace() or line[:1].isspace() else ("", " ")
    return next((text for blank in blanks if makes_sense(text := f"{begun}{blank}{rest}")), "")


def _asked(rule: str) -> tuple[str, ...]:
    """What a rule asks, whether in one use of an extension or in two."""
    return tuple(sorted(re.sub(r"-m \S+", "", rule).split()))


def _shown(row: ListedRow) -> str:
    return f"{row.target} {row.rest}".strip()


def _head(row: ListedRow, place: RowPlace) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The columns as options, what they do not tell, and names that the loader does not know."""
    words, untold, unknown = [], [], []
    for flag, value in (("-s", row.source), ("-d", row.destination)):
        sign, value = _signed(value)
        if value in EVERYWHERE and not sign:
            continue
        if value == "anywhere":
            if place.family == 6:
                untold.append(flag)
                continue
            value = "0.0.0.0/0"
        name = value.partition("/")[0]
        if _is_name(name) and name not in place.names.hostnames:
            unknown.append(name)
            untold.append(flag)
            continue
        words.append(f"{sign}{flag} {value}")
    if row.has_devices:
        for flag, value in (("-i", row.in_iface), ("-o", row.out_iface)):
            sign, value = _signed(value)
            if value not in ("*", "any") or sign:
                words.append(f"{sign}{flag} {value}")
    else:
        untold += _devices(place)
    sign, protocol = _signed(row.protocol)
    if protocol not in ("all", "any", "0") or sign:
        words.append(f"{sign}-p {protocol}")
    if row.opt in ("-f", "!f"):
        words.append("! -f" if row.opt == "!f" else "-f")
    return " ".join(words), tuple(untold), tuple(unknown)


def _devices(place: RowPlace) -> list[str]:
    """The interfaces that a rule of this chain could be for."""
    if place.chain in _IN_CHAINS:
        return ["-i"]
    return ["-o"] if place.chain in _OUT_CHAINS else ["-i", "-o"]


def _signed(value: str) -> tuple[str, str]:
    return ("! ", value[1:]) if value.startswith("!") else ("", value)


def _is_name(text: str) -> bool:
    return re.search(r"[g-zG-Z_]|[a-fA-F].*\.", text) is not None and ":" not in text


# ---- what stands behind the addresses


def _readings(row: ListedRow, family: int) -> Iterator[str]:
    """Ways to read a row's matches and target, as words of a rule."""
    text, goto = row.rest, False
    if text.startswith("[goto]"):
        text, goto = text.removeprefix("[goto]").lstrip(), True
    names = _ALSO.get(row.target, (row.target,))
    kinds = [TARGETS[name, family] for name in names if (name, family) in TARGETS]
    search = _RowSearch(text, family, [kind for kind in kinds if not kind.removed])
    if goto or not search.targets:
        ends = [f"-{'g' if goto else 'j'} {row.target}"] if row.target else [""]
        search.plain = ends[0]
    yield from search.run(0, "")


@dataclass(slots=True)
class _RowSearch:
    """Every match that may begin where the last one ended, and the target at the end."""

    text: str
    family: int
    targets: list[TargetType]
    plain: str | None = None  # what ends the rule where no extension is the target
    steps: int = 0

    def run(self, at: int, said: str) -> Iterator[str]:
        self.steps += 1
        if self.steps > MOST_STEPS:
            return
        while at < len(self.text) and self.text[at].isspace():
            at += 1
        for kind, options, end in self._matches(at):
            if end > at:
                yield from self.run(end, f"{said} -m {kind.name} {options}")
        if self.plain is not None and at == len(self.text):
            yield f"{said} {self.plain}"
        for target in self.targets:
            yield from self._ended(target, at, said)

    def _matches(self, at: int) -> Iterator[tuple[MatchType, str, int]]:
        if at >= len(self.text):
            return
        for kind, starts in MATCH_KINDS[self.family]:
            if starts and self.text[at] != "!" and not self.text.startswith(starts, at):
                continue
            reader = reader_of(kind)
            assert reader is not None
            for options, end in reader(self.text, at):
                self.steps += 1
                if self.steps > MOST_STEPS:
                    return
                yield kind, options, end

    def _ended(self, target: TargetType, at: int, said: str) -> Iterator[str]:
        reader = reader_of(target)
        if reader is None:
            if at == len(self.text):
                yield f"{said} -j {target.name}"
            return
        if at == len(self.text):
            yield f"{said} -j {target.name}"
        for options, end in reader(self.text, at):
            if end > at and not self.text[end:].strip():
                yield f"{said} -j {target.name} {options}"


def _kinds(family: int) -> tuple[tuple[MatchType, tuple[str, ...]], ...]:
    """The match extensions that say how they are listed, each once, and with what they start."""
    kinds = {id(kind): kind for (_, of), kind in MATCHES.items() if of == family}
    known = [kind for kind in kinds.values() if reader_of(kind) and not kind.removed]
    return tuple((kind, starts_of(kind)) for kind in known)


MATCH_KINDS = {4: _kinds(4), 6: _kinds(6)}


# ---- the proof


def _loaded(rule: str, place: RowPlace) -> Rule | None:
    """The rule as the loader takes it; ``None``: it refuses it."""
    jump = re.search(r"(?<=-[jg] )\S+$|(?<=-[jg] )\S+", rule)
    lines = [f"*{place.table}"]
    built_in = {hook.value for hook in TABLE_HOOKS[place.table]}
    chains = {place.chain}
    if jump is not None and jump[0] not in STANDARD and (jump[0], place.family) not in TARGETS:
        chains.add(jump[0])
    lines += [f":{chain} - [0:0]" for chain in chains - built_in]
    lines += [f"-A {place.chain} {_ESTIMATOR.format(name)}" for name in _ESTIMATED.findall(rule)]
    lines += [f"-A {place.chain} {rule}", "COMMIT", ""]
    try:
        rules = load_rules("\n".join(lines), place.names, family=place.family).of(place.family)
    except Refused:
        return None
    found = rules.tables[place.table].chains[place.chain].rules
    return found[-1] if found else None


# A rule that asks an estimator loads only behind one that makes it.
_ESTIMATED = re.compile(r"--rateest[12]? (\S+)")
_ESTIMATOR = "-j RATEEST --rateest-name {} --rateest-interval 250ms --rateest-ewmalog 500ms"


def _as_listed(rule: Rule, place: RowPlace) -> str:
    """What ``-L -n`` prints behind the addresses."""
    words = [listed(MATCHES[match.name, place.family], match.args, place.family)
             for match in rule.matches]  # fmt: skip
    if isinstance(rule.target, Target):
        kind = TARGETS[rule.target.name, place.family]
        words.append(listed(kind, rule.target.args, place.family))
    return " ".join(" ".join(word for word in words if word).split())


def _rest(row: ListedRow) -> str:
    return " ".join(row.rest.removeprefix("[goto]").split())
