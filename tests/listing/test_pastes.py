"""A pasted listing becomes rules; what its form does not tell is said where it matters."""

from __future__ import annotations

import pytest

from playground.walks.pasted import mended, scenario_of
from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.read.rules.ruleset import load_rules
from sim.read.scenario import compile_scenario
from sim.tell.save import save
from sim.trace.steps import Fate
from tests.paste.corpus import CASES, PASTES, read_paste, rules_of, told
from tests.paste.test_sessions import session

HOST = "interface eth0 192.0.2.1/24\nlisten tcp 0.0.0.0:22\n"
SSH = "in eth0 tcp 192.0.2.9:1000 -> 192.0.2.1:22 syn\n"
HEADS = "target     prot opt source               destination\n"
PLAIN = f"""Chain INPUT (policy DROP)
{HEADS}ACCEPT     all  --  anywhere             anywhere
ACCEPT     tcp  --  192.0.2.0/24         anywhere             tcp dpt:ssh

Chain FORWARD (policy DROP)
{HEADS}
Chain OUTPUT (policy ACCEPT)
{HEADS}"""
VERBOSE = """Chain INPUT (policy DROP 10 packets, 600 bytes)
 pkts bytes target     prot opt in     out     source               destination
  12K  3M   ACCEPT     all  --  lo     *       0.0.0.0/0            0.0.0.0/0
    0     0 ACCEPT     6    --  *      *       0.0.0.0/0            0.0.0.0/0            tcp dpt:22
"""


def fates(rules: str, packets: str = SSH) -> list[Fate]:
    scenario = Scenario(rules=rules, host=HOST, packets=packets)
    steps = run(compile_scenario(scenario))
    return [step for step in steps if isinstance(step, Fate) and step.main]


def test_a_form_with_interfaces_tells_the_whole_rule() -> None:
    """Counters of any size say nothing; protocols come as names and as numbers."""
    reading = read_paste(VERBOSE)
    assert rules_of(reading.rules, 4)["filter"] == [
        ":INPUT DROP [0:0]", ":FORWARD ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]",
        "-A INPUT -i lo -j ACCEPT", "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
    ]  # fmt: skip
    assert "Not told" not in reading.rules
    assert fates(reading.rules)[0].verdict.value == "delivered"


def test_a_rule_that_may_be_for_one_interface_decides_nothing() -> None:
    """The first rule is the usual one of lo; nobody can know."""
    fate = fates(read_paste(PLAIN).rules)[0]
    assert fate.verdict.value == "undetermined"
    assert "-i" in fate.need


def test_a_rule_that_fails_anyway_is_no_doubt() -> None:
    """Where an address already says no, the interface does not matter."""
    rules = PLAIN.replace("ACCEPT     all  --  anywhere             anywhere\n", "")
    other = SSH.replace("192.0.2.9", "198.51.100.9")
    assert fates(read_paste(rules).rules, other)[0].verdict.value == "dropped"


@pytest.mark.parametrize(
    ("answer", "kind"), [("none", "delivered"), ("INPUT 1 -i lo, INPUT 2 -i eth0", "delivered"),
                         ("INPUT 1 -i lo; INPUT 2 -i eth1", "dropped")]
)  # fmt: skip
def test_an_answer_tells_the_interfaces(answer: str, kind: str) -> None:
    """Offered as a question that can stay open."""
    question = next(one for one in read_paste(PLAIN).questions if one.name == "interfaces")
    assert question.optional
    assert question.answers == ("none", "INPUT 1 -i lo")
    assert fates(read_paste(PLAIN, {"interfaces": answer}).rules)[0].verdict.value == kind


def test_the_better_listing_counts() -> None:
    """The same chains twice: the one that shows interfaces, whichever comes last."""
    poor = VERBOSE.replace("in     out     ", "").replace("lo     *       ", "")
    poor = poor.replace("*      *       ", "")
    for text in (VERBOSE + poor, "# iptables -L -n -v\n" + VERBOSE + "# iptables -L -n\n" + poor):
        reading = read_paste(text)
        assert "Not told" not in reading.rules
        assert reading.rules.count("-i lo") == 1


