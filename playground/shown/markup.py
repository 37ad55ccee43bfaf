"""Rows of a trace as HTML, made without a template.

A long trace is most of what a page is, and a template took 110 µs for a row where this takes 8.
Whatever comes from texts goes through ``escape``; numbers, glyphs and names of kinds are ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from django.utils.safestring import SafeString, mark_safe

from playground.shown.headers import HeaderField
from playground.shown.presenters import Fold, Row

BLOCK = 16  # so many pieces stand in one element, which the browser passes over as one
_CUT = (
    '<p class="quiet">The page would be too large with them. With script they come when you '
    "open this; of a saved link the formats .txt and .json hold every step.</p>"
)


def row_html(row: Row, *, scripted: bool = False) -> str:
    """``scripted``: for a page with script, whose rows have as few elements as they can."""
    classes = f"step is-{row.meaning} of-{row.kind} depth-{row.depth}"
    if row.is_aside:
        classes += " is-aside"
    if row.is_parted:
        classes += " is-parted"
    data = f' data-source="{row.source_line}"' if row.source_line else ""
    data += f' data-line="{row.line}"'
    if row.at:
        data += f' data-at="{escape(row.at)}"'
    if row.packet:
        data += f' data-packet="{escape(row.packet)}"'
    if scripted:
        begin = f' data-glyph="{row.glyph}">'
    else:
        begin = f'><span class="glyph" aria-hidden="true">{row.glyph}</span> '
    trace = ""
    if row.trace:
        trace = (
            ' <code class="trace-key" title="what the kernel\'s TRACE logs here">'
            f"{escape(row.trace)}</code>"
        )
    return (
        f'<li id="step-{row.seq}" class="{classes}"{data}{begin}'
        f'<span class="place">{escape(row.place)}</span> '
        f'<span class="text">{_says(row)}{_rule(row)}{_header(row.header)}</span>'
        f"{_clauses(row, scripted=scripted)}{trace}</li>\n"
    )


def _says(row: Row) -> str:
    said = escape(row.text)
    if row.flows:
        flows = "".join(f"{escape(flow)}\n" for flow in row.flows)
        return f'<details class="flows"><summary>{said}</summary><pre>{flows}</pre></details>'
    return f'<span class="says">{said}</span>' if row.is_parted else said


def _rule(row: Row) -> str:
    if not row.rule_text:
        return ""
    words = "".join(
        f'<span class="is-{state}">{escape(words)}</span>' if state else escape(words)
        for words, state in row.rule_pieces
    )
    return f'<code class="rule">{words}</code>'


def _header(header: Iterable[HeaderField]) -> str:
    fields = "".join(map(_field, header))
    return f'<span class="header">{fields}</span>' if fields else ""


def _field(field: HeaderField) -> str:
    name, value = escape(field.name), escape(field.value)
    if not field.before:
        return f'<span class="field-of"><small>{name}</small> {value}</span> '
    return (
        f'<span class="field-of is-changed"><small>{name}</small> <del>{escape(field.before)}</del>'
        ' <span aria-hidden="true">→</span><span class="sr">becomes</span> '
        f"<ins>{value}</ins></span> "
    )


def _clauses(row: Row, *, scripted: bool) -> str:
    if not row.clauses:
        return ""
    if scripted:
        return (
            '<button type="button" class="clauses" tabindex="-1" aria-expanded="false" '
            f'data-cells="{escape(row.packed_cells)}">clauses</button>'
        )
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>" for cells in row.cells
    )
    return (
        '<details class="clauses"><summary>clauses</summary><table><thead><tr><th>match</th>'
        "<th>wanted</th><th>packet has</th><th></th></tr></thead>"
        f"<tbody>{rows}</tbody></table></details>"
    )


def rows_html(pieces: Iterable[Iterable[Row]], *, scripted: bool = False) -> SafeString:
    """Rows in lists of their own (``in_pieces``)."""
    return mark_safe(
        "".join(
            f'<ol class="piece">{"".join(row_html(row, scripted=scripted) for row in piece)}</ol>'
            for piece in pieces
        )
    )


def steps_html(items: Iterable[Fold], *, lazy: bool = False, scripted: bool = False) -> SafeString:
    """Items of a trace: folds, and rows that are none.

    ``lazy``: a page with script asks for the rows of a long fold when it is opened.
    """
    return mark_safe(
        "".join(
            _fold(item, lazy=lazy, scripted=scripted)
            if item.is_fold
            else row_html(item.row, scripted=scripted)
            for item in items
        )
    )


def _fold(item: Fold, *, lazy: bool, scripted: bool) -> str:
    first = item.first
    is_left_out = lazy and item.is_long
    data = ""
    if item.is_cut or is_left_out:
        data = f' data-line="{first.line}" data-sources="{item.sources}"'
    if item.is_cut:
        inner = _CUT
    else:
        inner = "" if is_left_out else rows_html(item.pieces, scripted=scripted)
    return (
        f'<li class="fold is-skipped depth-{first.where.depth}" data-from="{first.seq}" '
        f'data-to="{item.last_seq}"{data}><details><summary>'
        '<span class="glyph" aria-hidden="true">·</span> '
        f'<span class="place">{escape(item.span)}</span> '
        f'<span class="text">{escape(item.text)}</span></summary>'
        f'<div class="steps" id="rows-{first.seq}">{inner}</div></details></li>\n'
    )


def pieces_html(
    pieces: Iterable[Iterable[Fold]], *, lazy: bool = False, scripted: bool = False
) -> SafeString:
    """Items of a trace in lists of their own, and those in blocks."""
    lists = [
        f'<ol class="piece">{steps_html(piece, lazy=lazy, scripted=scripted)}</ol>'
        for piece in pieces
    ]
    blocks = ("\n".join(lists[at : at + BLOCK]) for at in range(0, len(lists), BLOCK))
    return mark_safe("".join(f'<div class="block">{block}</div>\n' for block in blocks))
