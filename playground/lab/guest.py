"""Runs inside the guest of ``vm``: every case on that kernel, what it did as JSON.

It does not judge: the simulation's account only tells how much to wait for, and which picks of
chance have to be carried over from one packet to the next.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playground.lab.account import Account, simulated
from playground.lab.chances import Chances
from playground.lab.compare import first_difference
from playground.lab.machine import Machine
from playground.lab.recording import ports_of, put_in, written
from playground.lab.replay import PATIENCE, Case, Laboratory, Replayed
from playground.lab.sockets import Sockets
from sim.packet.fingerprints import Fingerprint
from sim.trace import steps as t

PF_OS = Path("/tmp/pf.os")


class Recorder(Laboratory):
    """A laboratory that keeps what the kernel did."""

    def __init__(self) -> None:
        super().__init__()
        self.accounts: list[Account] = []
        self.sent: list[str] = []
        self.known = ""  # what was loaded for the case before

    def _load_fingerprints(self, fingerprints: Sequence[Fingerprint]) -> None:
        """This kernel is ours alone. What an earlier case loaded is taken out first."""
        if self.known:
            _nfnl_osf(self.known, "-d")
        self.known = "".join(f"{one.text}\n" for one in fingerprints)
        if self.known:
            _nfnl_osf(self.known)

    def _statements(self, machine: Machine, sockets: Sockets, case: Case) -> Replayed:
        chances = Chances()
        accounts = simulated(case.steps, ports_of(case.host))
        by_line: dict[int, list[t.Step]] = {}
        for step in case.steps:
            by_line.setdefault(step.line, []).append(step)
        for statement in case.statements:
            ours = accounts.get(statement.line, Account(statement.line))
            steps = by_line.get(statement.line, [])
            chances.expect(steps)
            self._act(machine, sockets, statement, steps, chances)
            theirs = self._told(machine, case, PATIENCE, ours)
            first_difference(ours, theirs, chances)
            self.accounts.append(theirs)
            self.sent.append(put_in(steps))
        return Replayed()


def _nfnl_osf(text: str, *options: str) -> None:
    PF_OS.write_text(text)
    subprocess.run(["nfnl_osf", "-f", PF_OS, *options], stdout=subprocess.DEVNULL, check=True)


def main(cases: str, answers: str) -> None:
    with open(answers, "w", encoding="ascii", buffering=1) as out, Recorder() as recorder:
        for case in pickle.loads(Path(cases).read_bytes()):
            recorder.accounts, recorder.sent = [], []
            said: dict[str, Any] = {}
            try:
                recorder.compare(case)
            except Exception as error:
                traceback.print_exc()
                said["error"] = f"{type(error).__name__}: {error}"
            said["packets"] = [
                {**written(account), "sent": sent}
                for account, sent in zip(recorder.accounts, recorder.sent, strict=True)
            ]
            out.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
