"""The verdict as a small report: what page, text, JSON and API tell of a packet."""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.tools.advice.finding import Edit, Fix
from sim.tools.why.fields import (
    CauseFields,
    DeathFields,
    DecidedFields,
    DifferingFields,
    EditFields,
    MissFields,
    PacketFields,
    RewriteFields,
    SymptomFields,
)


@dataclass(frozen=True, slots=True)
class DecidedBy:
    """What decided the outcome. ``kind``: rule, policy, or the part of the stack that did.

    ``rule`` is 0 unless a rule decided; ``line`` is its line of the rules text, 0 if unknown.
    """

    kind: str
    text: str
    table: str = ""
    chain: str = ""
    rule: int = 0
    rule_text: str = ""
    line: int = 0

    def as_json(self) -> DecidedFields:
        return {
            "kind": self.kind, "text": self.text, "table": self.table or None,
            "chain": self.chain or None, "rule": self.rule or None,
            "rule_text": self.rule_text or None, "source_line": self.line or None,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rewrite:
    """NAT's part: ``text`` says what became what and which rule asked for it."""

    manip: str  # SRC, DST
    text: str
    by: str = ""  # "nat PREROUTING rule 1"; empty: the connection had its rewrite already

    def as_json(self) -> RewriteFields:
        return {"manip": self.manip, "text": self.text, "by": self.by or None}


@dataclass(frozen=True, slots=True)
class Differing:
    """A clause that kept a rule from matching. ``since``: who changed the value before."""

    flag: str
    wanted: str
    seen: str
    negated: bool = False
    since: str = ""

    def __str__(self) -> str:
        inverted = "! " if self.negated else ""
        since = f" since {self.since}" if self.since else ""
        wants = f"wants {inverted}{self.flag} {self.wanted}"
        if " " in self.seen:  # words of the match's own, not a value: "10.0.0.1 is not in admins"
            return f"{wants}: {self.seen}{since}"
        return f"{wants}, packet has {self.seen}{since}"

    def as_json(self) -> DifferingFields:
        return {
            "option": self.flag, "wanted": self.wanted, "seen": self.seen,
            "negated": self.negated, "since": self.since or None, "text": str(self),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClosestMiss:
    """The rule that would have decided otherwise and failed by the fewest clauses."""

    table: str
    chain: str
    rule: int
    rule_text: str
    line: int
    differing: tuple[Differing, ...]

    @property
    def place(self) -> str:
        return f"{self.table} {self.chain} rule {self.rule}"

    def __str__(self) -> str:
        return f"{self.place} came closest: it {'; it '.join(map(str, self.differing))}."

    def as_json(self) -> MissFields:
        return {
            "table": self.table, "chain": self.chain, "rule": self.rule,
            "rule_text": self.rule_text, "source_line": self.line or None,
            "differing": [each.as_json() for each in self.differing], "text": str(self),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Symptom:
    """What went wrong for whoever sent the packet of statement ``line``."""

    name: str
    line: int
    text: str

    def as_json(self) -> SymptomFields:
        return {"name": self.name, "text": self.text}


@dataclass(frozen=True, slots=True)
class RootCause:
    """Why the symptom is there. ``fix`` is an edit after which a replay shows it no more.

    ``proof`` says what the replay showed, a sentence for each packet that changed; ``opens``
    what more the fix lets through than was asked.
    """

    name: str
    symptom: str
    text: str
    fix: Fix | None = None
    proof: tuple[str, ...] = ()
    opens: str = ""

    def as_json(self) -> CauseFields:
        fix = self.fix
        return {
            "name": self.name,
            "symptom": self.symptom,
            "text": self.text,
            "fix": None
            if fix is None
            else {"label": fix.label, "edits": [_edit(edit) for edit in fix.edits]},
            "proof": list(self.proof),
            "opens": self.opens or None,
        }


@dataclass(frozen=True, slots=True)
class Death:
    """Where a conversation ended: ``packet`` is the statement's number. ``direction``: original,
    or reply, which the packet's answer goes; ``tried``: of an answer that the text does not hold.
    """

    packet: int
    direction: str
    tried: bool = False

    def __str__(self) -> str:
        what = "the answer to packet" if self.tried else "packet"
        way = "" if self.tried else f" ({self.direction} direction)"
        return f"{what} {self.packet}{way}"

    def as_json(self) -> DeathFields:
        return {
            "packet": self.packet, "direction": self.direction, "tried": self.tried,
            "text": str(self),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class PacketReport:
    """One packet: ``packet`` is its statement's number, ``outcome`` its fate's word.

    ``worked``: did the connection work for the one who began it; ``None``: that cannot be told
    of this packet. ``died_at``: which packet of its conversation was the first not to arrive.
    ``state`` is what of its state mattered, as (name, value). ``is_cut``: the
    search for causes ended early.
    """

    packet: int
    text: str
    outcome: str
    sentence: str
    decided_by: DecidedBy | None
    rewrites: tuple[Rewrite, ...] = ()
    closest_miss: ClosestMiss | None = None
    state: tuple[tuple[str, str], ...] = ()
    worked: bool | None = None
    died_at: Death | None = None
    symptoms: tuple[Symptom, ...] = ()
    causes: tuple[RootCause, ...] = ()
    is_cut: bool = False

    @property
    def died_elsewhere(self) -> str:
        """That another packet ended the conversation; empty: none did, or this one itself."""
        death = self.died_at
        if death is None or (death.packet == self.packet and not death.tried):
            return ""
        return f"The connection didn't work: {death} didn't arrive."

    def as_json(self) -> PacketFields:
        miss = self.closest_miss
        return {
            "packet": self.packet,
            "text": self.text,
            "outcome": self.outcome,
            "sentence": self.sentence,
            "decided_by": self.decided_by.as_json() if self.decided_by else None,
            "rewrites": [each.as_json() for each in self.rewrites],
            "closest_miss": miss.as_json() if miss else None,
            "state": dict(self.state),
            "worked": self.worked,
            "died_at": self.died_at.as_json() if self.died_at is not None else None,
            "symptoms": [each.as_json() for each in self.symptoms],
            "causes": [each.as_json() for each in self.causes],
            "cut": self.is_cut,
        }


def _edit(edit: Edit) -> EditFields:
    span = edit.span
    return {
        "where": edit.where, "line": span.line, "column": span.column,
        "end_line": span.end_line, "end_column": span.end_column, "text": edit.text,
    }  # fmt: skip