def test_tables_are_told_by_commands_and_by_chains() -> None:
    """One paste of several tables, with and without the commands that printed them."""
    nat = """Chain PREROUTING (policy ACCEPT)
target     prot opt source               destination
DNAT       tcp  --  0.0.0.0/0            192.0.2.1            tcp dpt:80 to:10.0.0.5

Chain POSTROUTING (policy ACCEPT)
target     prot opt source               destination
"""
    both = rules_of(read_paste(PLAIN + "\n" + nat).rules, 4)
    assert set(both) == {"filter", "nat"}
    said = "# ip6tables -t mangle -nvL\nChain INPUT (policy DROP)\n"
    assert rules_of(read_paste(said).rules, 6)["mangle"][1] == ":INPUT DROP [0:0]"


def test_a_chain_that_is_not_listed_decides_nothing() -> None:
    """It is jumped to, and its rules are not in the paste."""
    rules = VERBOSE.replace("ACCEPT     6 ", "MINE       6 ")
    fate = fates(read_paste(rules).rules)[0]
    assert fate.verdict.value == "undetermined"
    assert "the rules of MINE" in fate.need


def test_what_cannot_be_read_decides_nothing() -> None:
    """The row stays where it is, with its words; rows that need not reach it are as ever."""
    rules = VERBOSE.replace("tcp dpt:22", "frobnicated with a spoon")
    fate = fates(read_paste(rules).rules)[0]
    assert fate.verdict.value == "undetermined"
    assert "frobnicated" in fate.need


def test_a_name_is_asked_for() -> None:
    """Without -n addresses are names of the machine that printed them."""
    text = "# iptables -L\n" + PLAIN.replace("192.0.2.0/24 ", "gw.example.net ")
    question = next(one for one in read_paste(text).questions if one.name == "gw.example.net")
    assert not question.optional
    answered = read_paste(text, {"gw.example.net": "192.0.2.9", "interfaces": "none"})
    assert answered.questions == ()
    assert "-s 192.0.2.9" in "\n".join(rules_of(answered.rules, 4, answered.host)["filter"])


def test_two_readings_are_a_question() -> None:
    """Until it is answered the rule decides nothing."""
    text = VERBOSE.replace("tcp dpt:22", "/* a */ tcp dpt:22 /* b */")
    question = read_paste(text).questions[0]
    assert question.name == "INPUT 2"
    assert fates(read_paste(text).rules)[0].verdict.value == "undetermined"
    answered = read_paste(text, {"INPUT 2": question.answers[0]})
    assert "--dport 22" in answered.rules


def test_a_wrapped_row_is_one_row() -> None:
    """Mails break lines at 72 columns or so."""
    row = "    0     0 ACCEPT     6    --  *      *       0.0.0.0/0            0.0.0.0/0"
    wrapped = VERBOSE.replace(row, row + "\n").replace("\n            tcp", "\n tcp")
    assert rules_of(read_paste(wrapped).rules, 4) == rules_of(read_paste(VERBOSE).rules, 4)


def test_a_listing_in_the_rules_editor_is_read() -> None:
    """A scenario whose rules are a listing walks like its rules."""
    scenario = mended(Scenario(rules=VERBOSE, host=HOST, packets=SSH))
    assert "-A INPUT -i lo -j ACCEPT" in scenario.rules


@pytest.mark.skipif(not PASTES.is_dir(), reason="../shared/pastes is not here")
@pytest.mark.parametrize("number", ["04", "05", "07", "10", "38"])
def test_a_session_with_listings_yields_its_rules(number: str) -> None:
    """Both families, table by table."""
    text, expected = session(number)
    reading = read_paste(text)
    for family, key in ((4, "rules"), (6, "rules6")):
        wanted = save(load_rules(expected.get(key, ""), family=family).of(family))
        assert rules_of(reading.rules, family, reading.host) == told(wanted)


@pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases is not here")
def test_the_cases_of_listings_walk() -> None:
    """Refused once, line by line; b20 passes its rules, as they say."""
    path = next(CASES.glob("b20-*.toml"))
    scenario = mended(Scenario.from_toml(path.read_text()))
    steps = [step for step in run(compile_scenario(scenario)) if isinstance(step, Fate)]
    assert [fate.reason for fate in steps if fate.main] == ["tcp-reset"]  # nobody listens
    reading = read_paste(next(CASES.glob("a03-*.txt")).read_text())
    assert "-A INPUT -s 192.0.2.0/24 -i eth0 -p tcp" in reading.rules
    compile_scenario(scenario_of(reading))
