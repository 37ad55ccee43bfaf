"""Lines of a dump that are shaped like one that was read before: read by a template.

The ordinary reader is the definition: it finds the words of a line, what each means, what the
line makes and what is wrong with it. Lines of a big ruleset are alike, and what it found for one
holds for all that have other values in the same places. So from a line that it has read well, a
template is learnt, and the next line of that shape costs one regular expression and a look at
each value. What no template takes, and every line in which anything is wrong, goes the ordinary
way, so rules, places, messages and warnings are the same with and without.

What a template is stands in ``line_template``, what may differ in ``slots``, and when templates
pay in ``thrift``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import field

from sim.base import budget
from sim.base.errors import Span
from sim.base.frozen import dataclass
from sim.model.rules import STANDARD
from sim.read.command import LONGEST_NAME, Command
from sim.read.rules.drafts import Drafts
from sim.read.rules.line_template import FilledDraft, LineTemplate
from sim.read.rules.slots import COUNTERS, Skeleton, skeleton_of
from sim.read.rules.tables import WorkChain, WorkTable
from sim.read.rules.thrift import FAMILIAR_AT, LEARNT_AT, MOST_FAMILIAR, WORTH_IT, thrift_now
from sim.read.statements import DumpLine

LONGEST_LEARNT = 2000  # characters; with every slot filled it is shorter than the tools' buffer
MOST_ALIKE = 12  # templates under one skeleton
MOST_TEMPLATES = 400  # of one table
MOST_SKELETONS = 4096
# Where templates take less than a third of the lines, nobody looks for one for a while.
CREDIT, MOST_CREDIT, CREDIT_AGAIN, REST = 96, 256, 24, 500

# People paste the same shapes again.
_familiar: dict[Skeleton, None] = {}


# A chain as iptables-save declares it.
_DECLARED = re.compile(r':([^ \t"!-][^ \t"]*) - \[([0-9]{1,20}):([0-9]{1,20})\]')


def declares(text: str, line: int, table: WorkTable) -> bool:
    """A line that makes a chain of a dump's table: the chain is made, if all is well with it."""
    found = _DECLARED.fullmatch(text)
    if found is None or not text.isascii():
        return False
    name = found[1]
    if len(name) > LONGEST_NAME or name in table.chains or name in STANDARD:
        return False
    chain = table.chains[name] = WorkChain(name, None, Span(line, 1, line, len(text) + 1))
    chain.packets, chain.bytes = int(found[2]), int(found[3])
    return True


@dataclass(slots=True)
class Alike:
    """The templates of lines that are the same without their values."""

    skeleton: Skeleton
    seen: int = 0  # how many lines no template took
    tries: int = 0  # how many times one was to be learnt
    templates: list[LineTemplate] = field(default_factory=list)


class Templates:
    """All templates of one table during one load."""

    def __init__(self, drafts: Drafts, table: WorkTable) -> None:
        self._drafts, self._table = drafts, table
        self._skeletons: dict[Skeleton, Alike] = {}
        self._learnt_at = thrift_now().learnt_at
        self._credit, self._rest = CREDIT, 0  # lines that none need take, lines until then
        self._count = 0
        self._last: LineTemplate | None = None
        self._wanted: Alike | None = None  # where one is learnt from the line at hand, if any

    def take(self, lines: Sequence[str], at: int, first: int) -> int:
        """Append the rules of lines from place ``at`` on, as far as templates take them.

        ``first`` is the number of the line at place 0. Gives the place of the first line that
        the ordinary reader must read. Raises ``Spent``.
        """
        self._wanted = None
        spent = budget.at_hand()
        for place in range(at, len(lines)):
            text = lines[place]
            number = place + first
            spent.at_line(number or spent.line)
            if text[:1] == ":":
                if not declares(text, number, self._table):
                    return place
            elif self._takes(text, number):
                spent.make(1, "rules")
            else:
                return place
        return len(lines)

    def _takes(self, text: str, line: int) -> bool:
        if self._rest:
            self._rest -= 1
            return False
        last = self._last
        draft = None
        if last is not None and text.isascii():
            template = last.follower
            match = template.match(text)
            if match is None and last.other is not template:
                template = last.other
                match = template.match(text)
            if match is not None:
                draft = template.filled(match, line)
        if draft is None:
            draft = self._looked_up(text, line)
            if draft is None:
                self._credit -= 1
                if self._credit <= 0:
                    self._credit, self._rest = CREDIT_AGAIN, REST
                return False
        if self._credit < MOST_CREDIT:
            self._credit += 2
        self._last = template = draft.template
        template.taken += 1
        if template.taken == WORTH_IT and len(_familiar) < MOST_FAMILIAR:
            _familiar[template.skeleton] = None
        if last is not None and last.follower is not template:
            last.follower, last.other = template, last.follower
        return True

    def _looked_up(self, text: str, line: int) -> FilledDraft | None:
        """The same by the line's skeleton; where none takes it, one may be wanted."""
        if text[:1] not in ("-", "[") or len(text) > LONGEST_LEARNT or not text.isascii():
            return None
        skeleton = skeleton_of(text)
        alike = self._skeletons.get(skeleton)
        if alike is None:
            if len(self._skeletons) >= MOST_SKELETONS:
                return None
            alike = self._skeletons[skeleton] = Alike(skeleton)
        templates = alike.templates
        for template in templates:
            match = template.match(text)
            draft = template.filled(match, line) if match is not None else None
            if draft is not None:
                if template is not templates[0]:
                    templates.remove(template)
                    templates.insert(0, template)
                return draft
        alike.seen += 1
        if (
            alike.seen >= min(FAMILIAR_AT if skeleton in _familiar else LEARNT_AT, self._learnt_at)
            and alike.tries < MOST_ALIKE
        ):
            self._wanted = alike
        return None

    def learn(self, line: DumpLine, command: Command) -> None:
        """Make a template of a line that was read and appended just now, if one is wanted."""
        alike, self._wanted = self._wanted, None
        if alike is None:
            return
        alike.tries += 1
        if command.letters != "A" or command.other_family or command.untold:
            return
        if self._count >= MOST_TEMPLATES:
            return
        rules = self._table.chains[command.chain or ""].rules
        if not rules or rules[-1].template is not None:
            return
        draft = rules[-1]
        if draft.span != line.words.span(0, len(line.words.texts) - 1):
            return
        if len(line.words.texts) > 60 or any(len(text) > 255 for text in line.words.texts):
            return
        for text, letter in ((command.source, "s"), (command.destination, "d")):
            if text is not None and len(self._drafts.address_parts(command, text, letter)) != 1:
                return
        if line.counters and COUNTERS.fullmatch(line.counters) is None:
            return
        if "c" in command.at:
            return
        template = LineTemplate(self._drafts, self._table, line, command, draft, alike.skeleton)
        if template.is_whole:
            alike.templates.insert(0, template)
            self._count += 1
            self._last = self._last or template
