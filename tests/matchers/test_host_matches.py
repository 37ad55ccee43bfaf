"""policy, socket, devgroup, realm, osf, and what a scenario cannot know."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from sim.base.errors import Refused
from sim.extensions.matchers.gone import GONE
from sim.model.rules import Hook
from sim.packet.packet import Owner, Transform
from sim.read.host.text import parse_host
from sim.read.rules.ruleset import load_rules
from tests.matchers.ask import ACK, SYN, Rule, clause, holds, judged, tcp, udp

IN = Hook.PREROUTING
TUNNEL = Transform(50, "tunnel", 0x100, 7, ip_address("198.51.100.1"), ip_address("203.0.113.1"))


def test_policy_without_ipsec_is_none() -> None:
    """A plain packet matches --pol none in both directions and never --pol ipsec."""
    for way, hook in (("in", Hook.PREROUTING), ("out", Hook.POSTROUTING)):
        assert holds(f"-m policy --dir {way} --pol none", udp(), hook=hook)
        assert not holds(f"-m policy --dir {way} --pol ipsec", udp(), hook=hook)


def test_policy_compares_the_transforms() -> None:
    """One transform that fits is enough; --strict wants an element for each."""
    packet = replace(udp(), secpath=(TUNNEL,))
    assert holds("-m policy --dir in --pol ipsec --reqid 7 --proto esp", packet, hook=IN)
    assert not holds("-m policy --dir in --pol ipsec ! --reqid 7", packet, hook=IN)
    assert holds("-m policy --dir in --pol ipsec --mode tunnel --tunnel-src 198.51.100.0/24",
                 packet, hook=IN)  # fmt: skip
    strict = "-m policy --dir in --pol ipsec --strict --reqid 7"
    assert holds(strict, packet, hook=IN)
    assert not holds(f"{strict} --next --reqid 8", packet, hook=IN)
    assert not holds("-m policy --dir in --pol none", packet, hook=IN)


HOST = parse_host(
    "interface eth0 10.0.0.1/24 group 5\nlisten tcp 0.0.0.0:22\nlisten tcp 10.0.0.1:80\n"
    "listen udp 10.0.0.1:53 transparent\n"
)


def socket(options: str, packet: object) -> bool | None:
    return holds(f"-m socket {options}", packet, hook=IN, host=HOST)  # type: ignore[arg-type]


def test_a_socket_bound_to_any_address_does_not_count_without_nowildcard() -> None:
    """Port 22 listens on 0.0.0.0, port 80 on the address itself."""
    assert not socket("", tcp(22, dst="10.0.0.1"))
    assert socket("--nowildcard", tcp(22, dst="10.0.0.1"))
    assert socket("", tcp(80, dst="10.0.0.1"))
    assert not socket("--nowildcard", tcp(81, dst="10.0.0.1"))


def test_transparent_wants_a_transparent_socket() -> None:
    """Only the UDP socket is."""
    assert socket("--transparent", udp(53, dst="10.0.0.1"))
    assert not socket("--transparent", tcp(80, dst="10.0.0.1"))


def test_restore_skmark_is_undetermined_where_it_would_matter() -> None:
    """The socket's mark is not known, and the packet would take it over."""
    assert socket("--restore-skmark", tcp(80, dst="10.0.0.1")) is None
    assert socket("--restore-skmark", tcp(81, dst="10.0.0.1")) is False


def test_devgroup_compares_the_group_of_the_device() -> None:
    """The group is masked, the wanted number too."""
    assert holds("-m devgroup --src-group 5", udp(), hook=IN, host=HOST)
    assert holds("-m devgroup --src-group 0x15/0xf", udp(), hook=IN, host=HOST)
    assert not holds("-m devgroup --src-group default", udp(), hook=IN, host=HOST)


def test_realm_is_zero_without_realms() -> None:
    """No route has one."""
    assert holds("-m realm --realm 0", udp())
    assert holds("-m realm ! --realm 4", udp())


def test_osf_matches_nothing_without_fingerprints() -> None:
    """Inverted or not: the kernel ignores the inversion."""
    host = parse_host("fingerprints none")
    for sign in ("", "! "):
        line = f"-p tcp -m osf {sign}--genre Linux"
        assert holds(line, tcp(flags=SYN), hook=IN, host=host) is False


def test_osf_is_open_where_nobody_said_what_is_loaded() -> None:
    """Of a SYN only: anything else never matches."""
    line = "-p tcp -m osf --genre Linux"
    assert "lines of pf.os" in clause(line, tcp(flags=SYN), hook=IN).need
    assert holds(line, tcp(flags=ACK), hook=IN) is False


