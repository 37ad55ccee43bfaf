"""Services for the tests to stop, to kill and to starve: PostgreSQL, and a disk that is full."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from tests.web.test_postgres import PROGRAMS, as_postgres


class Postgres:
    """A cluster of our own, on a socket of our own. ``folder`` is its alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        self.data = folder / "data"
        as_postgres(str(PROGRAMS[-1] / "initdb"), "-D", str(self.data), "-A", "trust",
                    "-U", "chainwalk")  # fmt: skip
        self.start()

    @property
    def url(self) -> str:
        return f"postgres://chainwalk@{quote(str(self.folder), safe='')}/postgres"

    def _control(self, *words: str) -> None:
        as_postgres(str(PROGRAMS[-1] / "pg_ctl"), "-D", str(self.data), "-w", *words)

    def start(self) -> None:
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder}"
        self._control("-o", options, "-l", str(self.folder / "log"), "start")

    def stop(self) -> None:
        self._control("-m", "fast", "stop")

    def kill(self) -> None:
        """As when the machine loses its power: all of its processes, at once."""
        pid = int((self.data / "postmaster.pid").read_text().split()[0])
        told = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True)
        for one in (pid, *map(int, told.stdout.split())):
            try:
                os.kill(one, signal.SIGKILL)
            except ProcessLookupError:
                continue
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.05)


@contextmanager
def postgres(parent: Path | None = None) -> Iterator[Postgres]:
    folder = Path(tempfile.mkdtemp(prefix="cw-pg-", dir=parent))
    found = None
    try:
        found = Postgres(folder)
        yield found
    finally:
        if found is not None and (found.data / "postmaster.pid").exists():
            found.kill()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A disk of so many megabytes (root only)."""
    folder = Path(tempfile.mkdtemp(prefix="cw-disk-", dir="/run"))
    size = f"size={megabytes}m,mode=0755"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "none", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
        folder.rmdir()


def fill(disk: Path) -> Path:
    """A file that takes all that is left of a disk."""
    filler = disk / "filler"
    with open(filler, "wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return filler
