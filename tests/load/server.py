"""A real server with its worker processes, and what it uses of the machine."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playground.site.limits import LIMITS
from tests.browsing import ROOT, served

_TICK = os.sysconf("SC_CLK_TCK")
_PATIENCE = 60  # seconds until its workers are there


@dataclass(frozen=True)
class Server:
    """``url`` without a path; ``root``: the working tree that it runs from."""

    url: str
    root: Path = ROOT

    @property
    def socket(self) -> str:
        """The address of its sockets, without a path."""
        return self.url.replace("http", "ws", 1)

    @property
    def processes(self) -> list[int]:
        """The one that serves first, then all that it started."""
        parents = dict(_parents())
        found = [pid for pid, parent in parents.items() if parent == os.getpid() and self._is(pid)]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found

    def _is(self, pid: int) -> bool:
        port = self.url.rsplit(":", 1)[1]
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            return port.encode() in words
        return False

    @property
    def cpu(self) -> float:
        """Seconds of a core that all of them have used so far."""
        return sum(map(_cpu, self.processes))

    @property
    def serving_cpu(self) -> float:
        """The same of the one that serves."""
        return _cpu(self.processes[0])

    @property
    def serving_megabytes(self) -> float:
        """What the one that serves has in memory."""
        return _megabytes(self.processes[0])

    @property
    def megabytes(self) -> float:
        """What all of them have; what they share counts once."""
        return sum(map(_megabytes, self.processes))

    def wait_for_workers(self) -> None:
        """Until then its own threads do the work."""
        end = time.monotonic() + _PATIENCE
        while len(self.processes) < LIMITS.workers + 2:  # a fork server, a tracker
            if time.monotonic() > end:
                raise RuntimeError("the workers do not come up")
            time.sleep(0.2)
        time.sleep(1)


@contextlib.contextmanager
def running(root: Path = ROOT, **settings: str) -> Iterator[Server]:
    """A server of a working tree, warm, with settings as in the environment."""
    with tempfile.TemporaryDirectory() as state, served(Path(state), root, **settings) as url:
        server = Server(url, root)
        server.wait_for_workers()
        yield server


def _parents() -> Iterator[tuple[int, int]]:
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                words = Path(f"/proc/{name}/stat").read_text().rsplit(")", 1)[1].split()
                yield int(name), int(words[1])


def _cpu(pid: int) -> float:
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return sum(map(int, words[11:15])) / _TICK  # its own, and that of children that ended
    return 0.0


def _megabytes(pid: int) -> float:
    """Its proportional share (PSS) of what was made in memory.

    Not of files: a program and its libraries are shared with every other Python of this machine,
    and the share grows when one of those ends.
    """
    kilobytes = 0
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(("Pss_Anon:", "Pss_Shmem:")):
                kilobytes += int(line.split()[1])
    return kilobytes / 1024


def told(words: str, seconds: list[float]) -> float:
    """Print the median and the 95th percentile in milliseconds, and return that."""
    ordered = sorted(1000 * each for each in seconds)
    late = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    middle = ordered[len(ordered) // 2]
    print(f"{words}: median {middle:.0f} ms, p95 {late:.0f} ms", flush=True)
    return late
