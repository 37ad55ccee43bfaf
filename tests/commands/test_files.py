"""A file that cannot be opened is told in words, not as the system numbers its errors."""

from __future__ import annotations

import errno
import subprocess
from pathlib import Path

import pytest

from playground.management.files import file_problem
from tests.manage import manage

COMMANDS = ("simulate", "why", "read", "verify", "advise", "mask", "rules", "poster")


def _told(*words: str) -> str:
    done: subprocess.CompletedProcess[str] = manage(*words)
    assert done.returncode
    return done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_which_file_is_missing(command: str) -> None:
    told = _told(command, "/nowhere/box.toml")
    assert "/nowhere/box.toml: there is no such file or folder" in told
    assert "Errno" not in told


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_tells_a_folder_from_a_file(command: str, tmp_path: Path) -> None:
    told = _told(command, str(tmp_path))
    assert f"{tmp_path}: it is a folder, not a file" in told
    assert "Errno" not in told


def test_rules_that_are_no_text_say_where() -> None:
    """The position is counted from one, as people count."""
    with pytest.raises(UnicodeDecodeError) as caught:
        b"*filter\xff".decode()
    assert file_problem(caught.value, "rules") == "rules: it is not text (byte 8 is not UTF-8)"


def test_a_name_that_was_not_given_is_the_error_s_own() -> None:
    assert file_problem(OSError(errno.ENOSPC, "No space left on device", "/out")) == (
        "/out: the disk is full"
    )


def test_an_error_that_is_not_listed_keeps_the_system_s_word() -> None:
    assert file_problem(OSError(errno.EBUSY, "Device or resource busy"), "/out") == (
        "/out: device or resource busy"
    )


def test_what_is_no_error_of_the_system_keeps_its_words() -> None:
    assert file_problem(FileExistsError("/out is not empty")) == "/out is not empty"
    assert file_problem(ValueError("no kernel"), "/out") == "no kernel"
