"""connlimit, connbytes, connlabel, helper and cluster: what looks at the connection."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

from sim.extensions.runtime import Runtime
from sim.model.flow import Flow, FlowTuple, TcpState
from tests.matchers.ask import Rule, clause, holds, runtime, udp


def flow(run: Runtime, number: int, src: str = "10.0.0.2", **fields: object) -> Flow:
    """A confirmed UDP connection from ``src``, in the run's table, a tick after what was."""
    run.tick += 1
    there = FlowTuple(ip_address(src), ip_address("10.1.0.5"), 17, 40000 + number, 53)
    made = Flow(number, there, there.inverted(), frozenset({"CONFIRMED"}), **fields)  # type: ignore[arg-type]
    run.flows[number] = made
    return made


def test_connlimit_counts_this_connection_too() -> None:
    """--connlimit-above 1 holds of the second connection of an address, and of the first then."""
    run = runtime()
    rule = Rule("-m connlimit --connlimit-above 1", on=run)
    first, second = flow(run, 1), flow(run, 2)
    assert not rule.holds(udp(), flow=first)
    assert rule.holds(udp(), flow=second)
    assert rule.holds(udp(), flow=first)
    assert not rule.holds(udp(src="10.0.0.3"), flow=flow(run, 3, "10.0.0.3"))


def test_connlimit_forgets_connections_that_are_gone() -> None:
    """What conntrack no longer knows does not count."""
    run = runtime()
    rule = Rule("-m connlimit --connlimit-upto 1", on=run)
    rule.holds(udp(), flow=flow(run, 1))
    assert not rule.holds(udp(), flow=flow(run, 2))
    del run.flows[1]
    run.tick += 1
    assert rule.holds(udp(), flow=run.flows[2])


def test_connlimit_does_not_count_closed_tcp_connections() -> None:
    """A TCP connection in TIME_WAIT is struck off the list."""
    run = runtime()
    rule = Rule("-m connlimit --connlimit-above 1", on=run)
    there = FlowTuple(ip_address("10.0.0.2"), ip_address("10.1.0.5"), 6, 1, 80)
    made = Flow(1, there, there.inverted(), frozenset({"CONFIRMED"}), tcp_state=TcpState.TIME_WAIT)
    run.flows[1] = made
    rule.holds(udp(), flow=made)
    assert not rule.holds(udp(), flow=flow(run, 2))


def test_connlimit_mask_counts_a_network_together() -> None:
    """--connlimit-mask 24: two neighbours are two connections of one network."""
    run = runtime()
    rule = Rule("-m connlimit --connlimit-above 1 --connlimit-mask 24", on=run)
    rule.holds(udp(), flow=flow(run, 1))
    assert rule.holds(udp(src="10.0.0.77"), flow=flow(run, 2, "10.0.0.77"))


def test_connbytes_counts_this_packet_as_well() -> None:
    """The counters already hold the packet that is asked about."""
    run = runtime()
    counted = replace(flow(run, 1), packets=(3, 2), bytes=(300, 1000))
    line = "-m connbytes --connbytes {} --connbytes-dir {} --connbytes-mode {}"
    assert holds(line.format("3:3", "original", "packets"), udp(), flow=counted)
    assert holds(line.format("1300", "both", "bytes"), udp(), flow=counted)
    assert holds(line.format(":500", "reply", "avgpkt"), udp(), flow=counted)
    assert not holds("-m connbytes ! --connbytes 3:4 --connbytes-dir original --connbytes-mode "
                     "packets", udp(), flow=counted)  # fmt: skip


def test_connbytes_without_connection_or_counters_is_false_either_way() -> None:
    """No entry, or one that is not counted: false, negated or not."""
    run = runtime()
    for sign in ("", "! "):
        line = f"-m connbytes {sign}--connbytes 5 --connbytes-dir both --connbytes-mode packets"
        assert holds(line, udp()) is False
        assert holds(line, udp(), flow=flow(run, 1)) is False


def test_connlabel_set_sets_the_bit_for_good() -> None:
    """--set matches at once and the label stays."""
    run = runtime()
    one = flow(run, 1)
    reads = Rule("-m connlabel --label 7", on=run)
    assert not reads.holds(udp(), flow=one)
    assert Rule("-m connlabel --label 7 --set", on=run).holds(udp(), flow=one)
    assert reads.holds(udp(), flow=run.flows[1])
    assert not Rule("-m connlabel --label 7 --set", on=run).holds(udp())


def test_helper_looks_at_the_master() -> None:
    """A connection that another with a helper expected matches, not that other itself."""
    run = runtime()
    master = replace(flow(run, 1), helper="ftp")
    run.flows[1] = master
    child = replace(flow(run, 2), master=1)
    for line in ("-m helper --helper ftp", "-m helper --helper ftp-2121", '-m helper --helper ""'):
        assert holds(line, udp(), flow=child, on=run)
        assert not holds(line, udp(), flow=master, on=run)
    assert not holds("-m helper --helper sip", udp(), flow=child, on=run)
    assert holds("-m helper ! --helper ftp", udp(), on=run)


def test_cluster_hashes_the_source_of_the_first_direction() -> None:
    """Every source belongs to exactly one node; without a connection to none, negated or not."""
    run = runtime()
    one = flow(run, 1)
    line = "-m cluster --cluster-total-nodes 3 --cluster-local-node {} --cluster-hash-seed 7"
    assert sum(bool(holds(line.format(node), udp(), flow=one)) for node in (1, 2, 3)) == 1
    assert not holds(line.format(1), udp())
    negated = line.format(1).replace("--cluster-local-node ", "! --cluster-local-node ")
    assert not holds(negated, udp())


def test_connlimit_says_what_it_counted() -> None:
    """The clause reads like a sentence."""
    run = runtime()
    seen = clause("-m connlimit --connlimit-above 4 --connlimit-mask 24", udp(),
                  flow=flow(run, 1), on=run)  # fmt: skip
    assert seen.want == "more than 4 connections from source"
    assert seen.seen == "1 from source 10.0.0.2/24"


def test_connlimit_drops_what_closes_the_only_connection() -> None:
    """A closed assured connection does not count itself: nothing is left, and the packet dies."""
    run = runtime()
    rule = Rule("-m connlimit --connlimit-above 5", on=run)
    there = FlowTuple(ip_address("10.0.0.2"), ip_address("10.1.0.5"), 6, 1, 80)
    status = frozenset({"CONFIRMED", "ASSURED"})
    made = Flow(1, there, there.inverted(), status, tcp_state="LAST_ACK")
    run.flows[1] = made
    assert not rule.asked(udp(), flow=made).hotdrop
    run.tick += 1
    run.flows[1] = made = replace(made, tcp_state=TcpState.TIME_WAIT)
    assert rule.asked(udp(), flow=made).hotdrop
    rule.asked(udp(), flow=flow(run, 2))
    assert not rule.asked(udp(), flow=made).hotdrop
