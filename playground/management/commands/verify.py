"""``verify FILE``: replay a scenario on this machine's kernel and compare."""

from __future__ import annotations

import json
import signal
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from playground.lab.errors import LabError
from playground.lab.recording import case_of, judged, text_of
from playground.lab.replay import Case, Laboratory
from playground.lab.sight import look
from playground.lab.verify import Tally, Verdict, prove, prove_random
from playground.lab.vm import run_in_vm
from playground.management.files import file_problem
from playground.management.scenarios import ScenarioCommand
from sim.base.errors import Refused
from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario
from sim.tools.generate.scenario import WEIGHTS

EQUAL, DIFFERENT, IMPOSSIBLE = 0, 1, 2


class Command(ScenarioCommand):
    name = "verify"
    help = "Replay scenarios on this machine's kernel (as root) and compare with the simulation."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", metavar="FILE")
        parser.add_argument("--random", type=int, metavar="N", help="N random scenarios")
        parser.add_argument("--seed", type=int, default=1, help="number of the first of them")
        parser.add_argument(
            "--weight", type=weights, default=(), metavar="WHAT,...",
            help=f"more of it in random scenarios: {', '.join(WEIGHTS)}",
        )  # fmt: skip
        parser.add_argument(
            "--sight", type=int, metavar="K",
            help="of K scenarios: is it noticed when the simulation lacks a rule or a behaviour "
            "(one in 50 where nothing is said)",
        )  # fmt: skip
        parser.add_argument("--save", metavar="DIR", help="write scenarios that differ there")
        parser.add_argument(
            "--backend", choices=("legacy", "nft"), default="legacy", help="which iptables loads"
        )
        parser.add_argument("--most", type=int, default=10, help="stop after so many that differ")
        parser.add_argument(
            "--vm", action="store_true", help="on Debian's kernel in QEMU, which has IPsec (slow)"
        )
        parser.add_argument("--record", metavar="DIR", help="with --vm: keep its answers there")
        parser.add_argument("--table", action="store_true", help="how often each extension held")
        parser.add_argument("--json", metavar="FILE", help="the figures of --random, as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["files"] and options["random"] is None:
            self.stderr.write("verify: name scenario files, or --random N")
            sys.exit(IMPOSSIBLE)
        if options["vm"]:
            sys.exit(self.elsewhere(options["files"], options["record"]))
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        try:
            with Laboratory(options["backend"]) as laboratory:
                codes = [self.file(laboratory, name) for name in options["files"]]
                if options["random"] is not None:
                    codes.append(self.random(laboratory, options))
        except LabError as error:
            self.stderr.write(f"verify: {error}")
            sys.exit(IMPOSSIBLE)
        except KeyboardInterrupt:
            sys.exit(130)
        sys.exit(max(codes))

    def file(self, laboratory: Laboratory, name: str) -> int:
        """One scenario file."""
        scenario = self.scenario(name)
        if scenario is None:
            return IMPOSSIBLE
        if not scenario.packets.strip():
            self.stderr.write(f"{name}: no packets, so there is nothing to compare")
        try:
            verdict, _ = prove(laboratory, scenario)
        except Refused as refused:
            self.tell(refused, scenario)
            return IMPOSSIBLE
        self.stdout.write(f"{name}: {_sentence(verdict)}")
        return DIFFERENT if verdict.outcome == "different" else EQUAL

    def elsewhere(self, names: list[str], folder: str | None) -> int:
        """Scenario files on another kernel, all in one boot; its answers may be kept."""
        try:
            cases = [case_of(compile_scenario(_scenario(name))) for name in names]
            answers = run_in_vm(cases)
            codes = []
            for name, case, answer in zip(names, cases, answers, strict=True):
                if folder:
                    kept = Path(folder) / f"{Path(name).stem}.json"
                    kept.parent.mkdir(parents=True, exist_ok=True)
                    kept.write_text(text_of(answer))
                codes.append(self.told(name, case, answer))
        except (OSError, ValueError, LabError) as error:
            self.stderr.write(f"verify: {file_problem(error)}")
            return IMPOSSIBLE
        return max(codes, default=EQUAL)

    def told(self, name: str, case: Case, answer: dict[str, Any]) -> int:
        """One scenario beside what the other kernel made of it."""
        replayed = judged(case, answer)
        outcome = "equal" if replayed.difference is None else "different"
        verdict = Verdict(outcome, str(replayed.difference or ""), replayed)
        self.stdout.write(f"{name}: {_sentence(verdict)}")
        return DIFFERENT if replayed.difference else EQUAL

    def random(self, laboratory: Laboratory, options: dict[str, Any]) -> int:
        """Random scenarios, by seed one after the other."""
        tally = Tally()
        began = time.monotonic()
        for seed in range(options["seed"], options["seed"] + options["random"]):
            verdict, steps, generated = prove_random(laboratory, seed, options["weight"])
            tally.add(verdict, steps)
            if verdict.outcome == "different":
                self.stdout.write(f"random {seed}: {_sentence(verdict)}\n")
                if options["save"]:
                    folder = Path(options["save"])
                    folder.mkdir(parents=True, exist_ok=True)
                    (folder / f"random-{seed}.toml").write_text(generated.scenario.to_toml())
                if tally.outcomes["different"] >= options["most"]:
                    break
        tally.seconds = time.monotonic() - began
        self.stdout.write(summary(tally))
        count = options["random"] // 50 if options["sight"] is None else options["sight"]
        if count:
            every = max(1, options["random"] // count)
            seeds = range(options["seed"], options["seed"] + count * every, every)
            self.stdout.write("\n".join(look(laboratory, seeds, options["weight"]).lines()))
        if options["table"]:
            self.stdout.write(table(tally))
        if options["json"]:
            Path(options["json"]).write_text(json.dumps(tally.figures(), indent=1) + "\n")
        return DIFFERENT if tally.outcomes["different"] else EQUAL


def weights(text: str) -> tuple[str, ...]:
    """``ipv6,bridge``. Raises ``ArgumentTypeError``."""
    words = tuple(text.split(","))
    for word in words:
        if word not in WEIGHTS:
            raise ArgumentTypeError(f'"{word}" is none of {", ".join(WEIGHTS)}')
    return words


def _scenario(name: str) -> Scenario:
    return Scenario.from_toml(Path(name).read_text("utf-8-sig"))


def _sentence(verdict: Verdict) -> str:
    replayed = verdict.replayed
    if verdict.outcome == "different":
        return f"DIFFERENT\n  {verdict.text}"
    if verdict.outcome == "skipped":
        return f"not comparable here: {verdict.text}"
    compared = (
        f"equal: {replayed.statements} packets, {replayed.lines} trace lines, "
        f"{replayed.wires} packets on wires"
    )
    return (
        f"{compared}; not comparable here from {replayed.skipped}" if replayed.skipped else compared
    )


def summary(tally: Tally) -> str:
    """The figures of a run, as text."""
    rate = tally.cases / tally.seconds * 60 if tally.seconds else 0
    outcomes = tally.outcomes
    lines = [
        f"{tally.cases} scenarios in {tally.seconds:.1f} s ({rate:.0f} a minute): "
        f"{outcomes['different']} differ, {outcomes['equal']} equal, "
        f"{outcomes['refused']} refused by both, {outcomes['skipped']} not comparable here",
        f"compared: {tally.statements} statements, {tally.lines} trace lines, "
        f"{tally.wires} packets on wires, {tally.flows} entries of conntrack -L, "
        f"{tally.reads} datagrams read",
        "fates: " + ", ".join(f"{name} {count}" for name, count in tally.fates.most_common()),
    ]
    apart = tally.skipped.total() + tally.partly.total()
    if tally.cases:
        lines.append(f"not compared to the end: {apart} ({apart / tally.cases:.2%})")
    for title, counter in (("not comparable", tally.skipped), ("compared in part", tally.partly)):
        lines += [f"{title}: {count} x {reason}" for reason, count in counter.most_common()]
    lines += [f"{what}: {', '.join(names)}" for what, names in tally.gaps().items() if names]
    return "\n".join(lines)


def table(tally: Tally) -> str:
    """How often each match held, did not hold, was not known; how often each target ran."""
    lines = [f"{'match':<14}{'held':>8}{'failed':>8}{'unknown':>8}"]
    for name, counts in sorted(tally.matches.items()):
        lines.append(f"{name:<14}{counts[True]:>8}{counts[False]:>8}{counts[None]:>8}")
    lines.append(f"{'target':<14}{'ran':>8}")
    lines += [f"{name:<14}{count:>8}" for name, count in sorted(tally.targets.items())]
    return "\n".join(lines)
