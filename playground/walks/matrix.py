"""These sources times these ports: the fate of each, every packet against a fresh host."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address, ip_network

from playground.site.limits import LIMITS
from playground.site.ordinals import ordinal
from playground.walks import runs
from sim.base.errors import Refused
from sim.base.frozen import replace
from sim.base.values import is_address
from sim.kernel.traversal import fates
from sim.model.scenario import Scenario
from sim.packet.headers import IPPROTO_TCP, IPPROTO_UDP
from sim.packet.packet import Address
from sim.packet.script import Inject, Statement
from sim.read.packets.text import parse_packets, readable
from sim.tell.render import GLYPHS, glyph_of, sentence

MOST_CELLS = LIMITS.matrix_cells
MOST_SHOWN_AGAIN = 64  # cells that are walked once more beside the walk of one of them
_NAMES = {IPPROTO_TCP: "tcp", IPPROTO_UDP: "udp"}
MOST_READ = 200  # lines that are looked at for the form's first words


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
    """``problem`` not empty: why there are no rows. Refused texts raise instead.

    ``sources_text`` and ``ports_text`` are what was typed, ``sources`` and ``ports`` each of them.
    """

    iface: str
    protocol: str
    destination: str
    sources_text: str
    ports_text: str
    sources: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    problem: str = ""


def wanted(values: Mapping[str, object], most: int = MOST_CELLS) -> Matrix:
    """What the form asks for; ``problem`` says what is wrong with it. ``most``: so many cells."""

    def text(name: str) -> str:
        return str(values.get(name, "")).strip()

    matrix = Matrix(
        iface=text("m_iface"),
        protocol="udp" if text("m_protocol") == "udp" else "tcp",
        destination=text("m_destination"),
        sources_text=text("m_sources"),
        ports_text=text("m_ports"),
    )
    sources, ports = _words(matrix.sources_text), _words(matrix.ports_text)
    problem = _problem(matrix, sources, ports, most)
    if problem:
        return replace(matrix, problem=problem)
    return replace(
        matrix,
        sources=tuple(one for word in sources for one in _addresses(word)),
        ports=tuple(one for word in ports for one in _ports(word)),
    )


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()


def suggested(scenario: Scenario) -> dict[str, str]:
    """What the form begins with: the ends of the first packet that arrives, usual ports beside."""
    for one in readable(scenario.packets, most=MOST_READ):
        protocol = one.spec.protocol if isinstance(one, Inject) else None
        if isinstance(one, Inject) and protocol in _NAMES and one.spec.dport is not None:
            ports = {one.spec.dport, 22, 80, 443}
            return {
                "iface": one.iface,
                "protocol": _NAMES[protocol],
                "sources": str(one.spec.src),
                "destination": str(one.spec.dst),
                "ports": ", ".join(map(str, sorted(ports))),
            }
    return {}


def alone(scenario: Scenario, matrix: Matrix, packet: str) -> Scenario:
    """A scenario of one cell's packet: what stood in the texts stays, as remarks."""
    made = set(packets_of(matrix))

    def kept(text: str) -> str:
        lines = [line for line in text.split("\n") if line.strip() not in made]
        told = [f"# {line}" if line.strip() and line.lstrip()[0] != "#" else line for line in lines]
        return "\n".join(told).strip("\n")

    rest = kept(scenario.packets)
    packets = f"{packet}\n\n{rest}\n" if rest else f"{packet}\n"
    return replace(scenario, packets=packets, expect=kept(scenario.expect))


def _problem(matrix: Matrix, sources: list[str], ports: list[str], most: int) -> str:
    """What is wrong, with the name that the field has in the form."""
    if not sources:
        return "Sources: name at least one address, or a range like 10.0.0.1-10.0.0.9."
    for word in sources:
        wrong = _wrong_source(word)
        if wrong:
            return f"Sources: {wrong}."
    if not is_address(matrix.destination):
        return f'Destination: "{matrix.destination}" is not an address.'
    if not ports:
        return "Ports: name at least one, or a range like 8000-8010."
    for word in ports:
        first, last = map(_port, _ends(word))
        if first < 0 or last < 0:
            return f'Ports: "{word}" is not a port from 0 to 65535, nor a range like 8000-8010.'
        if first > last:
            return f'Ports: the range "{word}" is backwards; write {last}-{first}.'
    columns = sum(_port(last) - _port(first) + 1 for first, last in map(_ends, ports))
    packets = sum(map(_size, sources)) * columns
    if packets > most:
        return f"Sources and ports: that is {packets:,} packets; at most {most:,} at once."
    return ""


