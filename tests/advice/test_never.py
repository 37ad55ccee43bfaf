"""What is said never to match does not: no packet that a search finds matches it."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest

from sim.base.errors import Refused
from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario
from sim.tools.advice.case import Case
from sim.tools.advice.never import contradiction
from sim.tools.generate.rules import make_rules
from sim.tools.generate.world import make_world
from tests.advice.search import Claim, Search, claims
from tests.environment import draws

_SETS = re.compile(r"--(?:match|add|del|map)-set (\S+) (\S+)")
_KINDS = {1: "hash:net", 2: "hash:ip,port", 3: "hash:ip,port,ip"}
PACKETS = 40


def case_of(rules: str, host: str = "") -> Case:
    return Case(compile_scenario(Scenario(rules=rules, host=host)))


def never(rules: str) -> list[int]:
    """The numbers of the rules of INPUT that can never match."""
    case = case_of(rules)
    return sorted({claim.spot.rule.number for claim in claims(case) if claim.spot.chain == "INPUT"})


def wrong(case: Case, random: Random, packets: int = PACKETS) -> list[str]:
    """Claims that a packet refutes."""
    search = Search(case, random)
    return [
        f"{claim}: {packet}"
        for claim in claims(case)
        if (packet := search.counterexample(claim, packets)) is not None
    ]


@pytest.mark.parametrize(
    ("rules", "numbers"),
    [
        ("-s 10.0.0.0/8 -m iprange --src-range 11.0.0.1-11.0.0.9 -j DROP", [1]),
        ("-s 10.0.0.0/8 -m iprange --src-range 10.0.0.1-10.0.0.9 -j DROP", []),
        ("-p tcp -m multiport --dports 80,90 -m tcp --dport 81:89 -j DROP", [1]),
        ("-p udp --dport 90:80 -j DROP", [1]),
        ("-f -p tcp -m tcp --dport 80 -j DROP", [1]),
        ("-m state --state NEW -m conntrack --ctstate ESTABLISHED -j DROP", [1]),
        ("-m conntrack --ctstate NEW,DNAT -m state --state ESTABLISHED -j DROP", []),
        ("! -s 0.0.0.0/0 -j DROP", [1]),
        ("-i eth0 -j DROP\n-i eth+ -j DROP\n-i eth0 -p tcp -j ACCEPT", [3]),
        ("-i eth+ -j DROP\n-i eth0 -j ACCEPT\n-i wlan0 -j ACCEPT", [2]),
        ("-p tcp --dport 1:100 -j DROP\n-p tcp -j ACCEPT\n-p tcp --syn -j DROP", [3]),
        ("-p tcp --dport :100 -j DROP\n-p tcp --dport 101: -j DROP\n-p tcp -j ACCEPT", []),
        (
            "-p tcp --dport :100 -j DROP\n-p tcp --dport 101: -j DROP\n"
            "-p tcp -m tcp --sport 7 -j ACCEPT",
            [3],
        ),
        ("-m mark --mark 1 -j DROP\n-m mark --mark 1 -s 10.0.0.1 -j ACCEPT", [2]),
        ("-m mark --mark 1 -j DROP\n-m mark --mark 2 -j ACCEPT", []),
        ("-m limit --limit 1/s -j DROP\n-p tcp -j ACCEPT", []),
        ("-m statistic --mode nth --every 2 --packet 0 -j DROP\n-p tcp -j ACCEPT", []),
        ("-m u32 --u32 0=1 -j DROP\n-p tcp -j ACCEPT", []),
        ("-p icmp --icmp-type 3 -j DROP\n-p icmp --icmp-type 3/4 -j ACCEPT", [2]),
        ("-p icmp --icmp-type any -j DROP\n-p icmp --icmp-type 8 -j ACCEPT", [2]),
        ("-p icmp --icmp-type any -j DROP\n-p icmp -j ACCEPT", []),
        ("-j LOG\n-p tcp -j ACCEPT", []),
        ("-p tcp -j RETURN\n-p tcp --dport 80 -j DROP", [2]),
        ("-s 10.0.0.0/255.0.255.0 -j DROP\n-s 10.1.0.0/24 -j ACCEPT", []),
    ],
)
def test_small_chains(rules: str, numbers: list[int]) -> None:
    """Each kind of clause: what excludes what, and what does not."""
    lines = "\n".join(f"-A INPUT {line}" for line in rules.split("\n"))
    assert never(f"*filter\n{lines}\nCOMMIT\n") == numbers


def test_a_chain_that_keeps_its_packets_ends_the_one_that_jumps_to_it() -> None:
    """Unless something in it returns before."""
    text = (
        "*filter\n:END - [0:0]\n{}-A END -j DROP\n-A INPUT -p tcp -j END\n"
        "-A INPUT -p tcp -j LOG\nCOMMIT\n"
    )
    assert never(text.format("")) == [2]
    assert never(text.format("-A END -s 10.0.0.1 -j RETURN\n")) == []


def test_marks_that_change_on_the_way_prove_nothing() -> None:
    """A MARK rule in the table: the second question is another one."""
    text = (
        "*mangle\n-A INPUT -m mark --mark 1 -j ACCEPT\n{}-A INPUT -m mark --mark 1 -p tcp -j DROP\n"
        "COMMIT\n"
    )
    assert never(text.format("")) == [2]
    assert never(text.format("-A INPUT -j MARK --set-mark 1\n")) == []


def test_nat_sees_only_what_begins_a_connection() -> None:
    """ESTABLISHED packets do not come to the nat table."""
    text = "*nat\n-A INPUT -m conntrack --ctstate {} -j ACCEPT\nCOMMIT\n"
    assert never(text.format("ESTABLISHED")) == [1]
    assert never(text.format("NEW")) == []


def test_every_packet_of_a_small_world() -> None:
    """Rules over few values, and all packets there are: no claim is wrong, and many are made."""
    random, made = Random(7), 0
    for _ in range(draws(150, 40)):
        lines = "\n".join(f"-A INPUT {_small_rule(random)}" for _ in range(7))
        case = case_of(f"*filter\n{lines}\nCOMMIT\n")
        made += len(list(claims(case)))
        assert wrong(case, random, 60) == []
    assert made > draws(100, 25)


def _small_rule(random: Random) -> str:
    words = []
    if random.random() < 0.5:
        words.append(f"{random.choice(['', '! '])}-s 10.0.0.0/{random.choice([8, 30, 31, 32])}")
    if random.random() < 0.4:
        words.append(f"{random.choice(['', '! '])}-i {random.choice(['eth0', 'eth1', 'eth+'])}")
    protocol = random.choice(["tcp", "udp", "icmp", ""])
    if protocol:
        words.append(f"-p {protocol}")
    if protocol in ("tcp", "udp"):
        low = random.randint(1, 4)
        words.append(random.choice([
            "", f"--dport {low}:{low + 2}", f"--sport {low}", f"! --dport {low}",
            f"-m multiport --dports {low},{low + 1}", f"-m multiport --ports {low}",
        ]))  # fmt: skip
    if random.random() < 0.3:
        words.append(f"-m conntrack --ctstate {random.choice(['NEW', 'NEW,ESTABLISHED'])}")
    if random.random() < 0.1:
        words.append("-m limit --limit 1/s")
    words.append(f"-j {random.choice(['ACCEPT', 'DROP', 'RETURN', 'REJECT'])}")
    return " ".join(words)


def test_generated_rulesets() -> None:
    """The rules of the kernel comparison's random scenarios, over every extension."""
    made = 0
    for seed in range(draws(120, 40)):
        random = Random(seed)
        world = make_world(random)
        family = 4 + 2 * (seed % 2)
        try:
            text = make_rules(world, family)
            case = case_of(text, "\n".join(world.lines))
        except Refused:
            continue
        made += len(list(claims(case)))
        assert wrong(case, random) == []
    assert made > draws(5, 0)


