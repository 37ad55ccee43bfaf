"""``bench_nat``: new connections and packets a second through SNAT and through MASQUERADE."""

from __future__ import annotations

import os
import platform
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from playground.lab.errors import LabError
from playground.lab.nat_bench import CONNECTIONS, PACKETS, figures, rounds


class Command(BaseCommand):
    help = "Measure SNAT and MASQUERADE on this machine's kernel (as root, in own namespaces)."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rounds", type=int, default=11)

    def handle(self, *args: Any, **options: Any) -> None:
        if os.geteuid() != 0:
            self.stderr.write("bench_nat needs root: it makes network namespaces")
            sys.exit(2)
        try:
            found = list(rounds(max(1, options["rounds"])))
        except LabError as error:
            self.stderr.write(f"bench_nat: {error}")
            sys.exit(2)
        load = os.getloadavg()[0]
        self.stdout.write(
            f"Linux {platform.release()}, load {load:.1f}; {options['rounds']} rounds in turns of "
            f"{CONNECTIONS} new connections and {PACKETS} packets of one connection"
        )
        self.stdout.write(f"{'a second':<16}{'SNAT':>10}{'MASQUERADE':>12}{'ratio':>8}   from to")
        for one in figures(found):
            self.stdout.write(
                f"{one.what:<16}{one.snat:>10.0f}{one.masquerade:>12.0f}{one.ratio:>8.3f}"
                f"   {one.lowest:.3f} {one.highest:.3f}"
            )
