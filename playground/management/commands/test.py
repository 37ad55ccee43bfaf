"""``test``: everything that proves Chainwalk right, in one command.

Lint, types, then pytest: golden cases, properties, the kernel comparison, a real browser. What
a test needs of Debian is installed when we are root; otherwise the groups that are left out are
named. With ``--strict`` (CI) a test that would be skipped because something is missing fails.
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
    "dpkg-source": "dpkg-dev",
    "pg_ctlcluster": "postgresql",
    "redis-server": "redis-server",
}
# What is left out, and why, when this machine is not ours to change.
GROUPS = {
    "kernel": ("iptables-legacy-restore", "arptables-legacy", "ip", "ipset", "conntrack"),
    "browser": ("chromium",),
    "postgres": ("pg_ctlcluster",),
    "redis": ("redis-server",),
    "conformance": ("iptables-legacy-restore", "dpkg-source"),
}
# The verdict of two minutes: pytest's marks that ``--quick`` leaves to the whole run.
SLOWER = ("kernel", "browser", "postgres", "redis", "corpus", "slow")
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
        python = sys.executable
        commands = [
            [python, "-m", "ruff", "check", "."],
            [python, "-m", "ruff", "format", "--check", "."],
            [python, "-m", "mypy"],
            [python, "-m", "pytest", *(QUICK if options["quick"] else ()),
             *(options["pytest"] or ["-n", "2"])],
        ]  # fmt: skip
        failed = []
        for command in commands:
            self.stdout.write("$ " + " ".join(command[1:]))
            self.stdout.flush()
            if subprocess.run(command, cwd=settings.BASE_DIR, env=environment).returncode:
                failed.append(" ".join(command[2:]))
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
        for group, programs in GROUPS.items():
            lacking = [program for program in programs if program in missing]
            if os.geteuid() != 0 and group in ("kernel", "conformance"):
                lacking.append("root")
            if lacking:
                self.stdout.write(f"left out: the {group} tests (missing: {', '.join(lacking)})")
