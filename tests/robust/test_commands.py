"""The commands with input that is none: a message and exit 2, never a traceback."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.core.management import call_command

SCENARIO = """title = "x\\u0007y"
rules = "iptables -A INPUT -j DROP"
host = "interface eth0 10.0.0.1/24"
packets = "in eth0 udp 10.0.0.2:1 -> 10.0.0.1:2"
"""
HOSTILE_LINES = (
    "[" * 100_000,
    '{"rules":' * 20_000,
    '{"rules": "\\ud800"}',
    '{"rules": "-A \\ud800", "host": ""}',
    '{"family": 1e999, "rules": ""}',
    '{"family": true, "rules": ""}',
    "9" * 5000,
    "null",
    '"\0"',
    '{"rules": "", "seed": ' + "9" * 5000 + "}",
    "{}",
)


def batch(command: str, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(HOSTILE_LINES) + "\n"))
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command(command, "--batch", stdout=out)
    assert ended.value.code == 0
    out.getvalue().encode()
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("command", ["simulate", "rules"])
def test_a_batch_answers_every_line(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that is no request is told so; the next one is served."""
    answers = batch(command, monkeypatch)
    assert len(answers) == len(HOSTILE_LINES)
    for answer in answers[:-1]:
        assert answer["errors"]


def report(scenario: str, tmp_path: Path) -> tuple[ElementTree.Element, int]:
    file = tmp_path / "one.toml"
    file.write_text(scenario)
    out = tmp_path / "out.xml"
    with pytest.raises(SystemExit) as ended:
        call_command("simulate", "--junit", str(out), str(file))
    return ElementTree.parse(out).getroot(), int(str(ended.value.code))


def test_a_report_parses_whatever_the_title_holds(tmp_path: Path) -> None:
    """XML has no control characters; a reader of the report sees that one was there."""
    suite, code = report(SCENARIO + 'expect = "1: dropped"\n', tmp_path)
    assert code == 0
    assert suite[0].get("name") == "x\ufffdy: 1: dropped"


def test_a_file_without_expectations_is_named_in_the_report(tmp_path: Path) -> None:
    """It proves nothing, and a reader of the report can see that."""
    suite, code = report(SCENARIO, tmp_path)
    assert code == 0
    assert suite.get("skipped") == "1"
    assert suite[0].find("skipped") is not None


def test_a_report_that_cannot_be_written_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One message and exit 2."""
    file = tmp_path / "one.toml"
    file.write_text(SCENARIO)
    with pytest.raises(SystemExit) as ended:
        call_command("simulate", "--junit", str(tmp_path / "no" / "out.xml"), str(file))
    assert ended.value.code == 2
    assert "the report cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["simulate", "rules"])
@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"title = \xff", None])
def test_a_file_that_is_no_text_is_said(
    command: str, content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Binary files, folders and files that are not there."""
    file = tmp_path / "one.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SystemExit) as ended:
        call_command(command, str(file))
    assert ended.value.code == 2
    assert capsys.readouterr().err
