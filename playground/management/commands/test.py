"""``test``: everything that proves Chainwalk right, in one command.

Lint (Python, scripts and style sheets), types, then pytest: golden cases, properties, the kernel
comparison, a real browser. What a test needs of Debian is installed when we are root, what lints
the scripts comes from npm; otherwise what is left out is named. With ``--strict`` (CI) a test that
would be skipped because something is missing fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

# Debian packages by the program that shows they are there.
DEBIAN = {
    "iptables-legacy-restore": "iptables",
    "arptables-legacy": "arptables",
    "ipset": "ipset",
    "conntrack": "conntrack",
    "ip": "iproute2",
    "tcpdump": "tcpdump",
    "chromium": "chromium",
    "firefox-esr": "firefox-esr",
    "WebKitWebDriver": "webkit2gtk-driver",
    "Xvfb": "xvfb",
    "dpkg-source": "dpkg-dev",
    "pg_ctlcluster": "postgresql",
    "redis-server": "redis-server",
    "nginx": "nginx",
    "node": "nodejs",
    "npm": "npm",
}
# What is left out, and why, when this machine is not ours to change.
GROUPS = {
    "kernel": ("iptables-legacy-restore", "arptables-legacy", "ip", "ipset", "conntrack"),
    "browser": ("chromium",),
    "firefox": ("firefox-esr",),
    "webkit": ("WebKitWebDriver", "Xvfb"),
    "postgres": ("pg_ctlcluster",),
    "redis": ("redis-server",),
    "nginx": ("nginx",),
    "scripts": ("node",),
    "conformance": ("iptables-legacy-restore", "dpkg-source"),
}
# The linter of static/ and where npm puts it: pinned in .web/package-lock.json.
WEB = settings.BASE_DIR / ".web"
BIOME = WEB / "node_modules" / ".bin" / "biome"
# The verdict of two minutes: pytest's marks that ``--quick`` leaves to the whole run.
SLOWER = ("kernel", "browser", "firefox", "webkit", "postgres", "redis", "nginx", "corpus", "slow")
# Where a browser is driven, what runs an event loop of its own must come before it: in order.
STEALING = ("--dist", "worksteal")
QUICK = ("-m", " and ".join(f"not {mark}" for mark in SLOWER))


class Command(BaseCommand):
    help = "Set up and run all tests. More arguments go to pytest."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--strict", action="store_true", help="a missing thing is a failure")
        parser.add_argument(
            "--quick",
            action="store_true",
            help="only what needs no kernel, browser, service or corpus, and is not slow",
        )
        parser.add_argument("pytest", nargs="*", help="for pytest, behind --")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["quick"]:
            self.provide()
        environment = dict(os.environ)
        # Debian keeps iptables and its kin where only root's PATH looks.
        environment["PATH"] = f"{environment.get('PATH', '')}:/usr/sbin:/sbin"
        if options["strict"]:
            environment["CHAINWALK_STRICT"] = "1"
        if options["quick"]:
            environment["CHAINWALK_QUICK"] = "1"
        python = sys.executable
        commands = [
            [python, "-m", "ruff", "check", "."],
            [python, "-m", "ruff", "format", "--check", "."],
            *([[str(BIOME), "lint", "--error-on-warnings"]] if BIOME.exists() else []),
            [python, "-m", "pytest", *(QUICK if options["quick"] else ()),
             *(options["pytest"] or ["-n", "2", *(STEALING if options["quick"] else ())])],
        ]  # fmt: skip
        failed = []
        if not BIOME.exists():
            self.stdout.write("left out: the lint of static/ (missing: npm ci --prefix .web)")
            failed += ["lint of static/"] if options["strict"] else []
        # Types take a while without a cache, and wait for nothing: they are checked meanwhile.
        types = [python, "-m", "mypy"]
        typing = subprocess.Popen(
            types, cwd=settings.BASE_DIR, env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        for command in commands:
            self.stdout.write("$ " + _shown(command))
            self.stdout.flush()
            if subprocess.run(command, cwd=settings.BASE_DIR, env=environment).returncode:
                failed.append(_shown(command))
        told, _ = typing.communicate()
        self.stdout.write(f"$ {_shown(types)}\n{told.rstrip()}")
        if typing.returncode:
            failed.append(_shown(types))
        if failed:
            self.stderr.write("failed: " + "; ".join(failed))
            sys.exit(1)

    def provide(self) -> None:
        """Install what is missing when we may; else say what is left out."""
        search = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
        missing = {program for program in DEBIAN if not shutil.which(program, path=search)}
        if missing and os.geteuid() == 0 and Path("/usr/bin/apt-get").exists():
            quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            packages = sorted(DEBIAN[program] for program in missing)
            self.stdout.write("installing " + " ".join(packages))
            subprocess.run(["apt-get", "update", "-qq"], env=quiet, stdout=subprocess.DEVNULL)
            subprocess.run(
                ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
                env=quiet,
                stdout=subprocess.DEVNULL,
            )
            missing = {program for program in DEBIAN if not shutil.which(program, path=search)}
        if "npm" not in missing and "node" not in missing:
            self.provide_linter()
        for group, programs in GROUPS.items():
            lacking = [program for program in programs if program in missing]
            if os.geteuid() != 0 and group in ("kernel", "conformance"):
                lacking.append("root")
            if lacking:
                self.stdout.write(f"left out: the {group} tests (missing: {', '.join(lacking)})")

    def provide_linter(self) -> None:
        """Install the pinned linter unless it is there; npm itself says what went wrong."""
        kept = WEB / "node_modules" / ".package-lock.json"  # npm's note of what it put there
        lock = WEB / "package-lock.json"
        if BIOME.exists() and kept.stat().st_mtime >= lock.stat().st_mtime:
            return
        subprocess.run(
            ["npm", "ci", "--prefix", str(WEB), "--no-audit", "--no-fund", "--ignore-scripts"],
            stdout=subprocess.DEVNULL,
        )


def _shown(command: list[str]) -> str:
    """A command as one line, without the path of our own Python."""
    return " ".join(command[2:] if command[1] == "-m" else [Path(command[0]).name, *command[1:]])
