"""Tables that change while a text is still being read: what a command did, and what is there.

A script asks (``iptables -C … || iptables -A …``) and goes on by the answer, so each command runs
on the tables as the ones before have left them.
"""

from __future__ import annotations

from sim.base.errors import SourceError
from sim.extensions.extension import Names
from sim.model.rules import Ruleset
from sim.read.rules.ruleset import Loader


class Live:
    """The tables of both families. Texts that are only put down are read when somebody asks."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._loader = Loader("", names, None)
        self._done: list[str] = []  # what has changed the tables, to begin anew from
        self._waiting: list[str] = []

    def put(self, text: str) -> None:
        """A dump, or commands, whose errors are for the final reading to tell."""
        self._waiting.append(text)

    def run(self, text: str) -> list[SourceError]:
        """Run a command line: what is wrong with it; then nothing has changed."""
        self._catch_up()
        errors = self._loader.feed(text)
        if not errors:
            self._done.append(text)
        return errors

    def restore(self, text: str) -> list[SourceError]:
        """Load a whole text or nothing of it: what is wrong with it."""
        self._catch_up()
        errors = self._loader.feed(text)
        if errors:
            self._loader = Loader("", self._names, None)
            for done in self._done:
                self._loader.feed(done)
            return errors
        self._done.append(text)
        return []

    def ruleset(self, family: int) -> Ruleset:
        """The tables of a family (4 or 6) as they are now."""
        self._catch_up()
        return self._loader.finished(family)

    def saved(self, family: int, table: str = "") -> str:
        """What iptables-save prints now: of one table, or of all that are there."""
        lines: list[str] = []
        for one in self.ruleset(family).tables.values():
            if table in ("", one.name):
                lines.append(f"*{one.name}")
                chains = one.chains.values()
                lines += [f":{chain.name} {chain.policy or '-'} [0:0]" for chain in chains]
                lines += [rule.text for chain in chains for rule in chain.rules]
                lines.append("COMMIT")
        return "".join(f"{line}\n" for line in lines)

    def _catch_up(self) -> None:
        waiting, self._waiting = self._waiting, []
        for text in waiting:
            self._loader.feed(text)
            self._done.append(text)
