"""A script that is run on the desk: its arguments, and what is said of the run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import field

from sim.base.frozen import dataclass
from sim.read.paste.desk import NOTHING, Desk
from sim.read.paste.model import Became
from sim.read.paste.shell import tree
from sim.read.paste.shell.parameters import Ends, Parameters
from sim.read.paste.shell.programs import PROGRAMS, other
from sim.read.paste.shell.run import Shell, Stopped
from sim.read.paste.shell.running import NotTold
from sim.read.paste.shell.syntax import ShellTooMuch, parse
from sim.read.paste.shell.unknown import unknown

MOST_SHOWN = 12  # notes of one script
_STARTS = ("start", "up", "on", "enable", "add", "load", "apply")
_WHOLE = re.compile(r"\bgetopts\b|\$#|\$\{?[@*]|\$\{?[2-9]\b|^\s*shift\b", re.MULTILINE)
_PLACEHOLDER = re.compile(
    r"(?<!\w)(?P<name>[A-Za-z_]\w*)=(?P<quote>[\"']?)(?P<mask><[^<>\n]*>|[xX]{1,3}(?:\.[xX]{1,3}){3}"
    r"|(?:\d{1,3}\.)+[xX*]{1,3}(?:\.[xX*]{1,3})*|CHANGE_?ME\w*|(?:YOUR|MY|ENTER|INSERT)_\w+"
    r"|xxx+|\.\.\.|TODO|FIXME)(?P=quote)(?=\s*(?:#.*)?$)",
    re.MULTILINE,
)
_MASK = re.compile(
    r"(?<![\w.])(?:[xX]{1,3}(?:\.[xX]{1,3}){3}|(?:\d{1,3}\.){1,3}[xX]{1,3}(?:\.[xX]{1,3})*)(?![\w.])"
)


def shell_for(desk: Desk, name: str = "") -> Shell:
    return Shell(desk, PROGRAMS, other, Parameters(script=name or "script.sh"))


def run_script(text: str, desk: Desk, first: int, name: str = "") -> Became:
    """Run a script whose first line has the number ``first`` in the paste."""
    text = _told(text.replace("\r", ""), desk, first)
    shell = shell_for(desk, name)
    _as_its_first_line_says(shell, text)
    shell.parameters.arguments, said = _arguments(text, desk)
    text, cut_off = _without_open_list(text, first)
    notes = [one for one in (said, cut_off) if one]
    notes += _goes_on(shell, desk, text)
    before = len(desk.host), len(desk.sheet.text)
    before_questions = set(desk.questions)
    shell.run_text(text, first)
    if _SERVICE.match(text) and "start" in shell.functions:
        notes.append("read as a service that is started: its `start` is run")
        shell.run_text("start", first)
    changed = (len(desk.host), len(desk.sheet.text)) != before
    for one in shell.relied:
        if one.changes < shell.changes:
            desk.ask(one.name, f"{one.said} `set -e` ends the script where it fails",
                     ("true", "false"))  # fmt: skip
    notes += _absent(shell, desk, changed)
    notes += _uncalled(shell, changed)
    wants = shell.parameters.asked_arguments and (not said or _WHOLE.search(text))
    if not changed and wants and not _answered(desk):
        for asked in [one for one in desk.questions if one not in before_questions]:
            if re.search(rf"\b{re.escape(asked)}=\$|\b{re.escape(asked)}=.*;;", text):
                del desk.questions[asked]  # the arguments tell it
        _ask_arguments(text, desk)
    notes += shell.notes[:MOST_SHOWN]
    if len(shell.notes) > MOST_SHOWN:
        notes.append(f"and {len(shell.notes) - MOST_SHOWN} more lines")
    return Became(_became(desk, before), "; ".join(notes))


_WAITS = re.compile(r".*(?:&&|\|\|?)\s*$")


def _without_open_list(text: str, first: int) -> tuple[str, str]:
    """The script without a list at its end that waits for a command: no shell runs such a one."""
    lines = text.split("\n")
    last = len(lines)
    while last and (not lines[last - 1].strip() or lines[last - 1].lstrip().startswith("#")):
        last -= 1
    if not last or lines[last - 1].lstrip().startswith("#") or not _WAITS.match(lines[last - 1]):
        return text, ""
    start = last - 1
    while start and _WAITS.match(lines[start - 1]):
        start -= 1
    sign = lines[last - 1].split()[-1]
    said = (
        f"line {first + last - 1}: `{sign}` at its end waits for a command, so a shell runs "
        f"nothing from line {first + start} on: take it away"
    )
    return "\n".join([*lines[:start], *[""] * (last - start), *lines[last:]]), said


_SHELL = re.compile(r"#!\s*\S*?(?:env\s+(?:-\S+\s+)*)?(?P<name>\w*sh)\b")
# OpenWrt's and OpenRC's: the program behind `#!` reads the file and calls its functions.
_SERVICE = re.compile(r"#!\s*\S+.*/rc\.common\b|#!\s*\S*/(?:openrc-run|runscript)\b")
_POSIX = ("sh", "dash")


def _as_its_first_line_says(shell: Shell, text: str) -> None:
    """bash, or a shell that knows less; no first line: it is run by the bash of a login."""
    found = _SHELL.match(text)
    shell.is_bash = found is not None and found["name"] == "bash"
    if found is not None and found["name"] in _POSIX and not _SERVICE.match(text):
        shell.is_dash = shell.desk.answers.get("sh") != "bash"
    else:
        shell.parameters.variables.update(EUID="0", UID="0")


def _goes_on(shell: Shell, desk: Desk, text: str) -> list[str]:
    """Commands between prose are of one shell: what was set above is set here."""
    if text.startswith("#!"):
        return []
    before: Shell | None = desk.loose
    desk.loose = shell
    if before is None:
        return []
    shell.parameters.variables.update(before.parameters.variables)
    shell.functions.update(before.functions)
    shell.aliases.update(before.aliases)
    used = [
        name
        for name in before.parameters.variables
        if re.search(rf"\$\{{?{name}\b", text) and not re.search(rf"\b{name}=", text)
    ]
    return [f"{', '.join(f'${name}' for name in used)} as set above"] if used else []


def _uncalled(shell: Shell, changed: bool) -> list[str]:
    """Functions that change something, of a script that calls none of them."""
    if changed or shell.desk.questions:
        return []
    if re.search(r"^\s*ip6?tables\s+-", "".join(shell.out), re.MULTILINE):
        return ["commands are printed, and none of them is run"]
    names = [name for name, body in shell.functions.items() if _CHANGES.search(repr(body))]
    return [f"nothing calls {', '.join(names)}"] if names and not shell.called else []


_CHANGES = re.compile(r"ip6?tables|ipset|\bip (?:route|rule|addr|link)|sysctl|/proc/sys/")


@dataclass(slots=True)
class Runs:
    """Command lines of a file that is no script, each run by a shell of its own.

    ``note`` collects what is to be said; ``became`` says which texts they changed.
    """

    desk: Desk
    variables: Mapping[str, str]
    notes: list[str] = field(default_factory=list)
    before: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        self.before = len(self.desk.host), len(self.desk.sheet.text)

    def line(self, text: str, number: int) -> int:
        """Run a line of shell text; its exit status."""
        shell = self._shell()
        status = shell.run_text(text, number)
        self.notes += shell.notes
        return status

    def words(self, words: list[str], number: int) -> int:
        """Run a command without any shell: its words are as they stand."""
        shell = self._shell()
        shell.line = number
        try:
            status = shell.call(words)
        except (Ends, NotTold, Stopped):
            status = 1
        self.notes += shell.notes
        return status

    def _shell(self) -> Shell:
        shell = shell_for(self.desk)
        shell.parameters.variables.update(self.variables)
        return shell

    def became(self) -> Became:
        shown = list(dict.fromkeys(self.notes))
        if len(shown) > MOST_SHOWN:
            shown[MOST_SHOWN:] = [f"and {len(shown) - MOST_SHOWN} more lines"]
        return Became(_became(self.desk, self.before), "; ".join(shown))


def joined_lines(lines: Iterable[str], first: int) -> list[tuple[int, str]]:
    """Logical lines with their numbers: one that ends in a backslash goes on in the next."""
    out: list[tuple[int, str]] = []
    goes_on = False
    for number, line in enumerate(lines, first):
        text = line.rstrip()
        ends = text.endswith("\\")
        text = text[:-1] if ends else text
        if goes_on:
            out[-1] = (out[-1][0], f"{out[-1][1].rstrip()} {text.strip()}")
        else:
            out.append((number, text))
        goes_on = ends
    return out


def _became(desk: Desk, before: tuple[int, int]) -> str:
    parts = []
    if len(desk.sheet.text) != before[1]:
        parts.append("rules")
    if len(desk.host) != before[0]:
        parts.append("host")
    return ", ".join(parts)


def _told(text: str, desk: Desk, first: int) -> str:
    """The text with placeholders filled in, as far as they are answered; the others are asked."""

    def value(found: re.Match[str]) -> str:
        line = first + text.count("\n", 0, found.start())
        said = f"What stands for {found['mask']} in {found['name']} (line {line})?"
        answer = desk.ask(found["name"], said)
        value = unknown(found["name"]) if answer is None else answer
        return f"{found['name']}={shlex.quote(value)}"

    def mask(found: re.Match[str]) -> str:
        return desk.answers.get(found[0], found[0])

    return named_tunnel(_MASK.sub(mask, _PLACEHOLDER.sub(value, text)), desk)


_TUNNEL = re.compile(r"(?<=\s)%i(?=[\s;]|$)", re.MULTILINE)


def named_tunnel(text: str, desk: Desk) -> str:
    """The text with a name for ``%i``, which only wg-quick knows."""
    if not _TUNNEL.search(text):
        return text
    answer = desk.ask("%i", "Which interface is %i, the tunnel of wg-quick? Until then wg0 stands "
                      "for it.", ("wg0",), optional=True)  # fmt: skip
    return _TUNNEL.sub(answer or "wg0", text)


# ---- arguments


def _answered(desk: Desk) -> bool:
    return any(name in desk.answers for name in ("arguments", "$1", "$@"))


def _arguments(text: str, desk: Desk) -> tuple[list[str], str]:
    """The arguments to run it with, and what is to be said of them."""
    for name in ("arguments", "$@", "$1"):
        answer = desk.answers.get(name)
        if answer is not None:
            if answer == NOTHING:
                return [], ""
            try:
                return (shlex.split(answer) if name != "$1" else [answer]), ""
            except ValueError:
                return answer.split(), ""
    labels = _labels(text)
    start = next((word for word in _STARTS if word in labels), "")
    if not start or re.search(r"\$\{1:?-[^}]", text):
        return [], ""
    others = ", ".join(label for label in labels if label != start)
    name = _name(text)
    return [start], f"read as if it is run with `{start}` (other answers to {name}: {others})"


def _name(text: str) -> str:
    return "arguments" if _WHOLE.search(_outside_functions(text)) else "$1"


def _ask_arguments(text: str, desk: Desk) -> None:
    labels = _labels(text)
    what = "What is it run with: its arguments?" if _name(text) == "arguments" else (
        "With which first argument is it run?")  # fmt: skip
    desk.ask(_name(text), what, tuple(labels) or ())


def _outside_functions(text: str) -> str:
    """The text without the bodies of functions, which have arguments of their own."""
    return re.sub(r"^(?:function\s+)?\w+\s*(?:\(\))?\s*\{\n.*?^\}", "", text, flags=re.M | re.S)


def _labels(text: str) -> list[str]:
    """The words that a ``case`` of the first argument knows."""
    try:
        node = parse(text)
    except ShellTooMuch:
        return []
    parts = node.parts if isinstance(node, tree.Sequence) else (node,)
    for part in parts:
        if isinstance(part, tree.CaseClause) and re.fullmatch(
            r'"?\$(?:1|\{1(?::?-\w*)?\})"?', part.word
        ):
            patterns = [pattern.strip("\"'") for one, _, _ in part.arms for pattern in one]
            return [pattern for pattern in patterns if re.fullmatch(r"[\w-]+", pattern)]
    return []


def _absent(shell: Shell, desk: Desk, changed: bool) -> list[str]:
    """Files that were only tested for: taken as absent, or asked for if nothing came of it."""
    notes = []
    for path, line in shell.files.absent.items():
        if not changed:
            desk.ask(path, f"What is in {path} (line {line})? `{NOTHING}`: there is no such file",
                     (NOTHING,))  # fmt: skip
        elif not path.startswith(("/proc/", "/sys/", "/tmp/")):
            notes.append(f"line {line}: {path} is taken as absent")
    return notes
