"""Tables while they are being written: chains and rules that commands change in place.

What libiptc does for the real tools (libiptc/libiptc.c). Nothing here knows what a rule means.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field

from sim.base import budget
from sim.base.errors import Span
from sim.base.frozen import dataclass, replace
from sim.model.rules import STANDARD, TABLE_HOOKS, Chain, Jump, Rule, Table, Verdict
from sim.read.rules.draft import RuleDraft
from sim.read.wording import alike, listed, rules_text

LONGEST_RENAMED = 29  # what the kernel keeps of a name; -E does not check


class Denied(Exception):
    """The table says no. ``about`` is the word to point at: chain, number, second, rule."""

    def __init__(self, message: str, about: str = "chain", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.about = about
        self.hint = hint


@dataclass(slots=True, eq=False)
class WorkChain:
    name: str
    policy: Verdict | None
    span: Span | None = None
    rules: list[RuleDraft] = field(default_factory=list)
    packets: int = 0
    bytes: int = 0

    def finished(self) -> Chain:
        rules = tuple([numbered(self.name, at, draft) for at, draft in enumerate(self.rules, 1)])
        return Chain(self.name, self.policy, rules, self.span, self.packets, self.bytes)


def numbered(chain: str, number: int, draft: RuleDraft) -> Rule:
    """The rule of a draft, in its place."""
    if draft.template is not None and draft.chain == chain:
        return Rule.later(number, draft)
    if draft.made is not None and draft.made.number == number:
        return draft.made
    return Rule(
        number, draft.ip, draft.matches, draft.target, draft.span, f"-A {chain}{draft.saved}",
        draft.packets, draft.bytes, draft.untold,
    )  # fmt: skip


@dataclass(slots=True, eq=False)
class WorkTable:
    family: int
    name: str
    chains: dict[str, WorkChain] = field(default_factory=dict)
    references: dict[str, int] = field(default_factory=dict)  # jumps to each user chain

    def __post_init__(self) -> None:
        for hook in TABLE_HOOKS[self.name]:
            self.chains[hook] = WorkChain(hook, Verdict.ACCEPT)

    def finished(self) -> Table:
        """Built-in chains in hook order, then the others by name, as the kernel keeps them."""
        own = [chain for chain in self.chains.values() if chain.policy is None]
        own.sort(key=lambda chain: chain.name.encode())
        built_in = [chain for chain in self.chains.values() if chain.policy is not None]
        return Table(self.name, {c.name: c.finished() for c in (*built_in, *own)})

    def begin_dump(self) -> None:
        """What ``*table`` does: all rules and user chains go, the policies stay."""
        self.chains = {n: c for n, c in self.chains.items() if c.policy is not None}
        self.references.clear()
        for chain in self.chains.values():
            chain.rules = []

    def keep(self, name: str | None) -> Callable[[], None]:
        """What puts the rules of this chain back as they are now (or does nothing)."""
        chain = self.chains.get(name or "")
        if chain is None:
            return lambda: None
        budget.look(len(chain.rules) // 32 + len(self.references) // 8)
        rules, references = list(chain.rules), dict(self.references)

        def restore() -> None:
            chain.rules, self.references = rules, references

        return restore

    def chain(self, name: str) -> WorkChain:
        chain = self.chains.get(name)
        if chain is None:
            raise Denied(f"the table {self.name} has no chain {name}", hint=self._no_chain(name))
        return chain

    def _no_chain(self, name: str) -> str:
        tables = [table for table, hooks in TABLE_HOOKS.items() if name in hooks]
        if tables:
            return f"{name} is a chain of {listed(tables)}"
        return alike(name, list(self.chains)) or (
            f"make it first: `:{name} - [0:0]` in a dump, `-N {name}` in a command"
        )

    def add_chain(self, name: str, span: Span | None) -> None:
        if name in self.chains:
            raise Denied(f"the chain {name} exists already")
        if name in STANDARD:
            raise Denied(f"{name} is a target, so no chain can have that name")
        self.chains[name] = WorkChain(name, None, span)

    def insert(self, name: str, drafts: Sequence[RuleDraft], number: int | None) -> int:
        """Append, or with ``number`` insert each before that rule: the last one comes first.

        Returns the place of the first of them, counted from 0.
        """
        chain = self.chain(name)
        if number is not None and number > len(chain.rules) + 1:
            raise Denied(_too_big("inserted before", number, chain), "number")
        for draft in drafts:
            self._count(draft, 1)
            if number is None:
                chain.rules.append(draft)
            else:
                chain.rules.insert(number - 1, draft)
        return len(chain.rules) - len(drafts) if number is None else number - 1

    def replace(self, name: str, draft: RuleDraft, number: int) -> None:
        chain = self.chain(name)
        if number > len(chain.rules):
            raise Denied(_too_big("replaced", number, chain), "number")
        self._count(draft, 1)
        self._count(chain.rules[number - 1], -1)
        chain.rules[number - 1] = draft

    def find(self, name: str, draft: RuleDraft) -> int:
        """The place of the first rule that is the same."""
        for place, rule in enumerate(self.chain(name).rules):
            if rule.same_as(draft):
                budget.look(place // 2)
                return place
        raise Denied(
            f"the chain {name} has no such rule", "rule",
            hint="all its words count, and what iptables-save adds to them counts too",
        )  # fmt: skip

    def delete(self, name: str, place: int) -> RuleDraft:
        """Take the rule at a place, counted from 0, out of the chain."""
        chain = self.chain(name)
        if place >= len(chain.rules):
            raise Denied(_too_big("deleted", place + 1, chain), "number")
        draft = chain.rules.pop(place)
        self._count(draft, -1)
        return draft

    def flush(self, name: str | None) -> None:
        for chain in [self.chain(name)] if name is not None else list(self.chains.values()):
            for draft in chain.rules:
                self._count(draft, -1)
            chain.rules = []

    def delete_chain(self, name: str | None) -> None:
        if name is None:
            names = [chain.name for chain in self.chains.values() if chain.policy is None]
        else:
            names = [name]
        for each in names:
            chain = self.chain(each)
            if chain.policy is not None:
                raise Denied(f"{each} is a built-in chain and cannot be deleted")
            if self.references.get(each, 0):
                goes = rules_text(self.references[each], "goes", "go")
                raise Denied(
                    f"the chain {each} cannot be deleted: {goes} to it",
                    hint="delete what goes to it first",
                )
            if chain.rules:
                raise Denied(
                    f"the chain {each} cannot be deleted: it has {rules_text(len(chain.rules))}",
                    hint=f"empty it first: -F {each}",
                )
            del self.chains[each]

    def rename_chain(self, old: str, new: str) -> None:
        if new in self.chains or new in STANDARD:
            raise Denied(f"the name {new} is taken", "second")
        if len(new.encode()) > LONGEST_RENAMED + 2:
            raise Denied(f"a chain's name has at most {LONGEST_RENAMED} bytes", "second")
        chain = self.chain(old)
        if chain.policy is not None:
            raise Denied(f"{old} is a built-in chain and keeps its name")
        new = new[:LONGEST_RENAMED]
        del self.chains[old]
        chain.name = new
        self.chains[new] = chain
        self.references[new] = self.references.pop(old, 0)
        budget.look(sum(len(user.rules) for user in self.chains.values()) // 4)
        for user in self.chains.values():
            for place, draft in enumerate(user.rules):
                target = draft.target if draft.jump == old else None
                if isinstance(target, Jump):
                    if draft.template is not None:
                        draft = user.rules[place] = draft.settled()
                    draft.jump, draft.target = new, replace(target, chain=new)
                    draft.target_text = f" -{'g' if target.goto else 'j'} {new}"

    def set_policy(self, name: str, policy: str) -> None:
        chain = self.chains.get(name)
        if chain is None or chain.policy is None:
            raise Denied(
                f"{name} is not a built-in chain of the table {self.name}, so it has no policy",
                hint=f"those with a policy are {listed(TABLE_HOOKS[self.name])}",
            )
        if policy not in ("ACCEPT", "DROP"):
            raise Denied(f"a policy is ACCEPT or DROP, not {policy}", "second")
        chain.policy = Verdict(policy)

    def _count(self, draft: RuleDraft, change: int) -> None:
        name = draft.jump
        if name:
            self.references[name] = self.references.get(name, 0) + change


def _too_big(what: str, number: int, chain: WorkChain) -> str:
    return (
        f"there is no rule {number} to be {what}: {chain.name} has {rules_text(len(chain.rules))}"
    )
