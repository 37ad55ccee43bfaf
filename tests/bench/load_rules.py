"""``python -m tests.bench.load_rules``: how long rules texts take to load, in ms.

Dumps and command lines of 1,000 and 10,000 rules, made here so that every machine measures the
same text; the first figure of each row includes making the grammar. As a ratio: a dump line
costs so many times what splitting it into words costs.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from sim.read.rules.ruleset import load_rules

ROUNDS = 5


def rule(number: int) -> str:
    """One of four common shapes, with values of its own."""
    address = f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"
    return (
        f"-A INPUT -s {address}/32 -p tcp -m tcp --dport {number % 65535} -j ACCEPT",
        f'-A LAN -d {address} -m comment --comment "host {number}" -j DROP',
        f"-A INPUT -i eth{number % 9} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
        f"-A INPUT -p udp -m multiport --dports {number % 60000},53 -m mark --mark {number} -j LAN",
    )[number % 4]


def dump(count: int) -> str:
    lines = "\n".join(rule(number) for number in range(count))
    return f"*filter\n:LAN - [0:0]\n{lines}\nCOMMIT\n"


def commands(count: int) -> str:
    return "iptables -N LAN\n" + "\n".join(f"iptables {rule(number)}" for number in range(count))


def milliseconds(work: Callable[[], object]) -> list[float]:
    figures = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        figures.append((time.perf_counter() - began) * 1000)
    return figures


def main() -> None:
    for name, text in (
        ("dump, 1,000 rules", dump(1000)),
        ("dump, 10,000 rules", dump(10000)),
        ("commands, 1,000 rules", commands(1000)),
        ("commands, 10,000 rules", commands(10000)),
    ):
        figures = milliseconds(lambda text=text: load_rules(text))  # type: ignore[misc]
        splitting = milliseconds(lambda text=text: [line.split() for line in text.split("\n")])  # type: ignore[misc]
        ratio = statistics.median(figures) / statistics.median(splitting)
        print(
            f"{name:24} first {figures[0]:7.0f}  median {statistics.median(figures):7.0f}"
            f"  times splitting {ratio:5.0f}"
        )


if __name__ == "__main__":
    main()
