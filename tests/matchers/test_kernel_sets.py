"""IP sets beside the kernel: what builds, what matches, and what is in them afterwards."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from sim.extensions.ipset import dimensions, family_of, problems
from sim.extensions.ipset.listing import listing
from sim.model.host import Host, IpSet
from sim.read.host.text import parse_host
from tests.matchers.bench import Bench, Ours, linked
from tests.matchers.random_packets import ipv4, ipv6
from tests.matchers.random_sets import Sets, as_ipset
from tests.matchers.test_kernel_matches import HOST, KINDS

NAMES = ("s0", "s1", "s2", "s3", "s4", "s5")


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Bench(parse_host(HOST)) as made:
        yield made


def world(rng: random.Random) -> tuple[dict[str, IpSet], str]:
    """Random sets without a refused line, and the same as ``ipset restore`` reads it."""
    made: dict[str, IpSet] = {}
    text = []
    for name in NAMES:
        create, adds = Sets(rng, clean=True).made(name)
        item = as_ipset(create, adds)
        bad = {id(problem.entry) for problem in problems({name: item})}
        kept = [at for at, entry in enumerate(item.entries) if id(entry) not in bad]
        made[name] = replace(item, entries=tuple(item.entries[at] for at in kept))
        text += [create, *(adds[at] for at in kept)]
    extra = rng.choice(("", " counters", " timeout 100", " skbinfo"))
    members = rng.sample(NAMES, 3)
    create, adds = f"create l list:set{extra}", [f"add l {name}" for name in members]
    made["l"] = as_ipset(create, adds)
    return made, "\n".join([*text, create, *adds]) + "\n"


def use(rng: random.Random, name: str, sets: dict[str, IpSet]) -> str:
    parts = 3 if name == "l" else dimensions(sets[name].kind) + rng.choice((0, 0, 0, 1, -1))
    words = [rng.choice(("src", "dst")) for _ in range(max(1, parts))]
    return f"{name} {','.join(words)}"


def rule(rng: random.Random, family: int, sets: dict[str, IpSet]) -> str:
    fitting = [n for n, item in sets.items() if family_of(item) in (0, family)]
    name = rng.choice(fitting)
    if rng.random() < 0.25:
        how = rng.choice(("--add-set", "--add-set", "--del-set"))
        line = f"-j SET {how} {use(rng, name, sets)}"
        if how == "--add-set":
            line += rng.choice(("", " --exist", " --timeout 500", " --exist --timeout 0"))
        return f"-m statistic --mode nth --every 7 --packet {rng.randrange(7)} {line}"
    line = f"-m set {rng.choice(('', '', '! '))}--match-set {use(rng, name, sets)}"
    for option in ("--return-nomatch", "! --update-counters", "! --update-subcounters"):
        if rng.random() < 0.2:
            line += f" {option}"
    if rng.random() < 0.3:
        line += rng.choice((" --packets-gt 3", " --packets-lt 9", " ! --packets-eq 4",
                            " --bytes-gt 200", " --bytes-lt 900", " --packets-eq 5"))  # fmt: skip
    return line


def _rounded(line: str) -> str:
    """Timers to 20 s: the kernel's run while the test does."""
    return re.sub(r"timeout (\d+)", lambda found: f"timeout {(int(found[1]) + 9) // 20}", line)


def compared(bench: Bench, seed: int, family: int) -> list[str]:
    """Everything in which the kernel and we differ for one seed."""
    rng = random.Random(f"{family} {seed}")
    sets, text = world(rng)
    for every in (4, 6):
        bench.load([], every)  # no rule holds a set any more
    bench.run("ipset", "flush")  # lists let go of their members
    bench.run("ipset", "destroy")
    bench.run("ipset", "restore", text=text)
    host = replace(bench.host, sets=sets)
    lines = [rule(rng, family, sets) for _ in range(40)]
    ours = Ours(bench.load(lines, family), family, host)
    make = ipv4 if family == 4 else ipv6
    found = []
    for _ in range(60):
        packet = linked(make(rng), rng.choice(KINDS))
        theirs, mine = bench.asked([packet], family), ours.asked([packet])
        for at, (kernel, us) in enumerate(zip(theirs, mine, strict=True)):
            if kernel != us:
                line = lines[at - 1] if at else "(any)"
                found.append(f"{line}: kernel {kernel}, we {us}: {packet.data.hex()}")
        if found:
            return [*found, text]
    saved = bench.run("ipset", "save")
    theirs_in = sorted(_rounded(ln) for ln in saved.splitlines() if ln.startswith("add"))
    live = ours.runtime.sets.by_name.values()
    ours_in = sorted(_rounded(line) for item in live for line in listing(item, 0))
    if theirs_in == ours_in:
        return []
    return [f"kernel has {set(theirs_in) - set(ours_in)}, we {set(ours_in) - set(theirs_in)}", text]


@pytest.mark.kernel
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("family", [4, 6])
def test_sets_match_and_change_as_the_kernel_does(bench: Bench, family: int, seed: int) -> None:
    """Forty rules that look up, add and delete agree packet by packet, and so do the contents."""
    assert compared(bench, seed, family) == []


def test_host_is_plain() -> None:
    """The bench's host text needs nothing that is not in it."""
    assert isinstance(parse_host(HOST), Host)
