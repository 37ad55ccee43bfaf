"""Two versions side by side: the words that changed, and where the walks part."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from playground.links.differences import MOST_ROWS, between, lines_between, lockstep_of
from playground.shown.changed import marks
from sim.model.scenario import Scenario

HOST = (
    "interface eth0 203.0.113.9/24\ninterface eth1 10.20.0.1/24\nsysctl net.ipv4.ip_forward = 1\n"
)
PACKET = "in eth0 tcp 203.0.113.20:51000 -> 10.20.0.5:80 syn\n"
CLOSED = "iptables -P FORWARD DROP\niptables -A FORWARD -p tcp --dport 8080 -j ACCEPT\n"


def test_the_changed_word_of_a_line_is_marked() -> None:
    """The rest of both lines is not."""
    lines = list(lines_between(CLOSED, CLOSED.replace("8080", "80")))
    gone = next(one for one in lines if one.kind == "removed")
    come = next(one for one in lines if one.kind == "added")
    assert [words for words, changed in gone.pieces if changed] == ["8080"]
    assert [words for words, changed in come.pieces if changed] == ["80"]
    assert "".join(words for words, _ in come.pieces) == come.text
    assert (gone.old, come.new) == (2, 2)


def test_lines_that_have_nothing_in_common_are_not_marked() -> None:
    """A mark on every word says nothing."""
    assert marks("iptables -P FORWARD DROP", "# a remark of mine") == ((), ())


@given(st.lists(st.sampled_from("abcd")), st.lists(st.sampled_from("abcd")))
@settings(deadline=None)
def test_the_lines_of_a_difference_are_those_of_the_texts(old: list[str], new: list[str]) -> None:
    """Each with the number that it has in its text, and its pieces are the line."""
    for one in lines_between("\n".join(old), "\n".join(new)):
        if one.kind == "place":
            continue
        if one.old:
            assert old[one.old - 1] == one.text
        if one.new:
            assert new[one.new - 1] == one.text
        assert bool(one.old) == (one.kind != "added")
        assert bool(one.new) == (one.kind != "removed")
        assert not one.pieces or "".join(words for words, _ in one.pieces) == one.text


def test_the_first_packet_whose_outcome_changed_is_walked_in_lockstep() -> None:
    """From where the walks part: what both took stands beside each other, above it is counted."""
    first = "in eth1 arp request 10.20.0.5 -> 10.20.0.1\n"
    before = Scenario(rules=CLOSED, host=HOST, packets=first + PACKET)
    after = Scenario(rules=CLOSED.replace("8080", "80"), host=HOST, packets=before.packets)
    both = between(before, after).lockstep
    assert both
    assert both.number == 2
    assert both.shared > 0
    assert [row.is_same for row in both.rows[:3]] == [True, True, False]
    assert any("Dropped" in row.before for row in both.rows)
    assert any("Forwarded" in row.after for row in both.rows)


@given(st.lists(st.sampled_from("abcd")), st.lists(st.sampled_from("abcd")))
@settings(deadline=None)
def test_lockstep_keeps_every_step_of_both_walks(old: list[str], new: list[str]) -> None:
    """In their order, behind the ones that are counted."""
    both = lockstep_of(1, old, new)
    assert [row.before for row in both.rows if row.before] == old[both.shared :]
    assert [row.after for row in both.rows if row.after] == new[both.shared :]


def test_two_long_walks_side_by_side_are_cut_and_say_so() -> None:
    """The page stays small."""
    both = lockstep_of(1, [f"a{n}" for n in range(1000)], [f"b{n}" for n in range(1000)])
    assert len(both.rows) == MOST_ROWS
    assert both.more == 1000 - MOST_ROWS


def test_without_a_changed_outcome_nothing_is_walked_in_lockstep() -> None:
    """The same door, another rule before it."""
    before = Scenario(rules=CLOSED, host=HOST, packets=PACKET)
    after = Scenario(rules=CLOSED + "iptables -A FORWARD -s 192.0.2.1 -j LOG\n", host=HOST,
                     packets=PACKET)  # fmt: skip
    found = between(before, after)
    assert found.packets
    assert found.lockstep is None
