"""The proof itself: scenarios replayed on this machine's kernel, and a comparer that can see."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import call_command

from playground.lab.account import simulated, told
from playground.lab.chances import Chances
from playground.lab.compare import first_difference
from playground.lab.draws import Course
from playground.lab.nflog import TraceLine
from playground.lab.replay import Case, Laboratory
from playground.lab.sight import BEHAVIOURS, look
from playground.lab.verify import Tally, Verdict, prove, prove_random
from playground.lab.wires import Frame
from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario
from sim.trace.steps import Fate, FlowsListed, RuleTried, Sent, Step

pytestmark = pytest.mark.kernel

ROOT = Path(__file__).resolve().parents[2]
RANDOM = int(os.environ.get("CHAINWALK_RANDOM", "150"))
SCENARIO = Scenario(
    rules="*filter\n-A FORWARD -p udp -m ttl --ttl-lt 64 -j ACCEPT\n-A FORWARD -j DROP\nCOMMIT\n",
    host="interface eth0 203.0.113.1/24\ninterface eth1 192.168.100.1/24\n"
    "route default via 203.0.113.254 dev eth0\nsysctl net.ipv4.ip_forward = 1\n",
    packets="in eth1 udp 192.168.100.5:1000 -> 198.51.100.7:53\n"
    "in eth1 tcp 192.168.100.5:1000 -> 198.51.100.7:53 syn\n",
)


@pytest.fixture(scope="module")
def laboratory() -> Iterator[Laboratory]:
    with Laboratory() as made:
        yield made


def test_random_scenarios_show_no_difference(laboratory: Laboratory) -> None:
    """Random hosts, rules and packets, refusals included (CHAINWALK_RANDOM says how many)."""
    tally = Tally()
    for seed in range(1, RANDOM + 1):
        verdict, steps, _ = prove_random(laboratory, seed)
        tally.add(verdict, steps)
        assert verdict.outcome != "different", f"random {seed}: {verdict.text}"
    assert tally.outcomes["equal"] > RANDOM * 0.8


def compared(laboratory: Laboratory, steps: list[Step]) -> str:
    """What the comparison says when the simulation had told this."""
    compiled = compile_scenario(SCENARIO)
    case = Case(compiled.host, {4: SCENARIO.rules}, {}, set(), compiled.script, steps)
    return str(laboratory.compare(case).difference or "")


def test_an_unconfirmed_entry_counts_down_from_the_boot(laboratory: Laboratory) -> None:
    """The tick counter passed zero 300 s after it, and is taken from a lifetime not yet begun."""
    uptime = int(Path("/proc/uptime").read_text().partition(".")[0])
    left = 100_300  # a timeout of uptime + 100,000, less the uptime but for the first 300 s
    scenario = replace(
        SCENARIO,
        host=f"{SCENARIO.host}sysctl net.netfilter.nf_conntrack_udp_timeout = {uptime + 100_000}\n",
        rules="*filter\n"
        f"-A FORWARD -m conntrack --ctexpire {left - 20}:{left + 2} -j DROP\nCOMMIT\n",
        packets="in eth1 udp 192.168.100.5:1000 -> 198.51.100.7:53\n",
    )
    verdict, steps = prove(laboratory, scenario)
    assert verdict.outcome == "equal", verdict.text
    assert [step.verdict for step in steps if isinstance(step, Fate)] == ["dropped"]


def test_a_wrong_rule_number_is_seen(laboratory: Laboratory) -> None:
    """The comparer is no yes-man: another rule in the simulation's trace is a difference."""
    steps = list(run(compile_scenario(SCENARIO)))
    assert compared(laboratory, steps) == ""
    wrong = [
        replace(step, where=replace(step.where, rule=7))
        if isinstance(step, RuleTried) and step.label
        else step
        for step in steps
    ]
    assert "filter:FORWARD:rule:7" in compared(laboratory, wrong)


def test_a_wrong_byte_on_the_wire_is_seen(laboratory: Laboratory) -> None:
    """One byte of a forwarded packet is enough."""
    steps = [
        replace(step, packet=step.packet.with_tos(4)) if isinstance(step, Sent) else step
        for step in run(compile_scenario(SCENARIO))
    ]
    assert "packet 1, wire 1" in compared(laboratory, steps)


def test_a_packet_too_few_is_seen(laboratory: Laboratory) -> None:
    """What only the kernel sends is a difference too."""
    steps = [step for step in run(compile_scenario(SCENARIO)) if not isinstance(step, Sent)]
    assert "simulation  (nothing)" in compared(laboratory, steps)


