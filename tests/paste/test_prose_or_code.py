"""Sentences that begin as code does, and code that does not look like any."""

from __future__ import annotations

import pytest

from sim.read.paste.reading import read_paste

RULE = "iptables -P INPUT DROP\n"
DUMP = "*filter\n:INPUT DROP [0:0]\nCOMMIT\n"


@pytest.mark.parametrize(
    "sentence",
    [
        "if ufw is not there, be sure to install it first.",
        'if the policy is -P ACCEPT and nothing else helps > reboot the "box"',
        "for clients in the LAN I have this",
        "while testing this, nothing came through",
        "while read errors are in the log nothing works",
        "until now it worked",
        "case closed, I thought",
    ],
)
def test_a_sentence_opens_no_construct(sentence: str) -> None:
    """What stands below it is read as ever."""
    for below in (f"\n```\n{RULE}```\n", f"\n{DUMP}", f"\n{RULE}"):
        reading = read_paste(f"# Heading\n\n{sentence}\n{below}")
        assert "INPUT DROP" in reading.rules, below
        assert all("ends here" not in entry.note for entry in reading.receipt)


def test_constructs_that_are_closed_are_code() -> None:
    """Whether `then` stands on their line or below."""
    for opens in ("if true; then\n", "if true\nthen\n", "if test -n x\nthen\n"):
        assert read_paste(f"{opens}  {RULE}fi\n").rules == RULE
    assert read_paste(f"for x in a\ndo\n  {RULE}done\n").rules == RULE


@pytest.mark.parametrize("first", ["#/bin/bash", "# !/bin/sh", "!#/bin/bash", "#! /bin/bash"])
def test_a_first_line_that_was_mistyped_begins_a_script(first: str) -> None:
    """A login's shell runs it all the same; lines that look like prose are its commands."""
    reading = read_paste(
        f"{first}\nBASE=/etc/fw\n. $BASE/options\n$BASE/prerun\n$IPT -P INPUT DROP\n"
    )
    assert [one.name for one in reading.questions] == ["/etc/fw/options", "IPT"]
    assert "prerun is not run here" in reading.receipt[-1].note


def test_files_that_are_written_by_cat_and_tee() -> None:
    """A here-document at the beginning is code; sysctl --system reads what it wrote."""
    for writes in ("cat <<EOF | sudo tee", "cat >", "sudo tee"):
        end = " <<EOF" if "<<" not in writes else ""
        text = (
            f"{writes} /etc/sysctl.d/k8s.conf{end}\nnet.ipv4.ip_forward = 1\nEOF\nsysctl --system\n"
        )
        assert read_paste(text).host == "sysctl -w net.ipv4.ip_forward=1\n"


@pytest.mark.parametrize("sign", ["&&", "||", "|"])
def test_a_list_that_waits_for_a_command_runs_nothing(sign: str) -> None:
    """bash and dash: a syntax error at the end of the file, and no line of the list has run."""
    text = f"iptables -P FORWARD DROP\niptables -P INPUT DROP &&\nufw enable {sign}\n"
    reading = read_paste(text)
    assert reading.rules == "iptables -P FORWARD DROP\n"
    assert f"line 3: `{sign}` at its end" in reading.receipt[-1].note
    assert "from line 2 on" in reading.receipt[-1].note