@pytest.mark.corpus
@pytest.mark.slow
def test_real_rulesets(corpus: Path) -> None:
    """No claim about a real ruleset is refuted; rules that may match are, by the same search."""
    random = Random(11)
    refuted: list[str] = []
    made = found = asked = 0
    for path in sorted(corpus.glob("*.rules")):
        text = path.read_bytes().decode(errors="replace")
        host = "\n".join(
            f"ipset create {name} {_KINDS[flags.count(',') + 1]}"
            for name, flags in sorted(set(_SETS.findall(text)))
        )
        try:
            case = case_of(text, host)
        except Refused:
            continue
        made += len(list(claims(case)))
        refuted += [f"{path.name}: {each}" for each in wrong(case, random)]
        for claim in _plain(case, random, 20):
            asked += 1
            found += Search(case, random).counterexample(claim, PACKETS) is not None
    assert refuted == []
    assert made > 1000
    assert found > 0.97 * asked


def _plain(case: Case, random: Random, most: int) -> list[Claim]:
    """Wrong claims: rules that ask of fields alone and may match."""
    plain = [
        Claim(spot, reached)
        for reached in case.chains()
        if reached.hooks
        for spot in reached.spots
        if spot.box.exact and not spot.box.literals and not contradiction(spot, reached)
    ]
    return random.sample(plain, min(most, len(plain)))
