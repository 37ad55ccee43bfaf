"""The real tools as an oracle: what iptables-legacy says to a text, and what it then prints.

Every case gets a network namespace of its own, made and left within milliseconds by a small
server process, so that cases neither see each other nor this machine's rules.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

CLONE_NEWNET = 0x40000000
WORKERS = 2


@dataclass(frozen=True)
class Case:
    """``kind`` dump: the text goes to iptables-restore; commands: each line is a command."""

    text: str
    family: int = 4
    kind: str = "dump"
    setup: str = ""  # shell commands that must come first (sets, nfacct objects)
    listed: str = ""  # "TABLE CHAIN" that is listed too


@dataclass(frozen=True)
class Answer:
    """``code`` 0: accepted. ``failed`` are the numbers of the command lines that failed."""

    code: int
    message: str
    saved: str
    failed: tuple[int, ...] = ()
    listing: str = ""  # iptables -L -n -v of the chain


def without_comments(saved: str) -> str:
    """iptables-save's output without the lines that hold the date."""
    return "".join(f"{line}\n" for line in saved.splitlines() if line and not line.startswith("#"))


class Oracle:
    """Ask with ``answers``; close it (or use ``with``) to end its processes."""

    def __init__(self) -> None:
        self._servers = [
            subprocess.Popen(
                [sys.executable, "-S", "-E", __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(WORKERS)
        ]

    def __enter__(self) -> Oracle:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for server in self._servers:
            assert server.stdin
            server.stdin.close()
            server.wait(10)

    def answers(self, cases: Iterable[Case]) -> Iterator[Answer]:
        """One answer for each case, in order; every server works on one case at a time."""
        waiting: list[subprocess.Popen[str]] = []
        for number, case in enumerate(cases):
            server = self._servers[number % WORKERS]
            if len(waiting) == WORKERS:
                yield self._read(waiting.pop(0))
            assert server.stdin
            server.stdin.write(json.dumps(case.__dict__) + "\n")
            server.stdin.flush()
            waiting.append(server)
        for server in waiting:
            yield self._read(server)

    def answer(self, case: Case) -> Answer:
        return next(self.answers([case]))

    @staticmethod
    def _read(server: subprocess.Popen[str]) -> Answer:
        assert server.stdout
        found = json.loads(server.stdout.readline())
        return Answer(
            found["code"],
            found["message"],
            found["saved"],
            tuple(found["failed"]),
            found["listing"],
        )


def _serve() -> None:
    os.environ["PATH"] = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    os.environ["XTABLES_LOCKFILE"] = f"/run/cw-oracle-{os.getpid()}.lock"
    with tempfile.TemporaryDirectory() as place:
        for name in ("iptables", "ip6tables"):
            Path(place, name).symlink_to("/usr/sbin/xtables-legacy-multi")
            Path(place, f"{name}-legacy").symlink_to("/usr/sbin/xtables-legacy-multi")
            nft = Path(place, f"{name}-nft")
            nft.write_text(f'#!/bin/sh\nexec {place}/{name} "$@"\n')
            nft.chmod(0o755)
        for line in sys.stdin:
            print(json.dumps(_in_namespace(json.loads(line), place)), flush=True)
    Path(os.environ["XTABLES_LOCKFILE"]).unlink(missing_ok=True)


def _in_namespace(case: dict[str, str | int], place: str) -> dict[str, object]:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        if ctypes.CDLL(None).unshare(CLONE_NEWNET):
            os._exit(1)
        with os.fdopen(write, "w") as out:
            out.write(json.dumps(_ask(case, place)))
            out.flush()
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return json.loads(text)  # type: ignore[no-any-return]


def _ask(case: dict[str, str | int], place: str) -> dict[str, object]:
    tool = "iptables" if case["family"] == 4 else "ip6tables"
    text, failed = str(case["text"]), []
    environment = {**os.environ, "PATH": f"{place}:{os.environ['PATH']}"}
    if case["setup"]:
        subprocess.run(["sh", "-c", str(case["setup"])], capture_output=True, env=environment)
    if case["kind"] == "dump":
        done = _run([f"{tool}-legacy-restore"], text)
        code, message = done.returncode, done.stderr
    else:
        code, message = 0, ""
        for number, line in enumerate(text.splitlines(), 1):
            done = subprocess.run(
                ["bash", "-c", line], capture_output=True, text=True, env=environment
            )
            if done.returncode:
                failed.append(number)
                code = code or done.returncode
                message += done.stderr
    saved = _run([f"{tool}-legacy-save"], "").stdout
    listing = ""
    if case["listed"]:
        table, chain = str(case["listed"]).split()
        listing = _run([f"{tool}-legacy", "-t", table, "-L", chain, "-n", "-v"], "").stdout
    return {"code": code, "message": message, "saved": saved, "failed": failed, "listing": listing}


def _run(words: list[str], text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, input=text, capture_output=True, text=True, errors="replace")


if __name__ == "__main__":
    _serve()
