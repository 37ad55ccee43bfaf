"""Commands that were typed behind a prompt: they run in the session's shell, in their order."""

from __future__ import annotations

import re

from sim.read.paste.desk import Desk
from sim.read.paste.form import Form
from sim.read.paste.model import Became, Block, PasteCommand
from sim.read.paste.place import PastePlace
from sim.read.paste.scripts import shell_for
from sim.read.paste.shell.run import Shell

# These only print, and what they printed stands below them in the paste.
_PRINTS = re.compile(
    r"(?:sudo\s+)?(?:cat|less|more|head|tail|grep|zcat|exit|logout|clear|history)\b[^<>;&]*$"
)


class TypedForm(Form):
    """The cutting finds these by their prompts."""

    name = "command"

    def takes(self, place: PastePlace) -> int:
        return 0

    def read(self, block: Block, desk: Desk) -> Became:
        return Became()

    def run(self, command: PasteCommand, desk: Desk) -> Became:
        """Run one command line as the session's shell would."""
        if not command.text.strip() or _PRINTS.match(command.text):
            return Became()
        if desk.shell is None:
            desk.shell = shell_for(desk)
            desk.shell.is_session = True
        shell: Shell = desk.shell
        before = len(desk.host), len(desk.sheet.text)
        shell.notes.clear()
        shell.steps = shell.printed = 0
        shell.out.clear()
        shell.script = None
        shell.run_text(command.text, command.line)
        parts = [name for name, changed in (("rules", len(desk.sheet.text) != before[1]),
                                            ("host", len(desk.host) != before[0]))
                 if changed]  # fmt: skip
        return Became(", ".join(parts), "; ".join(shell.notes))


TYPED = TypedForm()
