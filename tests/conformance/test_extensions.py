"""The iptables project's own extension tests: we agree with the tool on every line."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator

import pytest

from sim.extensions.extension import Names
from sim.read.host.text import parse_host
from sim.read.names import names_of
from tests.conformance import debian_source
from tests.conformance.compare import difference
from tests.conformance.debian_source import Line
from tests.conformance.mutations import mutated
from tests.conformance.oracle import Oracle

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

MUTATIONS = 1500


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    try:
        return list(debian_source.lines())
    except OSError as error:
        pytest.skip(f"missing: {error}")


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    with Oracle() as running:
        yield running


def names() -> Names:
    """A namespace that was just made has no sets and no accounting objects."""
    return dataclasses.replace(names_of(), sets={}, accounting=frozenset())


@pytest.mark.parametrize("native", [True, False], ids=["native", "ip6tables"])
def test_project_lines(lines: list[Line], oracle: Oracle, native: bool) -> None:
    """Accepted or refused as the tool does, and printed back the same, in every chain named."""
    asked = [line for line in lines if line.is_native is native]
    found = []
    for line, answer in zip(asked, oracle.answers(line.case for line in asked), strict=True):
        how = difference(line.case, answer, names())
        if how is not None:
            found.append(f"{line.file}:{line.number} {line.case.text.splitlines()[1]}: {how}")
    assert len(asked) == {True: 2429, False: 1776}[native]
    assert not found, "\n".join(found)


def test_every_fingerprint_that_the_project_ships_is_read(lines: list[Line]) -> None:
    """Its pf.os, pasted into the host text as it is."""
    (path,) = debian_source.extension_files()[0].parents[1].glob("utils/pf.os")
    known = parse_host(path.read_text()).fingerprints or ()
    shipped = [line.strip() for line in path.read_text().splitlines() if line[:1] not in ("", "#")]
    assert [one.text for one in known] == list(dict.fromkeys(shipped))
    assert {"Linux", "Windows", "OpenBSD"} <= {one.genre for one in known}


def test_mutated_lines(lines: list[Line], oracle: Oracle) -> None:
    """Lines bent at random into other tables, chains and families: still no difference."""
    # Objects outside of the rules that neither side has: their names say nothing.
    outside = ("--path", "-set ")
    seeds = sorted({
        (line.rule, line.case.family)
        for line in lines
        if not any(word in line.rule for word in outside)
    })  # fmt: skip
    cases = list(mutated(seeds, MUTATIONS, seed=20))
    verdicts: Counter[bool] = Counter()
    found = []
    for case, answer in zip(cases, oracle.answers(cases), strict=True):
        verdicts[answer.code == 0] += 1
        how = difference(case, answer, names())
        if how is not None:
            found.append(f"{case.text!r} (IPv{case.family}): {how}")
    assert verdicts[True] > MUTATIONS // 10
    assert not found, "\n".join(found)
