"""Rule lines bent at random: the project's own test lines and ours, in other places, with words
dropped, doubled, swapped or changed. Most must be refused, and by both."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from sim.model.rules import TABLE_HOOKS
from tests.conformance.oracle import Case

_NUMBERS = (
    "0", "1", "-1", "255", "256", "65535", "65536", "4294967295", "4294967296", "010", "0x10",
    "99999999999999999999", "1:2", "2:1", ":", "1:", ":1", "1-2", "2-1", "1,2", "1/2", "0/0", "a",
    "", "1.5", "18446744073709551615", "18446744073709551616", "+1", " 1", "1 ",
)  # fmt: skip
_WORDS = (
    "-p tcp", "-p udp", "! -p tcp", "-p all", "-p icmp", "-p sctp", "-m tcp", "-m udp", "!",
    "-m comment --comment x", "-j ACCEPT", "-j LOG", "-i eth0", "-o eth0", "-s 10.0.0.1",
    "-d ::1", "-m state --state NEW", "-f", "-g X", "-j X",
)  # fmt: skip


def mutated(seeds: Sequence[tuple[str, int]], count: int, seed: int) -> Iterator[Case]:
    """``count`` cases; ``seeds`` are rules (without -A CHAIN) with the table they are for."""
    chance = random.Random(seed)
    for _ in range(count):
        rule, family = chance.choice(seeds)
        words = rule.split(" ")
        for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
            _bend(words, chance)
        if chance.random() < 0.15:
            family = 10 - family
        table = chance.choice(list(TABLE_HOOKS))
        chain = chance.choice([*TABLE_HOOKS[table], *TABLE_HOOKS[table], "X"])
        jump = chance.choice(["", f"-A {chance.choice(TABLE_HOOKS[table])} -j X\n"])
        yield Case(f"*{table}\n:X - [0:0]\n{jump}-A {chain} {' '.join(words)}\nCOMMIT\n", family)


def _bend(words: list[str], chance: random.Random) -> None:
    """Change one thing, in place."""
    at = chance.randrange(len(words) + 1)
    kind = chance.randrange(9)
    if kind == 0 and at < len(words):
        del words[at]
    elif kind == 1:
        words[at:at] = chance.choice(_WORDS).split(" ")
    elif kind == 2 and at < len(words):
        words.insert(at, words[at])
    elif kind == 3 and at < len(words):
        words[at] = chance.choice(_NUMBERS)
    elif kind == 4:
        words.insert(at, "!")
    elif kind == 5 and at < len(words) and len(words) > 1:
        other = chance.randrange(len(words))
        words[at], words[other] = words[other], words[at]
    elif kind == 6 and at < len(words) and words[at]:
        place = chance.randrange(len(words[at]))
        swapped = chance.choice("0129:/,.-x=aZ!")
        words[at] = words[at][:place] + swapped + words[at][place + chance.randrange(2) :]
    elif kind == 7 and at < len(words) and words[at].startswith("--") and len(words[at]) > 4:
        words[at] = words[at][: chance.randrange(3, len(words[at]))]
    elif at + 1 < len(words) and words[at].startswith("--"):
        words[at : at + 2] = [f"{words[at]}={words[at + 1]}"]
