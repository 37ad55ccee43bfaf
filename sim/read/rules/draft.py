"""A rule not yet numbered, and what the kernel has against one. Plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Protocol

from sim.base.errors import Span
from sim.base.frozen import dataclass, replace
from sim.model.rules import (
    DeviceName,
    Hook,
    IpPart,
    Jump,
    Match,
    Rule,
    Standard,
    Target,
)
from sim.read.command import Use


@dataclass(frozen=True, slots=True)
class Problem:
    """A reason for which the kernel refuses a table, and the place of its cause. ``lacks``: the
    object that no rule makes, as in ``SourceError``."""

    message: str
    span: Span
    hint: str = ""
    lacks: str = ""


class DraftTemplate(Protocol):
    """What the kernel's checks ask of a template, so that they need not look at its drafts."""

    @property
    def ends_walk(self) -> bool: ...

    @property
    def has_uses(self) -> bool: ...

    def has_passed(self, draft: RuleDraft, hooks: frozenset[Hook]) -> bool: ...
    def passes(self, draft: RuleDraft, hooks: frozenset[Hook]) -> None: ...


@dataclass(slots=True, eq=False)
class RuleDraft:
    """A rule not yet numbered. ``uses`` are its matches as typed, then its target, for errors."""

    ip: IpPart
    matches: tuple[Match, ...]
    target: Standard | Jump | Target | None
    ip_text: str
    match_text: str
    target_text: str
    span: Span
    packets: int = 0
    bytes: int = 0
    match_uses: Sequence[Use] = ()
    target_use: Use | None = None
    objects: bool = False  # makes or needs something that rules call by name
    untold: tuple[str, ...] = ()  # what the listing that it comes from does not print
    checked: object = None  # what the kernel's checks last said yes to
    made: Rule | None = None  # what it was the last time that it was numbered
    jump: str = field(init=False)  # the chain that it jumps to, or nothing
    chain: str = field(init=False, default="")  # that it was read for, if by a template
    template: DraftTemplate | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.jump = self.target.chain if isinstance(self.target, Jump) else ""

    @property
    def line(self) -> int:
        """The number of its line in the text."""
        return self.span.line

    @property
    def saved(self) -> str:
        """How iptables-save prints it, behind the chain's name."""
        return self.ip_text + self.match_text + self.target_text

    @property
    def ends_walk(self) -> bool:
        """An unconditional verdict: the kernel never looks at the rules behind it."""
        if self.template is not None:
            return self.template.ends_walk
        is_bare = not self.matches and self.ip.is_empty and not self.untold
        return isinstance(self.target, Standard) and is_bare

    def settled(self) -> RuleDraft:
        """The same, apart from its line and its template, to be changed."""
        made = RuleDraft(
            self.ip, self.matches, self.target, self.ip_text, self.match_text, self.target_text,
            self.span, self.packets, self.bytes, self.match_uses, self.target_use, self.objects,
            self.untold, self.checked, self.made,
        )  # fmt: skip
        made.jump = self.jump
        return made

    def same_as(self, other: RuleDraft) -> bool:
        """What -D and -C compare: everything but counters. ``-i +`` is no interface to them."""
        return (
            self.ip_text == other.ip_text
            and self.match_text == other.match_text
            and self.target_text == other.target_text
            and _compared(self.ip) == _compared(other.ip)
        )


def _compared(ip: IpPart) -> IpPart:
    any_device = DeviceName("", True)
    if any_device in (ip.in_iface, ip.out_iface):
        return replace(
            ip,
            in_iface=None if ip.in_iface == any_device else ip.in_iface,
            out_iface=None if ip.out_iface == any_device else ip.out_iface,
        )
    return ip
