"""The manual: chapters that lie beside this file as Markdown, one source for page and repository.

A chapter begins with ``title:`` and ``short:`` lines, then a blank line, then Markdown, in which
each ``##`` is a section with an address of its own (``/help/scenario#packets``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from playground.site.markdown import to_html
from playground.walks.reference import reference

FOLDER = Path(__file__).parent / "manual"
ORDER = ("scenario", "answers", "sharing")  # as one reads; each name is an address for ever
_SECTION = re.compile(r"^## (.+)$", re.M)


@dataclass(frozen=True, slots=True)
class Section:
    """``slug``: its anchor. The text before a chapter's first heading has neither."""

    title: str
    slug: str
    html: SafeString


@dataclass(frozen=True, slots=True)
class Chapter:
    slug: str
    title: str
    short: str
    sections: tuple[Section, ...]

    @property
    def headed(self) -> tuple[Section, ...]:
        """The sections that a list of contents names."""
        return tuple(section for section in self.sections if section.title)


@cache
def chapters() -> tuple[Chapter, ...]:
    """All of them, in their order."""
    return tuple(_read(slug) for slug in ORDER)


def _read(slug: str) -> Chapter:
    head, _, body = (FOLDER / f"{slug}.md").read_text().partition("\n\n")
    said = dict(line.split(": ", 1) for line in head.splitlines())
    first, *parts = _SECTION.split(body)
    sections = [Section("", "", to_html(first))] if first.strip() else []
    for title, text in zip(parts[::2], parts[1::2], strict=True):
        sections.append(Section(title, slugify(title), to_html(text)))
    return Chapter(slug, said["title"], said["short"], tuple(sections))


@require_safe
def contents(request: HttpRequest) -> HttpResponse:
    """What the manual holds, with the keys of the page."""
    return render(request, "page/manual/contents.html", {"chapters": chapters()})


@require_safe
def chapter(request: HttpRequest, slug: str) -> HttpResponse:
    """One chapter, its contents beside it."""
    found = next((one for one in chapters() if one.slug == slug), None)
    if found is None:
        raise Http404(f"the manual has no chapter {slug}")
    return render(request, "page/manual/chapter.html", {"chapter": found, "chapters": chapters()})


@require_safe
def extensions(request: HttpRequest) -> HttpResponse:
    """Every match and target with its options, from the extensions' own declarations."""
    words = reference()
    kinds = (("Matches", "-m", words["matches"]), ("Targets", "-j", words["targets"]))
    context = {"chapters": chapters(), "core": words["core"], "kinds": kinds}
    return render(request, "page/manual/extensions.html", context)
