"""What options of several matches share: text to value, and values that are lists of ranges.

Text is read as the tools read it, quirks kept; a message of ours replaces theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sim.base.frozen import dataclass
from sim.base.values import Masked, Range
from sim.extensions.args import inet_aton, integer, ipv6, mask_length
from sim.extensions.extension import Refusal, RuleContext
from sim.model.rules import Arg

UINT32 = 0xFFFFFFFF
UINT64 = 0xFFFFFFFFFFFFFFFF


def cut_text(limit: int, *, least: int = 0) -> Callable[[str, RuleContext], str]:
    """A string that the tool cuts, without a word, after ``limit`` bytes (XTOPT_PUT)."""

    def parse(text: str, rule: RuleContext) -> str:
        if len(text.encode()) < least:
            raise ValueError(f"at least {least} characters" if least > 1 else "not an empty text")
        return text.encode()[:limit].decode(errors="replace")

    return parse


def signed32(value: int) -> int:
    """How ``printf("%d")`` shows an unsigned 32-bit number."""
    return value - (1 << 32) if value > 0x7FFFFFFF else value


@dataclass(frozen=True, slots=True)
class NamedMask(Masked):
    """A masked number whose full-mask form may have a name (device groups, realms)."""

    name: str = ""

    def __str__(self) -> str:
        if self.mask != UINT32:
            return f"{self.value:#x}/{self.mask:#x}"
        return self.name or f"{self.value:#x}"


def named_mask(names: Mapping[str, int]) -> Callable[[str, RuleContext], NamedMask]:
    """``NUMBER[/MASK]`` or one of ``names`` (the files in /etc/iproute2); value not masked."""

    def parse(text: str, rule: RuleContext) -> NamedMask:
        if text in names:
            return NamedMask(names[text], name=text)
        value, found, mask = text.partition("/")
        try:
            number = integer(value)
            bits = integer(mask) if found else UINT32
        except ValueError as error:
            known = f" or one of {', '.join(names)}" if names else ""
            raise ValueError(f"wanted is NUMBER, NUMBER/MASK{known}: {error}") from None
        known_name = next((word for word, is_ in names.items() if is_ == number), "")
        return NamedMask(number, bits, name=known_name)

    return parse


def range_of(limit: int) -> Callable[[str, RuleContext], Range]:
    """``n``, ``a:b``, ``a:``, ``:b`` up to ``limit``; may be backward (XTTYPE_UINT..RC)."""

    def parse(text: str, rule: RuleContext) -> Range:
        parts = text.split(":")
        if len(parts) > 2:
            raise ValueError(f'"{text}" has more than two numbers')
        low = integer(parts[0], 0, limit) if parts[0] else 0
        if len(parts) == 1:
            return Range(low, low)
        return Range(low, integer(parts[1], 0, limit) if parts[1] else limit)

    return parse


def prefix_length(text: str, rule: RuleContext) -> int:
    """A prefix length, or a mask written as an address (XTTYPE_PLEN).

    A mask that is not contiguous counts as -1, which the tools store in one byte.
    """
    bits = 32 if rule.family == 4 else 128
    try:
        return integer(text, 0, bits)
    except ValueError:
        pass
    try:
        mask = inet_aton(text) if rule.family == 4 else ipv6(text)
    except ValueError:
        raise ValueError(
            f'"{text}" is neither a prefix length from 0 to {bits} nor a network mask'
        ) from None
    length = mask_length(int(mask), rule.family)
    return 255 if length is None else length


def flagged(arg: Arg, value: object = None) -> str:
    """``[! ]--flag [value]``; ``value`` ``None``: the option takes none."""
    word = f"! {arg.flag}" if arg.negated else arg.flag
    return word if value is None else f"{word} {value}"


def refuse_proc_name(name: str, flag: str) -> None:
    """A name that becomes a file in /proc/net (``xt_check_proc_name``)."""
    if name in ("", ".", "..") or "/" in name:
        raise Refusal(f'"{name}" cannot be the name of a file in /proc/net', flag)
