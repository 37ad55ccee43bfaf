"""Scripts of our own, each with what iptables-save printed after it was really run.

They ran in a network namespace with iptables 1.8.9, legacy and nf_tables, in the shell that their
first line names (``/bin/sh`` is dash).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.read.paste.reading import read_paste
from tests.paste.corpus import rules_of, sections, told

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.sh"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_leaves_what_it_left_on_the_kernel(script: Path) -> None:
    """The same rules in the same order, and nothing that has to be asked."""
    expected = sections(script.with_suffix(".expected").read_text())
    reading = read_paste(script.read_text())
    assert reading.questions == ()
    assert rules_of(reading.rules, 4, reading.host) == told(expected["iptables-save"])
    assert rules_of(reading.rules, 6, reading.host) == told(expected["ip6tables-save"])


def test_a_command_behind_a_backslash_is_no_part_of_the_line_above() -> None:
    """It is written so that no alias takes its place."""
    text = "#!/bin/sh\niptables -P INPUT DROP\n\\iptables -A INPUT -j ACCEPT\n"
    assert read_paste(text).rules == "iptables -P INPUT DROP\niptables -A INPUT -j ACCEPT\n"


def test_iptables_restore_takes_one_table_of_a_text() -> None:
    """-T names the table; the others are passed over."""
    text = (
        "#!/bin/sh\niptables-restore -T nat <<E\n*filter\n:INPUT DROP [0:0]\nCOMMIT\n"
        "*nat\n-A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 8080\nCOMMIT\nE\n"
    )
    assert set(rules_of(read_paste(text).rules, 4)) == {"nat"}


def test_aliases_count_where_the_shell_is_not_bash() -> None:
    """bash expands none in a script; dash does."""
    text = "alias ipt='iptables -w'\nipt -A INPUT -j DROP\n"
    assert "-A INPUT -j DROP" in read_paste(f"#!/bin/sh\n{text}").rules
    assert read_paste(f"#!/bin/bash\n{text}").rules == ""
