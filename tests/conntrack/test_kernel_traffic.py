"""Random traffic through a real router and through the simulator: same states, same table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

import pytest

from sim.packet.headers import dissect
from tests.conntrack.compare import differences, table_differences
from tests.conntrack.nat_cases import CASES, Case, out, span
from tests.conntrack.router import Router
from tests.conntrack.segments import udp
from tests.conntrack.storms import KINDS, Storm
from tests.conntrack.twin import Twin
from tests.conntrack.walks import Walk
from tests.conntrack.zone_cases import ZONES, Zoned

pytestmark = pytest.mark.kernel

CT = "net.netfilter.nf_conntrack_"
ANSWERED = KINDS + ("reply",) * 8 + ("again",) * 3
TCP_SETTINGS = (
    {"tcp_be_liberal": "1"},
    {"tcp_loose": "0"},
    {"tcp_ignore_invalid_rst": "1"},
    {"tcp_max_retrans": "0", "tcp_timeout_max_retrans": "100"},
    # Not 120: a FIN out of the window cuts timers of 120 s and more, to the jiffy.
    {"tcp_timeout_unacknowledged": "50", "tcp_timeout_close": "20", "acct": "1",
     "tcp_timeout_time_wait": "119", "tcp_timeout_fin_wait": "119"},
)  # fmt: skip
SETTINGS = (
    {"checksum": "0"},
    {"acct": "1"},
    {"udp_timeout": "7", "icmp_timeout": "8", "generic_timeout": "9", "gre_timeout": "11",
     "sctp_timeout_closed": "15", "icmpv6_timeout": "14", "gre_timeout_stream": "12"},
)  # fmt: skip


def settings_of(sysctls: dict[str, str]) -> dict[str, str]:
    return {CT + name: value for name, value in sysctls.items()}


@pytest.fixture(scope="module")
def router() -> Iterator[Router]:
    with Router() as made:
        yield made


@pytest.fixture
def fresh(router: Router) -> Router:
    router.flush()
    return router


def _walk_all(router: Router, twin: Twin, seed: str, number: int) -> list[str]:
    """Many conversations, one after another, each on its own port; the table at the end."""
    wrong: list[str] = []
    for index in range(number):
        random = Random(f"{seed}/{index}")
        wild, length = random.choice((0.1, 0.3, 0.5)), random.choice((8, 24, 40))
        log = []
        for wire, packet in Walk(random, 1024 + index, wild, length).packets():
            real = router.pass_through(wire, packet)
            twin.runtime.now = router.now
            state, reply, _ = twin.pass_through(wire, packet)
            log.append(f"{wire} {packet.hex()} kernel {real.state} sim {state} {twin.events}")
            if (real.state, real.reply) != (state, reply):
                return [*log[-8:]]
    wrong += table_differences(router.table(), twin.table)
    return wrong


@pytest.mark.parametrize("seed", ["one", "two", "three"])
def test_tcp_walks(fresh: Router, seed: str) -> None:
    """Every flag, sequence number, window and option, near the edges and far off."""
    assert _walk_all(fresh, Twin(), seed, 60) == []


@pytest.mark.parametrize("sysctls", TCP_SETTINGS, ids="+".join)
def test_tcp_walks_under_other_settings(sysctls: dict[str, str]) -> None:
    """Each ``nf_conntrack_tcp_*`` sysctl means what it means to the kernel."""
    settings = settings_of(sysctls)
    with Router(sysctls=settings) as router:
        assert _walk_all(router, Twin(settings), "settings", 50) == []


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("seed", range(4))
def test_every_protocol(fresh: Router, family: int, seed: int) -> None:
    """UDP, ICMP and its errors, SCTP, GRE and others, cut and spoilt ones among them."""
    storm = Storm(Random(f"storm/{family}/{seed}"), family, 300, ANSWERED)
    assert list(differences(fresh, Twin(), storm)) == []


@pytest.mark.parametrize("seed", range(2))
def test_sctp_alone(fresh: Router, seed: int) -> None:
    """Chunks in any order and with any tag, until associations are up and down again."""
    storm = Storm(Random(f"sctp/{seed}"), 4, 600, ("sctp",))
    assert list(differences(fresh, Twin(), storm)) == []


@pytest.mark.parametrize("sysctls", SETTINGS, ids=lambda sysctls: next(iter(sysctls)))
@pytest.mark.parametrize("family", [4, 6])
def test_every_protocol_under_other_settings(family: int, sysctls: dict[str, str]) -> None:
    """Checksums not looked at, packets counted, other timeouts."""
    settings = settings_of(sysctls)
    with Router(sysctls=settings) as router:
        storm = Storm(Random(f"settings/{family}"), family, 300)
        assert list(differences(router, Twin(settings), storm)) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nat(case: Case) -> None:
    """What leaves, byte for byte, and at which hooks the nat table was asked."""
    rules = (case.rules, "") if case.family == 4 else ("", case.rules)
    with Router(*rules) as router:
        for seed in range(2):
            router.flush()
            twin = Twin(dst=case.dst, src=case.src, with_nat=True)
            storm = Storm(Random(f"{case.name}/{seed}"), case.family, 200, ANSWERED)
            assert list(differences(router, twin, storm, case.low)) == []


@pytest.mark.parametrize("with_nat", [False, True])
@pytest.mark.parametrize("case", ZONES, ids=lambda case: re.sub(r"\W+", "-", case.name))
def test_templates(case: Zoned, with_nat: bool) -> None:
    """``-j CT``: zones of both directions or one, no tracking, a helper."""
    with Router(case.rules(with_nat)) as router:
        twin, storm = zoned(case, with_nat)
        assert list(differences(router, twin, storm)) == []


def zoned(case: Zoned, with_nat: bool) -> tuple[Twin, Storm]:
    twin = Twin(template=case.template, with_nat=with_nat)
    if with_nat:
        twin.src = out("eth1", span("10.0.1.1"))
    kinds = tuple(kind for kind in ANSWERED if kind != "cut" or not case.matches_ports)
    return twin, Storm(Random(case.name), 4, 300, kinds)


SNAT = "*nat\n-A POSTROUTING -o eth1 -j SNAT --to-source 10.0.1.1\nCOMMIT\n"


@pytest.mark.parametrize(
    ("port", "low", "high"),
    [(100, 1, 511), (511, 1, 511), (512, 600, 1023), (1023, 600, 1023), (1024, 1024, 65535)],
)  # fmt: skip
def test_a_taken_port_is_replaced_within_its_class(port: int, low: int, high: int) -> None:
    """Eight clients with one port: the first keeps it, the others stay below 512, below 1024."""
    with Router(SNAT) as router:
        sent = [router.pass_through(0, udp(port, src=f"10.0.0.{n}")) for n in range(2, 10)]
    ports = [dissect(seen.out[0][1]).sport for seen in sent]
    assert ports[0] == port
    assert all(chosen != port and low <= chosen <= high for chosen in ports[1:])


def test_the_search_for_a_port_begins_five_times() -> None:
    """One port of 384 is free: 248 looks find it in half of the cases, 128 in a third, all always.

    The looks are 128, 64, 32, 16 and 8 in a row from random places: 1 - 2/3 * 5/6 * 11/12 * 23/24
    * 47/48 = 0.52 (nf_nat_l4proto_unique_tuple).
    """
    rules = SNAT.replace("-o eth1", "-o eth1 -p udp").replace("10.0.1.1", "10.0.1.1:2000-2383")
    found = 0
    with Router(rules) as router:
        for port in range(2000, 2383):
            router.pass_through(0, udp(port))
        for number in range(200):
            seen = router.pass_through(0, udp(5000 + number, src="10.0.0.3"))
            if seen.out:
                found += 1
                assert dissect(seen.out[0][1]).sport == 2383
                router.run("conntrack -D -s 10.0.0.3")
    assert 78 <= found <= 130
