"""A fix's lines: the words it exchanges are marked, the beginning that stays is a piece."""

from __future__ import annotations

from playground.shown.changed import marked_lines


def test_the_exchanged_word_is_marked_on_both_lines() -> None:
    """The option before it is no part of the beginning, which a phone cuts off."""
    assert marked_lines(
        [("−", "-A FORWARD -p tcp --dport 8080 -j ACCEPT"),
         ("+", "-A FORWARD -p tcp --dport 80 -j ACCEPT")]
    ) == [
        ("−", (("-A FORWARD -p tcp ", False), ("--dport ", False), ("8080", True),
               (" -j ACCEPT", False))),
        ("+", (("-A FORWARD -p tcp ", False), ("--dport ", False), ("80", True),
               (" -j ACCEPT", False))),
    ]  # fmt: skip


def test_a_line_that_only_comes_is_one_piece() -> None:
    line = "-A FORWARD -d 10.0.0.5 -j ACCEPT"
    assert marked_lines([("+", line)]) == [("+", ((line, False),))]


def test_lines_that_share_little_are_one_piece_each() -> None:
    lines = [("−", "-P FORWARD DROP"), ("+", "sysctl net.ipv4.ip_forward = 1")]
    assert marked_lines(lines) == [(sign, ((text, False),)) for sign, text in lines]


def test_lines_pair_in_their_order() -> None:
    """The first that goes is what the first that comes was; who has no partner stays whole."""
    found = marked_lines([("−", "a b c d"), ("+", "a b c e"), ("+", "x y z")])
    assert [pieces[-1] for _, pieces in found] == [("d", True), ("e", True), ("x y z", False)]


def test_a_change_at_the_beginning_has_no_piece_before_it() -> None:
    found = marked_lines([("−", "-A INPUT -p tcp -j ACCEPT"), ("+", "-I INPUT -p tcp -j ACCEPT")])
    assert [pieces[0] for _, pieces in found] == [("-A", True), ("-I", True)]
