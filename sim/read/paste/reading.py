"""The way in: a paste to rules, host and packets, with a receipt for every line."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sim.base.budget import Spent
from sim.base.frozen import replace
from sim.read.paste.backquotes import bare_lines
from sim.read.paste.cut import Cut, cut
from sim.read.paste.desk import Desk
from sim.read.paste.finish import Note, checked_host, checked_packets
from sim.read.paste.forms.script import Script
from sim.read.paste.forms.typed import TYPED
from sim.read.paste.lines import lines_of
from sim.read.paste.masks import unmasked
from sim.read.paste.model import Became, Block, PasteEntry, Reading
from sim.read.paste.unshown import with_unshown
from sim.read.paste.wrapped import unwrapped

MOST_NOTES = 6  # of the final check, at one entry
TOO_LONG = "reading it takes too long here: leave out what the packets do not need"


def read_paste(text: str, answers: Mapping[str, str] | None = None) -> Reading:
    """Read whatever was pasted. ``answers`` are those to questions of an earlier reading.

    Never raises for what a person may paste: what cannot be read is in the receipt. A paste that
    spends the budget at hand is left aside as a whole.
    """
    try:
        return _read(text, answers)
    except Spent:
        lines = len(lines_of(text)) or 1
        return Reading(receipt=(PasteEntry(1, lines, "text", "", TOO_LONG),), aside=lines)


def _read(text: str, answers: Mapping[str, str] | None) -> Reading:
    desk = Desk(answers=dict(answers or {}))
    receipt: list[PasteEntry] = []
    lines, wrapped = unwrapped(bare_lines(lines_of(text)))
    shown = unmasked(lines, desk)
    masked: list[Note] = list(wrapped)
    pieces = list(cut(shown.lines, TYPED))
    outputs = _outputs(pieces)
    desk.at_home = _at_home(pieces)
    for number, piece in enumerate(pieces):
        block = piece.block
        if isinstance(piece.form, Script) and piece.command is None:
            # A script is run with what it has, and asks for what it needs.
            block = replace(block, lines=tuple(lines[block.first - 1 : block.last]))
        else:
            masked += shown.tell(block.first, block.last, desk)
        if piece.command is not None:
            desk.keep_output(piece.command.text, outputs.get(number, ""))
            became = TYPED.run(piece.command, desk)
        else:
            became = _with_command(piece.form.read(block, desk), block)
        _enter(
            receipt, PasteEntry(block.first, block.last, piece.form.name, became.what, became.note)
        )
    host, notes, implied = checked_host(desk.host)
    rules, sets, said = with_unshown(desk.sheet.text, desk.draft.sets.keys())
    host += sets
    masked += [(_first_of(receipt, "rules"), said)] if said else []
    packets, more, told = checked_packets(desk.packets, host, rules)
    return Reading(
        rules,
        host,
        packets,
        tuple(_with_notes(receipt, [*masked, *implied, *notes, *more, *told])),
        tuple(desk.questions.values()),
        dict(desk.more),
        desk.aside + len(notes) + len(more),
    )


def _with_command(became: Became, block: Block) -> Became:
    """A command that was taken from the text above is named."""
    said = block.said
    if said is None or not said.is_mentioned or not became.what:
        return became
    how = f"taken for what `{said.text}` printed, which line {said.line} names"
    return replace(became, note="; ".join(part for part in (how, became.note) if part))


def _first_of(receipt: list[PasteEntry], what: str) -> int:
    """The line where the first entry that became ``what`` begins."""
    return next((entry.first for entry in receipt if what in entry.became), 1)


_SHOWS = re.compile(
    r"(?:sudo\s+)?(?:\S*/)?(?:(?:ip6?|eb|arp)tables[\w-]*|nft|ipset|conntrack|sysctl|ufw|ip|ss|ifconfig)\b"
)


def _at_home(pieces: list[Cut]) -> frozenset[str]:
    """The hosts whose prompts stand before commands that show or change rules and host."""
    typed = [piece.command for piece in pieces if piece.command is not None]
    shown = {one.host for one in typed if one.host and _SHOWS.match(one.text)}
    return frozenset(shown)


def _outputs(pieces: list[Cut]) -> dict[int, str]:
    """What each typed command printed, by the number of its piece."""
    found: dict[int, str] = {}
    last = -1
    for number, piece in enumerate(pieces):
        if piece.command is not None:
            last = number
        elif last >= 0:
            found[last] = found.get(last, "") + piece.block.text
    return found


def _enter(receipt: list[PasteEntry], entry: PasteEntry) -> None:
    """One entry a block, not one a line: what is alike and has nothing to say is joined."""
    last = receipt[-1] if receipt else None
    is_blank = not entry.note and not entry.became and entry.form == "text"
    if last is not None and (is_blank or _alike(last, entry)):
        receipt[-1] = PasteEntry(last.first, entry.last, last.form, last.became, last.note)
    else:
        receipt.append(entry)


def _alike(one: PasteEntry, other: PasteEntry) -> bool:
    return (one.form, one.became, one.note) == (other.form, other.became, other.note)


def _with_notes(receipt: list[PasteEntry], notes: list[Note]) -> list[PasteEntry]:
    """What the final check found, said at the entries that it is about."""
    out = []
    for entry in receipt:
        mine = [said for line, said in notes if entry.first <= line <= entry.last]
        shown = mine[:MOST_NOTES]
        if len(mine) > MOST_NOTES:
            shown.append(f"and {len(mine) - MOST_NOTES} more lines like these")
        note = "; ".join(part for part in (entry.note, *shown) if part)
        out.append(PasteEntry(entry.first, entry.last, entry.form, entry.became, note))
    return out
