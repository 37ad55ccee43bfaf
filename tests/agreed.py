"""What the kernel has agreed with, to be walked again without one.

The tests that ask a kernel draw or list their scenarios, rules and packets. Each is told here once
more, and what the engine makes of it is reduced to one digest (``cases/traces/agreed.txt``). A
digest that changes is a behaviour that no kernel has been asked about since.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from random import Random

from sim.extensions.ipset.listing import listing
from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.read.host.text import parse_host
from sim.read.scenario import compile_scenario
from sim.tools.generate.scenario import WEIGHTS, generate
from tests.conntrack import nat_cases, zone_cases
from tests.conntrack import test_kernel_traffic as traffic
from tests.conntrack.storms import KINDS, Storm
from tests.conntrack.twin import Twin
from tests.conntrack.walks import Walk
from tests.environment import some
from tests.kernel.siblings import FAMILIES
from tests.matchers import test_kernel_matches, test_kernel_scenarios, test_kernel_sets
from tests.matchers.bench import Ours, linked, raw_rules
from tests.matchers.random_packets import ipv4, ipv6
from tests.seen import seen
from tests.targets import kernel_cases

RECORDED = Path(__file__).parent / "cases" / "traces" / "agreed.txt"
RANDOM = range(1, 241)  # seeds of ``verify --random``
WEIGHTED = range(1001, 1061)  # with ``--weight`` of each kind
SIBLINGS = 80  # drawn of each of their families
Told = Callable[[], str]
Group = Iterator[tuple[str, Told]]


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _walk(scenario: Scenario) -> str:
    return seen(run(compile_scenario(scenario), flows=True))


def _walked(name: str, scenario: Scenario) -> tuple[str, Told]:
    return name, lambda: _walk(scenario)


def _random() -> Group:
    """``manage.py verify --random 240 --seed 1``."""
    for seed in RANDOM:
        made = generate(seed)
        if not made.is_spoiled:
            yield _walked(f"random {seed}", made.scenario)


def _weighted(weight: str) -> Group:
    """``manage.py verify --random 60 --seed 1001 --weight WHAT``."""
    for seed in WEIGHTED:
        made = generate(seed, (weight,))
        if not made.is_spoiled:
            yield _walked(f"random {weight} {seed}", made.scenario)


def _targets() -> Group:
    """tests/targets/test_on_kernel.py."""
    for number, (name, rules, packets) in enumerate(kernel_cases.CASES):
        scenario = Scenario(rules=rules, host=kernel_cases.HOST, packets=packets)
        yield _walked(f"target {number} {name}", scenario)


def _matches() -> Group:
    """tests/matchers/test_kernel_scenarios.py."""
    for seed in range(12):
        yield _walked(f"headers {seed}", test_kernel_scenarios.headers(seed))
        yield _walked(f"memory {seed}", test_kernel_scenarios.memory(seed))


def _siblings(family: str) -> Group:
    """``python -m tests.kernel.siblings NAME``."""
    cases = list(FAMILIES[family]())
    chosen = Random(f"siblings {family}").sample(range(len(cases)), SIBLINGS)
    for at in sorted(chosen):
        yield _walked(f"{family} {at}", cases[at][1])


def _counts() -> Group:
    """tests/matchers/test_kernel_matches.py: how many packets each rule counts."""
    host = parse_host(test_kernel_matches.HOST)
    for family in (4, 6):
        for seed in range(4):

            def told(family: int = family, seed: int = seed) -> str:
                packets, lines = test_kernel_matches.drawn(family, seed)
                return str(Ours(raw_rules(lines), family, host).asked(packets))

            yield f"counts IPv{family} {seed}", told


def _sets() -> Group:
    """tests/matchers/test_kernel_sets.py: what each rule counts, and what is in the sets then."""
    host = parse_host(test_kernel_matches.HOST)
    for family in (4, 6):
        for seed in range(6):

            def told(family: int = family, seed: int = seed) -> str:
                rng = Random(f"{family} {seed}")
                sets, _ = test_kernel_sets.world(rng)
                lines = [test_kernel_sets.rule(rng, family, sets) for _ in range(40)]
                ours = Ours(raw_rules(lines), family, replace(host, sets=sets))
                make = ipv4 if family == 4 else ipv6
                kinds = test_kernel_matches.KINDS
                packets = [linked(make(rng), rng.choice(kinds)) for _ in range(60)]
                counts = [ours.asked([packet]) for packet in packets]
                live = ours.runtime.sets.by_name.values()
                return f"{counts} {sorted(line for item in live for line in listing(item, 0))}"

            yield f"sets IPv{family} {seed}", told


# tests/conntrack/test_kernel_traffic.py, without a clock: a millisecond for each packet.


def _talks() -> Group:
    for seed in ("one", "two", "three"):
        for first in range(0, 60, 20):
            yield f"tcp {seed} {first}", partial(_tcp, {}, seed, first, 20)
    for sysctls in traffic.TCP_SETTINGS:
        for first in (0, 25):
            name = f"tcp {'+'.join(sysctls)} {first}"
            yield name, partial(_tcp, sysctls, "settings", first, 25)


def _storms() -> Group:
    def told(seed: str, family: int, length: int, kinds: tuple[str, ...], **sysctls: str) -> Told:
        return lambda: _storm(
            Twin(traffic.settings_of(sysctls)), Storm(Random(seed), family, length, kinds)
        )

    for family in (4, 6):
        for seed in range(4):
            name = f"storm/{family}/{seed}"
            yield f"storm IPv{family} {seed}", told(name, family, 300, traffic.ANSWERED)
        for sysctls in traffic.SETTINGS:
            name = f"storm IPv{family} {next(iter(sysctls))}"
            yield name, told(f"settings/{family}", family, 300, KINDS, **sysctls)
    for seed in range(2):
        yield f"storm sctp {seed}", told(f"sctp/{seed}", 4, 600, ("sctp",))


def _nat() -> Group:
    def told(case: nat_cases.Case, seed: int) -> Told:
        return lambda: _storm(
            Twin(dst=case.dst, src=case.src, with_nat=True),
            Storm(Random(f"{case.name}/{seed}"), case.family, 200, traffic.ANSWERED),
        )

    for case in nat_cases.CASES:
        for seed in range(2):
            yield f"nat {case.name} {seed}", told(case, seed)


def _zones() -> Group:
    for case in zone_cases.ZONES:
        for with_nat in (False, True):
            name = re.sub(r"\W+", "-", case.name) + " nat" * with_nat
            yield f"zone {name}", lambda case=case, nat=with_nat: _storm(*traffic.zoned(case, nat))


def _tcp(sysctls: dict[str, str], seed: str, first: int, number: int) -> str:
    twin, rows = Twin(traffic.settings_of(sysctls)), []
    for index in range(first, first + number):
        random = Random(f"{seed}/{index}")
        wild, length = random.choice((0.1, 0.3, 0.5)), random.choice((8, 24, 40))
        walk = Walk(random, 1024 + index, wild, length)
        rows += [row for row, _ in _passed(twin, walk.packets())]
    return "\n".join([*rows, *twin.table])


def _storm(twin: Twin, storm: Storm) -> str:
    rows = []
    for row, left in _passed(twin, storm.packets()):
        rows.append(row)
        storm.left += left
    return "\n".join([*rows, *twin.table])


def _passed(
    twin: Twin, packets: Iterable[tuple[int, bytes]]
) -> Iterator[tuple[str, list[tuple[int, bytes]]]]:
    for wire, packet in packets:
        twin.runtime.now += 1_000_000
        state, reply, after = twin.pass_through(wire, packet)
        data = after.data.hex() if after is not None else ""
        left = [(int(twin.out[-1]), after.data)] if after is not None and twin.out else []
        yield f"{state} {reply} {twin.asked} {twin.out} {data}", left


# What there is, and into how many tests it is divided.
GROUPS: dict[str, tuple[Callable[[], Group], int]] = {
    "random": (_random, 30),
    **{f"random {weight}": (partial(_weighted, weight), 6) for weight in WEIGHTS},
    "targets": (_targets, 12),
    "matches": (_matches, 6),
    **{family: (partial(_siblings, family), 4) for family in FAMILIES},
    "counts": (_counts, 8),
    "sets": (_sets, 6),
    "talks": (_talks, 19),
    "storms": (_storms, 16),
    "nat": (_nat, 20),
    "zones": (_zones, 8),
}
PARTS = [
    (group, part)
    for group, (_, parts) in GROUPS.items()
    for part in (some(range(parts)) if group.startswith("random ") else range(parts))
]


@cache
def _listed(group: str) -> tuple[tuple[str, Told], ...]:
    return tuple(GROUPS[group][0]())


def digests_of(group: str, part: int) -> dict[str, str]:
    """What the engine makes of a part, by names."""
    return {name: digest(told()) for name, told in _listed(group)[part :: GROUPS[group][1]]}


def recorded() -> dict[str, str]:
    rows = (row.split(" ", 1) for row in RECORDED.read_text().splitlines())
    return {name: found for found, name in rows}


def record(found: dict[str, str]) -> None:
    """Write these anew; the others stay."""
    kept = {**recorded(), **found}
    RECORDED.write_text("".join(f"{kept[name]} {name}\n" for name in sorted(kept)))
