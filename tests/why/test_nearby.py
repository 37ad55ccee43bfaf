"""A text that differs by a line from one that is compiled: the same rules, read more quickly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sim.base.errors import Refused
from sim.model.rules import Rules
from sim.model.scenario import Compiled, Scenario
from sim.read import scenario as reading
from sim.read.rules import ruleset
from sim.read.scenario import Nearby, compile_scenario
from sim.tools.generate.scenario import generate
from tests.environment import draws

FOLDER = Path(__file__).with_name("situations")
FILES = sorted(FOLDER.glob("*.toml"))
HOST = "interface eth0 203.0.113.10/24\n"


def told(compiled: Compiled) -> list[object]:
    """All that the kernel holds of the rules; not where they stand in the text."""
    return [
        (family, table.name, chain.name, chain.policy, rule.number, rule.text, rule.packets)
        for family in (4, 6)
        for table in compiled.rules.of(family).tables.values()
        for chain in table.chains.values()
        for rule in (*chain.rules, *([] if chain.rules else [NO_RULE]))
    ]


NO_RULE = next(
    iter(ruleset.load_rules("iptables -A INPUT").ipv4.tables["filter"].chains["INPUT"].rules)
)


def both(base: Scenario, changed: Scenario, nearby: Nearby | None = None) -> tuple[object, object]:
    """What the near reading and the whole one make of a change, or why they refuse it."""
    found: list[object] = []
    nearby = nearby or Nearby(compile_scenario(base))
    for read in (nearby.compile, compile_scenario):
        try:
            found.append(told(read(changed)))
        except Refused as refused:
            found.append([error.message for error in refused.errors])
    return found[0], found[1]


def changes(text: str) -> list[str]:
    """The text without each of its lines, with each twice, and with commands behind it."""
    lines = text.split("\n")
    found = ["\n".join((*lines[:at], *lines[at + 1 :])) for at in range(len(lines))]
    found += ["\n".join((*lines[: at + 1], *lines[at:])) for at in range(len(lines))]
    ends = ("-I INPUT -j DROP", "-P FORWARD ACCEPT", "-D INPUT 1", "-t nat -A OUTPUT -j RETURN",
            "-N MORE\niptables -A INPUT -j MORE", "-F", "-E MORE LESS")  # fmt: skip
    return found + [f"{text}\niptables {end}\n" for end in ends]


@pytest.mark.parametrize("path", FILES[::5], ids=[path.stem for path in FILES[::5]])
def test_a_change_of_a_situation_is_read_as_the_whole_text_is(path: Path) -> None:
    base = Scenario.from_toml(path.read_text())
    nearby = Nearby(compile_scenario(base))
    for text in changes(base.rules):
        near, whole = both(base, replace(base, rules=text), nearby)
        assert near == whole, text


@pytest.mark.parametrize("seed", range(1, 1 + draws(8, 2)))
def test_a_change_of_random_rules_is_read_as_the_whole_text_is(seed: int) -> None:
    base = generate(seed).scenario
    nearby = Nearby(compile_scenario(base))
    for text in changes(base.rules):
        near, whole = both(base, replace(base, rules=text), nearby)
        assert near == whole, text


def test_a_rule_that_more_hooks_reach_is_checked_anew() -> None:
    """``-o`` is refused in INPUT and PREROUTING alone: the new jump leads there."""
    text = (
        "*mangle\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:OWN - [0:0]\n"
        "-A OUTPUT -j OWN\n-A OWN -m owner --uid-owner 0 -j ACCEPT\nCOMMIT\n"
    )
    base = Scenario(rules=text, host=HOST)
    more = replace(base, rules=text.replace("-A OUTPUT", "-A PREROUTING -j OWN\n-A OUTPUT"))
    near, whole = both(base, more)
    assert near == whole
    assert "the match owner works only in" in str(near)


def test_a_change_of_the_host_that_rules_name_is_read_anew() -> None:
    """A set that goes takes the rule with it."""
    base = Scenario(
        rules="iptables -A INPUT -m set --match-set bad src -j DROP\n",
        host=HOST + "ipset create bad hash:ip\n",
    )
    near, whole = both(base, replace(base, host=HOST))
    assert near == whole
    assert near != told(compile_scenario(base))


def test_of_a_thousand_rules_the_changed_line_alone_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a search for causes costs grows with the lines that it changes."""
    rules = "".join(f"-A INPUT -s 198.51.100.{at % 250}/32 -j DROP\n" for at in range(1_000))
    text = f"*filter\n:INPUT DROP [0:0]\n{rules}COMMIT\n"
    base = Scenario(rules=text, host=HOST)
    nearby = Nearby(compile_scenario(base))
    read: list[str] = []
    of_old = ruleset.dump_line
    monkeypatch.setattr(
        ruleset, "dump_line", lambda line: (read.append(line.text), of_old(line))[1]
    )
    changed = text.replace("COMMIT", "-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT")
    assert len(nearby.compile(replace(base, rules=changed)).rules.ipv4.tables["filter"].chains
               ["INPUT"].rules) == 1_001  # fmt: skip
    assert read == [
        "*filter",
        ":INPUT DROP [0:0]",
        "-A INPUT -p tcp --dport 22 -j ACCEPT",
        "COMMIT",
    ]


def test_another_packet_leaves_rules_and_host_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    base = compile_scenario(Scenario(rules="iptables -A INPUT -j DROP\n", host=HOST))

    def no_rules(*_: object, **__: object) -> Rules:
        raise AssertionError("the rules are read again")

    monkeypatch.setattr(reading, "load_rules", no_rules)
    packets = "in eth0 tcp 198.51.100.7:40000 -> 203.0.113.10:22 syn"
    made = Nearby(base).compile(replace(base.scenario, packets=packets))
    assert made.rules is base.rules
    assert made.host is base.host
    assert len(made.script) == 1
