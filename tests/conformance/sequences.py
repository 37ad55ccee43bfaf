"""Random sequences of commands on one table, for what depends on order: references, rule numbers,
loops, and which hooks reach a chain."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.conformance.oracle import Case

_CHAINS = ("A", "B", "C")
_BUILT_IN = ("INPUT", "OUTPUT")
_RULES = (
    "-j ACCEPT", "-j DROP", "-j RETURN", "-p tcp -j ACCEPT", "-m owner --uid-owner 0",
    "-s 10.0.0.1", "-s 10.0.0.1,10.0.0.2", "-p all -j ACCEPT", "-i + -j ACCEPT", "-j LOG",
    "-m comment --comment x", "-j A", "-j B", "-j C", "-g A", "-g B", "-p udp -j C",
    "-p tcp -g C", "",
)  # fmt: skip


def sequences(count: int, seed: int, *, as_dump: bool = False) -> Iterator[Case]:
    """Command lines, or with ``as_dump`` the same commands inside one dump."""
    chance = random.Random(seed)
    for _ in range(count):
        lines = [_line(chance) for _ in range(chance.randrange(3, 16))]
        if as_dump:
            # In a dump the first failure ends all, so failing is made less likely.
            text = "".join(f":{name} -\n" for name in _CHAINS) + "\n".join(lines)
            yield Case(f"*filter\n{text}\nCOMMIT\n")
        else:
            start = [f"iptables -N {name}" for name in _CHAINS if chance.random() < 0.9]
            yield Case("\n".join(start + [f"iptables {line}" for line in lines]), kind="commands")


def _line(chance: random.Random) -> str:
    chain = chance.choice((*_CHAINS, *_BUILT_IN))
    rule = chance.choice(_RULES)
    return chance.choice((
        f"-A {chain} {rule}", f"-A {chain} {rule}", f"-A {chain} {rule}", f"-A {chain} {rule}",
        f"-I {chain} {rule}", f"-I {chain} {rule}",
        f"-I {chain} {chance.randrange(1, 4)} {rule}", f"-D {chain} {chance.randrange(1, 3)}",
        f"-D {chain} {rule}", f"-R {chain} {chance.randrange(1, 3)} {rule}", f"-F {chain}",
        f"-C {chain} {rule}", f"-X {chance.choice(_CHAINS)}", f"-N {chance.choice(_CHAINS)}",
        f"-E {chance.choice(_CHAINS)} {chance.choice(_CHAINS)}", f"-P {chain} DROP",
    ))  # fmt: skip
