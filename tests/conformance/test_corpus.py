"""Real rulesets: loaded or refused as the manifest says, printed back as the tool prints."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.compare import difference
from tests.conformance.oracle import Case, Oracle

pytestmark = [pytest.mark.kernel, pytest.mark.corpus, pytest.mark.slow]

_SETS = re.compile(r"--(?:match|add|del|map)-set (\S+) (\S+)")
_KINDS = {1: "hash:net", 2: "hash:ip,port", 3: "hash:ip,port,ip"}


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    with Oracle() as running:
        yield running


def rows(corpus: Path) -> list[dict[str, str]]:
    with (corpus / "manifest.tsv").open() as manifest:
        listed = csv.DictReader(manifest, delimiter="\t")
        return [row for row in listed if row["family"] in ("4", "6")]


def objects(text: str, family: int) -> str:
    """Commands that make the sets and accounting objects which the rules name."""
    suffix = "6" if family == 6 else ""
    commands = [
        f"ipset create {name} {_KINDS[flags.count(',') + 1]} family inet{suffix}"
        for name, flags in sorted(set(_SETS.findall(text)))
    ]
    commands += [f"nfacct add {name}" for name in set(re.findall(r"--nfacct-name (\S+)", text))]
    return "\n".join(commands)


def test_real_rulesets(corpus: Path, oracle: Oracle) -> None:
    """All of them: the manifest's verdict, the tool's verdict and ours are one."""
    found = []
    for row in rows(corpus):
        text = (corpus / f"{row['name']}.rules").read_bytes().decode(errors="replace")
        family = int(row["family"])
        case = Case(text, family, setup=objects(text, family))
        answer = oracle.answer(case)
        if (answer.code == 0) != (row["legacy_load"] == "ok"):
            found.append(f"{row['name']}: the manifest says {row['legacy_load']}")
        how = difference(case, answer)
        if how is not None:
            found.append(f"{row['name']}: {how}")
    assert not found, "\n".join(found)
