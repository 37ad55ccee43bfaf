"""Commands that stand between packets: each is run on the texts as the ones before left them.

Rules are changed by the loader that reads the rules text, the host by the reader of its text: a
command does here what the same line would do at the end of its own text.
"""

from __future__ import annotations

import re
from contextlib import suppress

from sim.base import budget
from sim.base.backends import backend_of
from sim.base.errors import Refused, SourceError, Span
from sim.base.frozen import dataclass, replace
from sim.extensions.extension import Names
from sim.model.changes import HostChange, HostChanged, RulesChanged, SetDeed
from sim.model.host import Host
from sim.model.rules import Rules
from sim.packet.script import DeviceChange, Event
from sim.read.flowfilter import conntrack_change
from sim.read.host.sets import deed_of
from sim.read.host.text import parse_host
from sim.read.host.words import HostCommand, Word, split_commands
from sim.read.lines import Line
from sim.read.names import names_of, only_family
from sim.read.rules.nft_checks import refused_by_nft
from sim.read.rules.ruleset import Loader

WHERE = "packets"
MOST_COMMANDS = 500  # of a packets text
COST = 20_000  # looks that each takes: the host text is read once more
_OF_RULES = re.compile(r"(?:ip6?|eb|arp)tables(?:-legacy|-nft)?(?:-save)?\Z")
_RESTORE = re.compile(
    r"\s*(?:sudo\s+)?(?:\S*/)?(?P<name>(?:ip6?|eb|arp)tables(?:-legacy|-nft)?-restore)\b"
)


@dataclass(frozen=True, slots=True)
class CommandsDone:
    """What a line of commands changes, and what there is to say of it."""

    changes: tuple[HostChange, ...]
    notes: tuple[str, ...]


class Session:
    """Rules and host while the packets text is read; ``host`` is the one at this line."""

    def __init__(self, rules: str, text: str, host: Host) -> None:
        """``host`` is what ``text`` says."""
        self._rules_text = rules
        self._text = text
        self.host = host
        self._loader: Loader | None = None
        self._names: _LiveNames | None = None
        self._rules = Rules()
        self._count = 0
        self._happened: list[str] = []  # to devices, as commands that do the same

    def run(self, line: Line) -> CommandsDone:
        """Run the commands of one line. Raises ``SourceError`` at its place in the packets."""
        changes: list[HostChange] = []
        notes: list[str] = []
        for pipeline in _pipelines(line):
            self._spend(line)
            command = _without_sudo(pipeline[0])
            if not command.words:
                raise _error(line, pipeline[0].words[0], "sudo runs nothing here")
            if len(pipeline) > 1 and command.name != "echo":
                raise _error(line, pipeline[1].words[0], "a pipe changes nothing between packets",
                             "write the command alone")  # fmt: skip
            own = _only(line, pipeline)
            before = self.host.notes
            if _OF_RULES.match(command.name):
                changes += self._change_rules(own)
            elif command.name == "conntrack":
                changes += conntrack_change(line, command)
            else:
                deed = deed_of(command)
                changes += self._change_host(own, deed)
                if deed is not None and deed.verb == "del":
                    continue  # whether its element is there, only the run knows
            notes += [note for note in self.host.notes if note not in before]
        return CommandsDone(tuple(changes), tuple(notes))

    def happened(self, event: Event) -> None:
        """A device goes down or up, or is renumbered: the next command finds the host so."""
        if event.action is not DeviceChange.ADDRESS:
            self._happened.append(f"ip link set {event.iface} {event.action}")
            return
        new = event.address
        assert new is not None
        scope = " scope global" if new.version == 6 else ""
        self._happened.append(f"ip -{new.version} addr flush dev {event.iface}{scope}")
        self._happened.append(f"ip addr add {new} dev {event.iface}")

    def _catch_up(self) -> None:
        """The run knows what happened to its devices by itself; here only the text learns it."""
        if not self._happened:
            return
        text = "\n".join((self._text.rstrip(), *self._happened, ""))
        self._happened.clear()
        with suppress(Refused):
            self._text, self.host = text, parse_host(text)

    def _spend(self, line: Line) -> None:
        self._count += 1
        if self._count > MOST_COMMANDS:
            raise SourceError(f"a packets text has at most {MOST_COMMANDS} commands", line.span(),
                              where=WHERE, hint="put those before the first packet into the "
                              "rules and the host text")  # fmt: skip
        budget.look(COST)

    def _change_rules(self, line: Line) -> list[HostChange]:
        loader = self._loaded(line)
        errors = loader.feed(line.text, first=0)
        for tables in loader.frames.values():
            errors = [*errors, *tables.problems()]
        if errors:
            raise _moved(line, errors[0])
        before, after = self._rules, loader.rules()
        is_nft = (self.host.backend or backend_of(self._rules_text)) == "nft"
        for error in refused_by_nft(after, loads_all=is_nft):
            raise _moved(line, error)
        self._rules = after
        return [RulesChanged(before, after)] if after != before else []

    def _loaded(self, line: Line) -> Loader:
        """The rules text in its loader, which the first command asks for."""
        if self._loader is None:
            known = self.host if self._text.strip() else None
            self._names = _LiveNames(names_of(known))
            loader = Loader(self._rules_text, self._names.now, None, only_family(known))
            loader.run()
            if loader.errors:
                raise SourceError("the rules have errors, so this changes nothing", line.span(),
                                  where=WHERE, hint="mend the rules first")  # fmt: skip
            self._loader, self._rules = loader, loader.rules()
        return self._loader

    def _change_host(self, line: Line, deed: SetDeed | None) -> list[HostChange]:
        self._catch_up()
        text = f"{self._text.rstrip()}\n{line.text}\n"
        before = self.host
        if not self._text.strip():
            text = f"\n{line.text}\n"
        try:
            after = parse_host(text)
        except Refused as refused:
            raise _moved(line, refused.errors[0]) from None
        self._text, self.host = text, after
        if self._names is not None:
            self._names.learn(names_of(after))
        if deed is not None:
            told = [note for note in after.notes if note not in before.notes]
            return [HostChanged(before, after, replace(deed, otherwise="".join(told[-1:])))]
        same = replace(after, notes=before.notes)
        return [HostChanged(before, after)] if same != before else []


