"""A poster as SVG: its style, in the reader's colours, and its movement as CSS keyframes."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from playground.embedding.cards import THEMES
from playground.embedding.poster import Poster, Told, laid_out
from playground.site.xmltext import xml_text

_STILL = """
text{fill:var(--ink);font-family:system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif}
.plate text{font-family:ui-monospace,'DejaVu Sans Mono',Menlo,monospace}
text.bold,.bold text{font-weight:600}text.quiet{fill:var(--quiet)}text.unknown{fill:var(--unknown)}
.paper{fill:var(--paper)}
.way,.rest,.sign,.bar,.stem path{fill:none;stroke-linecap:round;stroke-linejoin:round}
.rest{stroke:var(--hair);stroke-width:4;stroke-dasharray:2 12}
.way{stroke:var(--accent);stroke-width:10}
.stop{fill:var(--paper);stroke:var(--quiet);stroke-width:4}
.stop.is-reached{stroke:var(--accent);stroke-width:6}
.sign{stroke-width:6}.is-stopped{stroke:var(--stopped)}.is-goes{stroke:var(--goes)}
.block{fill:var(--stopped)}.bar{stroke:var(--paper);stroke-width:5}
.plate rect{fill:var(--paper);stroke:var(--rewritten);stroke-width:3}
.stem path{stroke:var(--rewritten);stroke-width:3}.stem circle{fill:var(--rewritten)}
.gone{opacity:0}
"""


@dataclass(frozen=True, slots=True)
class Moving:
    """The document, and what a policy must say so that its own style, and no other, holds."""

    text: str
    style_source: str


def moving(told: Told, theme: str = "auto") -> Moving:
    """The whole document. ``theme``: light, dark, or auto (the reader's)."""
    poster = laid_out(told)
    style = _colours(theme) + _STILL.replace("\n", "") + _movement(poster)
    context = {"p": poster, "style": SafeString(style)}  # our own words and numbers only
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return Moving(xml_text(render_to_string("embedding/poster.svg", context)), f"'sha256-{digest}'")


def _colours(theme: str) -> str:
    def said(name: str) -> str:
        return "svg{" + "".join(f"--{key}:{value};" for key, value in THEMES[name].items()) + "}"

    if theme in THEMES:
        return said(theme)
    return f"{said('light')}@media(prefers-color-scheme:dark){{{said('dark')}}}"


def _movement(poster: Poster) -> str:
    """Where nothing moves everything is as it ends; a round begins at the first stop."""
    if not poster.frames:
        return ""
    last = poster.frames[-1]
    still = (
        f".stem{{transform:translateX({last.x}px)}}.plate{{transform:translateX({last.left}px)}}"
    )
    rules, frames = [], []
    round_ = f"{poster.seconds}s infinite"
    for name, value in (("stem", "x"), ("plate", "left")):
        rules.append(f".{name}{{animation:{name} {round_} ease-in-out}}")
        points = "".join(
            f"{frame.at}%{{transform:translateX({getattr(frame, value)}px)}}"
            for frame in poster.frames
        )
        frames.append(
            f"@keyframes {name}{{{points}100%{{transform:translateX({getattr(last, value)}px)}}}}"
        )
    for number, plate in enumerate(poster.plates, 1):
        rules.append(f".said{number}{{animation:said{number} {round_} step-end}}")
        before = "0%{opacity:0}" if plate.first else ""
        behind = "" if plate.is_last else f"{plate.last}%{{opacity:0}}"
        end = 1 if plate.is_last else 0
        frames.append(
            f"@keyframes said{number}{{{before}{plate.first}%{{opacity:1}}{behind}"
            f"100%{{opacity:{end}}}}}"
        )
    rules.append(f".end{{animation:end {round_} step-end}}")
    frames.append(f"@keyframes end{{0%{{opacity:0}}{poster.shown_at}%,100%{{opacity:1}}}}")
    return (
        f"{still}@media(prefers-reduced-motion:no-preference){{{''.join(rules)}}}{''.join(frames)}"
    )
