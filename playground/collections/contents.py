"""A collection's table of contents: a line for each page, ``# Section`` lines between them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from playground.collections.models import Page

_SLUG = re.compile(r"[a-z0-9]+")


@dataclass
class Section:
    """``title`` is empty for what stands before the first section."""

    title: str
    pages: list[Page] = field(default_factory=list)


def slug_of(title: str, taken: Iterable[str] = ()) -> str:
    """A name for addresses and files, none of those taken."""
    plain = "-".join(_SLUG.findall(title.lower()))[:60].strip("-") or "page"
    known = set(taken)
    found, count = plain, 1
    while found in known:
        count += 1
        found = f"{plain}-{count}"
    return found


def sections(contents: str, pages: Iterable[Page]) -> list[Section]:
    """Every page once. Lines that name none are left out; pages that no line names come last."""
    left = {page.slug: page for page in sorted(pages, key=lambda page: page.pk)}
    found = [Section("")]
    for line in contents.splitlines():
        text = line.strip()
        if text.startswith("#"):
            found.append(Section(text.lstrip("#").strip()))
        elif text in left:
            found[-1].pages.append(left.pop(text))
    if left:
        (found[0] if len(found) == 1 else _last(found)).pages.extend(left.values())
    return [section for section in found if section.pages or section.title]


def _last(found: list[Section]) -> Section:
    if found[-1].title:
        found.append(Section(""))
    return found[-1]


def tidy(contents: str) -> str:
    """As it is stored: no blanks around lines, one blank line before a section."""
    lines: list[str] = []
    for line in contents.splitlines():
        text = line.strip()[:200]
        if text.startswith("#") and lines:
            lines.append("")
        if text:
            lines.append("# " + text.lstrip("#").strip() if text.startswith("#") else text)
    return "".join(f"{line}\n" for line in lines)