@pytest.mark.parametrize("backend", ["legacy", "nft"])
def test_a_listener_on_lo_is_heard_where_no_rule_meets_it(backend: str) -> None:
    """Its number is in no line of the scenario's own, for only nat has rules, which pass once."""
    scenario = replace(
        SCENARIO,
        rules="*nat\n-A POSTROUTING -o eth0 -j MASQUERADE\nCOMMIT\n",
        host=SCENARIO.host + "listen tcp 127.0.0.1:8080\n",
        packets="local tcp 127.0.0.1:40001 -> 127.0.0.1:8080 syn mss 1460\nreply\n"
        "local tcp 127.0.0.1:40001 -> 127.0.0.1:8080 ack\n",
    )
    with Laboratory(backend) as made:
        verdict, _ = prove(made, scenario)
    assert verdict.outcome == "equal", verdict.text
    assert verdict.replayed.flows == 3


@pytest.mark.parametrize("backend", ["legacy", "nft"])
def test_a_report_of_a_group_spends_no_token(backend: str) -> None:
    """A device that is given an address tells by itself which group it joined."""
    scenario = replace(
        SCENARIO,
        rules="# Generated by ip6tables-save\n*filter\n-A OUTPUT -m limit --limit 1/hour "
        "--limit-burst 1 -j ACCEPT\nCOMMIT\n",
        host="interface eth0 2001:db8:1::1/64\ninterface eth1 2001:db8:2::1/64\n",
        packets="address eth1 2001:db8:3::99:1/64\n"
        + "in eth0 udp [2001:db8:1::5]:1 -> [2001:db8:1::1]:9\n" * 2,
    )
    with Laboratory(backend) as made:
        verdict, _ = prove(made, scenario)
    assert verdict.outcome == "equal", verdict.text
    assert verdict.replayed.statements == 3


BALANCED = """*filter
-A FORWARD -m statistic --mode random --probability 0.5 -j ACCEPT
-A FORWARD -m statistic --mode random --probability 0.5 -j DROP
COMMIT
"""


def test_draws_at_random_are_followed(laboratory: Laboratory) -> None:
    """Whatever the kernel drew, eight packets in a row are compared to their end."""
    line = "in eth1 udp 192.168.100.5:{} -> 198.51.100.7:53\n"
    packets = "".join(line.format(port) for port in range(1000, 1008))
    verdict, _ = prove(laboratory, replace(SCENARIO, rules=BALANCED, packets=packets))
    assert (verdict.outcome, verdict.replayed.skipped) == ("equal", "")
    assert verdict.replayed.statements == 8


def test_no_draw_explains_a_wrong_rule(laboratory: Laboratory) -> None:
    """Following draws does not make the comparer blind: another verdict is a difference."""
    compiled = compile_scenario(replace(SCENARIO, rules=BALANCED))
    other = compile_scenario(replace(SCENARIO, rules=BALANCED.replace("DROP", "REJECT")))
    case = Case(
        compiled.host, {4: BALANCED + "*mangle\n-A FORWARD -j DROP\nCOMMIT\n"}, {}, set(),
        compiled.script, list(run(other)), course=Course(other),
    )  # fmt: skip
    assert "packet 1, trace 1" in str(laboratory.compare(case).difference)


TURNED_BACK = replace(
    SCENARIO,
    rules="*filter\n-A FORWARD -p udp\nCOMMIT\n",
    packets="in eth0 udp 203.0.113.5:1 -> 198.51.100.7:53\n" * 2,
)


@pytest.mark.parametrize("pause", [0.0, 0.05])
def test_a_limit_is_followed_where_time_passed(laboratory: Laboratory, pause: float) -> None:
    """A second redirect is sent 20 ms behind the first: the kernel's time decides."""
    compiled = compile_scenario(TURNED_BACK)
    steps = list(run(compiled))
    case = Case(
        compiled.host, {4: TURNED_BACK.rules}, {}, set(), compiled.script, steps, pause,
        Course(compiled),
    )  # fmt: skip
    found = laboratory.compare(case)
    assert (found.difference, found.skipped, found.statements) == (None, "", 2)
    assert found.wires == 3 + (pause > 0)


