"""One scenario replayed on the kernel, statement by statement, beside its simulation."""

from __future__ import annotations

import os
import shutil
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from playground.lab import nft
from playground.lab.account import Account, deliveries, is_report, simulated, told
from playground.lab.accounting import make_accounting
from playground.lab.chances import Chances
from playground.lab.compare import (
    REDIRECT,
    Difference,
    first_difference,
    first_line_that_differs,
    left_to_chance,
    wires_differ,
)
from playground.lab.errors import LabError, NotComparable, RulesRefused
from playground.lab.loading import Loaded, Loader, missing_tools
from playground.lab.machine import Machine, Reaper
from playground.lab.neighbours import is_question
from playground.lab.nflog import TraceLine
from playground.lab.sockets import Sockets
from playground.lab.wires import ETH_P_ARP, Frame, Wires
from sim.kernel.far.frames import far_mac
from sim.model.host import Host, IpSet, default_mac
from sim.packet import script
from sim.packet.fingerprints import Fingerprint
from sim.trace import steps as t

LONGEST_WAIT = 15.0  # seconds really slept for a ``wait``
LONGEST_HALF_OPEN = 0.9  # seconds until the kernel gives up a connection that it is kept from
PATIENCE = 0.4  # seconds for what the simulation expects and the kernel has not shown yet
WAIT_FOR_NEIGHBOUR = 1.0  # seconds, where the host text names one that does not answer


@dataclass(frozen=True, slots=True)
class Replayed:
    """``difference`` ``None`` and ``skipped`` empty: everything agreed.

    ``skipped``: from which statement on nothing could be compared, and why. ``lines`` and
    ``wires`` count what was compared and equal.
    """

    difference: Difference | None = None
    skipped: str = ""
    statements: int = 0
    lines: int = 0
    wires: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """All that is needed to replay a scenario.

    ``texts`` are restore texts by family, ``printed`` what we say iptables-save prints,
    ``own_raw`` the families whose raw table is the scenario's, ``pause`` the seconds to let pass
    before each statement.
    """

    host: Host
    texts: dict[int, str]
    printed: dict[int, str]
    own_raw: set[int]
    statements: Sequence[script.Statement]
    steps: Sequence[t.Step]
    pause: float = 0.0


