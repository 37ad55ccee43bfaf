"""Tables of a grammar that one process leaves to the next."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sim.read import tables

GRAMMAR = 'start: "a" WORD\nWORD: /[b-z]+/\n%ignore " "\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tables, "_folder", None)
    tables.keep_in(tmp_path / "kept")
    return tmp_path / "kept"


def parsed() -> tuple[str, list[str]]:
    tree = tables.parser(GRAMMAR, parser="lalr").parse("a word")
    return tree.data, [str(word) for word in tree.children]


def test_the_next_process_finds_them(folder: Path) -> None:
    """One file for one grammar, for this user alone; it says the same."""
    first = parsed()
    (file,) = folder.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    written = file.stat().st_mtime_ns
    assert parsed() == first == ("start", ["word"])
    assert file.stat().st_mtime_ns == written
    tables.parser(GRAMMAR + "\n", parser="lalr")
    assert len(list(folder.iterdir())) == 2


def test_a_file_that_is_broken_is_no_matter(folder: Path) -> None:
    first = parsed()
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:-50])
    assert parsed() == first


def test_what_somebody_else_left_there_is_not_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be unpickled."""
    first = parsed()
    (file,) = folder.iterdir()
    file.write_bytes(b"poison")
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert parsed() == first
    assert file.read_bytes() == b"poison"


def test_where_nothing_can_be_kept_nothing_is(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "kept").write_text("a file")
    assert parsed()[1] == ["word"]
    tables.keep_in(tmp_path / "kept" / "below")
    assert parsed()[1] == ["word"]
