"""What the rules of a host switch on is known without making each of them."""

from __future__ import annotations

import pytest

from sim.extensions.hooks import services_of
from sim.model.rules import Rule
from sim.read.rules.ruleset import load_rules
from sim.read.rules.thrift import ordinary_reader_alone

PLAIN = "-A FORWARD -s 10.{a}.{b}.0/24 -p tcp -m tcp --dport {b} -j DROP"
LINES = {
    "nothing": PLAIN,
    "conntrack": "-A FORWARD -s 10.{a}.{b}.0/24 -m conntrack --ctstate NEW -j DROP",
    "accounting": "-A FORWARD -s 10.{a}.{b}.0/24 -m connbytes --connbytes {b} "
    "--connbytes-dir both --connbytes-mode bytes -j DROP",
    "a target": "-A FORWARD -s 10.{a}.{b}.0/24 -j CONNMARK --set-mark {b}",
    "synproxy": "-A FORWARD -s 10.{a}.{b}.0/24 -p tcp -j SYNPROXY --mss {b}",
}


def text(line: str, count: int) -> str:
    """Many plain lines, then so many of these."""
    shapes = [PLAIN] * 300 + [line] * count
    rules = "\n".join(shape.format(a=at >> 7, b=1 + at % 128) for at, shape in enumerate(shapes))
    return f"*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\n{rules}\nCOMMIT\n"


@pytest.mark.parametrize("count", [1, 300])
@pytest.mark.parametrize("name", LINES)
def test_rules_of_one_shape_switch_on_the_same(name: str, count: int) -> None:
    """One of the last rules is enough, and each of them is as if it had been read alone."""
    found = services_of(load_rules(text(LINES[name], count)).ipv4)
    with ordinary_reader_alone():
        assert services_of(load_rules(text(LINES[name], count)).ipv4) == found


def test_what_they_switch_on_makes_few_of_them() -> None:
    """A packet's first step waits for it."""
    ruleset = load_rules(text(PLAIN, 300)).ipv4
    services_of(ruleset)
    rules = ruleset.tables["filter"].chains["FORWARD"].rules
    made = [rule for rule in rules if _has_matches(rule)]
    assert len(made) < 60


def _has_matches(rule: Rule) -> bool:
    try:
        type(rule).__dict__["matches"].__get__(rule)
    except AttributeError:
        return False
    return True
