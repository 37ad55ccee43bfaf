"""Which rules can never match, proven: nothing here is claimed of what is not understood.

Three ways: the rule contradicts itself or its hooks; rules before it in its chain take all of
its packets; no hook reaches its chain.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import field

from sim.base.frozen import dataclass
from sim.base.intervals import Intervals
from sim.model.rules import Jump
from sim.tools.advice.boxes import Box, at_hook, settled
from sim.tools.advice.case import Case, Reached, Spot, ends_chain

# A union is tried in chains of up to so many rules, with so many pieces left at a time.
_UNION_CHAIN = 150
_UNION_RULES = 12
_UNION_PIECES = 24
_CANDIDATES = 48
# Kinds of earlier rules that are kept apart; ones beyond that prove nothing.
_SHAPES = 300

WORDS = {
    "src": "no source address is left",
    "dst": "no destination address is left",
    "iif": "there is no such incoming device in this chain",
    "oif": "there is no such outgoing device in this chain",
    "protocol": "no protocol is left",
    "later_fragment": "only a first fragment has the header it asks for",
    "sport": "no source port is left",
    "dport": "no destination port is left",
    "state": "no connection state is left",
    "flags": "no TCP flags can be so",
    "icmp": "no ICMP type is left",
}


def contradiction(spot: Spot, reached: Reached) -> str:
    """The field in which the rule rules itself out; empty: it may match."""
    own = spot.box.why_empty
    if own:
        return own
    found = ""
    for hook in reached.hooks:
        here = spot.box.meet(at_hook(hook, spot.table, spot.family))
        if not here.is_empty:
            return ""
        found = here.why_empty
    return found


def closing(case: Case, family: int, table: str) -> frozenset[str]:
    """User chains that let no packet come back to the rule which jumped to them."""
    key = f"closing {family} {table}"
    if key not in case.memo:
        case.memo[key] = _closing(case, family, table)
    found: frozenset[str] = case.memo[key]
    return found


def _closing(case: Case, family: int, table: str) -> frozenset[str]:
    known: dict[str, bool] = {}

    def closes(name: str, depth: int) -> bool:
        if name in known:
            return known[name]
        reached = case.chain(family, table, name)
        if reached is None or depth > 24:
            return False
        found = False
        for spot in reached.spots:
            target = spot.rule.target
            case.spend(1)
            if spot.target == "RETURN" or (isinstance(target, Jump) and target.goto):
                break
            if spot.rule.is_unconditional and (
                closes(target.chain, depth + 1)
                if isinstance(target, Jump)
                else ends_chain(spot.rule, family)
            ):
                found = True
                break
        known[name] = found
        return found

    return frozenset(
        name
        for name, reached in case.table(family, table).items()
        if reached.policy is None and closes(name, 0)
    )


@dataclass
class _Index:
    """Exact boxes of earlier ending rules, found by the prefixes of source and destination."""

    shapes: dict[tuple[object, ...], dict[tuple[int, int], list[tuple[Spot, Box]]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )

    def add(self, spot: Spot, box: Box) -> None:
        source, destination = box.get("src"), box.get("dst")
        sizes = _size(source), _size(destination)
        shape = (*sizes, box.fields.get("protocol"), "dport" in box.fields, _single(box))
        if len(self.shapes) >= _SHAPES and shape not in self.shapes:
            return
        bucket = self.shapes[shape][source[0][0], destination[0][0]]
        if len(bucket) < _CANDIDATES:
            bucket.append((spot, box))

    def covering(self, box: Box) -> Spot | None:
        source, destination = box.get("src")[0][0], box.get("dst")[0][0]
        single = _single(box)
        for (src, dst, protocol, has_port, port), buckets in self.shapes.items():
            if protocol is not None and "protocol" not in box.fields:
                continue
            if (has_port and "dport" not in box.fields) or (port is not None and port != single):
                continue
            key = (_start(source, src), _start(destination, dst))
            for spot, earlier in buckets.get(key, ()):
                if earlier.covers(box):
                    return spot
        return None


def _size(values: Intervals) -> object:
    """The size of a whole aligned block, else the set itself."""
    if len(values) == 1:
        size = values[0][1] - values[0][0] + 1
        if size & (size - 1) == 0 and values[0][0] % size == 0:
            return size
    return values


def _start(address: int, size: object) -> int:
    return address - address % size if isinstance(size, int) else size[0][0]  # type: ignore[index]


def _single(box: Box) -> int | None:
    ports = box.fields.get("dport", ())
    return ports[0][0] if len(ports) == 1 and ports[0][0] == ports[0][1] else None


def shadowed(case: Case, reached: Reached) -> list[tuple[Spot, tuple[Spot, ...]]]:
    """Rules whose packets are all taken by those before, with the rules that take them."""
    if case.readdresses(reached.family, reached.table) or not reached.hooks:
        return []
    changing = case.changes_packets(reached.family, reached.table)
    closers = closing(case, reached.family, reached.table)
    index = _Index()
    earlier: list[tuple[Spot, Box]] = []
    found: list[tuple[Spot, tuple[Spot, ...]]] = []
    for spot in reached.spots:
        box = settled(spot.box, changing=changing)
        if box.is_empty or contradiction(spot, reached):
            continue
        by = index.covering(box)
        if by is not None:
            found.append((spot, (by,)))
        elif len(reached.spots) <= _UNION_CHAIN:
            several = _union(box, earlier)
            if several:
                found.append((spot, several))
        if box.exact and _ends(spot, closers):
            index.add(spot, box)
            earlier.append((spot, box))
    return found


@dataclass(frozen=True, slots=True)
class Shadow:
    """A rule that cannot match, and those before it in its chain that take all its packets.

    ``kind``: ``redundant`` (they do the same with them), ``behind`` (an unconditional DROP or
    REJECT stands before it), ``lost`` (they do something else).
    """

    spot: Spot
    by: tuple[Spot, ...]
    kind: str


def shadows(case: Case) -> list[Shadow]:
    """Every shadowed rule that a hook's packets would come to, looked for once for a case."""
    if "shadows" not in case.memo:
        case.memo["shadows"] = [
            Shadow(spot, by, _kind(spot, by))
            for reached in case.chains()
            for spot, by in shadowed(case, reached)
        ]
    found: list[Shadow] = case.memo["shadows"]
    return found