class Laboratory:
    """Made once, used for many cases. ``close`` leaves nothing behind; so does a kill."""

    def __init__(self, backend: str = "legacy") -> None:
        """``backend``: which iptables loads the rules, ``legacy`` or ``nft``."""
        if os.geteuid() != 0:
            raise LabError("verify needs root: it makes network namespaces and loads rules")
        self.backend = backend
        missing = missing_tools(backend)
        if missing:
            raise LabError(f"verify needs {' and '.join(missing)} (Debian's package iptables)")
        self._processors = os.sched_getaffinity(0)
        # On one processor the kernel's receive queue is one, so that order is order.
        os.sched_setaffinity(0, {max(self._processors)})
        self._wires = Wires()
        self._reaper = Reaper()
        self._loader = Loader(backend)
        self.frames_backend = self._loader.frames_backend()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *what: object) -> None:
        self.close()

    def close(self) -> None:
        self._wires.close()
        self._reaper.stop()
        self._loader.close()
        os.sched_setaffinity(0, self._processors)

    def load(self, host: Host, texts: dict[int, str]) -> Loaded:
        """Do the tools accept these restore texts (by family) on this host?"""
        with Machine(host, self._wires, self._reaper, backend=self.backend) as machine:
            return self._load(machine, host, texts)

    def compare(self, case: Case) -> Replayed:
        """Replay and compare. Raises ``NotComparable`` or ``RulesRefused``."""
        with Machine(case.host, self._wires, self._reaper, backend=self.backend) as machine:
            loaded = self._load(machine, case.host, case.texts)
            if not loaded.ok:
                raise RulesRefused(loaded.message)
            # nft's own printer orders tables otherwise; what it loaded shows in what it does.
            printed = case.printed if self.backend == "legacy" else {}
            for family, text in printed.items():
                saved = self._loader.saved(machine.namespace, family, family in case.own_raw)
                if saved is not None and saved != text:
                    return Replayed(first_line_that_differs(text, saved))
            with machine.namespace.inside():
                self._numbers = nft.rule_numbers() if self.backend == "nft" else {}
                sockets = Sockets(machine.scope_of)
                try:
                    for wanted in case.host.sockets:
                        sockets.listen(wanted)
                    return self._statements(machine, sockets, case)
                finally:
                    sockets.close()

    def _load(self, machine: Machine, host: Host, texts: dict[int, str]) -> Loaded:
        if host.sets:
            text = "".join(set_text(item) for item in ordered(host.sets))
            if shutil.which("ipset", path="/usr/sbin:/sbin:/usr/bin:/bin") is None:
                raise NotComparable("ipset is not installed")
            made = self._loader.run(machine.namespace, ["ipset", "restore"], text)
            if not made.ok:
                raise NotComparable(f"ipset refuses the sets: {made.message}")
        self._load_fingerprints(host.fingerprints or ())
        with machine.namespace.inside():
            make_accounting(host.accounting)
        for family, text in sorted(texts.items()):
            loaded = self._loader.restore(machine.namespace, family, text)
            if not loaded.ok:
                return loaded
        machine.collect()  # what the namespace said while it was built
        return Loaded(True)

    def _load_fingerprints(self, fingerprints: Sequence[Fingerprint]) -> None:
        """Not here: they would be loaded for every namespace of this machine."""
        if fingerprints:
            raise NotComparable("fingerprints are the whole kernel's: verify --vm compares them")

    def _statements(self, machine: Machine, sockets: Sockets, case: Case) -> Replayed:
        chances = Chances()
        ports = frozenset(d.name for d in case.host.interfaces.values() if d.master)
        accounts = simulated(case.steps, ports)
        by_line: dict[int, list[t.Step]] = defaultdict(list)
        for step in case.steps:
            by_line[step.line].append(step)
        deaf = any(item.failed for item in case.host.neighbours)
        patience = WAIT_FOR_NEIGHBOUR if deaf else PATIENCE
        done = lines = wires = 0
        for statement in case.statements:
            time.sleep(case.pause)
            ours = accounts.get(statement.line, Account(statement.line))
            steps = by_line.get(statement.line, [])
            try:
                self._act(machine, sockets, statement, steps, chances)
                if self.backend == "nft":
                    difference = self._with_nft(machine, case, patience, steps, ours, chances)
                else:
                    theirs = self._told(machine, case, patience, ours)
                    difference = first_difference(ours, theirs, chances)
            except NotComparable as reason:
                skipped = f"packet {statement.line}: {reason}"
                return Replayed(None, skipped, done, lines, wires)
            if difference is not None:
                return Replayed(difference, "", done, lines, wires)
            for packet in deliveries(steps):
                sockets.after(chances.to_kernel(packet))
            done += 1
            lines += len(ours.trace)
            wires += len(ours.wires)
            if ours.undetermined:
                skipped = f"packet {statement.line}: undetermined ({ours.undetermined})"
                return Replayed(None, skipped, done, lines, wires)
        return Replayed(None, "", done, lines, wires)

    def _told(self, machine: Machine, case: Case, patience: float, ours: Account) -> Account:
        """What the kernel made of the statement that ``ours`` is of."""

        def account(lines: list[TraceLine], frames: list[Frame]) -> Account:
            said = (line for line in lines if not is_report(line.packet, ours))
            return told(said, self._heard(case, frames, ours), ours.line, case.own_raw)

        def enough(lines: list[TraceLine], frames: list[Frame]) -> bool:
            theirs = account(lines, frames)
            return len(theirs.trace) >= len(ours.trace) and len(theirs.wires) >= len(ours.wires)

        traced, frames = machine.collect(enough, patience)
        return account(traced, frames)

    @staticmethod
    def _heard(case: Case, frames: list[Frame], ours: Account) -> list[Frame]:
        """Without what is asked of those who do not answer: the simulation tells only the end.
        And without the reports of groups that devices make by themselves."""
        failed = [item.address for item in case.host.neighbours if item.failed]
        return [
            frame
            for frame in frames
            if not (
                is_question(frame.packet, failed)
                if frame.ethertype == ETH_P_ARP
                else is_report(frame.packet, ours)
            )
        ]

    def _with_nft(
        self,
        machine: Machine,
        case: Case,
        patience: float,
        steps: list[t.Step],
        ours: Account,
        chances: Chances,
    ) -> Difference | None:
        """Compare what nf_tables tells of one statement, then the wires."""
        wanted = nft.simulated_passes(steps)

        def passes(events: list[nft.Event]) -> list[nft.Pass]:
            return nft.passes_of(events, self._numbers, case.own_raw)

        def enough(events: list[nft.Event], frames: list[Frame]) -> bool:
            return len(passes(events)) >= len(wanted.told) and len(frames) >= len(ours.wires)

        events, frames = machine.collect(enough, patience)
        if ours.undetermined:
            return None
        theirs = told([], self._heard(case, frames, ours), ours.line, set())
        found = None if wanted.copied else nft.differing(wanted, passes(events))
        if found is None:
            return wires_differ(ours, theirs, chances)
        came = {step.where.in_iface for step in steps if isinstance(step, t.Arrived)}
        turned = any(wire.iface in came for wire in ours.wires)  # a redirect may be told, too
        reason = left_to_chance(ours, theirs) or (REDIRECT if turned else "")
        if reason or chances.is_touched:
            raise NotComparable(reason or "a rule that sees what the kernel picks at random")
        return Difference(ours.line, "pass", *found)

    def _act(
        self,
        machine: Machine,
        sockets: Sockets,
        statement: script.Statement,
        steps: list[t.Step],
        chances: Chances,
    ) -> None:
        """Have the kernel do what a statement says; ``steps`` are the simulation's of it."""
        chances.expect(steps)
        machine.expect(steps)
        if isinstance(statement, script.Wait):
            seconds = statement.nanoseconds / 1e9
            if seconds > LONGEST_WAIT:
                raise NotComparable(f"waits {seconds:g} s")
            if seconds > LONGEST_HALF_OPEN and sockets.has_accepted:
                raise NotComparable(f"waits {seconds:g} s while a listener is connected")
            time.sleep(seconds)
        elif isinstance(statement, script.Event):
            self._event(machine, statement)
        else:
            for step in steps:
                if isinstance(step, t.Arrived):
                    self._inject(machine, step, chances)
                    return
                if isinstance(step, t.Originated):
                    packet = chances.to_kernel(step.packet)
                    assert packet.owner is not None
                    sockets.hold(packet, packet.owner)
                    sockets.send(packet, packet.owner)
                    return
            if not isinstance(statement, script.Reply):  # a reply to nothing is nothing
                raise NotComparable("the simulation sent nothing")

    def _inject(self, machine: Machine, step: t.Arrived, chances: Chances) -> None:
        packet, iface = chances.to_kernel(step.packet), step.where.in_iface
        if packet.mark:
            raise NotComparable("a packet that arrives with a mark")
        source, destination = far_mac(1), machine.macs.get(iface, default_mac(1))
        if packet.link is not None:
            source = packet.link.src_mac or source
            destination = packet.link.dst_mac or destination
        if iface == "lo" or iface not in machine.macs:
            raise NotComparable(f"a packet that arrives on {iface}")
        self._wires.send(iface, destination, source, packet.data, packet.ethertype)

    def _event(self, machine: Machine, event: script.Event) -> None:
        if event.action in ("down", "up"):
            machine.switch(event.iface, event.action == "up")
            return
        machine.renumber(event.iface, event.address)


def ordered(sets: dict[str, IpSet]) -> list[IpSet]:
    """Sets of sets last: their members must exist."""
    return sorted(sets.values(), key=lambda item: item.kind == "list:set")


def set_text(item: IpSet) -> str:
    """A set as ``ipset restore`` reads it."""
    options = "".join(f" {key} {value}".rstrip() for key, value in item.options)
    lines = [f"create {item.name} {item.kind}{options}"]
    for entry in item.entries:
        extra = "".join(f" {key} {value}".rstrip() for key, value in entry.options)
        lines.append(
            f"add {item.name} {entry.element}{extra}" + (" nomatch" if entry.nomatch else "")
        )
    return "\n".join(lines) + "\n"
