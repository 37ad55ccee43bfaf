"""A run may be left between any two steps: nothing that a part raised stays raised."""

from __future__ import annotations

import itertools

from sim.kernel.stack.core import Stack
from sim.kernel.traversal import WAYS, perform
from sim.model.scenario import Compiled, Scenario
from sim.read.scenario import compile_scenario

HOST = """interface eth0 203.0.113.1/24
interface eth1 192.168.100.1/24
neighbour 192.168.100.9 dev eth1 failed
sysctl net.ipv4.ip_forward = 1
"""
PACKETS = """in eth0 udp 203.0.113.9:1000 -> 203.0.113.1:53
in eth0 icmp 203.0.113.9 -> 203.0.113.1 echo-request
in eth0 tcp 203.0.113.9:1000 -> 192.168.100.9:80 syn
local tcp 127.0.0.1:2000 -> 127.0.0.1:80 syn
"""
RULES = "*filter\n-A INPUT -p udp -j REJECT\nCOMMIT\n"


def _compiled() -> Compiled:
    return compile_scenario(Scenario(rules=RULES, host=HOST, packets=PACKETS))


def _left_after(compiled: Compiled, count: int) -> tuple[Stack, bool]:
    """The stack after so many steps, and whether there were more."""
    stack = Stack(compiled, WAYS)
    steps = itertools.chain.from_iterable(perform(stack, line) for line in compiled.script)
    taken = sum(1 for _ in itertools.islice(steps, count))
    return stack, taken == count


def test_an_abandoned_run_leaves_the_kernel_idle() -> None:
    """Wherever it is left, no softirq and no ICMP socket stays in use."""
    compiled = _compiled()
    seen, has_more = 0, True
    while has_more:
        stack, has_more = _left_after(compiled, seen)
        assert not stack.busy
        assert not stack.sending_icmp
        seen += 1
    assert seen > 40
