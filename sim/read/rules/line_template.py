"""Lines that are shaped like one that was read: a template of it reads them.

**Template.** The line as an anchored regular expression: what a person wrote, letter by letter,
with slots in the places of values. Nothing but a slot may differ: not a blank, not an option's
name, nor the order. So all that depends on options (which match has which, what excludes what,
what prints how) is known from the line that it was learnt from. Its rules are made when somebody
looks at them; the kernel's checks that do not look at values are made once for each set of hooks.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from sim.base.errors import Span
from sim.base.values import SAVED_ADDRESS
from sim.extensions.extension import EVERY_TEXT
from sim.extensions.targets import TARGETS
from sim.model.rules import (
    FIXED,
    Arg,
    DeviceName,
    Hook,
    IpPart,
    Jump,
    Match,
    Standard,
    Target,
)
from sim.read.addresses import device
from sim.read.command import LONGEST_NAME, Command, Fault, Use
from sim.read.lines import Line
from sim.read.rules.draft import RuleDraft
from sim.read.rules.drafts import Drafts, counters, ip_text
from sim.read.rules.slots import (
    BUILT_IN,
    COUNTERS,
    IS_PLAIN,
    IS_QUOTED,
    PLAIN,
    QUOTED,
    OptionSlots,
    Skeleton,
    Slot,
)
from sim.read.rules.tables import WorkTable
from sim.read.rules.uses import Values, args_of
from sim.read.statements import DumpLine, StatementWords

MOST_SLOTS = 24

_compiled = lru_cache(maxsize=1024)(re.compile)
_blank = object.__new__


class FilledDraft(RuleDraft):
    """A rule whose line a template has taken. What is not set is made when it is asked for."""

    __slots__ = ("line", "match")

    if TYPE_CHECKING:
        line: int
        match: re.Match[str]
        template: LineTemplate

    def __getattr__(self, name: str) -> object:
        template = self.template
        assert isinstance(template, LineTemplate)
        make = _MAKERS.get(name)
        if make is None:
            raise AttributeError(name)
        make(template, self)
        return object.__getattribute__(self, name)

    @property
    def shape(self) -> LineTemplate:
        """What all rules of its template share, and no other."""
        return self.template

    @property
    def texts(self) -> tuple[str, ...]:
        """What stands in the slots."""
        return self.match.groups()

    if not TYPE_CHECKING:

        @property
        def objects(self) -> bool:
            return self.template.objects

    @property
    def match_names(self) -> tuple[str, ...]:
        return self.template.match_names

    def arg(self, match: int, flag: str) -> Arg | None:
        """An option of one of its matches, without its place."""
        return self.template.arg(self, match, flag)

    @property
    def target_name(self) -> str:
        return self.template.extension_name

    @property
    def text(self) -> str:
        """As iptables-save prints it, from ``-A``."""
        return f"-A {self.chain}{self.saved}"


class LineTemplate:
    """One shape of line of one table, and what is known of the values seen in its slots."""

    def __init__(
        self, drafts: Drafts, table: WorkTable, line: DumpLine, command: Command,
        draft: RuleDraft, skeleton: Skeleton,
    ) -> None:  # fmt: skip
        self.drafts, self.table, self.command, self.skeleton = drafts, table, command, skeleton
        self.taken = 0  # lines
        # The templates of the last two kinds of lines that came behind one of this.
        self.follower = self.other = self
        self.words = len(command.words.texts)
        self.ends_walk = draft.ends_walk
        self.has_uses = bool(draft.match_uses or draft.target_use)
        self.objects = draft.objects
        self.goto = command.goto
        self.standard = draft.target.verdict if isinstance(draft.target, Standard) else None
        self.target_use = draft.target_use
        self.match_names = tuple([use.extension.name for use in command.matches])
        self.extension_name = self.target_use.extension.name if self.target_use else ""
        self.target_name = "" if isinstance(draft.target, Jump) else command.jump
        self._passed: set[object] = set()
        self._slots: list[Slot] = []
        self._pieces: list[str] = []
        self._bases: list[tuple[int, int, int, int]] = []  # see ``places``
        self.counters = -1  # the number of the packets' value; that of the bytes is behind it
        self._plain: set[int] = set()  # the numbers of values that are sure to be read
        self._build(line, self._wanted(draft))
        values = {slot.word: number for number, slot in enumerate(self._slots)}
        if self.counters >= 0:
            values = {word: number + 2 for word, number in values.items()}
        at = command.at
        self.chain_value = values.get(at["chain"], -1)
        self.chain = command.chain or ""
        self.jump_value = values.get(at["j"] + 1, -1) if isinstance(draft.target, Jump) else -1
        self.is_whole = self.jump_value >= 0 or not isinstance(draft.target, Jump)
        self.addresses = [
            (letter, values[at[letter] + 1]) for letter in "sd" if at.get(letter, -9) + 1 in values
        ]
        self._unsure = [each for each in self.addresses if each[1] not in self._plain]
        self._saved = [number for _, number in self.addresses if number in self._plain]
        self.devices = [
            (letter, values[at[letter] + 1]) for letter in "io" if at.get(letter, -9) + 1 in values
        ]
        self.ip = draft.ip
        self.options: dict[int, OptionSlots] = {}  # by the use's number; -1: the target's
        uses = list(enumerate(command.matches))
        if draft.target_use is not None:
            uses.append((-1, draft.target_use))
        for number, use in uses:
            slots = self._slots_of(use, values)
            if slots is not None:
                self.options[number] = slots
        self._option_slots = list(self.options.values())
        self._unread = [slots for slots in self._option_slots if not slots.is_plain]
        self.loads = [
            value
            for slots in self._option_slots
            if not getattr(slots.use.extension, "always_holds", False)
            for value in slots.values
        ] if any(use.extension.load for _, use in uses) else []  # fmt: skip
        self._clauses = self._clause_slots()
        self._devices: dict[tuple[str, str], DeviceName] = {}
        self.match = _compiled("".join(self._pieces) + r"\Z").match

    # ---- learning

    def _wanted(self, draft: RuleDraft) -> dict[int, tuple[str, str]]:
        """The words that may differ, by number, each with the text that was read from it and what
        it is like where it is plain (empty: that is not known of it)."""
        command = self.command
        wanted = {}
        if command.chain not in BUILT_IN:
            wanted[command.at["chain"]] = command.chain or "", ""
        like = SAVED_ADDRESS if self.drafts.family == 4 else ""
        for letter, text in (("s", command.source), ("d", command.destination)):
            if text is not None:
                wanted[command.at[letter] + 1] = text, like
        for letter, name in (("i", command.in_iface), ("o", command.out_iface)):
            if name is not None:
                wanted[command.at[letter] + 1] = name.name + "+" * name.prefix, ""
        if isinstance(draft.target, Jump):
            wanted[command.at["j"] + 1] = command.jump, ""
        for use in (*command.matches, *([draft.target_use] if draft.target_use else [])):
            for typed in use.typed:
                option = typed.option
                words = command.words.texts[typed.first + 1 : typed.last + 1]
                if option.parse is None or option.optional:
                    continue
                if len(words) == option.words and " ".join(words) == typed.text:
                    like = option.plain if len(words) == 1 else ""
                    wanted.update(
                        (at, (word, like)) for at, word in enumerate(words, typed.first + 1)
                    )
        return wanted

    def _build(self, line: DumpLine, wanted: dict[int, tuple[str, str]]) -> None:
        """The regular expression: what is written, with slots."""
        text, words = line.words.line.text, line.words
        done = group = 0
        base = 0, 0  # a group, and where it ended in the line that is learnt from
        counted = COUNTERS.match(text) if line.counters else None
        if counted is not None:
            self._pieces.append(r"\[([0-9]{1,20}):([0-9]{1,20})")
            self.counters, group = 0, 2
            done, base = counted.end(2), (2, counted.end(2))
        for number, (start, end) in enumerate(words.places):
            self._pieces.append(re.escape(text[done:start]))
            begin = base[0], start - base[1]
            written = text[start:end]
            value = words.texts[number]
            is_quoted = written == f'"{value}"' and IS_QUOTED(value) is not None
            read, like = wanted.get(number, (None, ""))
            is_slot = read == value and len(self._slots) < MOST_SLOTS
            if is_slot and (is_quoted or (written == value and IS_PLAIN(value))):
                group += 1
                self._slots.append(Slot(number, group, is_quoted))
                taken = QUOTED if is_quoted else PLAIN
                if like == EVERY_TEXT:
                    self._plain.add(group - 1)
                elif like and not is_quoted and _compiled(like).fullmatch(value):
                    self._plain.add(group - 1)
                    taken = like
                self._pieces.append(f'"({taken})"' if is_quoted else f"({taken})")
                base = group, end - is_quoted
            else:
                self._pieces.append(re.escape(written))
            self._bases.append((*begin, base[0], end - base[1]))
            done = end
        self._pieces.append(re.escape(text[done:]))

    def _slots_of(self, use: Use, values: dict[int, int]) -> OptionSlots | None:
        """The slots in the options of a use; ``values``: the number of each word's value."""
        texts = self.command.words.texts
        parts: dict[int, tuple[str | int, ...]] = {}
        for number, typed in enumerate(use.typed):
            words = range(typed.first + 1, typed.last + 1)
            if any(word in values for word in words):
                parts[number] = tuple(values.get(word, texts[word]) for word in words)
        if not parts:
            return None
        numbers = tuple(part for words in parts.values() for part in words if isinstance(part, int))
        is_plain = use.extension.check is None and self._plain.issuperset(numbers)
        read = self.drafts.uses.values_of(use, self.command)[0]
        return OptionSlots(use, parts, numbers, is_plain, read)

    # ---- a line

    def filled(self, match: re.Match[str], line: int) -> FilledDraft | None:
        """The rule of a line, at the end of its chain; ``None``: nothing has happened, and the
        ordinary reader must say what is wrong with the line."""
        values = match.groups()
        chains = self.table.chains
        name = self.chain
        if self.chain_value >= 0:
            name = values[self.chain_value]
            if name in BUILT_IN or len(name) > LONGEST_NAME:
                return None
        chain = chains.get(name)
        if chain is None:
            return None
        jump = ""
        if self.jump_value >= 0:
            jump = values[self.jump_value]
            there = chains.get(jump)
            if there is None or there.policy is not None or len(jump) > LONGEST_NAME:
                return None
            if (jump, self.drafts.family) in TARGETS:
                return None
        elif self.target_name in chains:
            return None
        for letter, number in self.devices:
            if (letter, values[number]) not in self._devices and not self._is_device(
                letter, values[number]
            ):
                return None
        for letter, number in self._unsure:
            if not self._is_address(letter, values[number]):
                return None
        for slots in self._unread:
            if self._read(slots, values) is None:
                return None
        for number in self._saved:
            self.drafts.meet(values[number])
        draft = _blank(FilledDraft)
        draft.template = self
        draft.match = match
        draft.line = line
        draft.chain = name
        draft.jump = jump
        chain.rules.append(draft)
        if jump:
            references = self.table.references
            references[jump] = references.get(jump, 0) + 1
        return draft

    def _read(self, slots: OptionSlots, values: tuple[str, ...]) -> Values | None:
        """What the options of a use are on a line; ``None``: it has something that is not read."""
        key = tuple([values[number] for number in slots.values])
        known = slots.known.get(key)
        if known is None:
            known = self.drafts.uses.again(
                slots.filled(values), self.command, slots.read, slots.parts
            )
            if known is not None:
                slots.known[key] = known
        return known

    def _is_address(self, letter: str, text: str) -> bool:
        """Is it one address, which the ordinary reader takes?"""
        parts = self.drafts.addresses.get(text)
        if parts is not None:
            return len(parts) == 1
        try:
            return len(self.drafts.address_parts(self.command, text, letter)) == 1
        except Fault:
            return False

    def _is_device(self, letter: str, text: str) -> bool:
        try:
            name = device(text, letter in self.command.negated)
        except ValueError:
            return False
        self._devices[letter, text] = name
        return True

    # ---- the kernel's checks

    def has_passed(self, draft: RuleDraft, hooks: frozenset[Hook]) -> bool:
        """Has the kernel said yes to such a rule where these hooks reach it?"""
        return self._key(draft, hooks) in self._passed

    def passes(self, draft: RuleDraft, hooks: frozenset[Hook]) -> None:
        """It has said yes to this one, and changed nothing."""
        self._passed.add(self._key(draft, hooks))

    def _key(self, draft: RuleDraft, hooks: frozenset[Hook]) -> object:
        if not self.loads:
            return hooks
        assert isinstance(draft, FilledDraft)
        values = draft.match.groups()
        return (hooks, *[values[number] for number in self.loads])

    # ---- what a rule is, when somebody looks

    def slot(self, flag: str, match: int = -1) -> int | None:
        """As ``RuleShape`` has it."""
        return self._clauses.get((flag, match), FIXED)

    def _clause_slots(self) -> dict[tuple[str, int], int | None]:
        """The slot of each clause that has any: its flag and match to the value's number."""
        found: dict[tuple[str, int], int | None] = {}
        for letter, value in (*self.addresses, *self.devices):
            is_plain = value in self._plain and letter not in self.command.negated
            found[f"-{letter}", -1] = value if is_plain else None
        for match, slots in self.options.items():
            for number, parts in slots.parts.items():
                typed = slots.use.typed[number]
                key = typed.option.flag, match
                value = parts[0] if len(parts) == 1 and isinstance(parts[0], int) else -1
                is_plain = value in self._plain and not typed.negated and key not in found
                found[key] = value if is_plain else None
        return found

    def places(self, match: re.Match[str]) -> list[tuple[int, int]]:
        """Where each word of a line begins and ends: so far behind the end of a slot before it."""
        ends = [0, *[end for _, end in match.regs[1:]]]
        return [(ends[a] + b, ends[c] + d) for a, b, c, d in self._bases]

    def words_of(self, draft: FilledDraft) -> StatementWords:
        match = draft.match
        line = Line(draft.line, match.string)
        return StatementWords(line, self.command.words.texts, self.places(match))

    def make_ip(self, draft: FilledDraft) -> None:
        if not self.addresses and not self.devices:
            draft.ip = self.ip
            return
        values = draft.match.groups()
        was = self.ip
        source, destination = was.source, was.destination
        in_iface, out_iface = was.in_iface, was.out_iface
        for letter, number in self.addresses:
            part = self.drafts.address_parts(self.command, values[number], letter)[0]
            if letter == "s":
                source = part
            else:
                destination = part
        for letter, number in self.devices:
            name = self._devices[letter, values[number]]
            if letter == "i":
                in_iface = name
            else:
                out_iface = name
        draft.ip = IpPart(
            source, destination, in_iface, out_iface, was.protocol, was.fragment, was.any_protocol
        )

    def make_ip_text(self, draft: FilledDraft) -> None:
        draft.ip_text = ip_text(draft.ip)

    def make_matches(self, draft: FilledDraft) -> None:
        if not self.command.matches:
            draft.matches = ()
            return
        words = self.words_of(draft)
        matches: list[Match] = []
        for number, use in enumerate(self.command.matches):
            args = args_of(self._values(draft, number, use), use.typed, words)
            matches.append(Match(use.extension.name, args, words.span(use.at)))
        draft.matches = tuple(matches)

    def make_match_text(self, draft: FilledDraft) -> None:
        text = ""
        for number, use in enumerate(self.command.matches):
            said = self._said(draft, number, use)
            text += f" -m {use.extension.name} {said}" if said else f" -m {use.extension.name}"
        draft.match_text = text

    def _values(self, draft: FilledDraft, number: int, use: Use) -> Values:
        """What a use's options are on the line of a rule."""
        slots = self.options.get(number)
        if slots is None:
            return self.drafts.uses.values_of(use, self.command)[0]
        values = self._read(slots, draft.match.groups())
        assert values is not None
        return values

    def arg(self, draft: FilledDraft, number: int, flag: str) -> Arg | None:
        """An option of one of a rule's matches, without its place."""
        use = self.command.matches[number]
        if use.extension.load is not None:  # which may have put others there
            return draft.matches[number].args.get(flag)
        for name, value, negated, _ in self._values(draft, number, use):
            if name == flag:
                return Arg(name, value, negated)
        return None

    def _said(self, draft: FilledDraft, number: int, use: Use) -> str:
        """How iptables-save prints them."""
        slots = self.options.get(number)
        filled = use if slots is None else slots.filled(draft.match.groups())
        return self.drafts.uses.values_of(filled, self.command)[1]

    def make_target(self, draft: FilledDraft) -> None:
        if not self.command.jump:
            draft.target = None
            return
        words = self.words_of(draft)
        span = words.span(self.command.at["j"] + 1)
        if draft.jump:
            draft.target = Jump(draft.jump, self.goto, span)
        elif self.standard is not None:
            draft.target = Standard(self.standard, span)
        elif self.target_use is not None:
            use = self.target_use
            args = args_of(self._values(draft, -1, use), use.typed, words)
            draft.target = Target(self.extension_name, args, words.span(use.at))

    def make_target_text(self, draft: FilledDraft) -> None:
        if draft.jump:
            draft.target_text = f" -{'g' if self.goto else 'j'} {draft.jump}"
        elif self.standard is not None:
            draft.target_text = f" -j {self.standard.value}"
        elif self.target_use is not None:
            said = self._said(draft, -1, self.target_use)
            name = self.extension_name
            draft.target_text = f" -j {name} {said}" if said else f" -j {name}"
        else:
            draft.target_text = ""

    def make_span(self, draft: FilledDraft) -> None:
        places = self.places(draft.match)
        draft.span = Span(draft.line, places[0][0] + 1, draft.line, places[-1][1] + 1)

    def make_counters(self, draft: FilledDraft) -> None:
        draft.packets = draft.bytes = 0
        if self.counters >= 0:
            packets, octets = draft.match.groups()[:2]
            draft.packets, draft.bytes = counters(f"[{packets}:{octets}]")

    def make_rest(self, draft: FilledDraft) -> None:
        draft.match_uses, draft.target_use, draft.untold = (
            self.command.matches, self.target_use, ()
        )  # fmt: skip

    def make_state(self, draft: FilledDraft) -> None:
        draft.checked = draft.made = None


_MAKERS = {
    "ip": LineTemplate.make_ip, "ip_text": LineTemplate.make_ip_text,
    "matches": LineTemplate.make_matches, "match_text": LineTemplate.make_match_text,
    "target": LineTemplate.make_target, "target_text": LineTemplate.make_target_text,
    "span": LineTemplate.make_span, "packets": LineTemplate.make_counters,
    "bytes": LineTemplate.make_counters, "match_uses": LineTemplate.make_rest,
    "target_use": LineTemplate.make_rest, "untold": LineTemplate.make_rest,
    "checked": LineTemplate.make_state, "made": LineTemplate.make_state,
}  # fmt: skip
