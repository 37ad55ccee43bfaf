"""The table of TCP states: whole, and moved through by the segments that people know."""

from __future__ import annotations

from itertools import product

import pytest

from sim.kernel.conntrack.tcp import STATES, TABLE, VALID_FLAGS, event_of
from sim.model.flow import TcpEvent
from sim.packet.headers import ACK, FIN, PSH, RST, SYN, URG
from tests.conntrack.segments import tcp
from tests.conntrack.twin import Twin

A, B = 1_000_000, 5_000_000
OPEN = [("a", "S", A - 1, 0), ("b", "SA", B - 1, A), ("a", "A", A, B)]
CLOSING = [*OPEN, ("a", "FA", A, B), ("b", "A", B, A + 1)]
CLOSED = [*CLOSING, ("b", "FA", B, A + 1), ("a", "A", A + 1, B + 1)]

Step = tuple[str, str, int, int]


def talk(twin: Twin, *steps: Step, size: int = 0, window: int = 8192) -> list[str]:
    """The state that each segment is given."""
    states = []
    for side, flags, seq, ack in steps:
        back = side == "b"
        packet = tcp(flags, seq, ack, size, back=back, window=window)
        states.append(twin.pass_through(int(back), packet)[0])
    return states


def state_of(twin: Twin) -> str:
    (line,) = twin.table
    return line.split()[3]


def test_every_cell_is_there() -> None:
    """Two directions, six events, ten states: 120 cells, and no other."""
    wanted = set(product((False, True), TcpEvent, STATES))
    assert set(TABLE) == wanted
    assert len(TABLE) == 120


def test_cells_hold_states_or_verdicts() -> None:
    """A cell is a state, IGNORE or INVALID; nothing leads back to NONE."""
    assert set(TABLE.values()) <= set(STATES[1:]) | {"IGNORE", "INVALID"}


def test_a_segment_without_flags_is_never_valid() -> None:
    """The row of ``none`` refuses everything in both directions."""
    assert {TABLE[way, "none", state] for way in (False, True) for state in STATES} == {"INVALID"}


def test_an_event_is_the_strongest_flag() -> None:
    """RST before SYN before FIN before ACK."""
    flags = (RST | SYN | FIN, SYN | ACK, SYN, FIN | ACK, ACK | PSH, URG)
    assert [event_of(f) for f in flags] == ["rst", "synack", "syn", "fin", "ack", "none"]


def test_nine_combinations_of_flags_are_valid() -> None:
    """PSH, ECE and CWR aside."""
    assert len(VALID_FLAGS) == 9


def test_a_connection_opens_and_closes() -> None:
    """SYN, SYN+ACK, ACK, FINs and the last ACK move the entry to TIME_WAIT."""
    twin = Twin()
    assert talk(twin, *CLOSED) == ["NEW", *["ESTABLISHED"] * 6]
    assert state_of(twin) == "TIME_WAIT"


@pytest.mark.parametrize(
    ("steps", "state", "seconds"),
    [
        (OPEN[:1], "SYN_SENT", 120),
        (OPEN[:2], "SYN_RECV", 60),
        (OPEN, "ESTABLISHED", 432000),
        (CLOSING[:4], "FIN_WAIT", 120),
        (CLOSING, "CLOSE_WAIT", 60),
        (CLOSED[:6], "LAST_ACK", 30),
        (CLOSED, "TIME_WAIT", 120),
        ([*OPEN, ("b", "R", B, 0)], "CLOSE", 10),
        ([OPEN[0], ("b", "S", B - 1, 0)], "SYN_SENT2", 120),
    ],
)
def test_each_state_has_its_timeout(steps: list[Step], state: str, seconds: int) -> None:
    """What ``conntrack -L`` shows right after the segment that led there."""
    twin = Twin()
    talk(twin, *steps)
    assert twin.table[0].split()[2:4] == [str(seconds), state]


def test_a_syn_reopens_what_was_closed_with_a_fin() -> None:
    """In TIME_WAIT the entry is deleted and the SYN starts a new one."""
    twin = Twin()
    talk(twin, *CLOSED)
    assert talk(twin, ("a", "S", A + 90000, 0)) == ["NEW"]
    assert state_of(twin) == "SYN_SENT"
    assert [event.did for event in twin.events] == ["destroyed", "created", "confirmed"]