def test_a_paste_of_very_many_fingerprints_is_refused_at_once() -> None:
    """Not compared each with each; a route of numbers is none of them."""
    lines = "".join(f"{n}:64:1:60:M*:Linux:{n}::x\n" for n in range(60_000))
    with pytest.raises(Refused) as refused:
        parse_host(lines)
    assert "at most 5000" in refused.value.errors[0].message
    route = "2001:0:0:1:0:0:0:0/64 via fe80::1 dev eth0 metric 1"
    host = parse_host(f"interface eth0 2001:db8::1/64\n{route}\n")
    assert (host.fingerprints, len(host.routes)) == (None, 1)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("S4:64:1:60:M*,S,T,N,W0:Linux:2.4::a: b", "9 fields"),
        ("S4:300:1:60:M*:Linux:2.4::x", 'the TTL "300"'),
        ("S4:64:1:70000:M*:Linux:2.4::x", 'the SIZE "70000"'),
        ("%0:64:1:60:M*:Linux:2.4::x", "divides by zero"),
        ("*7:64:1:60:M*:Linux:2.4::x", 'the WINDOW "*7"'),
        ("S4:64:1:60:" + "N," * 41 + ":Linux:2.4::x", "40 bytes of options"),
    ],
)
def test_a_fingerprint_that_cannot_be_loaded_is_refused(line: str, problem: str) -> None:
    """With the field that is wrong; the place is the whole line."""
    with pytest.raises(Refused) as refused:
        parse_host(line)
    assert problem in refused.value.errors[0].message


@pytest.mark.parametrize(
    ("line", "need"),
    [
        ("-m cpu --cpu 0", "CPU"),
        ("-m cgroup --path system.slice", "control group"),
        ("-m ipvs --vport 80", "IPVS"),
    ],
)
def test_what_a_scenario_cannot_know_is_undetermined(line: str, need: str) -> None:
    """The clause says what is missing."""
    packet = replace(udp(), owner=Owner(0, 0))
    older = parse_host("interface eth0 10.0.0.1/24\nkernel 6.1\n")
    asked = judged(line, packet, hook=Hook.OUTPUT, host=older)
    assert asked.held is None
    assert need in asked.clauses[0].need


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("! --ipvs", "! --ipvs"),
        ("--ipvs --vport 80", "--vport 80"),
        (
            "--vdir reply ! --vaddr 10.0.0.0/24 --vproto tcp",
            "--vproto 6 ! --vaddr 10.0.0.0/24 --vdir REPLY",
        ),
    ],
)
def test_what_is_asked_of_ipvs_is_told_in_its_own_order(typed: str, told: str) -> None:
    """As the tool prints it."""
    older = parse_host("interface eth0 10.0.0.1/24\nkernel 6.1\n")
    (clause,) = judged(f"-m ipvs {typed}", udp(), hook=Hook.INPUT, host=older).clauses
    assert (clause.match, clause.flag, clause.want, clause.seen) == ("ipvs", "--ipvs", told, "")


def test_a_packet_without_socket_never_matches_cgroup() -> None:
    """Forwarded packets fail, negated or not."""
    for sign in ("", "! "):
        assert holds(f"-m cgroup {sign}--cgroup 1", udp(), hook=Hook.POSTROUTING) is False


@pytest.mark.parametrize("name", [match.name for match in GONE])
def test_a_match_that_is_gone_says_what_to_use_instead(name: str) -> None:
    """The error names a substitute or says that there is none."""
    with pytest.raises(Refused, match=r"use |give "):
        load_rules(f"*filter\n-A INPUT -m {name}\nCOMMIT\n")


def test_cgroup_knows_what_the_packet_line_says() -> None:
    """A path matches the group itself and those below it; the root matches all."""
    packet = replace(udp(), owner=Owner(0, 0, cgroup="/system.slice/ssh.service"))
    for path, found in (
        ("system.slice", True),
        ("/system.slice/ssh.service", True),
        ("system", False),
        ('""', True),
    ):
        assert holds(f"-m cgroup --path {path}", packet, hook=Hook.OUTPUT) is found
        assert holds(f"-m cgroup ! --path {path}", packet, hook=Hook.OUTPUT) is not found
    assert holds("-m cgroup --cgroup 0", packet, hook=Hook.OUTPUT)


def test_nfacct_with_a_quota_matches_when_it_is_exceeded() -> None:
    """An object without quota always matches; one with a quota from the packet that exceeds it."""
    host = parse_host("interface eth0 10.0.0.1/24\nnfacct all\nnfacct few packets 2\n")
    counts = Rule("-m nfacct --nfacct-name few", host=host)
    assert [counts.holds(udp()) for _ in range(4)] == [False, False, True, True]
    assert holds("-m nfacct --nfacct-name all", udp(), host=host)
    with pytest.raises(Refused, match="no accounting object other"):
        Rule("-m nfacct --nfacct-name other", host=host)
