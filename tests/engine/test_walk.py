"""The rule walk: labels, jumps, what is not known, and the shape of its steps."""

from __future__ import annotations

from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario
from sim.trace.steps import Fate, Jumped, PolicyApplied, Returned, RuleTried, Step

HOST = """
interface eth0 10.0.0.1/24
interface eth1 10.0.1.1/24
sysctl net.ipv4.ip_forward = 1
"""


def steps(rules: str, packets: str = "in eth0 udp 10.0.0.2:1 -> 10.0.1.2:53\n") -> list[Step]:
    text = f"*filter\n:INPUT ACCEPT\n:FORWARD DROP\n:OUTPUT ACCEPT\n{rules}COMMIT\n"
    return list(run(compile_scenario(Scenario(rules=text, host=HOST, packets=packets))))


def traced(rules: str) -> list[str]:
    return [step.trace for step in steps(rules) if step.trace]


def test_a_rule_that_does_not_match_is_a_step_without_a_trace() -> None:
    """It tells every clause up to the first that failed."""
    tried = [s for s in steps("-A FORWARD -s 10.0.0.0/24 -p tcp -j DROP\n") if s.kind == "rule"]
    assert isinstance(tried[0], RuleTried)
    assert [(c.flag, c.held) for c in tried[0].clauses] == [("-s", True), ("-p", False)]
    assert tried[0].trace is None


def test_unconditional_verdicts_are_labelled_like_the_end_of_their_chain() -> None:
    """``policy`` in a built-in chain, ``return`` in one of the user's."""
    assert traced("-A FORWARD -j ACCEPT\n") == ["filter:FORWARD:policy:1"]
    assert traced(":U -\n-A FORWARD -p udp -j U\n-A U -j ACCEPT\n") == [
        "filter:FORWARD:rule:1",
        "filter:U:return:1",
    ]


def test_the_end_of_a_chain_reached_by_goto_is_the_policy() -> None:
    """There is nowhere to return to."""
    assert traced(":U -\n-A FORWARD -p udp -g U\n-A FORWARD -j ACCEPT\n") == [
        "filter:FORWARD:rule:1",
        "filter:U:return:1",
        "filter:FORWARD:policy:3",
    ]


def test_a_goto_inside_a_jump_returns_behind_the_jump() -> None:
    """The end of what was gone to returns to the last jump."""
    rules = ":A -\n:B -\n-A FORWARD -p udp -j A\n-A FORWARD -j ACCEPT\n-A A -p udp -g B\n"
    assert traced(rules) == [
        "filter:FORWARD:rule:1",
        "filter:A:rule:1",
        "filter:B:return:1",
        "filter:FORWARD:policy:2",
    ]


def test_jumps_and_returns_name_where_they_go() -> None:
    """So that a page can draw them."""
    found = steps(":U -\n-A FORWARD -p udp -j U\n-A FORWARD -j ACCEPT\n")
    jump = next(s for s in found if isinstance(s, Jumped))
    back = next(s for s in found if isinstance(s, Returned))
    assert (jump.chain, jump.goto) == ("U", False)
    assert (back.chain, back.rule, back.implicit) == ("FORWARD", 1, True)


def test_return_in_a_built_in_chain_is_the_policy() -> None:
    """At once: the rules behind it are not looked at."""
    found = steps("-A FORWARD -p udp -j RETURN\n-A FORWARD -j ACCEPT\n")
    policy = next(s for s in found if isinstance(s, PolicyApplied))
    assert (policy.verdict, policy.where.rule) == ("DROP", 3)


def test_the_fate_names_the_rule_or_the_policy() -> None:
    """``at`` is what an expectation compares."""
    ends = [str(s.at) for s in steps("-A FORWARD -p tcp -j DROP\n") if isinstance(s, Fate)]
    assert ends == ["filter:FORWARD policy"]
    ends = [str(s.at) for s in steps("-A FORWARD -p udp -j DROP\n") if isinstance(s, Fate)]
    assert ends == ["filter:FORWARD rule 1"]


def test_a_run_is_lazy() -> None:
    """It can be left after any step; the first comes without the rest."""
    text = "".join(f"in eth0 udp 10.0.0.2:{port} -> 10.0.1.2:53\n" for port in range(1, 200))
    compiled = compile_scenario(Scenario(host=HOST, packets=text))
    assert next(iter(run(compiled))).kind == "arrived"


def test_two_runs_do_not_share_state() -> None:
    """A compiled scenario is immutable: buckets and connections are a run's own."""
    rules = (
        "*filter\n:FORWARD DROP\n"
        "-A FORWARD -m limit --limit 1/hour --limit-burst 1 -j ACCEPT\nCOMMIT\n"
    )
    compiled = compile_scenario(
        Scenario(rules=rules, host=HOST, packets="in eth0 udp 10.0.0.2:1 -> 10.0.1.2:53\n" * 2)
    )
    once = [s.verdict for s in run(compiled) if isinstance(s, Fate)]
    assert once == [s.verdict for s in run(compiled) if isinstance(s, Fate)]
    assert once == ["forwarded", "dropped"]
