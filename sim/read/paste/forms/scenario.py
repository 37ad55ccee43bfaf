"""A scenario as our own commands print it (TOML): it comes back as it is."""

from __future__ import annotations

import re

from sim.base.errors import Refused
from sim.model.scenario import Scenario
from sim.read.paste.desk import Desk
from sim.read.paste.form import Form
from sim.read.paste.model import Became, Block
from sim.read.paste.place import PastePlace

_KEY = re.compile(r"(title|description|rules|host|packets|expect)\s*=\s*(\"|')|seed\s*=\s*\d")
_OPEN = re.compile(r"(title|description|rules|host|packets|expect)\s*=\s*('''|\"\"\")")
_TEXTS = ("rules", "host", "packets")


class ScenarioFile(Form):
    """Keys of a scenario, one behind the other."""

    name = "scenario"

    def takes(self, place: PastePlace) -> int:
        if not _KEY.match(place.line):
            return 0
        last, mark = 0, ""
        for number, line in enumerate(place.rest(), 1):
            if mark:
                mark = "" if mark in line else mark
            elif not (_KEY.match(line) or not line.strip() or line.startswith("#")):
                break
            else:
                opened = _OPEN.match(line)
                if opened and opened[2] not in line[opened.end() :]:
                    mark = opened[2]
            last = number if line.strip() else last
        text = "\n".join(place.lines[place.at : place.at + last])
        try:
            Scenario.from_toml(text)
        except Refused:
            return 0
        return last

    def read(self, block: Block, desk: Desk) -> Became:
        scenario = Scenario.from_toml(block.text)
        parts = []
        for name in _TEXTS:
            text = getattr(scenario, name)
            if text.strip():
                parts.append(name)
        if scenario.rules.strip():
            desk.sheet.verbatim(scenario.rules)
        if scenario.host.strip():
            desk.put_host(scenario.host, block.first)
        if scenario.packets.strip():
            desk.put_packets(scenario.packets, block.first)
        for name in ("title", "description", "expect", "seed"):
            if getattr(scenario, name):
                desk.more[name] = getattr(scenario, name)
        return Became(", ".join(parts))
