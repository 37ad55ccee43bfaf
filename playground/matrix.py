"""These sources times these ports: the fate of each, every packet against a fresh host."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address

from playground import runs
from playground.asked import whole
from playground.limits import LIMITS
from sim.errors import Refused
from sim.render import GLYPHS, glyph_of
from sim.scenario import Scenario
from sim.trace import Fate
from sim.traversal import run

MOST_CELLS = 256


@dataclass(frozen=True, slots=True)
class Cell:
    packet: str
    verdict: str
    glyph: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Row:
    source: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """``problem`` not empty: why there are no rows. Refused texts raise instead."""

    iface: str
    protocol: str
    destination: str
    sources: tuple[str, ...]
    ports: tuple[str, ...]
    rows: tuple[Row, ...] = ()
    problem: str = ""

    @property
    def sources_text(self) -> str:
        return ", ".join(self.sources)

    @property
    def ports_text(self) -> str:
        return ", ".join(self.ports)


def wanted(values: Mapping[str, object]) -> Matrix:
    """What the form asks for; ``problem`` says what is wrong with it."""

    def words(name: str) -> tuple[str, ...]:
        return tuple(str(values.get(name, "")).replace(",", " ").split())

    matrix = Matrix(
        iface=str(values.get("m_iface", "")).strip(),
        protocol="udp" if values.get("m_protocol") == "udp" else "tcp",
        destination=str(values.get("m_destination", "")).strip(),
        sources=words("m_sources"),
        ports=words("m_ports"),
    )
    return replace(matrix, problem=_problem(matrix))


def _problem(matrix: Matrix) -> str:
    for address in (*matrix.sources, matrix.destination):
        try:
            ip_address(address)
        except ValueError:
            return f'"{address}" is not an address'
    for port in matrix.ports:
        if port != "0" and not 1 <= whole(port) <= 65535:
            return f'"{port}" is not a port from 0 to 65535'
    if not matrix.sources or not matrix.ports:
        return "name at least one source and one port"
    if len(matrix.sources) * len(matrix.ports) > MOST_CELLS:
        return f"at most {MOST_CELLS} packets at once"
    return ""


def filled(scenario: Scenario, matrix: Matrix) -> Matrix:
    """Walk every packet. Raises ``Refused`` with the errors of the texts."""
    deadline = time.monotonic() + LIMITS.run_seconds
    rows = []
    for source in matrix.sources:
        cells = []
        for port in matrix.ports:
            if time.monotonic() > deadline:
                return replace(matrix, problem=f"not done after {LIMITS.run_seconds} s")
            try:
                cells.append(_cell(scenario, _packet(matrix, source, port)))
            except Refused as refused:
                if any(error.where != "packets" for error in refused.errors):
                    raise
                return replace(matrix, problem="; ".join(e.message for e in refused.errors))
        rows.append(Row(source, tuple(cells)))
    return replace(matrix, rows=tuple(rows))


def _packet(matrix: Matrix, source: str, port: str) -> str:
    def end(address: str, number: str) -> str:
        return f"[{address}]:{number}" if ":" in address else f"{address}:{number}"

    flags = " syn" if matrix.protocol == "tcp" else ""
    ends = f"{end(source, '40000')} -> {end(matrix.destination, port)}"
    return f"in {matrix.iface} {matrix.protocol} {ends}{flags}"


def _cell(scenario: Scenario, packet: str) -> Cell:
    prepared = runs.prepare(replace(scenario, packets=packet, expect=""))
    for step in run(prepared.compiled):
        if isinstance(step, Fate) and step.main:
            return Cell(packet, step.verdict, GLYPHS[glyph_of(step)], step.sentence)
    raise Refused(())
