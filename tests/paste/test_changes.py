"""What diff prints is read as the text is after the change, and the receipt says so."""

from __future__ import annotations

import pytest

from sim.read.paste.reading import read_paste

UNIFIED = """\
--- before
+++ after
@@ -1,5 +1,5 @@
 -P INPUT DROP
 -P FORWARD DROP
 -P OUTPUT ACCEPT
--A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
+-A INPUT -p tcp -m tcp --dport 2222 -j ACCEPT
 -A INPUT -i lo -j ACCEPT
"""
CLASSIC = """\
4c4
< -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
---
> -A INPUT -p tcp -m tcp --dport 2222 -j ACCEPT
"""


@pytest.mark.parametrize("text", [UNIFIED, CLASSIC, f"```diff\n{UNIFIED}```\n"])
def test_the_new_rules_are_read_and_the_old_are_not(text: str) -> None:
    """In both dresses of diff, fenced or bare."""
    reading = read_paste(text)
    assert "-A INPUT -p tcp -m tcp --dport 2222 -j ACCEPT" in reading.rules
    assert "--dport 22 " not in reading.rules
    assert "after the change" in " ".join(entry.note for entry in reading.receipt)


def test_what_a_hunk_leaves_as_it_was_is_read_in_its_order() -> None:
    """Context lines lose their blank and stay where they are."""
    rules = [line for line in read_paste(UNIFIED).rules.split("\n") if line.startswith("-A")]
    assert rules == ["-A INPUT -p tcp -m tcp --dport 2222 -j ACCEPT", "-A INPUT -i lo -j ACCEPT"]


def test_a_hunk_ends_where_its_head_says() -> None:
    """Rules behind it begin with a dash of their own."""
    reading = read_paste(UNIFIED + "-A INPUT -p udp -j DROP\n")
    assert "-A INPUT -p udp -j DROP" in reading.rules


def test_a_listing_that_was_typed_is_refused_nothing() -> None:
    """The chain that it names is told by what it printed."""
    text = (
        "$ sudo iptables -t nat -nL DOCKER\nChain DOCKER (2 references)\n"
        "target     prot opt source               destination\n"
        "RETURN     all  --  0.0.0.0/0            0.0.0.0/0\n"
    )
    assert "refuses" not in " ".join(entry.note for entry in read_paste(text).receipt)
