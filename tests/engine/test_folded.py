"""A folded run, unfolded, is the run: an index passes over rules and changes nothing."""

from __future__ import annotations

import gc
import weakref
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from sim.base.errors import Refused
from sim.kernel.chain_index import _keyed, asked_dport, indexes_of
from sim.kernel.traversal import fates, run
from sim.model.scenario import Compiled, Scenario
from sim.read.rules.ruleset import load_rules
from sim.read.rules.thrift import Thrift, read_with
from sim.read.scenario import compile_scenario
from sim.tell.jsonl import as_json
from sim.tell.render import line
from sim.tools.generate.scenario import generate
from sim.tools.propose import propose_host
from sim.trace.steps import Fate, Missed, RuleTried, Step, between, unfolded
from tests.conftest import CORPUS
from tests.engine.folds import difference, make_case
from tests.environment import draws, some
from tests.test_cases import FILES, NAMES, walked

RULES = """*filter
:FORWARD ACCEPT [0:0]
-A FORWARD -s 10.0.0.0/8 -p tcp -m tcp --dport 22 -j DROP
-A FORWARD -s 10.0.1.0/24 -p tcp -m tcp --dport 80 -j DROP
-A FORWARD -o eth9 -j DROP
-A FORWARD -d 198.51.100.0/24 -j ACCEPT
COMMIT
"""
HOST = """interface eth0 203.0.113.1/24
interface eth1 192.168.100.1/24
route default via 203.0.113.254 dev eth0
sysctl net.ipv4.ip_forward = 1
"""
PACKET = "in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:443 syn\n"


def told(steps: list[Step]) -> list[str]:
    return [f"{line(step)} {as_json(step)}" for step in steps]


def test_rules_that_cannot_match_are_one_step() -> None:
    """It names them, takes their numbers, and makes the steps that it stands for."""
    compiled = compile_scenario(Scenario(rules=RULES, host=HOST, packets=PACKET))
    plain, folds = list(run(compiled)), list(run(compiled, folded=True))
    missed = [step for step in folds if isinstance(step, Missed)]
    assert [line(step) for step in missed] == [
        "  1 · Rules 1–3 of filter FORWARD did not match.",
    ]
    assert as_json(missed[0])["last_rule"] == 3
    assert len(folds) == len(plain) - 2
    assert [step.where.rule for step in missed[0].unfold()] == [1, 2, 3]
    assert told(list(unfolded(folds))) == told(plain)


def test_a_fold_can_be_opened_when_the_run_is_over() -> None:
    """Line, time and numbers are those of the packet, whatever came behind it."""
    packets = f"{PACKET}wait 5s\n{PACKET}"
    compiled = compile_scenario(Scenario(rules=RULES, host=HOST, packets=packets))
    folds = list(run(compiled, folded=True))
    opened = [list(step.unfold()) for step in reversed(folds) if isinstance(step, Missed)]
    tried = [step for step in run(compiled) if isinstance(step, RuleTried) and not step.held]
    assert [step for steps in reversed(opened) for step in steps] == tried


def test_any_part_of_a_fold_can_be_told_alone() -> None:
    """Opening rows 2 to 3 of a run makes no others; a folded run has all numbers but these."""
    compiled = compile_scenario(Scenario(rules=RULES, host=HOST, packets=PACKET))
    plain, folds = list(run(compiled)), list(run(compiled, folded=True))
    for first in range(1, len(plain) + 2):
        for last in range(first, len(plain) + 2):
            shown = [each for step in folds for each in between(step, first, last)]
            assert shown == plain[first - 1 : last]
    assert sum(step.count for step in folds) == len(plain)


def test_an_index_is_made_once_and_goes_with_its_chain() -> None:
    """A second run has it already; it does not keep a ruleset that nobody wants any more."""
    compiled = compile_scenario(Scenario(rules=RULES, host=HOST, packets=PACKET))
    compiled = replace(compiled, rules=load_rules(RULES))  # kept by nobody else
    chain = compiled.rules.ipv4.tables["filter"].chains["FORWARD"]
    list(run(compiled, folded=True))
    index = indexes_of(chain, 4).with_ports
    assert index is not None
    list(run(compiled, folded=True))
    assert indexes_of(chain, 4).with_ports is index
    gone = weakref.ref(chain)
    del chain, compiled
    gc.collect()
    assert gone() is None


