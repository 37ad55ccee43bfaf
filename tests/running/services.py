"""Real processes for the tests: servers on ports of their own, and what they say."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.floorplan import ROOT

SECONDS = 120  # that a busy machine is given


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(state: Path, **more: str) -> dict[str, str]:
    """As a shell would have it: no setting of the tests' own."""
    kept = {name: value for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "REDIS_URL", "CHAINWALK_PLAIN_STATIC",
                            "DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE")}  # fmt: skip
    return {**kept, "CHAINWALK_STATE_DIR": str(state), **more}


def manage(
    state: Path, *words: str, given: str = "", **more: str
) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own."""
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT, env=environment(state, **more), input=given,
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip


def begun(state: Path, port: int, **more: str) -> subprocess.Popen[bytes]:
    """``start`` on a port; what it logs goes to ``PORT.log`` in the state directory."""
    with open(state / f"{port}.log", "wb") as log:
        return subprocess.Popen(
            [sys.executable, "manage.py", "start", "--port", str(port)],
            cwd=ROOT, env=environment(state, **more), stdout=log, stderr=log,
        )  # fmt: skip


def is_ready(port: int, process: subprocess.Popen[bytes]) -> bool:
    """Whether it came up: false when it ended, or when it is not ready in time."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
                return bool(answer.status == 200)
        except OSError:
            time.sleep(0.2)
    return False


def end(*processes: subprocess.Popen[bytes]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait(20)


@contextmanager
def several(states: list[Path], **more: str) -> Iterator[list[int]]:
    """Servers that were started at the same moment, and are ready."""
    ports = [free_port() for _ in states]
    processes = [begun(state, port, **more) for state, port in zip(states, ports, strict=True)]
    try:
        for state, port, process in zip(states, ports, processes, strict=True):
            assert is_ready(port, process), (state / f"{port}.log").read_text()
        yield ports
    finally:
        end(*processes)
