"""What the kernel checks when a table is handed to it (ip_tables.c translate_table, x_tables.c).

It follows every jump from every hook first: a loop is refused, and each rule learns which
hooks reach it. Rules behind an unconditional verdict, and chains that nobody jumps to, are
reached from none. Then every rule, reached or not, is checked against what its matches and its
target declare, and by their own ``load``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sim.extension import (
    ALL_HOOKS,
    MatchType,
    Names,
    Refusal,
    RuleContext,
    TargetType,
    default_save,
)
from sim.model import TABLE_HOOKS, Args, Hook, Jump, Match, Target
from sim.parser.addresses import protocol_name
from sim.parser.command import Use
from sim.parser.objects import Objects
from sim.parser.tables import Draft, Problem, WorkChain, WorkTable


@dataclass(frozen=True, slots=True)
class Reach:
    """The hooks that reach each chain, and how many of its rules they reach."""

    hooks: dict[str, frozenset[Hook]]
    live: dict[str, int]

    def of(self, chain: str, place: int) -> frozenset[Hook]:
        return self.hooks[chain] if place < self.live[chain] else frozenset()


class Kernel:
    """Checks one table, each time it is handed over; what was checked before is remembered."""

    def __init__(self, table: WorkTable, names: Names, objects: Objects) -> None:
        self.table = table
        self.names = names
        self.objects = objects
        self.reach: Reach | None = None

    def check(self) -> Iterator[Problem]:
        """Every reason for which the kernel would refuse the table."""
        self.reach, loop = _reach(self.table)
        yield from self.objects.check(self.table)
        if loop is not None:
            yield loop
        for chain in self.table.chains.values():
            for place, draft in enumerate(chain.rules):
                if draft.match_uses or draft.target_use:
                    yield from self._check(chain, place, draft, self.reach)

    def check_appended(self, chain: WorkChain, count: int) -> Iterator[Problem]:
        """The same when all that happened is that the last ``count`` rules of a chain are new.

        A rule that neither jumps nor ends the chain changes nothing for the other rules; a
        jump from a built-in chain to where its hook has been before does not either.
        """
        reach = self.reach
        start = len(chain.rules) - count
        new = chain.rules[start:]
        if reach is None or chain.name not in reach.hooks:
            yield from self.check()
            return
        all_live = reach.live[chain.name] == start
        for draft in new:
            if draft.objects or draft.ends_walk or (isinstance(draft.target, Jump) and not (
                chain.policy is not None
                and reach.hooks.get(draft.target.chain, frozenset()) >= reach.hooks[chain.name]
            )):  # fmt: skip
                yield from self.check()
                return
        if all_live:
            reach.live[chain.name] = len(chain.rules)
        for place, draft in enumerate(new, start):
            yield from self._check(chain, place, draft, reach)

    def _check(self, chain: WorkChain, place: int, draft: Draft, reach: Reach) -> Iterator[Problem]:
        hooks = reach.of(chain.name, place)
        if draft.checked != hooks:
            yield from _check_rule(self.table, chain.name, place, draft, hooks, self.names)


def _reach(table: WorkTable) -> tuple[Reach, Problem | None]:
    jumps: dict[str, list[Draft]] = {}
    live: dict[str, int] = {}
    for chain in table.chains.values():
        found: list[Draft] = []
        count = len(chain.rules)
        for place, draft in enumerate(chain.rules):
            if isinstance(draft.target, Jump):
                if draft.target.chain in table.chains:
                    found.append(draft)
            elif draft.ends_walk:
                count = place + 1
                break
        jumps[chain.name], live[chain.name] = found, count
    hooks: dict[str, set[Hook]] = {name: set() for name in table.chains}
    problem = None
    for hook in TABLE_HOOKS[table.name]:
        problem = _follow(hook, jumps, hooks) or problem
    return Reach({name: frozenset(found) for name, found in hooks.items()}, live), problem


def _follow(
    hook: Hook, jumps: dict[str, list[Draft]], hooks: dict[str, set[Hook]]
) -> Problem | None:
    """Go through all chains that this hook reaches; the first loop, if there is one."""
    problem = None
    hooks[hook].add(hook)
    path = [str(hook)]
    stack = [iter(jumps[hook])]
    while stack:
        draft = next(stack[-1], None)
        if draft is None:
            stack.pop()
            path.pop()
            continue
        assert isinstance(draft.target, Jump)
        name = draft.target.chain
        if name in path:
            if problem is None:
                way = " > ".join([*path[path.index(name) :], name])
                problem = Problem(
                    f"this closes a loop that {hook} reaches: {way}",
                    draft.target.span or draft.span,
                    "a packet would never leave it; end one of the chains without this jump",
                )
        elif hook not in hooks[name]:
            hooks[name].add(hook)
            path.append(name)
            stack.append(iter(jumps[name]))
    return problem


def _check_rule(
    table: WorkTable,
    chain: str,
    place: int,
    draft: Draft,
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


def _check_use(draft: Draft, number: int, use: Use, context: RuleContext, where: str) -> None:
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


# What the kernel that we are measured against cannot load, though the tool knows it.
_NOT_BUILT = {
    "ipvs": "has no IPVS",
    "LED": "has no LED triggers",
    "SECMARK": "has no security module that knows the context",
}


def _limits(extension: MatchType | TargetType, context: RuleContext) -> tuple[str, str]:
    """What the extension declares of tables, hooks and protocols (xt_check_match)."""
    name = f"{'the match' if isinstance(extension, MatchType) else 'the target'} {extension.name}"
    if extension.name in _NOT_BUILT and not context.names.kernel:
        return (
            f"{name} does not load: the kernel of reference {_NOT_BUILT[extension.name]}",
            "if the host's kernel has it, say which one it runs in the host text: `kernel 6.1`",
        )
    if extension.tables and context.table not in extension.tables:
        tables = " or ".join(sorted(extension.tables))
        return (
            f"{name} works only in the table {tables}, not in {context.table}",
            f"put the rule into the table {tables}",
        )
    if extension.hooks is not ALL_HOOKS:
        wrong = sorted(context.hooks - extension.hooks, key=list(Hook).index)
        if wrong:
            allowed = ", ".join(hook for hook in Hook if hook in extension.hooks)
            reached = ", ".join(wrong)
            if context.chain in TABLE_HOOKS[context.table]:
                return f"{name} cannot be used in {reached}, only in {allowed}", ""
            return (
                f"{name} works only in {allowed}, and {reached} reaches this chain",
                f"jump to {context.chain} from {allowed} alone, or match elsewhere",
            )
    if extension.protocols:
        shown = " or ".join(f"-p {protocol_name(n)}" for n in sorted(extension.protocols))
        if context.protocol_negated or context.protocol not in extension.protocols:
            return f"{name} needs {shown} in the same rule", f"add {shown}"
    return "", ""


def _keep(
    draft: Draft, number: int, extension: MatchType | TargetType, args: Args, family: int
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
