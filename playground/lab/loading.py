"""Loading rules with the real tools, and the TRACE rules that make the kernel talk.

TRACE goes to the top of raw PREROUTING and OUTPUT, so that every later rule is told about.
``compare`` takes the shift of the raw table's numbers back.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass

from playground.lab.errors import LabError
from playground.lab.namespace import Namespace

RESTORE = {4: "iptables-legacy-restore", 6: "ip6tables-legacy-restore"}
_TRACE = ["-I PREROUTING 1 -j TRACE", "-I OUTPUT 1 -j TRACE"]
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the tool said. ``ok``: it accepted everything."""

    ok: bool
    message: str = ""
    code: int = 0


def missing_tools() -> list[str]:
    return [tool for tool in RESTORE.values() if shutil.which(tool, path=_PATH) is None]


class Loader:
    """Runs the tools with a lock file of our own, so that nobody waits for anybody."""

    def __init__(self) -> None:
        descriptor, self._lock = tempfile.mkstemp(prefix="chainwalk-", suffix=".lock")
        os.close(descriptor)
        self._environment = {"PATH": _PATH, "XTABLES_LOCKFILE": self._lock, "LC_ALL": "C"}

    def close(self) -> None:
        if os.path.exists(self._lock):
            os.unlink(self._lock)

    def restore(self, namespace: Namespace, family: int, text: str) -> Loaded:
        """Load a restore text, with TRACE on top."""
        return self.run(namespace, [RESTORE[family]], with_trace(text))

    def run(self, namespace: Namespace, command: list[str], text: str) -> Loaded:
        """Run a tool in the namespace with ``text`` on its standard input."""
        with namespace.inside():
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=self._environment,
                close_fds=False,  # all of ours are close-on-exec; this allows vfork
            )
        try:
            output, _ = process.communicate(text.encode(), timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise LabError(f"{command[0]} did not end within 20 seconds") from None
        said = output.decode("utf-8", "replace").strip()
        return Loaded(process.returncode == 0, said, process.returncode)


def with_trace(text: str) -> str:
    """The restore text with TRACE first in raw PREROUTING and OUTPUT."""
    lines = text.split("\n")
    result: list[str] = []
    table = ""
    traced = False
    for line in lines:
        if line.startswith("*"):
            table = line[1:].strip()
        elif line == "COMMIT" and table == "raw":
            result += _TRACE
            traced = True
        result.append(line)
    if not traced:
        if result and result[-1]:
            result.append("")
        result[-1:] = ["*raw", *_TRACE, "COMMIT", ""]
    return "\n".join(result)
