"""A unit of systemd: its ExecStartPre and ExecStart lines are run, without any shell."""

from __future__ import annotations

import re
import shlex

from sim.read.paste.desk import Desk
from sim.read.paste.form import Form
from sim.read.paste.model import Became, Block
from sim.read.paste.place import PastePlace
from sim.read.paste.scripts import Runs, joined_lines

_HEAD = re.compile(r"\[(Unit|Service|Install)\]\s*$")
_LINE = re.compile(r"\[[A-Z]\w+\]\s*$|[A-Za-z]\w*\s*=|\s*[#;]|\s*$|\s+\S")
_ORDER = ("ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost")


class Systemd(Form):
    """``[Unit]`` and ``[Service]`` sections."""

    name = "systemd unit"

    def takes(self, place: PastePlace) -> int:
        if not _HEAD.match(place.line):
            return 0
        return place.stretch(_LINE.match)

    def read(self, block: Block, desk: Desk) -> Became:
        keys = [(number, *_key(text)) for number, text in joined_lines(block.lines, block.first)]
        environment: dict[str, str] = {}
        for _, key, value in keys:
            if key == "Environment":
                environment |= dict(_assigned(value))
        runs = Runs(desk, environment)
        for wanted in _ORDER:
            for number, key, value in keys:
                if key == wanted and not _run(runs, value, environment, number):
                    runs.notes.append(f"line {number}: it failed, and the unit stops there")
                    return runs.became()
        if any(key.startswith("ExecStop") for _, key, _ in keys):
            runs.notes.append("ExecStop is not run")
        return runs.became()


def _key(text: str) -> tuple[str, str]:
    if text.lstrip().startswith(("#", ";")):
        return "", ""
    key, _, value = text.partition("=")
    return key.strip(), value.strip()


def _assigned(value: str) -> list[tuple[str, str]]:
    pairs = (word.partition("=") for word in _split(value))
    return [(name, text) for name, equals, text in pairs if equals]


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _run(runs: Runs, value: str, environment: dict[str, str], number: int) -> bool:
    """One line; true when the unit goes on behind it (systemd.service(5), COMMAND LINES)."""
    may_fail = "-" in (re.match(r"[-@:+!|]*", value) or [""])[0]
    value = value.lstrip("-@:+!|")
    for command in re.split(r"\s;\s", value):
        words: list[str] = []
        for word in _split(command):
            whole = re.fullmatch(r"\$(\w+)", word)
            if whole:
                words += _split(environment.get(whole[1], ""))
            else:
                filled = re.sub(r"\$\{(\w+)\}", lambda m: environment.get(m[1], ""), word)
                words.append(filled.replace("%%", "%").replace("$$", "$"))
        if words and runs.words(words, number) and not may_fail:
            return False
    return True
