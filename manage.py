#!/usr/bin/env python3
"""Chainwalk's one entry point.

``python3 manage.py start`` and ``python3 manage.py test`` set up everything they need in a
virtual environment of their own (``.venv``) and go; every other command is Django's or ours
(``simulate``, ``rules``, ``verify``). Only the standard library is needed to get here.
"""

import gc
import io
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

# Commands that have nothing to do with Django's applications: setting those up takes as long as
# most of them take for all they do.
ALONE = {"advise", "mask", "read", "rules", "simulate", "why"}
ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def install(packages: list[str], why: str) -> None:
    """Install Debian packages when we are root on a Debian; say so otherwise."""
    if os.geteuid() != 0 or not Path("/usr/bin/apt-get").exists():
        raise SystemExit(f"{why}: install {' '.join(packages)} (as root on Debian we do it)")
    say(f"chainwalk: installing {' '.join(packages)} ({why})")
    quiet = {
        "stdout": subprocess.DEVNULL,
        "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    }
    subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)
    subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
        check=True,
        **quiet,
    )


def set_up(*requirements: str) -> None:
    """Make ``.venv`` hold what the requirement files pin; does nothing when it already does."""
    if sys.version_info < (3, 11):  # noqa: UP036 -- this file is run by whatever python3 there is
        raise SystemExit(f"Chainwalk needs Python 3.11 or newer; this is {sys.version.split()[0]}")
    wanted = "\n".join((ROOT / name).read_text() for name in requirements)
    stamp = ENVIRONMENT / f".installed-{len(requirements)}"
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    if not PYTHON.exists() or not (ENVIRONMENT / "bin" / "pip").exists():
        made = subprocess.run(
            [sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)],
            capture_output=True,
            text=True,
        )
        if made.returncode:
            install(["python3-venv"], "Python's venv module has no pip here")
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], check=True)
    say("chainwalk: setting up .venv (once)")
    arguments = [argument for name in requirements for argument in ("-r", str(ROOT / name))]
    subprocess.run(
        [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--require-hashes", *arguments],
        check=True,
    )  # fmt: skip
    stamp.write_text(wanted)


class Output(io.FileIO):
    """Standard output. Once nobody reads it (``| head``), the command ends quietly, as others do.

    The signal for it stays ignored: a pipe to a worker that died, or a service's connection, would
    send it too, and those are errors to handle.
    """

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        try:
            return super().write(data)
        except BrokenPipeError:
            os._exit(128 + 13)  # what a shell shows of SIGPIPE
        except OSError as error:
            say(f"standard output: {error.strerror}")
            os._exit(1)


def end_quietly() -> None:
    """Put ``Output`` below ``sys.stdout``, which else stays as it is."""
    old = sys.stdout
    if isinstance(old, io.TextIOWrapper) and old.fileno() == 1:
        output = Output(1, "w", closefd=False)
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(output), old.encoding, old.errors,
            line_buffering=old.line_buffering, write_through=old.write_through,
        )  # fmt: skip


def inside_environment() -> bool:
    return Path(sys.prefix).resolve() == ENVIRONMENT.resolve()


def main() -> None:
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command != "start":
        end_quietly()
    if {"-h", "--help"} & set(sys.argv[2:]):
        pass  # who asks what a command does wants nothing installed
    elif command == "start":
        set_up("requirements.txt")
    elif command == "test":
        set_up("requirements.txt", "tests/requirements.txt")
    if command in ("start", "test") and PYTHON.exists() and not inside_environment():
        os.execv(PYTHON, [str(PYTHON), str(ROOT / "manage.py"), *sys.argv[1:]])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")
    try:
        from django.core.management import execute_from_command_line
    except ModuleNotFoundError:
        if PYTHON.exists() and not inside_environment():
            os.execv(PYTHON, [str(PYTHON), str(ROOT / "manage.py"), *sys.argv[1:]])
        raise SystemExit(
            "Django is not installed here: run 'python3 manage.py start' once, it sets up .venv"
        ) from None
    from playground.site.collector import THRESHOLDS

    gc.set_threshold(*THRESHOLDS)
    if command in ALONE:
        module = import_module(f"playground.management.commands.{command}")
        module.Command().run_from_argv(sys.argv)
    else:
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
