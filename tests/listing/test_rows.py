"""A row of ``iptables -L`` is read back to its rule, or says what it lacks."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sim.model.rules import Rule
from sim.read.listing.row import ColumnHeads, ListedRow, split
from sim.read.listing.rule import ReadRow, RowPlace, read_row
from sim.read.names import names_of
from sim.read.rules.ruleset import load_rules
from tests.extensions.listings import FILES, asked, key_of, recorded
from tests.paste.corpus import PASTES

NAMES = names_of()
FORMS = ("listing_nvx", "listing_nv", "listing_v", "listing_n", "listing")
LISTINGS = sorted((PASTES / "listing").glob("*.jsonl.gz"))
EVERY = 13  # of the recorded rules, one in so many: all take a minute
# Printed by no form: hashlimit's name; and what iptables-save adds to every rule with -m time.
_UNPRINTED = re.compile(r" --hashlimit-name \S+| --datestop 2038-01-19T03:14:07")


def bare(rule: str) -> str:
    return _UNPRINTED.sub("", f" {rule}").strip()


def blind(rule: str) -> str:
    return re.sub(r"(! )?-[io] \S+ ?", "", rule).strip()


def listed_row(rule: Rule, rest: str, family: int) -> ListedRow:
    """The row whose end the real tool printed, with the columns of this rule."""
    words = rule.text.split()
    columns = {"-s": "0.0.0.0/0", "-d": "0.0.0.0/0", "-i": "*", "-o": "*", "-p": "all"}
    for at, word in enumerate(words[:-1]):
        if word in columns and columns[word] in ("0.0.0.0/0", "*", "all"):
            columns[word] = "!" * (words[at - 1] == "!") + words[at + 1]
        if word == "-m":
            break
    opt = "--" if rule.ip.fragment is None else "-f" if rule.ip.fragment else "!f"
    target = words[words.index("-j") + 1] if "-j" in words else ""
    return ListedRow(target, columns["-p"], opt, columns["-i"], columns["-o"], columns["-s"],
               columns["-d"], rest, has_devices=True)  # fmt: skip


# Asks nothing, and is not printed; and a logarithm that the tools print rounded.
SAME = re.compile(r"--[sd]port 0:65535|--dccp-types($| -)|--rateest-ewmalog")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_the_tool_printed_is_read_back(path: Path) -> None:
    """Every accepted line of the ``.t`` files, in its form with ``-n -v``."""
    printed, wrong = recorded(), []
    for line in asked(path):
        scene, chain = line.scene, line.scene.chains[0]
        rules = load_rules(line.text(chain), scene.names, family=scene.family).of(scene.family)
        made = [rule for rule in rules.tables[scene.table].chains[chain].rules
                if rule.span is None or "RATEEST --rateest-name" not in rule.text
                or "RATEEST" in line.arguments]  # fmt: skip
        place = RowPlace(scene.family, scene.table, chain, scene.names)
        rests = [printed[key_of(path, line)]]
        if len(made) > 1:
            rests = rests[0].split(" | ")
        for rule, rest in zip(made, rests, strict=True):
            told = read_row(listed_row(rule, rest, scene.family), place, 1)
            want = rule.text.removeprefix(f"-A {chain}").strip()
            same = bare(told.text) == bare(want) or SAME.search(want)
            if not same and not _says_so(told):
                wrong.append(f"{want}\n  listed {rest}\n  read {told}")
    assert not wrong, "\n".join(wrong)


def _says_so(told: ReadRow) -> bool:
    return bool(told.readings or told.unread or told.notes or set(told.untold) - {"-i", "-o"})


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt") as file:
        yield from (json.loads(line) for at, line in enumerate(file) if at % EVERY == 0)


# Lost in the listing without any sign of it: ``::/64`` prints ``anywhere``, and iptables-nft
# neither prints eui64 nor more than 64 signs of a prefix.
SILENT = re.compile(r"-[sd] ::/\d+|-m eui64|--nflog-prefix \S{64}")


@pytest.mark.skipif(not LISTINGS, reason="../shared/pastes is not here")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", LISTINGS, ids=lambda path: path.name.partition(".")[0])
def test_every_form_is_read_back(path: Path, form: str) -> None:
    """Both backends, printed by the real tools: the same rule, or what the form does not tell."""
    wrong, right = [], 0
    for entry in rows(path):
        row = split(entry[form], ColumnHeads.of(entry["heads"][form][1]))
        assert row is not None, entry[form]
        place = RowPlace(entry["family"], entry["table"], entry["chain"], NAMES)
        told = read_row(row, place, 1)
        want = entry["saved"].removeprefix(f"-A {entry['chain']}").strip()
        got, meant = bare(told.text), bare(want)
        if got == meant or (got == blind(meant) and {"-i", "-o"} & set(told.untold)):
            right += 1
        elif not _says_so(told) and not SILENT.search(want):
            wrong.append(f"{want}\n  listed {entry[form]}\n  read {told}")
    assert not wrong, "\n".join(wrong)
    assert right > 200


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("ACCEPT     all      ::/0   ::/0  ", ""),
        ("ACCEPT     tcp      2001:db8::/32        ::/0   tcp dpt:22",
         "-s 2001:db8::/32 -p tcp -m tcp --dport 22"),
        ("all -- anywhere anywhere", ""),
        ("3 0 0 tcp -- tcp0 * 0.0.0.0/0 10.0.0.1", "-d 10.0.0.1/32 -i tcp0 -p tcp"),
        ("LOG all -- anywhere anywhere LOG level warning prefix `in: '", '--log-prefix "in: "'),
        ("DROP  all  -f  0.0.0.0/0  0.0.0.0/0", "-f"),
        ("12K 3M verylongchainname !6 -- !eth0 * !10.0.0.0/8 0.0.0.0/0",
         "! -s 10.0.0.0/8 ! -i eth0 ! -p tcp"),
    ],
)  # fmt: skip
def test_columns_are_cut_at_blanks(line: str, rule: str) -> None:
    """With blanks squeezed, without a target, of tools that leave opt empty, without heads."""
    row = split(line, ColumnHeads())
    assert row is not None
    family = 6 if ":" in row.source else 4
    assert rule in read_row(row, RowPlace(family, "filter", "FORWARD", NAMES), 1).text


@pytest.mark.parametrize("line", ["", "hello", "1 2 3 4 5 6 7 8 9", "Proto -- Local Address here"])
def test_prose_is_no_row(line: str) -> None:
    """Numbers and words in a row are not enough."""
    assert split(line, ColumnHeads()) is None


def test_two_readings_are_both_given() -> None:
    """A comment may imitate what a match prints."""
    row = split("DROP tcp -- anywhere anywhere /* a */ tcp dpt:80 /* b */", ColumnHeads())
    assert row is not None
    told = read_row(row, RowPlace(4, "filter", "INPUT", NAMES), 1)
    assert [reading.count("comment") for reading in told.readings] == [4, 2]
    assert "--dport" not in told.text
