"""What walks of one host and one ruleset share: made once, and gone with them."""

from __future__ import annotations

import gc
import weakref

from sim.kernel.routing.fib import fib_of
from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario

HOST = "interface eth0 192.0.2.1/24\nroute default via 192.0.2.254 dev eth0\n"
RULES = "*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n"


def test_two_walks_of_one_host_have_one_fib() -> None:
    """Another host has another, though its text is the same."""
    compiled = compile_scenario(Scenario(rules=RULES, host=HOST, packets=""))
    assert fib_of(compiled.host) is fib_of(compiled.host)


def test_what_a_walk_keeps_goes_with_its_host_and_rules() -> None:
    """A server walks for months."""
    text = "in eth0 tcp 192.0.2.9:1000 -> 192.0.2.1:22 syn\n"
    # Texts that nothing else walks: what is kept by content may outlive them.
    host = HOST.replace("192.0.2.254", "192.0.2.253")
    compiled = compile_scenario(Scenario(rules=RULES, host=host, packets=text))
    assert list(run(compiled, folded=True))
    gone = [weakref.ref(fib_of(compiled.host))]
    assert gone[0]() is not None
    del compiled
    for number in range(200):  # whatever is kept by content makes room
        more = Scenario(rules=RULES, host=f"{host}neighbour 192.0.2.{number} dev eth0\n")
        compile_scenario(more)
    gc.collect()
    assert gone[0]() is None
