"""Commands between packets: what they make of rules, host and conntrack's table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.base.errors import Refused
from sim.kernel.stack.rulestate import carry
from sim.kernel.traversal import run
from sim.model.changes import FlowsDeleted, HostChanged, RulesChanged
from sim.model.scenario import Compiled, Scenario
from sim.packet.script import TypedCommand
from sim.read.packets import language
from sim.read.rules.ruleset import load_rules
from sim.read.scenario import Nearby, compile_scenario
from sim.trace.outcomes.events import CommandRan
from sim.trace.steps import Fate, FlowsListed, RuleTried, Waited

RULES = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p udp --dport 1 -j DROP\nCOMMIT\n"
HOST = "interface eth0 192.0.2.1/24\nlisten udp 0.0.0.0:1\n"
PACKET = "in eth0 udp 192.0.2.9:7 -> 192.0.2.1:1\n"


def compiled(packets: str, rules: str = RULES, host: str = HOST) -> Compiled:
    return compile_scenario(Scenario(rules=rules, host=host, packets=packets))


def fates(packets: str, rules: str = RULES, host: str = HOST) -> list[str]:
    steps = run(compiled(packets, rules, host))
    return [str(step.verdict) for step in steps if isinstance(step, Fate) and step.main]


def changes(line: str, host: str = HOST) -> tuple[object, ...]:
    (statement,) = compiled(line, host=host).script
    assert isinstance(statement, TypedCommand)
    return statement.changes


@pytest.mark.parametrize("word", [one.name for one in language.COMMANDS])
def test_the_example_of_each_command_works(word: str) -> None:
    """What the table offers as an example is read, and changes something or says why not."""
    example = next(one.example for one in language.COMMANDS if one.name == word)
    assert language.described()["commands"]
    host = HOST + "create blocked hash:ip family inet hashsize 1024 maxelem 65536\n"
    (statement,) = compiled(example, host=host).script
    assert isinstance(statement, TypedCommand)
    assert statement.changes or statement.notes


def test_rules_change_for_the_packets_behind() -> None:
    """A rule that is deleted no longer drops; what was walked before stays as it was."""
    text = f"{PACKET}iptables -D INPUT 1\n{PACKET}sudo /sbin/iptables -P INPUT DROP\n{PACKET}"
    assert fates(text) == ["dropped", "delivered", "dropped"]


def test_rules_of_a_command_stand_in_no_line_of_the_rules() -> None:
    """The editor marks no line for a rule that a command brought, and shifts no other one."""
    steps = list(run(compiled(f"iptables -I INPUT 1 -p udp -j ACCEPT\n{PACKET}")))
    lines = [step.source_line for step in steps if isinstance(step, RuleTried)]
    assert lines == [0]


def test_two_commands_on_a_line_are_two() -> None:
    """Whatever joins them; each is looked at by itself."""
    one, two = changes("iptables -F; conntrack -F")
    assert isinstance(one, RulesChanged)
    assert isinstance(two, FlowsDeleted)


def test_a_device_that_a_command_makes_may_be_named_behind_it() -> None:
    """And not before."""
    made = "ip link add dummy0 type dummy\nip addr add 198.51.100.1/24 dev dummy0\n"
    line = "in dummy0 udp 198.51.100.9:7 -> 198.51.100.1:1\n"
    assert fates(made + "ip link set dummy0 up\n" + line) == ["dropped"]
    with pytest.raises(Refused):
        compiled(line + made)


def test_a_set_that_a_command_makes_may_be_named_by_a_rule() -> None:
    """ipset first, iptables then; the other way round it is refused."""
    create = "ipset create bad hash:ip\n"
    rule = "iptables -I INPUT -m set --match-set bad src -j DROP\n"
    assert fates(f"iptables -F\n{create}{rule}{PACKET}ipset add bad 192.0.2.9\n{PACKET}") == [
        "delivered", "dropped",
    ]  # fmt: skip
    with pytest.raises(Refused, match="no set"):
        compiled(rule + create)


def test_an_element_that_a_packet_put_in_can_be_deleted() -> None:
    """Only one that is not there, by then, is told of."""
    host = HOST + "create seen hash:ip\n"
    rules = "iptables -I INPUT -j SET --add-set seen src\n"
    deleted = "ipset del seen 192.0.2.9\n"
    steps = list(run(compiled(rules + deleted + PACKET + deleted * 2, host=host)))
    ran = [step.event for step in steps if isinstance(step, Waited)]
    notes = [event.notes for event in ran if isinstance(event, CommandRan)]
    assert [bool(found) for found in notes] == [False, True, False, True]


def test_errors_stand_in_the_packets_text() -> None:
    """At the word of the command, in the line that has it."""
    with pytest.raises(Refused) as refused:
        compiled(f"{PACKET}# a remark\n  iptables -A INPUT -j ACEPT\n")
    (error,) = refused.value.errors
    assert (error.where, error.span.line, error.span.column) == ("packets", 3, 24)


def test_a_command_that_changes_nothing_says_so() -> None:
    """A listing, or a setting to what it was."""
    assert changes("conntrack -L") == changes("ip route show") == ()
    assert isinstance(changes("ip route add 10.0.0.0/8 via 192.0.2.254")[0], HostChanged)


@pytest.mark.parametrize(
    ("options", "gone"),
    [("-p udp", 2), ("-p 17 --sport 7", 1), ("-s 192.0.2.0/28 -p udp", 2), ("-d 192.0.2.2", 0),
     ("--orig-port-dst=1", 2), ("-f ipv6", 0), ("-u ASSURED", 0), ("-m 0", 3), ("-p tcp", 1),
     ("--state ESTABLISHED", 1), ("-r 192.0.2.1 -q 192.0.2.9", 3), ("-n", 0)],
)  # fmt: skip
def test_delete_takes_what_its_options_name(options: str, gone: int) -> None:
    """Each option by itself and together, as conntrack(8) has them."""
    host = HOST + "".join(
        f"udp 17 29 src=192.0.2.9 dst=192.0.2.1 sport={port} dport=1 [UNREPLIED] "
        f"src=192.0.2.1 dst=192.0.2.9 sport=1 dport={port} mark=0 use=1\n"
        for port in (7, 8)
    )
    host += (
        "tcp 6 299 ESTABLISHED src=192.0.2.9 dst=192.0.2.1 sport=7 dport=22 "
        "src=192.0.2.1 dst=192.0.2.9 sport=22 dport=7 mark=0 use=1\n"
    )
    steps = run(compiled(f"conntrack -D {options}", host=host), flows=True)
    before, after = (len(step.lines) for step in steps if isinstance(step, FlowsListed))
    assert (before, before - after) == (3, gone)


def test_the_table_that_is_printed_can_be_begun_with() -> None:
    """What simulate lists is a host text: the next scenario starts where the last one ended."""
    rules = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n"
    text = PACKET + "in eth0 tcp 192.0.2.9:7 -> 192.0.2.1:22 syn\nin eth0 icmp " \
        "192.0.2.9 -> 192.0.2.1 echo-request id 5 seq 1\n"  # fmt: skip
    both = HOST + "listen tcp 0.0.0.0:22\n"
    steps = run(compiled(text, rules, both), flows=True)
    listed = [step.lines for step in steps if isinstance(step, FlowsListed)]
    host = both + "\n".join(listed[-1]) + "\n"
    again = [
        step.lines
        for step in run(compiled("conntrack -L", rules, host), flows=True)
        if isinstance(step, FlowsListed)
    ]
    assert again == [listed[-1], listed[-1]]
    assert len(listed[-1]) == 3


CHAINS = st.lists(st.sampled_from(["1", "2", "3", "4"]), max_size=6)


@given(CHAINS, CHAINS)
def test_nft_keeps_what_rules_that_stay_remember(old: list[str], new: list[str]) -> None:
    """A rule's memory goes where a rule with the same text is now, and never to another one."""

    def loaded(ports: list[str]) -> str:
        rules = "".join(f"-A INPUT -p udp --dport {port} -m limit -j ACCEPT\n" for port in ports)
        return f"*filter\n{rules}COMMIT\n"

    before, after = load_rules(loaded(old)), load_rules(loaded(new))
    state: dict[object, object] = {
        ("limit", (4, "filter", "INPUT", number, 1)): port for number, port in enumerate(old, 1)
    }
    carry(state, before, after, "nft")
    for key, port in state.items():
        number = key[1][3]  # type: ignore[index]
        assert new[number - 1] == port
    if new[: len(old)] == old:
        assert len(state) == len(old)
    carry(state, after, load_rules("*filter\nCOMMIT\n"), "legacy")
    assert not new or state == {}


def test_a_scenario_nearby_runs_its_commands_on_its_own_rules() -> None:
    """A search for causes changes a rule: what a command makes of the others follows."""
    text = f"iptables -A INPUT -p udp --dport 2 -j DROP\n{PACKET}"
    base = compiled(text)
    other = Nearby(base).compile(
        Scenario(rules=RULES.replace("DROP", "ACCEPT"), host=HOST, packets=text)
    )
    found = [step.verdict for step in run(other) if isinstance(step, Fate) and step.main]
    assert [str(verdict) for verdict in found] == ["delivered"]
