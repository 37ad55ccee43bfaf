"""Every corner of the grammar, asked of the real tools."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance import handmade
from tests.conformance.compare import differences, ours
from tests.conformance.oracle import Case, Oracle

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    with Oracle() as running:
        yield running


def test_handmade_texts(oracle: Oracle) -> None:
    """Each is accepted or refused as the tools do, at the same command, and printed back alike."""
    found = [
        f"{case.text!r} (IPv{case.family}): {how}"
        for case, _, how in differences(oracle, handmade.cases())
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("text", ["*filter\nCOMMIT", "  \n*filter\nCOMMIT\n"])
def test_pastes_are_not_files(oracle: Oracle, text: str) -> None:
    """A missing last newline, and blanks between dumps, are refused by the tool and not by us."""
    case = Case(text)
    assert oracle.answer(case).code != 0
    assert ours(case).saved is not None


@pytest.mark.parametrize("line", ["-h", "-V", "-A INPUT --help"])
def test_lines_that_end_the_tool(oracle: Oracle, line: str) -> None:
    """The tool stops there and loads nothing, with success; we say so instead."""
    case = Case(f"*filter\n-A INPUT -j DROP\n{line}\nCOMMIT\n")
    answer = oracle.answer(case)
    assert answer.code == 0
    assert "DROP" not in answer.saved
    assert ours(case).lines == (3,)