@pytest.mark.parametrize("backend", ["legacy", "nft"])
def test_what_nobody_knows_is_followed(backend: str) -> None:
    """Which processor it is, and what ident an answer has."""
    rules = (
        "*filter\n-A INPUT -m cpu --cpu 0 -j DROP\n"
        '-A OUTPUT -m u32 --u32 "2&0x1=0x1" -j DROP\nCOMMIT\n'
    )
    packets = "in eth1 icmp 192.168.100.5 -> 192.168.100.1 echo-request id 7 seq 1\n" * 6
    with Laboratory(backend) as made:
        verdict, steps = prove(made, replace(SCENARIO, rules=rules, packets=packets))
    assert (verdict.outcome, verdict.replayed.skipped) == ("equal", ""), verdict.text
    assert verdict.replayed.statements == 6
    assert any(isinstance(step, Fate) and step.verdict == "undetermined" for step in steps)


def test_what_a_raw_socket_cannot_send_is_no_difference(laboratory: Laboratory) -> None:
    """A process's datagram is cut behind OUTPUT; the laboratory's raw socket has to give it up."""
    length = 1472
    scenario = replace(
        SCENARIO,
        host=SCENARIO.host + "ip link set eth1 mtu 1300\n",
        packets=f"local udp 192.168.100.1:1 -> 192.168.100.5:53 payload-hex {'61' * length}\n",
    )
    verdict, _ = prove(laboratory, scenario)
    assert verdict.outcome == "equal", verdict.text
    assert "longer than its device takes" in verdict.replayed.skipped


UDP_SERVER = replace(
    SCENARIO,
    rules="*filter\n-A INPUT -m conntrack --ctstate NEW\nCOMMIT\n",
    host=SCENARIO.host + "listen udp 0.0.0.0:53\n",
    packets='in eth1 udp 192.168.100.5:1000 -> 192.168.100.1:53 payload "hello"\n',
)


def of_udp_server(laboratory: Laboratory, steps: list[Step]) -> str:
    compiled = compile_scenario(UDP_SERVER)
    case = Case(compiled.host, {4: UDP_SERVER.rules}, {}, set(), compiled.script, steps)
    return str(laboratory.compare(case).difference or "")


def test_an_entry_that_lives_for_another_time_is_seen(laboratory: Laboratory) -> None:
    """The table of conntrack is compared, timeouts included."""
    steps = list(run(compile_scenario(UDP_SERVER), flows=True))
    assert of_udp_server(laboratory, steps) == ""
    wrong = [
        replace(step, lines=tuple(line.replace(" 30 src", " 35 src") for line in step.lines))
        if isinstance(step, FlowsListed)
        else step
        for step in steps
    ]
    assert "packet 1, conntrack -L 1" in of_udp_server(laboratory, wrong)


def test_what_a_process_does_not_read_is_seen(laboratory: Laboratory) -> None:
    """What is said to be delivered was read from the socket, byte by byte."""
    wrong = [
        replace(step, verdict="dropped") if isinstance(step, Fate) else step
        for step in run(compile_scenario(UDP_SERVER))
    ]
    assert "packet 1, datagram 1" in of_udp_server(laboratory, wrong)


@pytest.mark.parametrize("weights", [("ipv6", "farther"), ("bridge", "farther")])
def test_weighted_scenarios_show_no_difference(
    laboratory: Laboratory, weights: tuple[str, ...]
) -> None:
    """Beyond conversations: fragments, extension headers, discovery, anycast, sizes, settings."""
    for seed in range(40_000, 40_020):
        verdict, _, _ = prove_random(laboratory, seed, weights)
        assert verdict.outcome != "different", f"random {seed}: {verdict.text}"


def test_what_is_taken_away_is_noticed(laboratory: Laboratory) -> None:
    """Sight is measured on the simulation alone, and the engine is whole again afterwards."""
    whole = [getattr(place, one.name) for one in BEHAVIOURS for place in one.places]
    sight = look(laboratory, range(1, 13))
    assert sight.rules[True] > sight.rules[False]
    assert re.search(r"a rule that held \d+ of \d+ are noticed", sight.lines()[0])
    assert [getattr(place, one.name) for one in BEHAVIOURS for place in one.places] == whole


def test_rules_that_only_the_kernel_refuses_are_a_difference(laboratory: Laboratory) -> None:
    """A restore text that the tools refuse is never taken for equal."""
    loaded = laboratory.load(
        compile_scenario(SCENARIO).host, {4: "*nat\n-A PREROUTING -j DROP\nCOMMIT\n"}
    )
    assert not loaded.ok
    assert "DROP" in loaded.message