def test_random_walks_aimed_at_an_index_are_the_same() -> None:
    """Fragments, cut headers, extension headers, iptables-nft, state around a port, ``eth+``,
    masks with holes, jumps: each is met, and no step differs."""
    met: Counter[str] = Counter()
    for seed in range(draws(150, 75)):
        case = make_case(seed)
        if case is not None:
            differs, more = difference(case)
            assert differs == "", f"seed {seed}"
            met += more
    corners = (
        "nft", "legacy", "later fragment", "extension header", "no whole header", "hotdrop",
        "unknown", "jump", "return", "missed", "missed by a port",
    )  # fmt: skip
    for corner in corners:
        assert met[corner] > draws(4, 0), f"{corner} is not met"


def test_rules_that_are_alike_are_passed_over_without_being_made() -> None:
    """What a template knows of them tells what they are keyed on, and what fails first."""
    planned: Counter[bool] = Counter()
    for seed in range(draws(150, 75)):
        with read_with(Thrift(shortest=0, learnt_at=1)):
            case = make_case(seed, alike=True)
        if case is None:
            continue
        differs, _ = difference(case)
        assert differs == "", f"seed {seed}"
        for chain in case.compiled.rules.ipv4.tables["mangle"].chains.values():
            index = indexes_of(chain, 4).with_ports
            for rule in chain.rules if index is not None else ():
                plan = index.plans.get(rule.shape) if index and rule.shape else None
                planned[plan is not None] += 1
                if plan is not None:
                    assert plan.of(rule.texts) == _keyed(rule, asked_dport(rule, 4))
    assert planned[True] > draws(200, 60)
    assert planned[False] > draws(200, 60)


@pytest.mark.parametrize("path", some(FILES), ids=some(NAMES))
def test_every_case_unfolds_into_its_trace(path: Path) -> None:
    """The golden cases and the shipped examples, word for word."""
    case = walked(path)
    folds = run(case.prepared.compiled, flows=True, folded=True)
    assert told(list(unfolded(folds))) == told(list(case.listed))


@pytest.mark.parametrize("path", some(FILES), ids=some(NAMES))
def test_fates_alone_are_those_of_the_whole_run(path: Path) -> None:
    """Who reads nothing else has the same fates, with the same numbers, and no other step."""
    compiled = walked(path).prepared.compiled
    assert list(fates(compiled)) == [step for step in run(compiled) if isinstance(step, Fate)]


def test_random_scenarios_unfold_into_their_traces() -> None:
    """Whole hosts with conntrack, NAT, bridges and conversations."""
    folded = 0
    for seed in range(draws(60, 20)):
        scenario = generate(seed)
        if scenario.is_spoiled:
            continue
        compiled = compile_scenario(scenario.scenario)
        folds = list(run(compiled, folded=True))
        assert list(unfolded(folds)) == list(run(compiled)), f"seed {seed}"
        folded += sum(isinstance(step, Missed) for step in folds)
    assert folded > draws(50, 10)


@pytest.mark.corpus
def test_rules_of_real_hosts_unfold_into_their_traces() -> None:
    """Every sixth text of the corpus, on a host made for its rules."""
    compiled = [made for path in sorted(CORPUS.glob("*.rules"))[::6] if (made := real(path))]
    assert len(compiled) > 8
    for each in compiled:
        folds = run(each, folded=True)
        assert list(unfolded(folds)) == list(run(each)), each.scenario.title


def real(path: Path) -> Compiled | None:
    """A text of the corpus with a host and packets; ``None``: it is refused."""
    packets = (
        "local tcp 203.0.113.10:40000 -> 198.51.100.7:443 syn\n"
        "local udp 203.0.113.10:40000 -> 198.51.100.7:53\n"
        "local icmp 203.0.113.10 -> 198.51.100.7 echo-request\n"
        "local tcp 127.0.0.1:40000 -> 127.0.0.1:22 syn\n"
    )
    rules = path.read_text(errors="replace")
    try:
        host = propose_host(load_rules(rules), packets)
        return compile_scenario(Scenario(path.name, rules=rules, host=host, packets=packets))
    except Refused:
        return None