def _wrong_source(word: str) -> str:
    if "/" in word:
        try:
            ip_network(word, strict=False)
        except ValueError:
            return f'"{word}" is not a network such as 10.0.0.0/24'
        return ""
    first, last = _ends(word)
    if not is_address(first) or not is_address(last):
        return f'"{word}" is not an address, nor a range like 10.0.0.1-10.0.0.9, nor a network'
    low, high = ip_address(first), ip_address(last)
    if low.version != high.version:
        return f'"{word}" is a range from IPv{low.version} to IPv{high.version}'
    if int(low) > int(high):
        return f'the range "{word}" is backwards; write {high}-{low}'
    return ""


def _ends(word: str) -> tuple[str, str]:
    """Of a range; one value is a range of one, a network one of its hosts."""
    if "/" in word:
        network = ip_network(word, strict=False)
        first, last = network[0], network[-1]
        if network.num_addresses > 2 and network.version == 4:
            first, last = first + 1, last - 1  # its own address and the broadcast send nothing
        return str(first), str(last)
    first_word, dash, last_word = word.partition("-")
    return first_word, last_word if dash else first_word


def _size(word: str) -> int:
    """How many addresses a word names."""
    first, last = map(ip_address, _ends(word))
    return int(last) - int(first) + 1


def _addresses(word: str) -> Iterator[str]:
    first = ip_address(_ends(word)[0])
    yield from (str(first + more) for more in range(_size(word)))


def _port(text: str) -> int:
    """-1: it is none."""
    number = ordinal(text)
    return number if text == "0" or 1 <= number <= 65535 else -1


def _ports(word: str) -> Iterator[str]:
    first, last = _ends(word)
    yield from map(str, range(_port(first), _port(last) + 1))


def filled(scenario: Scenario, matrix: Matrix) -> Matrix:
    """Walk every packet. Raises ``Refused`` with the errors of the texts."""
    deadline = time.monotonic() + LIMITS.run_seconds
    walks = Walks(scenario, matrix)
    rows = []
    for source in matrix.sources:
        cells = []
        for port in matrix.ports:
            if time.monotonic() > deadline or runs.is_late():
                late = "The table takes too long: ask for fewer packets."
                return replace(matrix, problem=late)
            try:
                cells.append(walks.cell(source, port))
            except Refused as refused:
                told = "; ".join(dict.fromkeys(error.message for error in refused.errors))
                return replace(matrix, problem=f"The packet {source} to {port}: {told}.")
        rows.append(Row(source, tuple(cells)))
    return replace(matrix, rows=tuple(rows))


def packets_of(matrix: Matrix) -> Iterator[str]:
    """The packet of each cell, row by row."""
    return (packet_of(matrix, source, port) for source in matrix.sources for port in matrix.ports)


def packet_of(matrix: Matrix, source: str, port: str) -> str:
    """The line of a cell's packet."""

    def end(address: str, number: str) -> str:
        return f"[{address}]:{number}" if ":" in address else f"{address}:{number}"

    flags = " syn" if matrix.protocol == "tcp" else ""
    ends = f"{end(source, '40000')} -> {end(matrix.destination, port)}"
    return f"in {matrix.iface} {matrix.protocol} {ends}{flags}"


@lru_cache(maxsize=64)
def _address(text: str) -> Address:
    """A row has one source for all its cells."""
    return ip_address(text)


class Walks:
    """The cells of a matrix, one after the other. Raises ``Refused`` with the errors of the texts.

    Their packets differ in two values: one line of a family is read, and gives the others' form.
    """

    def __init__(self, scenario: Scenario, matrix: Matrix, *, limited: bool = True) -> None:
        bare = replace(scenario, packets="", expect="")
        self._matrix, self._compiled = matrix, runs.prepare(bare, limited=limited).compiled
        self._forms: dict[int, Inject] = {}

    def cell(self, source: str, port: str) -> Cell:
        """One packet's fate. Raises ``Refused`` when its line cannot be read."""
        packet = packet_of(self._matrix, source, port)
        script = (self._statement(packet, _address(source), int(port)),)
        for fate in fates(replace(self._compiled, script=script)):
            if fate.main:
                return Cell(packet, fate.verdict, GLYPHS[glyph_of(fate)], sentence(fate))
        raise Refused(())

    def _statement(self, packet: str, source: Address, port: int) -> Statement:
        form = self._forms.get(source.version)
        if form is not None:
            return replace(form, text=packet, spec=replace(form.spec, src=source, dport=port))
        (read,) = parse_packets(packet, self._compiled.host)
        if isinstance(read, Inject):
            self._forms[source.version] = read
        return read