def test_the_trace_rules_of_our_own_are_taken_out() -> None:
    """The numbers of raw shift back by one; without a raw table of its own nothing is told."""
    lines = [
        TraceLine(label, "eth0", "", 0, b"\x45")
        for label in ("raw:PREROUTING:rule:1", "raw:PREROUTING:rule:3", "raw:A:rule:3",
                      "raw:OUTPUT:policy:4", "filter:INPUT:rule:2")
    ]  # fmt: skip
    own = [line.label for line in told(lines, [], 1, {4}).trace]
    assert own == ["raw:PREROUTING:rule:2", "raw:A:rule:3", "raw:OUTPUT:policy:3",
                   "filter:INPUT:rule:2"]  # fmt: skip
    assert [line.label for line in told(lines, [], 1, set()).trace] == ["filter:INPUT:rule:2"]


def test_a_port_picked_at_random_may_differ_once() -> None:
    """The first pick of the kernel is taken for the simulation's; another one is a difference."""
    scenario = replace(
        SCENARIO,
        rules="*nat\n-A POSTROUTING -j MASQUERADE --random\nCOMMIT\n",
        packets="in eth1 udp 192.168.100.5:1000 -> 198.51.100.7:53\n" * 2,
    )
    steps = list(run(compile_scenario(scenario)))
    accounts, chances = simulated(steps), Chances()
    for statement, port in ((1, 4242), (2, 4243)):
        own = [step for step in steps if step.line == statement]
        chances.expect(own)
        ours = accounts[statement]
        kernel = told([], [], statement, set())
        kernel.trace = ours.trace
        packet = next(step.packet for step in own if isinstance(step, Sent))
        source = packet.headers.src
        kernel.wires = told(
            [], [Frame("eth0", 0x800, "", "", packet.with_source(source, port).data)], 1, set()
        ).wires
        difference = first_difference(ours, kernel, chances)
        assert (difference is None) == (statement == 1)


def test_what_a_run_did_not_reach_is_named() -> None:
    """Equal proves nothing of an extension that no packet met: the figures name it."""
    steps = list(run(compile_scenario(SCENARIO)))
    tally = Tally()
    tally.add(Verdict("equal"), steps)
    gaps, figures = tally.gaps(), tally.figures()
    assert "sctp" in gaps["matches never asked"]
    assert "ttl" in gaps["matches that always held"]
    assert "SNAT" in gaps["targets never run"]
    assert figures["matches"]["ttl"] == {"held": 1, "failed": 0, "unknown": 0}
    assert json.loads(json.dumps(figures)) == figures


def verify(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "verify", *arguments],
        capture_output=True, text=True, cwd=ROOT, timeout=120,
    )  # fmt: skip


def test_the_command_says_equal_and_exits_0(tmp_path: Path) -> None:
    """``verify FILE``: one line a file."""
    file = tmp_path / "a.toml"
    file.write_text(SCENARIO.to_toml())
    done = verify(str(file))
    assert done.returncode == 0, done.stderr
    assert "equal: 2 packets" in done.stdout


def test_the_command_needs_root(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Without root it says so and exits 2."""
    monkeypatch.setattr(os, "geteuid", lambda: 65534)
    with pytest.raises(SystemExit) as ended:
        call_command("verify", random=1)
    assert ended.value.code == 2
    assert "root" in capfd.readouterr().err


def test_the_command_refuses_what_simulate_refuses(tmp_path: Path) -> None:
    """Errors are drawn with a caret on standard error, exit 2."""
    file = tmp_path / "a.toml"
    file.write_text(replace(SCENARIO, rules="iptables -A NOPE -j ACCEPT\n").to_toml())
    done = verify(str(file))
    assert done.returncode == 2
    assert "rules:1:" in done.stderr
    assert "^" in done.stderr


def test_a_killed_run_leaves_no_namespace_behind() -> None:
    """The namespaces have no name: they go with the process, however it ends."""
    before = named_namespaces()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "verify", "--random", "100000"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT,
    )  # fmt: skip
    limit = time.monotonic() + 60
    while not handles(process.pid, signal.SIGTERM) and time.monotonic() < limit:
        time.sleep(0.1)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(2)
    process.terminate()
    assert process.wait(30) == 143
    assert named_namespaces() == before


def handles(process: int, number: signal.Signals) -> bool:
    """Has the process come so far that it takes this signal itself?"""
    status = Path(f"/proc/{process}/status").read_text()
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught >> (number - 1) & 1)


def named_namespaces() -> set[str]:
    place = Path("/run/netns")
    return {path.name for path in place.iterdir()} if place.is_dir() else set()
