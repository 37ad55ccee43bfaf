"""What may differ in lines of one shape, and what they are like without it.

**Slot.** A word that may differ without changing what any other word means: a chain of the
table, an address, a device, a value of an extension's option, a counter. It holds plain words
alone (no negation, no quote within, nothing that begins like an option), so that the line falls
apart into the same words. Its value is checked by the function that the ordinary reader calls,
and remembered for the length of the load; where the learnt line has one that is *plain* (an IPv4
address in figures, a port in figures, a comment), the slot takes nothing that is not, and its
values need no check: they are read when somebody looks. A built-in chain, a protocol, a match's
and a target's name are no slots, because other words depend on them.
"""

from __future__ import annotations

import re
from dataclasses import field

from sim.base.frozen import dataclass
from sim.extensions.matchers import MATCHES
from sim.extensions.targets import TARGETS
from sim.model.rules import STANDARD, TABLE_HOOKS
from sim.read.command import Typed, Use
from sim.read.rules.uses import Values

BUILT_IN = {hook.value for hooks in TABLE_HOOKS.values() for hook in hooks}

# What a slot takes: plain words, or plain characters between double quotes.
# All of ASCII: then as many bytes as characters.
PLAIN = r'[^ \t"!-][^ \t"]{0,254}'
QUOTED = r'[^ \t"\\!-][^"\\]{0,254}'
IS_PLAIN, IS_QUOTED = re.compile(PLAIN).fullmatch, re.compile(QUOTED).fullmatch
COUNTERS = re.compile(r"\[([0-9]{1,20}):([0-9]{1,20})\]")

# Words that other words depend on, beside all that begin with a dash.
_NAMES = frozenset(
    {
        *BUILT_IN,
        *STANDARD,
        "tcp",
        "udp",
        "icmp",
        "all",
        *(name for name, _ in (*MATCHES, *TARGETS)),
    }
)

Skeleton = tuple[str, ...]


def skeleton_of(text: str) -> Skeleton:
    """A line without its values, to look templates up by; lines that differ in more share it."""
    return tuple([word for word in text.split(" ") if word[:1] == "-" or word in _NAMES])


@dataclass(frozen=True, slots=True)
class Slot:
    """A word of a template that may differ. ``group`` is its place in the regular expression."""

    word: int
    group: int
    is_quoted: bool


@dataclass(slots=True)
class OptionSlots:
    """An extension's use in which values may differ: for each of these typed options, by its
    number, its words, each as it is or the number of a value."""

    use: Use
    parts: dict[int, tuple[str | int, ...]]
    values: tuple[int, ...]  # the numbers of all its values
    is_plain: bool  # so that all its values are sure to be read
    read: Values  # of the line that was learnt from
    known: dict[tuple[str, ...], Values] = field(default_factory=dict)  # those read already

    def filled(self, values: tuple[str, ...]) -> Use:
        """The use with the values of a line."""
        typed = list(self.use.typed)
        for number, parts in self.parts.items():
            was = typed[number]
            text = " ".join(values[part] if isinstance(part, int) else part for part in parts)
            typed[number] = Typed(
                was.option, was.negated, text, was.first, was.last, was.protocol,
                was.protocol_negated,
            )  # fmt: skip
        return Use(self.use.extension, self.use.name, self.use.at, typed)