def _kind(spot: Spot, by: tuple[Spot, ...]) -> str:
    if all(each.rule.target == spot.rule.target or _same_end(each, spot) for each in by):
        return "redundant"
    first = by[0]
    if all({spot.target, each.target} <= {"DROP", "REJECT"} for each in by):
        return "redundant"
    if len(by) == 1 and first.rule.is_unconditional and first.target in ("DROP", "REJECT"):
        return "behind"
    return "lost"


def _same_end(one: Spot, other: Spot) -> bool:
    """Do both do the same with a packet? Spans differ, so the printed words are compared."""
    return _end_text(one) == _end_text(other)


def _end_text(spot: Spot) -> str:
    text = spot.rule.text
    at = max(text.rfind(" -j "), text.rfind(" -g "))
    return text[at:] if at >= 0 else ""


def _ends(spot: Spot, closers: frozenset[str]) -> bool:
    target = spot.rule.target
    if isinstance(target, Jump):
        return target.goto or target.chain in closers
    return ends_chain(spot.rule, spot.family)


def _union(box: Box, earlier: list[tuple[Spot, Box]]) -> tuple[Spot, ...]:
    """A few rules that together take every packet of the box; none found: empty."""
    near = [(spot, other) for spot, other in earlier if other.meets(box)]
    if not 2 <= len(near) <= _UNION_RULES:
        return ()
    pieces, used = [box], []
    for spot, other in near:
        left: list[Box] = []
        took = False
        for piece in pieces:
            rest = piece.minus(other) if other.meets(piece) else None
            if rest is None:
                left.append(piece)
            else:
                took = took or rest != [piece]
                left += [each for each in rest if not each.is_empty]
        if took:
            used.append(spot)
        pieces = left
        if not pieces:
            return tuple(used)
        if len(pieces) > _UNION_PIECES:
            return ()
    return ()
