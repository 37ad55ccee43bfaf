"""A Makefile: the recipe of its first target, or of the one that is asked for."""

from __future__ import annotations

import re
from dataclasses import field

from sim.base.frozen import dataclass
from sim.read.paste.desk import Desk
from sim.read.paste.form import Form
from sim.read.paste.model import Became, Block
from sim.read.paste.place import PastePlace
from sim.read.paste.scripts import Runs, joined_lines

_TARGET = re.compile(r"(?P<names>[A-Za-z_.][\w./ -]*?)\s*::?(?!=)\s*(?P<needs>[^=]*)$")
_VARIABLE = re.compile(r"(?:export\s+)?(?P<name>[A-Za-z_]\w*)\s*(?P<op>[:?+]?=)\s*(?P<value>.*)$")
_USE = re.compile(r"\$(?:\((\w+)\)|\{(\w+)\}|(\$))")
MOST_LOOKED = 60
DEEPEST = 20


@dataclass(slots=True)
class _Make:
    variables: dict[str, str] = field(default_factory=dict)
    needs: dict[str, list[str]] = field(default_factory=dict)
    recipes: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    def filled(self, text: str, depth: int = 0) -> str:
        if depth > DEEPEST:
            return text

        def value(found: re.Match[str]) -> str:
            if found[3]:
                return "$"
            return self.filled(self.variables.get(found[1] or found[2], ""), depth + 1)

        return _USE.sub(value, text)


class Makefile(Form):
    """Variables, targets and recipes behind tabs."""

    name = "Makefile"

    def takes(self, place: PastePlace) -> int:
        if not (_VARIABLE.match(place.line) or _TARGET.match(place.line)):
            return 0
        if not _is_makefile(place):
            return 0
        last, continued = 0, False
        for number, line in enumerate(place.rest(), 1):
            fits = line.startswith(("\t", "#")) or _VARIABLE.match(line) or _TARGET.match(line)
            if not (continued or fits or not line.strip()):
                break
            continued = line.rstrip().endswith("\\")
            last = number if line.strip() else last
        return last

    def read(self, block: Block, desk: Desk) -> Became:
        make = _made(block, desk)
        runs = Runs(desk, {})
        names = [name for name in make.recipes | make.needs if not name.startswith(".")]
        if not names:
            return runs.became()
        target = desk.answers.get("target", names[0])
        if "target" not in desk.answers and len(names) > 1:
            others = ", ".join(names[1:])
            runs.notes.append(f"read as `make {target}` (other answers to target: {others})")
        _build(make, target, runs, set())
        return runs.became()


def _is_makefile(place: PastePlace) -> bool:
    """A target with a recipe behind a tab, and variables as make writes them."""
    before = ""
    for _, line in zip(range(MOST_LOOKED), place.rest(), strict=False):
        if line.startswith("\t") and _TARGET.match(before) and not _VARIABLE.match(before):
            return True
        before = line
    return False


def _made(block: Block, desk: Desk) -> _Make:
    make, current = _Make(), ""
    for number, text in joined_lines(block.lines, block.first):
        if text.startswith("\t") and current:
            make.recipes.setdefault(current, []).append((number, text.strip()))
            continue
        assigned = _VARIABLE.match(text)
        if assigned:
            name, value = assigned["name"], assigned["value"].strip()
            if assigned["op"] == ":=":
                value = make.filled(value)
            if assigned["op"] == "+=":
                value = f"{make.variables.get(name, '')} {value}".strip()
            if assigned["op"] != "?=" or name not in make.variables:
                make.variables[name] = desk.answers.get(name, value)
            continue
        target = _TARGET.match(text) if not text.startswith("#") else None
        if target:
            for name in target["names"].split():
                current = name
                make.needs.setdefault(name, []).extend(target["needs"].split())
                make.recipes.setdefault(name, [])
    return make


def _build(make: _Make, target: str, runs: Runs, done: set[str]) -> bool:
    """Make a target behind what it needs; false when a line failed."""
    if target in done:
        return True
    done.add(target)
    for need in make.needs.get(target, []):
        if not _build(make, need, runs, done):
            return False
    for number, text in make.recipes.get(target, []):
        marks = re.match(r"[@+-]*", text)
        plain = make.filled(text.lstrip("@+-"))
        if runs.line(plain, number) and "-" not in (marks[0] if marks else ""):
            runs.notes.append(f"line {number}: it failed, and make stops there")
            return False
    return True
