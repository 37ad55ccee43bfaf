"""Every line of every ``.t`` file: what we accept, what we print back, and that the tool agrees."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.base.errors import Refused
from sim.extensions.matchers import MATCHES
from sim.extensions.targets import TARGETS
from sim.read.rules.ruleset import load_rules
from sim.tell.save import save
from tests.conformance.oracle import Case, Oracle
from tests.extensions.cases import HERE, Line, lines_of

FILES = sorted(HERE.glob("*.t"))


def _printed(line: Line, chain: str) -> str | None:
    """What we print for it, ``None`` if we refuse it."""
    try:
        rules = load_rules(line.text(chain), line.scene.names, family=line.scene.family)
    except Refused:
        return None
    return _rules_in(save(rules.of(line.scene.family)), chain)


def _rules_in(saved: str, chain: str) -> str:
    start = f"-A {chain}"
    return " | ".join(
        text.removeprefix(start).strip() for text in saved.splitlines() if text.startswith(start)
    )


def _expected(line: Line) -> str | None:
    return line.printed.strip() if line.accepted else None


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_lines_are_judged_and_printed_back_as_written(path: Path) -> None:
    """Each line is accepted or refused as its file says, and printed back as it says."""
    wrong = []
    for line in lines_of(path):
        for chain in line.scene.chains:
            found = _printed(line, chain)
            if found != _expected(line):
                wrong.append(f"{path.name}:{line.number} ({chain}) {line.arguments}\n    {found}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.kernel
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_real_tool_says_the_same(path: Path) -> None:
    """iptables-legacy-restore accepts, refuses and prints back exactly what the file says."""
    asked = [
        (line, chain)
        for line in lines_of(path)
        if not line.scene.kernel
        for chain in line.scene.chains
    ]
    cases = [
        Case(line.text(chain), line.scene.family, setup=line.scene.setup) for line, chain in asked
    ]
    wrong = []
    with Oracle() as oracle:
        for (line, chain), answer in zip(asked, oracle.answers(cases), strict=True):
            found = None if answer.code else _rules_in(answer.saved, chain)
            if found != _expected(line):
                wrong.append(
                    f"{path.name}:{line.number} ({chain}) {line.arguments}\n"
                    f"    {found if found is not None else answer.message.strip()}"
                )
    assert not wrong, "\n".join(wrong)


def test_every_file_belongs_to_an_extension() -> None:
    """A file's name is that of a match or target."""
    known = {name for name, _ in MATCHES} | {name for name, _ in TARGETS}
    assert {path.stem for path in FILES} <= known
