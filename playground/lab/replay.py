"""One scenario replayed on the kernel, statement by statement, beside its simulation."""

from __future__ import annotations

import os
import shutil
import time
from collections import defaultdict
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, Self

from playground.lab import nft
from playground.lab.account import (
    Account,
    datagrams,
    deliveries,
    is_report,
    simulated,
    syn_acks,
    told,
    transports,
)
from playground.lab.accounting import make_accounting
from playground.lab.chances import Chances
from playground.lab.commands import make_flows, run_commands
from playground.lab.compare import (
    REDIRECT,
    Difference,
    first_difference,
    first_line_that_differs,
    left_to_chance,
    reads_differ,
    wires_differ,
)
from playground.lab.draws import BY_SECRET, MOST_WAYS, Course, chose_a_hop
from playground.lab.errors import LabError, NotComparable, RulesRefused
from playground.lab.flows import TOOL, differing, is_there, listed
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
from sim.packet.script import DeviceChange
from sim.trace import steps as t

LONGEST_WAIT = 15.0  # seconds really slept for a ``wait``
LONGEST_HALF_OPEN = 0.9  # seconds until the kernel gives up a connection that it is kept from
TOO_LONG = "a process's packet longer than its device takes, which a raw socket does not cut"
PATIENCE = 0.4  # seconds for what the simulation expects and the kernel has not shown yet
WAIT_FOR_NEIGHBOUR = 1.0  # seconds, where the host text names one that does not answer


BY_CLOCK = "-m time: the laboratory's kernel has the time of this machine"


@dataclass(frozen=True, slots=True)
class Replayed:
    """``difference`` ``None`` and ``skipped`` empty: everything agreed.

    ``skipped``: from which statement on nothing could be compared, and why. ``lines`` and
    ``wires``, ``flows`` (entries of conntrack's table) and ``reads`` (datagrams that processes
    read) count what was compared and equal.
    """

    difference: Difference | None = None
    skipped: str = ""
    statements: int = 0
    lines: int = 0
    wires: int = 0
    flows: int = 0
    reads: int = 0
    late: float = 0.0  # seconds that passed on the kernel and not in the simulation


