"""What the kernel checks when a table is handed to it (ip_tables.c translate_table, x_tables.c).

First which hooks reach which rules (``sim.read.rules.reach``). Then every rule, reached or not, is
checked against what its matches and its target declare, and by their own ``load``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sim.base import budget
from sim.base.frozen import replace
from sim.extensions.extension import (
    ALL_HOOKS,
    MatchType,
    Names,
    Refusal,
    RuleContext,
    TargetType,
    default_save,
)
from sim.extensions.protocol_hint import protocol_hint
from sim.extensions.protocol_names import protocol_name
from sim.model.rules import TABLE_HOOKS, Args, Hook, Match, Target
from sim.read.command import Use
from sim.read.rules.draft import Problem, RuleDraft
from sim.read.rules.objects import Objects
from sim.read.rules.reach import Reach
from sim.read.rules.tables import WorkChain, WorkTable
from sim.read.wording import listed


class Kernel:
    """Checks one table, each time it is handed over; what was checked before is remembered."""

    def __init__(self, table: WorkTable, names: Names, objects: Objects) -> None:
        self.table = table
        self.names = names
        self.objects = objects
        self.reach: Reach | None = None

    def check(self) -> Iterator[Problem]:
        """Every reason for which the kernel would refuse the table."""
        chains = self.table.chains.values()
        budget.look(2 * len(chains) + sum(len(chain.rules) for chain in chains) // 2)
        self.reach = Reach(self.table)
        yield from self.objects.check(self.table)
        if self.reach.loop is not None:
            yield self.reach.loop
        for chain in self.table.chains.values():
            yield from self._check_chain(chain, self.reach)

    def check_inserted(self, chain: WorkChain, place: int, count: int) -> Iterator[Problem]:
        """The same, when ``count`` new rules at ``place`` are all that has happened."""
        new = chain.rules[place : place + count]
        changed = None
        if self.reach is not None and not any(draft.objects for draft in new):
            changed = self.reach.inserted(chain, place, new)
        if changed is None or self.reach is None:
            yield from self.check()
            return
        if self.reach.loop is not None:
            yield self.reach.loop
        for at, draft in enumerate(new, place):
            yield from self._check(chain, at, draft, self.reach)
        for name in changed:
            yield from self._check_chain(self.table.chains[name], self.reach)

    def check_deleted(self, chain: WorkChain, place: int, draft: RuleDraft) -> Iterator[Problem]:
        """The same, when one rule that was at ``place`` is gone."""
        if self.reach is None or draft.objects or not self.reach.deleted(chain, place, draft):
            yield from self.check()

    def check_replacing(self, chain: WorkChain, place: int, draft: RuleDraft) -> Iterator[Problem]:
        """The same, if this were the rule at ``place``: it leads where the one there does."""
        yield from self._check(chain, place, draft, self.reach or Reach(self.table))

    def _check_chain(self, chain: WorkChain, reach: Reach) -> Iterator[Problem]:
        for place, draft in enumerate(chain.rules):
            template = draft.template
            if template is None:
                is_asked = bool(draft.match_uses or draft.target_use)
            else:
                hooks = reach.of(chain.name, place)
                is_asked = template.has_uses and not template.has_passed(draft, hooks)
            if is_asked:
                yield from self._check(chain, place, draft, reach)

    def _check(
        self, chain: WorkChain, place: int, draft: RuleDraft, reach: Reach
    ) -> Iterator[Problem]:
        hooks = reach.of(chain.name, place)
        template = draft.template
        if template is not None and template.has_passed(draft, hooks):
            return
        if draft.checked == hooks:
            return
        if template is None:
            yield from _check_rule(self.table, chain.name, place, draft, hooks, self.names)
            return
        matches, target = draft.matches, draft.target
        yield from _check_rule(self.table, chain.name, place, draft, hooks, self.names)
        is_same = draft.matches is matches and draft.target is target
        if is_same and draft.checked == hooks:
            template.passes(draft, hooks)


def _check_rule(
    table: WorkTable,
    chain: str,
    place: int,
    draft: RuleDraft,
    hooks: frozenset[Hook],
    names: Names,
) -> Iterator[Problem]:
    protocol = draft.ip.protocol
    context = RuleContext(
        table.family,
        table.name,
        chain,
        names,
        protocol.number if protocol else None,
        bool(protocol and protocol.negated),
        hooks,
    )
    where = f"{table.name}:{chain} rule {place + 1}"
    try:
        for number, use in enumerate(draft.match_uses):
            _check_use(draft, number, use, replace_matches(context, draft.matches[:number]), where)
        if draft.target_use is not None:
            _check_use(draft, -1, draft.target_use, replace_matches(context, draft.matches), where)
    except _Refused as refused:
        yield refused.problem
    else:
        draft.checked = hooks


def replace_matches(context: RuleContext, matches: tuple[Match, ...]) -> RuleContext:
    return replace(context, matches=matches) if matches else context


class _Refused(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def _check_use(draft: RuleDraft, number: int, use: Use, context: RuleContext, where: str) -> None:
    """Check one match, or with ``number`` -1 the target; keep what its ``load`` gives back."""
    used = draft.target if number < 0 else draft.matches[number]
    assert isinstance(used, (Match, Target))
    extension = use.extension
    span = used.span or draft.span
    message, hint = _limits(extension, context)
    if message:
        raise _Refused(Problem(f"{where}: {message}", span, hint))
    load = extension.load
    if load is None:
        return
    try:
        args = load(used.args, context)
    except Refusal as refusal:
        about = used.args.get(refusal.flag)
        span = about.span if about is not None and about.span is not None else span
        raise _Refused(
            Problem(f"{where}: {extension.name}: {refusal.message}", span, refusal.hint)
        ) from None
    except ValueError as error:
        raise _Refused(Problem(f"{where}: {extension.name}: {error}", span)) from None
    if args is not None and args != used.args:
        _keep(draft, number, extension, args, context.family)


def _is_older(told: str, since: str) -> bool:
    """``2.4`` than ``2.6.18``; ``2.6`` alone may be any 2.6."""
    release = _release(told)
    return bool(release) and release < _release(since)[: len(release)]


def _release(text: str) -> tuple[int, ...]:
    """``5.10.0-28-amd64`` as (5, 10, 0), to be compared; empty: no number."""
    found = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(map(int, found[0].split("."))) if found else ()


def _limits(extension: MatchType | TargetType, context: RuleContext) -> tuple[str, str]:
    """What the extension declares of tables, hooks and protocols (xt_check_match)."""
    name = f"{'the match' if isinstance(extension, MatchType) else 'the target'} {extension.name}"
    if extension.not_built and not context.names.kernel:
        return (
            f"{name} does not load: the kernel of reference {extension.not_built}",
            "if the host's kernel has it, say which one it runs in the host text: `kernel 6.1`",
        )
    told = context.names.kernel
    if extension.since and told and _is_older(told, extension.since):
        return (
            f"{name} does not load: it came with Linux {extension.since}, the host runs {told}",
            "say another kernel in the host text, or leave the rule out",
        )
    if extension.tables and context.table not in extension.tables:
        tables = listed(sorted(extension.tables), "or")
        return (
            f"{name} works only in the table {tables}, not in {context.table}",
            f"put the rule into the table {tables}",
        )
    if extension.hooks is not ALL_HOOKS:
        wrong = sorted(context.hooks - extension.hooks, key=list(Hook).index)
        if wrong:
            allowed = listed([hook for hook in Hook if hook in extension.hooks])
            reached = listed(wrong)
            if context.chain in TABLE_HOOKS[context.table]:
                return f"{name} cannot be used in {reached}, only in {allowed}", ""
            return (
                f"{name} works only in {allowed}, and jumps lead here from {reached}",
                f"let only {allowed} lead to the chain {context.chain}",
            )
    if extension.protocols:
        shown = " or ".join(f"-p {protocol_name(n)}" for n in sorted(extension.protocols))
        if context.protocol_negated or context.protocol not in extension.protocols:
            return f"{name} needs {shown} in the same rule", protocol_hint(shown, context)
    return "", ""


def _keep(
    draft: RuleDraft, number: int, extension: MatchType | TargetType, args: Args, family: int
) -> None:
    """The kernel's check changed what it was given: keep and print that."""
    if number < 0:
        assert isinstance(draft.target, Target)
        draft.target = replace(draft.target, args=args)
        draft.target_text = _printed(" -j", extension, args, family)
        return
    matches = list(draft.matches)
    matches[number] = replace(matches[number], args=args)
    draft.matches = tuple(matches)
    draft.match_text = "".join(
        _printed(" -m", use.extension, match.args, family)
        for use, match in zip(draft.match_uses, matches, strict=True)
    )


def _printed(start: str, extension: MatchType | TargetType, args: Args, family: int) -> str:
    save = extension.save
    text = save(args, family) if save is not None else default_save(extension.options, args)
    return f"{start} {extension.name} {text}" if text else f"{start} {extension.name}"
