"""Which hooks reach which rules of a table, and whether they run in circles.

The kernel follows every jump from every hook when a table is handed over (ip_tables.c,
mark_source_chains). Rules behind an unconditional verdict, and chains that nobody jumps to,
are reached from no hook; a loop is refused only where a hook reaches it.
"""

from __future__ import annotations

from collections.abc import Iterable

from sim.base import budget
from sim.model.rules import TABLE_HOOKS, Hook
from sim.read.rules.draft import Problem, RuleDraft
from sim.read.rules.tables import WorkChain, WorkTable

NOWHERE: frozenset[Hook] = frozenset()


class Reach:
    """Kept up to date while single rules come and go; ``hooks`` only ever grows in between."""

    def __init__(self, table: WorkTable) -> None:
        self.table = table
        self.hooks: dict[str, frozenset[Hook]] = {}
        self.live: dict[str, int] = {}  # how many rules of each chain are looked at
        self.closed: set[str] = set()  # chains in which an unconditional verdict ends that
        self.jumps: dict[str, list[RuleDraft]] = {}  # those among them that jump
        self.loop: Problem | None = None
        for chain in table.chains.values():
            self._add_chain(chain)
        for hook in TABLE_HOOKS[table.name]:
            self._enter(hook, [hook])

    def of(self, chain: str, place: int) -> frozenset[Hook]:
        """The hooks from which the rule at this place is looked at."""
        return self.hooks[chain] if place < self.live[chain] else NOWHERE

    def inserted(self, chain: WorkChain, place: int, drafts: list[RuleDraft]) -> set[str] | None:
        """Take in new rules; the chains that more hooks reach now.

        ``None``: too much depends on these rules, begin anew.
        """
        if chain.name not in self.hooks:
            self._add_chain(chain)  # already with these rules
            self.jumps[chain.name].clear()
        elif chain.name in self.closed and place >= self.live[chain.name]:
            return set()
        elif any(draft.ends_walk for draft in drafts):
            if len(drafts) > 1 or place + 1 < len(chain.rules):
                return None
            self.closed.add(chain.name)
            self.live[chain.name] += 1
        else:
            self.live[chain.name] += len(drafts)
        changed: set[str] = set()
        for draft in drafts:
            name = draft.jump
            if not name:
                continue
            if name not in self.hooks:
                self._add_chain(self.table.chains[name])
            self.jumps[chain.name].append(draft)
            if chain.policy is None and self._leads_to(name, chain.name):
                return None
            changed |= self._enter(name, self.hooks[chain.name] - self.hooks[name])
        return changed

    def deleted(self, chain: WorkChain, place: int, draft: RuleDraft) -> bool:
        """Take out a rule; ``False``: begin anew. A jump's chains keep their hooks until then."""
        if chain.name not in self.live or draft.ends_walk or draft.jump:
            return False
        if place < self.live[chain.name]:
            self.live[chain.name] -= 1
        return True

    def _add_chain(self, chain: WorkChain) -> None:
        jumps: list[RuleDraft] = []
        count = len(chain.rules)
        for place, draft in enumerate(chain.rules):
            if draft.jump:
                jumps.append(draft)
            elif draft.ends_walk:
                count = place + 1
                self.closed.add(chain.name)
                break
        self.jumps[chain.name], self.live[chain.name] = jumps, count
        self.hooks[chain.name] = NOWHERE

    def _enter(self, start: str, hooks: Iterable[Hook]) -> set[str]:
        """Let hooks reach a chain and all that it jumps to; the chains that are new to one."""
        changed: set[str] = set()
        for hook in hooks:
            self.hooks[start] |= {hook}
            changed.add(start)
            path, stack = {start: None}, [iter(self.jumps[start])]
            while stack:
                draft = next(stack[-1], None)
                if draft is None:
                    stack.pop()
                    path.popitem()
                    continue
                name = draft.jump
                if name in path:
                    self.loop = self.loop or _loop(hook, [*path, name], draft)
                elif hook not in self.hooks[name]:
                    self.hooks[name] |= {hook}
                    changed.add(name)
                    path[name] = None
                    stack.append(iter(self.jumps[name]))
        return changed

    def _leads_to(self, start: str, goal: str) -> bool:
        seen, waiting = {start}, [start]
        while waiting:
            name = waiting.pop()
            budget.look(1 + len(self.jumps[name]))
            if name == goal:
                return True
            for draft in self.jumps[name]:
                if draft.jump not in seen:
                    seen.add(draft.jump)
                    waiting.append(draft.jump)
        return False


def _loop(hook: Hook, path: list[str], draft: RuleDraft) -> Problem:
    assert draft.target is not None
    way = " > ".join(path[path.index(path[-1]) :])
    return Problem(
        f"this closes a loop that {hook} reaches: {way}",
        draft.target.span or draft.span,
        "a packet would never leave it; end one of the chains without this jump",
    )
