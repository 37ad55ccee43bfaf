"""A Dockerfile: its RUN lines are run; ENV and ARG are their variables."""

from __future__ import annotations

import json
import re

from sim.read.paste.desk import Desk
from sim.read.paste.form import Form
from sim.read.paste.model import Became, Block
from sim.read.paste.place import PastePlace
from sim.read.paste.scripts import Runs
from sim.read.paste.shell.words import split_words

_FROM = re.compile(r"FROM\s+[\w./:@-]+(\s+AS\s+\S+)?\s*$", re.IGNORECASE)
_WORDS = (
    "FROM|RUN|CMD|LABEL|MAINTAINER|EXPOSE|ENV|ADD|COPY|ENTRYPOINT|VOLUME|USER|WORKDIR|ARG|ONBUILD"
    "|STOPSIGNAL|HEALTHCHECK|SHELL"
)
_LINE = re.compile(rf"(?:{_WORDS})\s", re.IGNORECASE)


class Dockerfile(Form):
    """From ``FROM`` on."""

    name = "Dockerfile"

    def takes(self, place: PastePlace) -> int:
        if not _FROM.match(place.line):
            return 0
        last, continued = 0, False
        for number, line in enumerate(place.rest(), 1):
            is_blank = not line.strip() or line.lstrip().startswith("#")
            if not (continued or is_blank or _LINE.match(line)):
                break
            continued = line.rstrip().endswith("\\") or (continued and is_blank)
            last = number if line.strip() else last
        return last

    def read(self, block: Block, desk: Desk) -> Became:
        variables: dict[str, str] = {}
        runs = Runs(desk, variables)
        for number, word, rest in _instructions(block):
            if word in ("ENV", "ARG"):
                variables |= _assigned(word, rest, desk)
            elif word == "RUN":
                if rest.startswith("["):
                    status = _without_shell(runs, rest, number)
                else:
                    status = runs.line(re.sub(r"^(--\w+=\S+\s+)+", "", rest), number)
                if status:
                    runs.notes.append(f"line {number}: it failed, and the build stops there")
                    break
        return runs.became()


def _instructions(block: Block) -> list[tuple[int, str, str]]:
    """Logical lines; comments between continued lines are taken out."""
    out: list[tuple[int, str, str]] = []
    continued = False
    for number, line in enumerate(block.lines, block.first):
        if line.lstrip().startswith("#") or (continued and not line.strip()):
            continue
        text = line.rstrip()
        ends = text.endswith("\\")
        text = text[:-1] if ends else text
        if continued:
            out[-1] = (out[-1][0], out[-1][1], f"{out[-1][2]} {text.strip()}")
        elif text.strip():
            word, _, rest = text.strip().partition(" ")
            out.append((number, word.upper(), rest.strip()))
        continued = ends
    return out


def _assigned(word: str, rest: str, desk: Desk) -> dict[str, str]:
    found: dict[str, str] = {}
    pairs = [one.partition("=") for one in split_words(rest)]
    if word == "ENV" and pairs and not pairs[0][1]:  # the old form: ENV NAME value
        name, _, value = rest.partition(" ")
        return {name: value.strip()}
    for name, equals, value in pairs:
        if equals or name in desk.answers:
            found[name] = desk.answers.get(name, value.strip("\"'"))
    return found


def _without_shell(runs: Runs, rest: str, number: int) -> int:
    try:
        words = json.loads(rest)
    except ValueError:
        return runs.line(rest, number)
    return runs.words([str(word) for word in words], number) if words else 0
