"""Rules, rows and log lines that a terminal or a mail broke, or a person cut off."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.read.paste.reading import read_paste
from tests.paste.corpus import rules_of

RULES = [
    "-A INPUT -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT",
    '-A INPUT -s 192.0.2.0/24 -m comment --comment "from the office" -j ACCEPT',
    "-A INPUT -p udp -m udp --dport 53 -j REJECT --reject-with icmp-port-unreachable",
    "-A INPUT -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix dropped:",
]
HEAD = "*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
WHOLE = rules_of(HEAD + "\n".join(RULES) + "\nCOMMIT\n", 4)


def added(rules: str, family: int = 4) -> list[str]:
    return [line for line in rules_of(rules, family)["filter"] if line.startswith("-A")]


def wrapped(text: str, width: int) -> str:
    return "\n".join(text[at : at + width] for at in range(0, len(text), width))


@given(st.integers(50, 90))
@settings(max_examples=40, deadline=None)
def test_a_dump_broken_at_a_column_reads_as_the_whole_one(width: int) -> None:
    """As a terminal of that many columns shows it when it is copied."""
    text = HEAD + "\n".join(wrapped(rule, width) for rule in RULES) + "\nCOMMIT\n"
    assert rules_of(read_paste(text).rules, 4) == WHOLE


@given(st.integers(50, 90))
@settings(max_examples=20, deadline=None)
def test_rules_without_a_table_are_put_together_as_well(width: int) -> None:
    """What `iptables -S` printed; the rules behind a broken one are not lost."""
    text = "# iptables -S\n-P INPUT DROP\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n" + "\n".join(
        wrapped(rule, width) for rule in RULES
    )
    assert rules_of(read_paste(text).rules, 4) == WHOLE


@given(st.integers(60, 100), st.integers(110, 240))
@settings(max_examples=20, deadline=None)
def test_padding_up_to_the_later_width_is_no_part_of_a_rule(width: int, period: int) -> None:
    """A terminal that was made wider leaves blanks where it had wrapped."""
    padded = [
        "".join(
            rule[at : at + width].ljust(period if at + width < len(rule) else 0)
            for at in range(0, len(rule), width)
        )
        for rule in RULES
        if len(rule) <= width or not rule[width - 1 : width + 1].isspace()
    ]
    kept = [rule for rule in RULES if len(rule) <= width or not rule[width - 1 :][:2].isspace()]
    text = HEAD + "\n".join(padded) + "\nCOMMIT\n"
    if sum(len(rule) > width for rule in kept) > 1:
        assert rules_of(read_paste(text).rules, 4) == rules_of(
            HEAD + "\n".join(kept) + "\nCOMMIT\n", 4
        )


def test_prose_below_a_rule_stays_prose() -> None:
    """A whole rule takes no word from the sentence below."""
    reading = read_paste("-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\nThanks\n")
    assert "Thanks" not in reading.rules
    assert "one rule" not in reading.receipt[0].note


def test_the_receipt_says_which_lines_are_one_rule() -> None:
    """Nothing is put together out of sight."""
    reading = read_paste("-A INPUT -p tcp -m tcp --dport 22 -j\nACCEPT\n")
    assert "lines 1 to 2 are one rule" in reading.receipt[0].note


def test_blank_lines_between_rules_keep_all_rules() -> None:
    """The second part is no other telling of the chain."""
    reading = read_paste("-A INPUT -i lo -j ACCEPT\n\n-A INPUT -p icmp -j ACCEPT\n")
    assert added(reading.rules) == [
        "-A INPUT -i lo -j ACCEPT",
        "-A INPUT -p icmp -j ACCEPT",
    ]


LISTING = (
    "Chain INPUT (policy DROP)\n"
    "target     prot opt source               destination         \n"
    "ACCEPT     tcp  --  anywhere             anywhere             tcp dpt:ssh\n"
)


@pytest.mark.parametrize("below", ["```", "$ ip -br a", "But it does not work at all!", "~# ls"])
def test_a_whole_row_swallows_nothing(below: str) -> None:
    """Only what extensions print goes on a row."""
    reading = read_paste(f"{LISTING}{below}\n", {"family": "4", "interfaces": "none"})
    assert added(reading.rules) == ["-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT"]
    assert "not read" not in reading.receipt[0].note


@pytest.mark.parametrize("cut", [70, 72, 74, 75, 80])
def test_a_row_broken_in_a_word_is_put_together(cut: int) -> None:
    """At a blank or within a word."""
    row = (
        "REJECT     all  --  192.0.2.9            0.0.0.0/0            "
        "reject-with icmp-host-prohibited"
    )
    text = f"Chain INPUT (policy ACCEPT)\n{LISTING.split(chr(10))[1]}\n{row[:cut]}\n{row[cut:]}\n"
    reading = read_paste(text, {"interfaces": "none"})
    assert added(reading.rules) == [
        "-A INPUT -s 192.0.2.9/32 -j REJECT --reject-with icmp-host-prohibited"
    ]


def test_rows_of_ip6tables_have_no_opt_column() -> None:
    """Older ip6tables leaves it blank; such rows are read, not passed over as prose."""
    text = (
        "# ip6tables -L\nChain INPUT (policy DROP)\n"
        "target     prot opt source               destination\n"
        "ours       all      anywhere             anywhere\n"
        "ACCEPT     tcp      anywhere             anywhere             tcp dpt:ssh\n"
        "ours       all      anywhere             anywhere            [goto]\n"
    )
    rules = added(read_paste(text, {"interfaces": "none"}).rules, 6)
    assert rules[:3] == [
        "-A INPUT -j ours",
        "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
        "-A INPUT -g ours",
    ]


def test_a_row_that_ends_within_a_word_is_not_guessed() -> None:
    """RELAT is what iptables takes for RELATED, and what a cut leaves of it."""
    text = (
        "Chain FORWARD (policy DROP 0 packets, 0 bytes)\n"
        " pkts bytes target     prot opt in     out     source               destination\n"
        "    0     0 ACCEPT     all  --  eth0   ppp+    0.0.0.0/0            0.0.0.0/0"
        "            ctstate RELAT\n"
    )
    reading = read_paste(text)
    assert "RELATED" not in reading.rules
    assert "# Not told by the listing: `ACCEPT ctstate RELAT`" in reading.rules


@pytest.mark.parametrize(
    "last",
    ['-A INPUT -m comment --comment "half a', "-A INPUT -m conntrack --ctstate RELATED,ESTABL",
     "-A INPUT -p tcp -m tcp --dport"],
)  # fmt: skip
def test_a_dump_that_ends_within_a_rule_says_so_there(last: str) -> None:
    """What the rule would do is not told; the rules before it stand."""
    reading = read_paste(f"{HEAD}-A INPUT -i lo -j ACCEPT\n{last}\n")
    assert "# Not told by the listing: the rest of" in reading.rules
    assert len(rules_of(reading.rules, 4)["filter"]) == 5


def test_chains_that_a_part_of_a_dump_does_not_show_are_made() -> None:
    """With rules that are not told, so that the walk can say where that matters."""
    reading = read_paste("-A PREROUTING -j ours\n-A POSTROUTING -o eth0 -j MASQUERADE\n")
    assert "# Not told by the listing: the rules of ours" in reading.rules
    assert "chains that are not shown: ours" in reading.receipt[0].note
    assert rules_of(reading.rules, 4)


def test_a_table_told_twice_is_said() -> None:
    """Two machines in one paste: the later takes the place, and the receipt says it."""
    one = HEAD + "COMMIT\n"
    reading = read_paste(f"# Generated by iptables-save v1.8.9\n{one}and on the other\n"
                         f"# Generated by iptables-save v1.8.9\n{one}")  # fmt: skip
    assert "filter was told above: this takes its place" in reading.receipt[-1].note


def test_rows_that_differ_by_an_address_or_a_port_keep_theirs() -> None:
    """Long lists are read by what their rows have in common."""
    head = " pkts bytes target     prot opt in     out     source               destination\n"
    rows = [("192.0.2.1", 22), ("192.0.2.2", 22), ("198.51.100.77", 64937), ("0.0.0.0/0", 80)]
    text = "Chain INPUT (policy DROP 0 packets, 0 bytes)\n" + head + "".join(
        f"    0     0 DROP       tcp  --  eth0   *       {source}   0.0.0.0/0   tcp dpt:{port}\n"
        for source, port in rows
    )  # fmt: skip
    assert added(read_paste(text).rules) == [
        "-A INPUT -s 192.0.2.1/32 -i eth0 -p tcp -m tcp --dport 22 -j DROP",
        "-A INPUT -s 192.0.2.2/32 -i eth0 -p tcp -m tcp --dport 22 -j DROP",
        "-A INPUT -s 198.51.100.77/32 -i eth0 -p tcp -m tcp --dport 64937 -j DROP",
        "-A INPUT -i eth0 -p tcp -m tcp --dport 80 -j DROP",
    ]
