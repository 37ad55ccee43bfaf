"""A proxy that asks with its client's address: the laboratory has no such program to compare."""

from __future__ import annotations

from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario
from sim.tools.advice.edits import applied
from sim.tools.why import explain

PROXY = Scenario(
    host="interface eth0 203.0.113.10/24\n"
    "interface lan0 192.168.1.1/24\n"
    "route default via 203.0.113.1 dev eth0\n"
    "sysctl net.ipv4.ip_forward = 1\n",
    packets="local tcp 198.51.100.9:40000 -> 192.168.1.80:80 syn\nreply\n",
)


def test_the_answer_to_a_transparent_proxy_must_be_kept_here() -> None:
    """The server's answer to the client's address is routed on, unless a mark keeps it."""
    _, answer = explain(compile_scenario(PROXY))
    (cause, *_) = answer.causes
    assert cause.name == "transparent-answer-routed-on"
    assert cause.fix is not None
    _, mended = explain(compile_scenario(applied(PROXY, cause.fix.edits)))
    assert (mended.outcome, mended.symptoms) == ("delivered", ())
