"""Files as far as the paste tells them, and redirections to and from them.

What is under ``/proc/sys`` are settings. A file that the paste does not show is asked for when it
is read, and taken as absent when it is only tested for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from sim.read.paste.desk import NOTHING
from sim.read.paste.shell import patterns, settings
from sim.read.paste.shell.running import Input, NotTold, Running
from sim.read.paste.shell.tree import Redirect
from sim.read.paste.shell.unknown import unknown, unknowns

_SPECIAL = re.compile(r"/dev/(null|stdin|stdout|stderr|tty|fd/\d+|zero|urandom|log)\Z")
_BINARIES = re.compile(r"(?:/usr)?(?:/local)?/s?bin/[\w.+-]+\Z")
_FOLDERS = {"/proc", "/proc/sys", "/proc/sys/net", "/proc/sys/net/ipv4", "/proc/sys/net/ipv6",
            "/proc/net", "/etc", "/tmp", "/root", "/var", "/var/log", "/"}  # fmt: skip
_KERNEL = {"/proc/net/ip_tables_names": 4, "/proc/net/ip6_tables_names": 6}


class Files:
    """The files of one shell. ``absent`` are those that were only tested for, with their line."""

    def __init__(self, shell: Running) -> None:
        self.shell = shell
        self.absent: dict[str, int] = {}
        self.gone: set[str] = set()

    # ---- reading and writing

    def read(self, path: str) -> str | None:
        """What is in a file; ``None``: there is none. Asks for one that the paste does not show."""
        found = self._known(path)
        if found is not None or path in self.gone:
            return found
        if _SPECIAL.match(path):
            return self.shell.input.rest() if path == "/dev/stdin" else ""
        if path.startswith("/proc/") or not path:
            return None
        answer = self.shell.desk.ask(
            path, f"What is in {path} (line {self.shell.line})? `{NOTHING}`: there is no such file",
            (NOTHING,),
        )  # fmt: skip
        if answer is None:
            return unknown(path)
        return None if answer == NOTHING else _unescaped(answer)

    def _known(self, path: str) -> str | None:
        """A file that the script wrote, the paste shows, or somebody answered."""
        desk = self.shell.desk
        if path in _KERNEL:
            tables = desk.sheet.live.ruleset(_KERNEL[path]).tables
            return "".join(f"{name}\n" for name in tables)
        if path in desk.files:
            return desk.files[path]
        answer = desk.answers.get(path)
        if answer is not None and answer != NOTHING and path not in self.gone:
            return _unescaped(answer)
        return settings.value(desk.draft, path)

    def write(self, path: str, text: str, *, adds: bool = False) -> int:
        """Write a file or a setting; an exit status."""
        shell = self.shell
        if _SPECIAL.match(path):
            return 0
        if path.startswith("/proc/sys/"):
            return settings.write(shell, path, text.strip())
        if path.startswith(("/proc/", "/sys/")):
            shell.note(f"what is written into {path} is not modelled")
            return 0
        shell.desk.files[path] = (shell.desk.files.get(path, "") if adds else "") + text
        self.gone.discard(path)
        return 0

    def remove(self, path: str) -> None:
        self.shell.desk.files.pop(path, None)
        self.gone.add(path)

    def test(self, letter: str, path: str) -> bool:
        """``[ -f PATH ]`` and its like."""
        if letter == "t" or not path or unknowns(path):
            return False
        if _SPECIAL.match(path):
            return letter in "ecrw"
        if path in _FOLDERS:
            return letter in "edrwx"
        if _BINARIES.match(path):
            return letter in "efrxs"
        if path.startswith("/proc/sys/"):
            return settings.exists(path) and letter in ("dex" if path.endswith("/") else "erwf")
        found = self._known(path)
        if found is not None:
            return letter in "efrw" or (letter == "s" and bool(found))
        if self.shell.desk.answers.get(path) != NOTHING and path not in self.gone:
            self.absent.setdefault(path, self.shell.line)
        return False

    def globbed(self, word: str, text: str) -> list[str]:
        """A field whose ``*`` stood outside quotes: the paths under /proc/sys that it names."""
        if "*" not in word or "*" not in text or not text.startswith("/proc/sys/net/"):
            return [text]
        names = [name for name in settings.paths(self.shell.desk) if patterns.matches(text, name)]
        return names or [text]

    # ---- redirections

    def redirected(self, redirects: Sequence[Redirect], run: Callable[[], int]) -> int:
        """Run with these redirections."""
        if not redirects:
            return run()
        shell = self.shell
        before = shell.input
        outputs: list[tuple[str, bool]] = []
        writes = [one.text for one in redirects if one.op in (">", ">>", ">|")]
        try:
            for one in redirects:
                shell.unread = one.op == "<<" and any(map(shell.is_named_once, writes))
                text = self._source(one)
                shell.unread = False
                if text is not None:
                    shell.input = Input(text)
                elif one.op in ("<", "<&"):
                    if one.op == "<":
                        return 1
                elif one.fd in ("", "1") and one.op in (">", ">>", ">|", "&>", "&>>"):
                    outputs.append((shell.one(one.text), ">>" in one.op))
            return self._printed(outputs, run)
        finally:
            shell.input = before

    def _source(self, one: Redirect) -> str | None:
        """What standard input is then, or ``None``."""
        shell = self.shell
        if one.op == "<<":
            return one.text if one.quoted else shell.expander.document(one.text)
        if one.op == "<<<":
            return shell.one(one.text) + "\n"
        if one.op != "<":
            return None
        if one.text.startswith("<("):
            return shell.output(one.text[2:-1]) + "\n"
        return self.read(shell.one(one.text))

    def _printed(self, outputs: list[tuple[str, bool]], run: Callable[[], int]) -> int:
        shell = self.shell
        if not outputs:
            return run()
        before, shell.out = shell.out, []
        keeps = any(not _SPECIAL.match(path) for path, _ in outputs)
        shell.captures += keeps
        try:
            status = run()
            text = "".join(shell.out)
        except NotTold:
            if shell.captures > keeps:
                raise
            for path, _ in outputs[-1:]:  # what it holds is asked for where it is read
                shell.desk.files.pop(path, None)
            return 0
        finally:
            shell.out = before
            shell.captures -= keeps
        for path, adds in outputs[-1:]:
            if path in ("/dev/stdout", "/dev/tty"):
                shell.print(text)
            elif self.write(path, text, adds=adds):
                status = status or 1
        return status


def _unescaped(text: str) -> str:
    """An answer typed on one line has its line ends as ``\\n``."""
    return text.replace("\\n", "\n").replace("\\t", "\t") if "\n" not in text else text
