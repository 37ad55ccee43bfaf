"""``iptables-restore`` in a script: a whole text is loaded, or nothing of it."""

from __future__ import annotations

import re
import shlex

from sim.model.rules import TABLE_HOOKS
from sim.read.paste.sheet import header
from sim.read.paste.shell.run import Shell
from sim.read.paste.shell.unknown import unknowns


def restore(shell: Shell, family: int, backend: str, words: list[str]) -> int:
    """Load standard input, or the file that is named; an exit status."""
    keeps, path, only = False, "", ""
    rest = iter(words[1:])
    for word in rest:
        if word in ("-T", "--table"):
            only = next(rest, "")
        elif word in ("-w", "--wait", "-W", "-M", "--modprobe"):
            if word not in ("-w", "--wait"):
                next(rest, "")
        elif word in ("-n", "--noflush"):
            keeps = True
        elif word in ("-t", "--test"):
            return 0
        elif not word.startswith("-"):
            path = word
    text = shell.files.read(path) if path else shell.input.rest()
    if text is None:
        return 1
    if not text.strip():
        shell.note(f"{words[0]} gets nothing to load")
        return 0
    if unknowns(text):
        return 0  # waits for its questions
    if only:
        text = _table_of(text, only)
    return _kept(shell, family, text) if keeps else _flushed(shell, family, backend, text)


def _table_of(text: str, table: str) -> str:
    """The part of a dump that is of one table."""
    lines, is_inside = [], False
    for line in text.replace("\r", "").split("\n"):
        if line.startswith("*"):
            is_inside = line[1:].strip() == table
        if is_inside:
            lines.append(line)
    return "".join(f"{line}\n" for line in lines)


def _flushed(shell: Shell, family: int, backend: str, text: str) -> int:
    head = header(family, backend)
    lines = [line.strip() if line.strip() == "COMMIT" else line
             for line in text.replace("\r", "").split("\n") if line.strip()]  # fmt: skip
    errors = shell.desk.sheet.live.restore("\n".join([head, *lines]))
    if errors:
        _refused(shell, family, errors[0].message)
        return 1
    shell.desk.sheet.put_dump(family, backend, lines, head)
    shell.changes += 1
    return 0


def _kept(shell: Shell, family: int, text: str) -> int:
    """``--noflush``: the same as commands, all of them or none."""
    live = shell.desk.sheet.live
    commands = list(commands_of(shell, family, text.replace("\r", "")))
    errors = live.restore("\n".join(shlex.join(command) for command in commands))
    if errors:
        _refused(shell, family, errors[0].message)
        return 1
    for command in commands:
        shell.desk.sheet.command(command)
    shell.changes += 1
    return 0


def _refused(shell: Shell, family: int, message: str) -> None:
    tool = "ip6tables-restore" if family == 6 else "iptables-restore"
    shell.note(f"{tool} refuses the whole text: {message}")


_DUMP_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')


def commands_of(shell: Shell, family: int, text: str) -> list[list[str]]:
    """The lines of a dump as commands on tables that stay."""
    tool = "ip6tables" if family == 6 else "iptables"
    table, out = "filter", []
    for line in text.split("\n"):
        line = line.strip()
        if line.startswith("*"):
            table = line[1:].strip()
        elif line.startswith(":"):
            name, _, rest = line[1:].partition(" ")
            policy = rest.split(" ")[0]
            found = shell.desk.sheet.live.ruleset(family).tables.get(table)
            if name in [hook.value for hook in TABLE_HOOKS.get(table, ())]:
                if policy not in ("-", ""):
                    out.append([tool, "-t", table, "-P", name, policy])
            else:
                there = found is not None and name in found.chains
                out.append([tool, "-t", table, "-F" if there else "-N", name])
        elif line and line[0] not in "#" and line != "COMMIT":
            line = re.sub(r"^\[\d+:\d+\]\s*", "", line)
            words = [one if one else re.sub(r"\\(.)", r"\1", quoted)
                     for quoted, one in _DUMP_WORD.findall(line)]  # fmt: skip
            out.append([tool, "-t", table, *words])
    return out
