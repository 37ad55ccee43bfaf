"""Lines that no form takes: prose, and what commands print that says nothing to us."""

from __future__ import annotations

import re
from itertools import islice

from sim.read.paste.desk import Desk
from sim.read.paste.form import Form
from sim.read.paste.forms.flowlines import spoken_probe
from sim.read.paste.forms.spoken import spoken
from sim.read.paste.model import Became, Block
from sim.read.paste.place import PastePlace

# iptables-restore takes 10,238 characters; what is longer is no line that a person wrote.
LONGEST_LINE = 20_000
_FACT = re.compile(r"`(net\.[\w./-]+ = ?[^`]+)`")
_SPOKEN = re.compile(r"`((?:sudo )?ip6?tables (?:-t \w+ )?-[AIDRPNX] [^`]+)`")
MOST_SPOKEN = 4  # commands inside sentences that are named
_FENCE = re.compile(r"\s*(```+|~~~+) ?\w*\s*$")


class Unread(Form):
    """Takes nothing by itself: the cutting gives it what is left."""

    name = "text"

    def takes(self, place: PastePlace) -> int:
        return 0

    def read(self, block: Block, desk: Desk) -> Became:
        facts = [fact for line in block.lines for fact in _FACT.findall(line)]
        for fact in facts:
            desk.put_host(f"sysctl {fact}", block.first)
        words = [line for line in block.lines if line.strip()]
        if not words:
            return Became()
        if block.said is None:
            desk.aside += 1
        if any(len(line) > LONGEST_LINE for line in words):
            desk.aside += 1
            return Became("", f"a line of more than {LONGEST_LINE} characters is not read")
        count = f"{len(words)} line{'s' * (len(words) != 1)}"
        sent, unsaid = self._probes(block, desk)
        became = ", ".join([*(["host"] if facts else []), *(["packets"] if sent else [])])
        if became:
            return Became(became, "; ".join([f"{count} of prose with {', '.join(facts + sent)}",
                                             *unsaid]))  # fmt: skip
        if block.said is not None and not unsaid:
            return Became("", f"{count} printed by `{block.said.text[:60]}`, passed over")
        rules = [f"line {number} speaks of `{said}`"
                 for number, line in enumerate(block.lines, block.first)
                 for said in _SPOKEN.findall(line)]  # fmt: skip
        more = [f"not run: {', '.join(rules[:MOST_SPOKEN])}"] if rules else []
        return Became("", "; ".join([f"{count} of prose, passed over", *more, *unsaid]))

    @staticmethod
    def _probes(block: Block, desk: Desk) -> tuple[list[str], list[str]]:
        """Packets that sentences speak of: what was put down, and what is not said of others."""
        sent, unsaid = [], []
        found = spoken(block.lines, block.first, is_output=block.said is not None)
        for command, source, line in islice(found, MOST_SPOKEN):
            if source:
                desk.put_spoken(spoken_probe(command, source), line)
                sent.append(f"`{command}` from {source}")
            else:
                unsaid.append(f"who sends `{command}` is not said: write `{command} from ADDRESS`")
        return sent, unsaid


class Fence(Form):
    """Three backquotes of Markdown around a block."""

    name = "Markdown"

    def takes(self, place: PastePlace) -> int:
        return int(_FENCE.match(place.line) is not None)

    def read(self, block: Block, desk: Desk) -> Became:
        return Became("", "Markdown's fence")


UNREAD = Unread()
