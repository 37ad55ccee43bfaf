"""Logs of programs that change the network, openvpn's and dockerd's: the commands in them ran."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise

from sim.read.paste.desk import Desk
from sim.read.paste.form import Form
from sim.read.paste.model import Became, Block
from sim.read.paste.place import PastePlace
from sim.read.paste.scripts import Runs

# `Mon Jan  6 12:00:01 2020`, `2021-01-06 12:00:01`, `Jan  6 12:00:01 host openvpn[12]:`, logfmt.
_STAMP = (
    r"(?:(?:\w{3} )?\w{3} +\d+ \d\d:\d\d:\d\d(?: \d{4})?|\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\S*"
    r"|DEBU\[\S+\]|(?:time=\S+ )?level=debug)"
)
_LOGGED = re.compile(rf"\s*{_STAMP}\s")
_RAN = re.compile(
    rf"\s*{_STAMP}\s(?:[\w.-]+ )?(?:[\w@./-]+(?:\[\d+\])?: )?(?:us=\d+ )?"
    r"(?P<command>(?:/usr)?/s?bin/(?:ip|ifconfig|route)\s.+)$"
)
_OF_DOCKER = re.compile(
    rf"\s*{_STAMP}.*?(?P<tool>(?:/usr)?/s?bin/ip6?tables), \[(?P<words>[^\]]*)\]"
)
# openvpn of today asks the kernel itself, and says so in its own words.
_ASKED = re.compile(
    rf"\s*{_STAMP}\s.*?\b(?:net_addr_(?P<kind>v4|v6|ptp_v4)_add: (?P<address>\S+)"
    r"(?: peer (?P<peer>\S+))? dev (?P<dev>\S+)"
    r"|net_route_v[46]_add: (?P<net>\S+) via (?P<via>\S+) dev (?P<out>\S+))"
)
_ONLY_ASKS = re.compile(r"\s(?:-C|--check|-L|--list|-S|--list-rules)\s|\s-[nvx]*L\b")


class CommandLog(Form):
    """Lines with a time, some of which say which command was run."""

    name = "log of commands"

    def takes(self, place: PastePlace) -> int:
        if not _LOGGED.match(place.line):
            return 0
        count = place.stretch(_LOGGED.match)
        lines = place.lines[place.at : place.at + count]
        return count if any(_is_command(line) for line in lines) else 0

    def read(self, block: Block, desk: Desk) -> Became:
        runs = Runs(desk, {})
        runs.notes.append("the commands in it are run; what they met is not shown")
        for number, line in enumerate(block.lines, block.first):
            for words in _commands(line):
                for before in _chains(words):
                    _quietly(runs, before, number)  # the log may begin after they were made
                if _MAY_FAIL.intersection(words):
                    _quietly(runs, words, number)
                else:
                    runs.words(words, number)
        return runs.became()


# What dockerd tries whether or not there is something to take away.
_MAY_FAIL = frozenset({"-X", "-D", "-F", "-N"})


def _quietly(runs: Runs, words: list[str], number: int) -> None:
    """Run a command whose failure is nothing to tell."""
    kept = list(runs.notes)
    runs.words(words, number)
    runs.notes[:] = kept


def _chains(words: list[str]) -> Iterator[list[str]]:
    """Commands that make the chains of a rule that dockerd added."""
    if not words[0].endswith("tables") or not {"-A", "-I"}.intersection(words):
        return
    table = words[words.index("-t") + 1] if "-t" in words[:-1] else "filter"
    for option, name in pairwise(words):
        if option in ("-A", "-I", "-j") and name.startswith("DOCKER"):
            yield [words[0], "-t", table, "-N", name]


def _is_command(line: str) -> bool:
    return any(pattern.match(line) for pattern in (_RAN, _OF_DOCKER, _ASKED))


def _commands(line: str) -> Iterator[list[str]]:
    ran, docker, asked = _RAN.match(line), _OF_DOCKER.match(line), _ASKED.match(line)
    if docker is not None:
        words = [docker["tool"], *docker["words"].split()]
        if not _ONLY_ASKS.search(" ".join(words)):
            yield words
    elif ran is not None:
        try:
            yield shlex.split(ran["command"])
        except ValueError:
            yield ran["command"].split()
    elif asked is not None and asked["dev"]:
        ends = ["local", asked["address"], "peer", asked["peer"]] if asked["peer"] else [
            asked["address"]]  # fmt: skip
        yield ["ip", "addr", "add", "dev", asked["dev"], *ends]
    elif asked is not None:
        out = [] if asked["out"] in ("[NULL]", "(null)") else ["dev", asked["out"]]
        yield ["ip", "route", "add", asked["net"], "via", asked["via"], *out]
