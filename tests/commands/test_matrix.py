"""``matrix``: many packets, each against a fresh host, through the executor."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from playground.walks.many import summed
from playground.walks.matrix import Cell, Walks, packets_of, wanted
from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario
from sim.tell.render import sentence
from sim.trace.steps import Fate
from tests.commands.test_processes import ROOT, manage
from tests.manage import hear_interrupts

RULES = """*filter
:INPUT DROP [0:0]
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A INPUT -s 192.0.2.2/31 -p tcp -m tcp --dport 80:81 -j ACCEPT
-A INPUT -p udp -m limit --limit 1/hour --limit-burst 1 -j ACCEPT
COMMIT
*nat
-A PREROUTING -p tcp -m tcp --dport 8080 -j REDIRECT --to-ports 22
COMMIT
"""
HOST = """interface eth0 203.0.113.9/24 2001:db8::9/64
route default via 203.0.113.1 dev eth0
listen tcp 0.0.0.0:22
"""
BOX = Scenario(rules=RULES, host=HOST, packets="this is not read\n")
ASKED = ("--in", "eth0", "--from", "192.0.2.0/30,198.51.100.7", "--to", "203.0.113.9",
         "--ports", "0,21-23,80-81,8080")  # fmt: skip


@pytest.fixture
def box(tmp_path: Path) -> Path:
    file = tmp_path / "box.toml"
    file.write_text(BOX.to_toml().replace("this is not read\n", ""))
    return file


@pytest.mark.parametrize(("protocol", "sources", "to"), [
    ("tcp", "192.0.2.0/29", "203.0.113.9"), ("udp", "198.51.100.7", "203.0.113.9"),
    ("tcp", "2001:db8::1-2001:db8::3", "2001:db8::9"),
])  # fmt: skip
def test_a_cell_is_what_its_line_alone_gives(protocol: str, sources: str, to: str) -> None:
    """One line is read for all of a family; port 0 and a limit's last token are no exception."""
    form = {"m_iface": "eth0", "m_protocol": protocol, "m_sources": sources,
            "m_destination": to, "m_ports": "0,22,80,8080"}  # fmt: skip
    matrix = wanted(form)
    assert not matrix.problem
    walks = Walks(BOX, matrix)
    for line, (source, port) in zip(
        packets_of(matrix),
        [(source, port) for source in matrix.sources for port in matrix.ports],
        strict=True,
    ):
        alone = compile_scenario(Scenario(rules=RULES, host=HOST, packets=line))
        (fate,) = (step for step in run(alone) if isinstance(step, Fate) and step.main)
        cell = walks.cell(source, port)
        assert (cell.packet, cell.verdict, cell.sentence) == (line, fate.verdict, sentence(fate))


def test_many_packets_in_few_lines(box: Path, tmp_path: Path) -> None:
    """Sources and ports that fare alike stand together."""
    ran = manage(tmp_path, "matrix", str(box), *ASKED)
    assert (ran.returncode, ran.stderr) == (0, "")
    dropped = "✗ Dropped by the filter INPUT policy: no rule accepted it."
    taken = "✓ Delivered to the listener on TCP port 22: accepted by filter INPUT rule 1."
    assert ran.stdout.splitlines()[:6] == [
        "192.0.2.1",
        f"  0, 21       {dropped}",
        f"  22          {taken}",
        f"  23, 80-81   {dropped}",
        f"  8080        {taken}",
        "192.0.2.2",
    ]


def test_an_object_for_each_packet(box: Path, tmp_path: Path) -> None:
    """In the order of sources and ports, from however many processes."""
    ran = manage(tmp_path, "matrix", str(box), *ASKED[:-1], "1-700", "--format", "ndjson",
                 "--jobs", "2")  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    said = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(said) == 3 * 700
    assert [one["packet"].split(":")[-1] for one in said[:2]] == ["1 syn", "2 syn"]
    assert {one["packet"] for one in said if one["verdict"] == "delivered"} == {
        f"in eth0 tcp {source}:40000 -> 203.0.113.9:22 syn"
        for source in ("192.0.2.1", "192.0.2.2", "198.51.100.7")
    }


@pytest.mark.parametrize(("words", "says"), [
    (("--in", "eth7"), 'there is no interface "eth7"'),
    (("--ports", "80-79"), 'the range "80-79" is backwards'),
    (("--from", "10.0.0.0/8", "--ports", "0-65535"), "at most 1,000,000 at once"),
])  # fmt: skip
def test_what_cannot_be_asked_is_said_once(
    words: tuple[str, ...], says: str, box: Path, tmp_path: Path
) -> None:
    """Exit 2, nothing on standard output."""
    ran = manage(tmp_path, "matrix", str(box), *ASKED, *words)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.count(says) == 1


def test_it_stops_when_told(box: Path) -> None:
    """Ctrl-C in the middle of a million packets: soon, and nothing goes on."""
    command = [sys.executable, "manage.py", "matrix", str(box), "--in", "eth0", "--to",
               "203.0.113.9", "--from", "10.0.0.0/24", "--ports", "1-3900",
               "--format", "ndjson"]  # fmt: skip
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_interrupts,
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline()  # it is at work
        running.send_signal(signal.SIGINT)
        began = time.monotonic()
        _, told = running.communicate(timeout=60)
        assert time.monotonic() - began < 30
    assert (running.returncode, told) == (130, "Stopped. Nothing that runs goes on.\n")


def test_a_matrix_that_ends_early_is_shown_as_far_as_it_came() -> None:
    """No row of half its ports is called like another."""
    form = {"m_iface": "eth0", "m_sources": "10.0.0.1,10.0.0.2", "m_destination": "10.0.0.9",
            "m_ports": "1,2"}  # fmt: skip
    cells = [Cell("", "dropped", "✗", "Dropped.")] * 3
    assert list(summed(wanted(form), cells)) == ["10.0.0.1", "  1-2         ✗ Dropped."]
