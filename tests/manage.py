"""``manage.py COMMAND`` in a process of its own, without waiting for Python and Django each time.

Most of what a command costs is imports. One process pays them for all tests of a run and forks for
each command: arguments, standard input, output and error, and the exit status are the fork's own.
What happens before a command begins is asked of real starts (``commands/test_processes.py``).
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import runpy
import signal
import subprocess
import sys
import tempfile
import traceback
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STREAMS = ("given", "out", "err")  # files, by their descriptors


def hear_interrupts() -> None:
    """For ``preexec_fn``, as at a terminal: what a shell starts in the background ignores them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@cache
def _server() -> subprocess.Popen[str]:
    """Ends with the tests: its standard input is closed then."""
    command = [sys.executable, "-m", "tests.manage"]
    return subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def manage(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """What ``manage.py`` says to the words and to a standard input, and its exit status."""
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "given").write_text(given)
        server.stdin.write(json.dumps([name, *words]) + "\n")
        server.stdin.flush()
        status = int(server.stdout.readline())
        out, err = ((folder / stream).read_text() for stream in STREAMS[1:])
    return subprocess.CompletedProcess(["manage.py", *words], status, out, err)


def _serve() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")
    django.setup()
    commands = importlib.import_module("playground.management.commands")
    for found in pkgutil.iter_modules(commands.__path__):
        importlib.import_module(f"{commands.__name__}.{found.name}")
    importlib.import_module("sim.read.paste.reading")
    for row in iter(sys.stdin.readline, ""):
        folder, *words = json.loads(row)
        pid = os.fork()
        if not pid:
            os._exit(_ran(Path(folder), words))
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _ran(folder: Path, words: list[str]) -> int:
    """The command's exit status; the process is its own from here on."""
    for descriptor, stream in enumerate(STREAMS):
        flags = os.O_RDWR | os.O_CREAT
        os.dup2(os.open(folder / stream, flags), descriptor)
    sys.stdin = os.fdopen(0)
    sys.argv = ["manage.py", *words]
    try:
        runpy.run_path("manage.py", run_name="__main__")
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
            return 1
        return end.code or 0
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    _serve()