def test_a_syn_after_the_servers_reset_is_ignored() -> None:
    """Nobody sent a FIN, and the reset was not the client's: the old entry stays."""
    twin = Twin()
    talk(twin, *OPEN, ("b", "R", B, 0))
    assert talk(twin, ("a", "S", A + 90000, 0)) == ["ESTABLISHED"]
    assert state_of(twin) == "CLOSE"


def test_a_reset_as_the_only_answer_deletes_the_entry() -> None:
    """The reset itself still belongs to the connection."""
    twin = Twin()
    assert talk(twin, OPEN[0], ("b", "RA", 0, A)) == ["NEW", "ESTABLISHED"]
    assert twin.table == ()


def test_a_reset_with_another_number_keeps_the_connection() -> None:
    """A challenge ACK may follow, so only the timer is cut to that of CLOSE."""
    twin = Twin()
    talk(twin, *OPEN)
    assert talk(twin, ("b", "R", B + 100, 0)) == ["ESTABLISHED"]
    assert twin.table[0].split()[2:4] == ["10", "ESTABLISHED"]


@pytest.mark.parametrize(
    ("offset", "size", "state"),
    [(16382, 1, "ESTABLISHED"), (16383, 0, "ESTABLISHED"), (16383, 1, "INVALID")],
)
def test_data_may_overshoot_by_one_window(offset: int, size: int, state: str) -> None:
    """The receiver offered 8192; a segment that ends within another window still passes."""
    twin = Twin()
    talk(twin, *OPEN)
    assert talk(twin, ("a", "A", A + offset, B), size=size) == [state]


def test_an_acknowledgement_of_what_was_never_sent_is_invalid() -> None:
    """Even by one byte."""
    twin = Twin()
    talk(twin, *OPEN)
    assert talk(twin, ("a", "A", A, B + 1)) == ["INVALID"]


def test_a_liberal_host_accepts_what_is_out_of_the_window() -> None:
    """``nf_conntrack_tcp_be_liberal``."""
    twin = Twin({"net.netfilter.nf_conntrack_tcp_be_liberal": "1"})
    talk(twin, *OPEN)
    assert talk(twin, ("a", "A", A + 10**6, B), size=5) == ["ESTABLISHED"]


@pytest.mark.parametrize(("loose", "state"), [("1", "NEW"), ("0", "INVALID")])
def test_loose_picks_up_connections_in_the_middle(loose: str, state: str) -> None:
    """An ACK without an entry begins one only where ``nf_conntrack_tcp_loose`` says so."""
    twin = Twin({"net.netfilter.nf_conntrack_tcp_loose": loose})
    assert talk(twin, ("a", "A", A, B)) == [state]


def test_a_picked_up_connection_does_not_last_for_days() -> None:
    """300 s until something comes back."""
    twin = Twin()
    talk(twin, ("a", "A", A, B))
    assert twin.table[0].split()[2:4] == ["300", "ESTABLISHED"]


def test_a_syn_sent_again_does_not_renew_the_timer() -> None:
    """Else a client that reuses its port could keep an entry alive for ever."""
    twin = Twin()
    talk(twin, OPEN[0])
    twin.wait(50)
    talk(twin, OPEN[0])
    assert twin.table[0].split()[2:4] == ["70", "SYN_SENT"]


def test_an_ignored_syn_and_its_answer_bring_the_entry_back_in_step() -> None:
    """Both ends know better than conntrack: it believes the SYN+ACK."""
    twin = Twin()
    talk(twin, *OPEN)
    states = talk(twin, ("a", "S", A + 50000, 0), ("b", "SA", B + 70000, A + 50001))
    assert states == ["ESTABLISHED", "ESTABLISHED"]
    assert state_of(twin) == "SYN_RECV"


def test_the_same_packet_three_times_shortens_the_timer() -> None:
    """Nobody answers: 300 s instead of five days."""
    twin = Twin()
    talk(twin, *OPEN)
    for _ in range(4):
        talk(twin, ("a", "A", A, B))
    assert twin.table[0].split()[2] == "300"
