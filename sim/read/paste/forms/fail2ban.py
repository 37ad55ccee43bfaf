"""fail2ban's log: the commands in it are those that failed."""

from __future__ import annotations

import re

from sim.read.paste.desk import Desk
from sim.read.paste.form import Form
from sim.read.paste.model import Became, Block
from sim.read.paste.place import PastePlace

_LINE = re.compile(r"[\d-]+ [\d:,]+ fail2ban\.\w+")
_FAILED = re.compile(r"[\d-]+ [\d:,]+ fail2ban\.[\w.]+\s*\[\d+\]: ERROR\s+\S*tables\b")
_RETURNED = re.compile(r".* returned \d+\s*$")
MOST_LINES = 12  # of one action


class Fail2banLog(Form):
    """Its lines; an action that failed goes on until what it returned."""

    name = "fail2ban's log"

    def takes(self, place: PastePlace) -> int:
        if not _LINE.match(place.line):
            return 0
        if not _FAILED.match(place.line):
            return 1
        for count, line in enumerate(place.rest(), 1):
            if _RETURNED.match(line):
                return count
            if count >= MOST_LINES or (count > 1 and _LINE.match(line)):
                break
        return 1

    def read(self, block: Block, desk: Desk) -> Became:
        if _FAILED.match(block.lines[0]):
            return Became("", "commands that fail2ban says have failed; `sudo iptables-save` "
                          "prints the rules that there are")  # fmt: skip
        return Became("", "says nothing of rules; `sudo iptables-save` prints them")
