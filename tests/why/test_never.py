"""Make sure this never passes: what stops a packet that gets through, and what more it stops."""

from __future__ import annotations

import json

from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario
from sim.tools.advice.edits import applied
from sim.tools.why import PacketReport, explain
from tests.why.test_command import SITUATIONS, why

HOST = "interface eth0 203.0.113.10/24\nroute default via 203.0.113.1 dev eth0\n"
LISTENS = "listen tcp 0.0.0.0:22\nlisten tcp 0.0.0.0:80\n"
SSH = "in eth0 tcp 198.51.100.20:40000 -> 203.0.113.10:22 syn\n"
OTHER = "in eth0 tcp 198.51.100.21:40000 -> 203.0.113.10:22 syn\n"
WEB = "in eth0 tcp 198.51.100.20:40001 -> 203.0.113.10:80 syn\n"
SSH_ALONE = "iptables -P INPUT DROP\niptables -A INPUT -p tcp --dport 22 -j ACCEPT\n"


def stopping(rules: str, packets: str, line: int = 1) -> tuple[Scenario, PacketReport]:
    scenario = Scenario(rules=rules, host=HOST + LISTENS, packets=packets)
    found = explain(compile_scenario(scenario), lines=(line,), never=True)
    return scenario, next(iter(found))


def test_each_change_stops_the_packet() -> None:
    """The scenario with any of the fixes drops it, the narrow ones first."""
    scenario, report = stopping(SSH_ALONE, SSH)
    assert [each.name for each in report.symptoms] == ["passes"]
    assert [each.name for each in report.causes] == ["accepted", "accepted", "accepted"]
    for cause in report.causes:
        assert cause.fix is not None
        mended = compile_scenario(applied(scenario, cause.fix.edits))
        assert next(iter(explain(mended, causes=False))).outcome == "dropped", cause.fix.label


def test_a_change_that_stops_more_says_so() -> None:
    """Another sender's packet goes with a DROP for everybody, not with one for this sender."""
    _, report = stopping(SSH_ALONE, SSH + OTHER + WEB)
    everybody, this_one, removed = report.causes
    assert "also stops packet 2" in everybody.opens
    assert this_one.opens == ""
    assert "also stops packet 2" in removed.opens


def test_a_drop_behind_the_accept_comes_first() -> None:
    """Whoever wrote it wants it: the line is put in front."""
    rules = (
        "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n"
        "-A INPUT -s 198.51.100.20/32 -j DROP\nCOMMIT\n"
    )
    _, report = stopping(rules, SSH)
    assert report.causes[0].name == "rule-too-late"
    fix = report.causes[0].fix
    assert fix is not None
    assert "-s 198.51.100.20/32 -j DROP" in fix.edits[0].text


def test_a_drop_that_nearly_holds_is_offered_changed() -> None:
    """A rule that stops somebody else: its one clause that fails, made to hold."""
    _, report = stopping("iptables -A INPUT -s 198.51.100.77 -p tcp --dport 22 -j DROP\n", SSH)
    nearly = next(each for each in report.causes if each.name == "nearly-stopped")
    assert nearly.fix is not None
    assert nearly.fix.label == "Change -s 198.51.100.77/32 to 198.51.100.20"


def test_where_no_rule_has_a_say_the_policy_is_offered() -> None:
    """Last, since it closes the whole chain."""
    _, report = stopping("iptables -P INPUT ACCEPT\n", SSH)
    assert report.causes[-1].name == "policy-accept"
    assert report.causes[-1].fix is not None
    assert report.causes[-1].fix.label == "Set INPUT's policy to DROP"


def labels(report: PacketReport) -> list[str]:
    return [cause.fix.label for cause in report.causes if cause.fix is not None]


def test_without_any_rule_the_first_one_is_offered() -> None:
    """For everybody, then for this sender alone."""
    _, report = stopping("", SSH)
    assert {each.name for each in report.causes} == {"nothing-stops-it"}
    assert labels(report) == [
        "Drop it in INPUT, from everybody",
        "Drop it in INPUT, from this sender",
    ]


def test_what_a_user_sends_is_stopped_for_that_user() -> None:
    """The address is the host's own: it says nothing of who sent the packet."""
    mail = "local uid 33 tcp 203.0.113.10:40000 -> 198.51.100.7:25 syn\n"
    _, report = stopping("iptables -P OUTPUT ACCEPT\n", mail)
    assert labels(report)[1] == "Drop it in OUTPUT, from this user"
    fix = report.causes[1].fix
    assert fix is not None
    assert "-m owner --uid-owner 33" in fix.edits[0].text


def test_what_docker_publishes_is_stopped_where_docker_leaves_rules_alone() -> None:
    rules = (
        "iptables -N DOCKER-USER\niptables -A FORWARD -j DOCKER-USER\n"
        "iptables -A FORWARD -o docker0 -j ACCEPT\n"
        "iptables -t nat -A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 172.17.0.5\n"
    )
    scenario = Scenario(
        rules=rules, packets=WEB,
        host=HOST + "interface docker0 172.17.0.1/16\nsysctl net.ipv4.ip_forward = 1\n",
    )  # fmt: skip
    report = next(iter(explain(compile_scenario(scenario), lines=(1,), never=True)))
    assert labels(report)[0] == "Drop it in DOCKER-USER, from everybody"


def test_what_is_stopped_already_needs_nothing() -> None:
    _, report = stopping("iptables -P INPUT DROP\n", SSH)
    assert (report.symptoms, report.causes) == ((), ())


def test_a_change_that_opens_more_says_which_packets() -> None:
    """The policy lets the other port in too; the rule for this port does not."""
    scenario = Scenario(rules="iptables -P INPUT DROP\n", host=HOST + LISTENS, packets=SSH + WEB)
    report = next(iter(explain(compile_scenario(scenario), lines=(1,))))
    opens = {cause.name: cause.opens for cause in report.causes}
    assert opens["no-rule-accepts"] == ""
    assert "also lets through packet 2" in opens["policy-drop"]


def test_the_command_says_it() -> None:
    """``why FILE PACKET --never``, with the keys of the other report."""
    ran = why(str(SITUATIONS / "all-is-well.toml"), "1", "--never", "--format", "json")
    assert ran.returncode == 0, ran.stderr
    (packet,) = json.loads(ran.stdout)["packets"]
    assert packet["symptoms"][0]["name"] == "passes"
    assert packet["causes"][0]["fix"]["edits"]