@dataclass(frozen=True, slots=True)
class Case:
    """All that is needed to replay a scenario.

    ``texts`` are restore texts by family, ``printed`` what we say iptables-save prints,
    ``own_raw`` the families whose raw table is the scenario's, ``pause`` the seconds to let pass
    before each statement. ``course`` follows draws at random. ``lists_often``: conntrack's table
    is compared behind each statement, not only behind the last.
    """

    host: Host
    texts: dict[int, str]
    printed: dict[int, str]
    own_raw: set[int]
    statements: Sequence[script.Statement]
    steps: Sequence[t.Step]
    pause: float = 0.0
    course: Course | None = None
    lists_often: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a statement may go: the steps, and all draws at random until then."""

    steps: list[t.Step]
    drawn: list[bool] = field(default_factory=list)


Seen = tuple[list[Any], list[Frame]]  # TRACE lines or nf_tables' events; frames


def _account(case: Case, way: Way) -> Account:
    ports = frozenset(d.name for d in case.host.interfaces.values() if d.master)
    line = way.steps[0].line if way.steps else 0
    account = simulated(way.steps, ports).get(line, Account(line))
    account.passes = len(nft.simulated_passes(way.steps).told)
    return account


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
            self._texts = case.texts
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
                    begun = time.monotonic()
                    replayed = self._statements(machine, sockets, case)
                    late = time.monotonic() - begun - _simulated_time(case, replayed)
                    if replayed.difference is not None and _asks_the_time(case):
                        raise NotComparable(BY_CLOCK)
                    return replace(replayed, late=late)
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
        make_flows(host.flows, machine, self._loader)
        machine.collect()  # what the namespace said while it was built
        return Loaded(True)

    def _load_fingerprints(self, fingerprints: Sequence[Fingerprint]) -> None:
        """Not here: they would be loaded for every namespace of this machine."""
        if fingerprints:
            raise NotComparable("fingerprints are the whole kernel's: verify --vm compares them")

    def _statements(self, machine: Machine, sockets: Sockets, case: Case) -> Replayed:
        chances = Chances()
        by_line: dict[int, list[t.Step]] = defaultdict(list)
        for step in case.steps:
            by_line[step.line].append(step)
        course = case.course if case.course is not None and case.course.has_draws() else None
        began, waited = time.monotonic(), 0.0
        done = lines = wires = flows = reads = 0
        for statement in case.statements:
            time.sleep(case.pause)
            ways = [Way(by_line.get(statement.line, []))]
            if course is not None:
                ways = [Way(steps, drawn) for drawn, steps in course.ways(statement.line)]
            try:
                for way in ways[1:]:
                    machine.expect(way.steps)
                chances.expect(ways[0].steps)
                self._act(machine, sockets, statement, ways[0].steps, chances)
                patience = self._patience(case)
                seen = self._seen(machine, case, patience, [_account(case, w) for w in ways])
                way, difference, chances = self._followed(case, ways, seen, chances)
                if difference is not None and chose_a_hop(case.host, way.steps):
                    raise NotComparable(BY_SECRET)
            except NotComparable as reason:
                skipped = f"packet {statement.line}: {reason}"
                return Replayed(None, skipped, done, lines, wires, flows, reads)
            if course is not None:
                course.drawn = way.drawn
            if isinstance(statement, script.Wait):
                waited += statement.nanoseconds / 1e9
            ours = _account(case, way)
            if difference is None and not ours.undetermined:
                is_last = statement is case.statements[-1]
                table = listed(way.steps) if case.lists_often or is_last else None
                difference = self._table_differs(
                    machine, table, statement.line, began + waited, chances
                )
                flows += len(table or ())
            read = sockets.read()
            chances.read(datagrams(deliveries(way.steps)), read)
            taken = [chances.to_kernel(packet) for packet in deliveries(way.steps)]
            if difference is None and not ours.undetermined:
                difference = reads_differ(statement.line, datagrams(taken), read)
                reads += len(read)
            if difference is not None:
                return Replayed(difference, "", done, lines, wires, flows, reads)
            for packet in taken:
                sockets.after(packet)
            done += 1
            lines += len(ours.trace)
            wires += len(ours.wires)
            if ours.undetermined:
                skipped = f"packet {statement.line}: undetermined ({ours.undetermined})"
                return Replayed(None, skipped, done, lines, wires, flows, reads)
        return Replayed(None, "", done, lines, wires, flows, reads)

    @staticmethod
    def _patience(case: Case) -> float:
        is_deaf = any(item.failed for item in case.host.neighbours)
        return WAIT_FOR_NEIGHBOUR if is_deaf else PATIENCE

    def _followed(
        self, case: Case, ways: list[Way], seen: Seen, chances: Chances
    ) -> tuple[Way, Difference | None, Chances]:
        """The way that the kernel went, by its draws; the first one's difference if it is none."""
        first: Difference | None = None
        reason: NotComparable | None = None
        is_touched = chances.is_touched  # by what was put in
        for way in ways:
            known = deepcopy(chances) if len(ways) > 1 else chances
            known.expect(way.steps)
            known.is_touched = is_touched
            try:
                difference = self._judged(case, way, seen, known)
            except NotComparable as found:
                reason = reason or found
                continue
            if difference is None:
                return way, None, known
            first = first or difference
        if reason is not None:
            raise reason
        if len(ways) == MOST_WAYS:
            raise NotComparable("more draws at random than can be followed")
        return ways[0], first, chances

    def _table_differs(
        self,
        machine: Machine,
        table: tuple[str, ...] | None,
        line: int,
        due: float,
        chances: Chances,
    ) -> Difference | None:
        """conntrack's table now, if the simulation has one; which takes it for ``due``."""
        if table is None or not is_there():
            return None
        printed = self._loader.run(machine.namespace, [TOOL, "-L"], "")
        late = time.monotonic() - due
        found = differing(table, printed.output.splitlines(), late, chances)
        return Difference(line, "conntrack -L", *found) if found is not None else None

    def _seen(self, machine: Machine, case: Case, patience: float, ways: list[Account]) -> Seen:
        """What the kernel made of a statement; at least as much as the shortest way tells."""

        def enough(said: list[Any], frames: list[Frame]) -> bool:
            heard = self._heard(case, frames, ways[0])
            if self.backend == "nft":
                count = len(nft.passes_of(said, self._numbers, case.own_raw))
            else:
                count = len(told(said, (), 0, case.own_raw).trace)
            return any(
                count >= (ours.passes if self.backend == "nft" else len(ours.trace))
                and len(heard) >= len(ours.wires)
                for ours in ways
            )

        return machine.collect(enough, patience)

    def _told(self, machine: Machine, case: Case, patience: float, ours: Account) -> Account:
        """What the kernel made of the statement that ``ours`` is of."""
        return self._kernels(case, ours, *self._seen(machine, case, patience, [ours]))

    def _kernels(
        self, case: Case, ours: Account, lines: list[TraceLine], frames: list[Frame]
    ) -> Account:
        said = (line for line in lines if not is_report(line.packet, ours))
        return told(said, self._heard(case, frames, ours), ours.line, case.own_raw)

    def _judged(self, case: Case, way: Way, seen: Seen, chances: Chances) -> Difference | None:
        """Where a way and the kernel's differ."""
        ours = _account(case, way)
        chances.hear(syn_acks(way.steps), transports(seen[0]))
        if self.backend == "nft":
            return self._with_nft(case, seen, way.steps, ours, chances)
        return first_difference(ours, self._kernels(case, ours, *seen), chances)

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
        self, case: Case, seen: Seen, steps: list[t.Step], ours: Account, chances: Chances
    ) -> Difference | None:
        """Compare what nf_tables tells of one statement, then the wires."""
        wanted = nft.simulated_passes(steps)
        events, frames = seen
        reports = {event.packet for event in events if is_report(event.network, ours)}
        events = [event for event in events if event.packet not in reports]
        passes = nft.passes_of(events, self._numbers, case.own_raw)
        if ours.undetermined:
            return None
        theirs = told([], self._heard(case, frames, ours), ours.line, set())
        found = None if wanted.copied else nft.differing(wanted, passes)
        if found is None:
            return wires_differ(ours, theirs, chances)
        came = {step.where.in_iface for step in steps if isinstance(step, t.Arrived)}
        turned = any(wire.iface in came for wire in ours.wires)  # a redirect may be told, too
        reason = left_to_chance(ours, theirs) or (REDIRECT if turned else "")
        if reason or chances.is_touched or chances.differs:
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
        machine.expect(steps)
        if isinstance(statement, script.Wait):
            seconds = statement.nanoseconds / 1e9
            if seconds > LONGEST_WAIT:
                raise NotComparable(f"waits {seconds:g} s")
            if seconds > LONGEST_HALF_OPEN and sockets.has_accepted:
                raise NotComparable(f"waits {seconds:g} s while a listener is connected")
            time.sleep(seconds)
        elif isinstance(statement, script.Event):
            with self._loader.unreported(machine.namespace):
                self._event(machine, statement)
        elif isinstance(statement, script.TypedCommand):
            texts = self._texts
            if run_commands(statement.text, machine, self._loader, self.backend, texts):
                self._numbers = nft.rule_numbers() if self.backend == "nft" else {}
        else:
            for step in steps:
                if isinstance(step, t.Arrived):
                    self._inject(machine, step, chances)
                    return
                if isinstance(step, t.Originated):
                    packet = chances.to_kernel(step.packet)
                    assert packet.owner is not None
                    sockets.hold(packet, packet.owner)
                    refused = sockets.send(packet, packet.owner)
                    if refused == "EMSGSIZE" and any(isinstance(s, t.HookEntered) for s in steps):
                        raise NotComparable(TOO_LONG)
                    return
            is_nothing = any(isinstance(step, t.Noted) for step in steps)  # and why there is none
            if not isinstance(statement, script.Reply) and not is_nothing:
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
        if event.action is not DeviceChange.ADDRESS:
            machine.switch(event.iface, event.action is DeviceChange.UP)
            return
        machine.renumber(event.iface, event.address)


def _asks_the_time(case: Case) -> bool:
    """Does a rule look at a clock that the host text has set?"""
    return bool(case.host.clock) and any(" -m time " in text for text in case.texts.values())


def _simulated_time(case: Case, replayed: Replayed) -> float:
    """The seconds of the simulation, up to where a difference was found."""
    found = replayed.difference
    last = max((s.now for s in case.steps if found is None or s.line <= found.statement), default=0)
    return last / 1e9


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
