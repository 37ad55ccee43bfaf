"""Words before a command, however many."""

from __future__ import annotations

import time

import pytest

from sim.read.paste.prompts import is_command
from sim.read.paste.reading import read_paste


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("sudo iptables -L", True), ("sudo sudo /usr/bin/doas iptables -L", True),
        ("sudo -u root whatever", True), ("sudo doas -n x", True), ("sudo A=b x", True),
        ("sudo", False), ("sudo ", False), ("sudo sudo", False), ("sudo make me a sandwich", False),
        ("sudoku iptables -L", False),
    ],
)  # fmt: skip
def test_a_command_as_root_is_what_is_called(text: str, is_one: bool) -> None:
    """What stands behind ``sudo`` decides; alone it is none."""
    assert is_command(text) == is_one


def test_a_line_of_a_thousand_sudos_is_read() -> None:
    """Each was a call in a call: the page answered with a bare 500."""
    start = time.thread_time()
    read_paste("sudo " * 3_000 + "iptables -A INPUT -s 10.0.0.1 -j DROP\n")
    assert time.thread_time() - start < 3
