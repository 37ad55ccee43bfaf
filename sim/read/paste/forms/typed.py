"""Commands that were typed behind a prompt: they run in the session's shell, in their order."""

from __future__ import annotations

import re

from sim.read.paste.desk import Desk
from sim.read.paste.form import Form
from sim.read.paste.forms.flowlines import is_probe, put_probe
from sim.read.paste.model import Became, Block, PasteCommand
from sim.read.paste.place import PastePlace
from sim.read.paste.scripts import named_tunnel, shell_for
from sim.read.paste.shell.run import Shell

# These only print, and what they printed stands below them in the paste.
_PRINTS = re.compile(
    r"(?:sudo\s+)?(?:cat|less|more|head|tail|grep|zcat|exit|logout|clear|history)\b[^<>;&]*$"
)


_CONNTRACK = re.compile(
    r"(?:sudo\s+)?(?:\S*/)?conntrack\s+(?:\S+\s+)*?(?:-[DF]|--delete|--flush)\b"
)
_TCPDUMP = re.compile(r"(?:sudo\s+)?(?:\S*/)?tcpdump\b")
_LISTENS = re.compile(r"\s(?:-[A-Za-z]*i\s*|--interface[= ])(?P<dev>[\w.@-]+)")
BETWEEN = "runs where it stands: after the packets above"


def _moved(command: PasteCommand, desk: Desk, rules: int, host: int) -> bool:
    """What was typed behind packets is a command between them; whether it was one."""
    lines = [put.text for put in desk.host[host:]]
    del desk.host[host:]
    lines += desk.sheet.taken_back(rules)
    if lines:
        desk.put_packets("\n".join(lines), command.line)
    return bool(lines)


def _sent(command: PasteCommand, desk: Desk) -> Became | None:
    """A command that sends a packet: from this host, or from another whose address is asked."""
    if not is_probe(command.text):
        return None
    source = ""
    name = command.host
    if name and desk.at_home and name not in desk.at_home:
        answer = desk.ask(name, f"Which address has {name}, where line {command.line} was typed?",
                          optional=True)  # fmt: skip
        if answer is None:
            return Became("", f"left aside until the address of {name} is known")
        source = answer.strip()
    return put_probe(command.text, command.line, desk, source)


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
        if _TCPDUMP.match(command.text):
            found = _LISTENS.search(command.text)
            desk.listening = found["dev"] if found is not None and found["dev"] != "any" else ""
        sent = _sent(command, desk)
        if sent is not None:
            return sent
        if desk.shell is None:
            desk.shell = shell_for(desk)
            desk.shell.is_session = True
        shell: Shell = desk.shell
        before = len(desk.host), len(desk.sheet.text)
        shell.notes.clear()
        shell.steps = shell.printed = 0
        shell.out.clear()
        shell.script = None
        rules, host = desk.sheet.count, len(desk.host)
        shell.run_text(named_tunnel(command.text, desk), command.line)
        if desk.packets and _moved(command, desk, rules, host):
            return Became("packets", "; ".join([BETWEEN, *shell.notes]))
        if _CONNTRACK.match(command.text) and (desk.packets or desk.has_flows):
            desk.put_packets(command.text, command.line)
            return Became("packets", BETWEEN)
        parts = [name for name, changed in (("rules", len(desk.sheet.text) != before[1]),
                                            ("host", len(desk.host) != before[0]))
                 if changed]  # fmt: skip
        return Became(", ".join(parts), "; ".join(shell.notes))


TYPED = TypedForm()