class _LiveNames:
    """What the loader looks names up in, kept as the host is now."""

    def __init__(self, first: Names) -> None:
        self._sets = None if first.sets is None else dict(first.sets)
        self._families = dict(first.set_families)
        self._hosts = dict(first.hostnames)
        self.now = replace(
            first, sets=self._sets, set_families=self._families, hostnames=self._hosts
        )

    def learn(self, names: Names) -> None:
        """The host has changed; sets that nobody knew before stay unknown."""
        if self._sets is not None:
            self._sets.clear()
            self._sets.update(names.sets or {})
        self._families.clear()
        self._families.update(names.set_families)
        self._hosts.update(names.hostnames)


def _pipelines(line: Line) -> list[list[HostCommand]]:
    found = _RESTORE.match(line.text)
    if found is not None:
        raise SourceError(
            f"{found['name']} has no dump to read between packets", line.span(*found.span("name")),
            where=WHERE,
            hint="write the commands that make the difference: iptables -I INPUT 1 -j DROP",
        )  # fmt: skip
    try:
        return split_commands(line)
    except SourceError as error:
        raise SourceError(error.message, error.span, where=WHERE, hint=error.hint) from None


def _without_sudo(command: HostCommand) -> HostCommand:
    words = command.words
    if command.name == "sudo":
        words = words[1:]
        while words and words[0].text.startswith("-"):
            words = words[2 if words[0].text in ("-u", "-g") else 1 :]
    return replace(command, words=words)


def _only(line: Line, pipeline: list[HostCommand]) -> Line:
    """The line with only these commands, at their place."""
    words = [word for command in pipeline for word in command.words]
    targets = [target for command in pipeline for _, target in command.redirects]
    start = min(word.start for word in words)
    end = max(word.end for word in (*words, *targets))
    return Line(line.number, " " * start + line.text[start:end], line.joins)


def _error(line: Line, word: Word, message: str, hint: str = "") -> SourceError:
    return SourceError(message, line.span(word.start, word.end), where=WHERE, hint=hint)


def _moved(line: Line, error: SourceError) -> SourceError:
    """An error of the command's own text, at its place in the packets text."""
    start = max(error.span.column - 1, 0)
    span: Span = line.span(start, max(error.span.end_column - 1, start + 1))
    return SourceError(error.message, span, where=WHERE, hint=error.hint, kind=error.kind)
