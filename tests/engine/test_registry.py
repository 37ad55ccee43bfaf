"""An extension is one file: it is found there, and no other may take its name."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sim.base.errors import Refused
from sim.extensions.extension import MatchType, TargetType
from sim.extensions.matchers import MATCHES
from sim.extensions.registry import TwiceRegistered, by_name, by_plain_name
from sim.extensions.targets import TARGETS
from sim.model.host import Host
from sim.read.names import names_of
from sim.read.rules.ruleset import load_rules

ROOT = Path(__file__).parents[2]


def test_a_name_that_is_registered_twice_is_an_error() -> None:
    """Whichever stands first, and an alias counts as a name."""
    mark = MATCHES["mark", 4]
    other = MatchType("fwmark", aliases=("mark",), help="another")
    for kinds in ((mark, other), (other, mark)):
        with pytest.raises(TwiceRegistered, match=r"-m mark is registered twice for IPv4"):
            by_name(kinds)


def test_a_living_extension_does_not_hide_behind_one_that_is_gone() -> None:
    """The error says from which list the name has to go."""
    living = MatchType("unclean", help="compare everything")
    with pytest.raises(TwiceRegistered, match=r"take unclean out of sim/extensions/matchers/gone"):
        by_name((living, replace(living, removed="dropped with 2.6.0", help="gone")))
    gone = TargetType("MIRROR", removed="removed in Linux 2.6", help="gone")
    with pytest.raises(TwiceRegistered, match=r"targets/removed\.py"):
        by_name((gone, TargetType("MIRROR", help="send it back")))


def test_a_name_may_have_a_type_for_each_family() -> None:
    """TTL is living in IPv4 and gone in IPv6."""
    assert not TARGETS["TTL", 4].removed
    assert TARGETS["TTL", 6].removed
    one = replace(MATCHES["mark", 4], families=frozenset({4}))
    six = replace(one, families=frozenset({6}))
    assert by_name((one, six)) == {("mark", 4): one, ("mark", 6): six}


def test_a_new_file_is_an_extension_at_once_and_a_second_of_its_name_an_import_error(
    tmp_path: Path,
) -> None:
    """Nothing is listed: a process with one more folder on the package's path finds it."""
    (tmp_path / "zz_new.py").write_text(
        "from sim.extensions.extension import MatchType\n"
        'MATCH = MatchType("zznew", by_fields=True, help="new")\n'
    )
    ask = (
        "import sim.extensions.matchers as m; from sim.extensions.registry import *;"
        f"m.__path__.append({str(tmp_path)!r});"
        "found = by_name(defined_in(m.__name__, m.__path__, m.MatchType));"
        "print(found['zznew', 6].help)"
    )

    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", ask]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)

    assert run().stdout == "new\n"
    (tmp_path / "zz_old.py").write_text((tmp_path / "zz_new.py").read_text())
    assert "-m zznew is registered twice" in run().stderr


def test_an_extension_is_refused_by_a_kernel_that_is_older_than_it() -> None:
    """Where the host text says which kernel runs; without a word any that matters has it."""
    rule = "*filter\n-A INPUT -m statistic --mode nth --every 2 --packet 0\nCOMMIT\n"
    load_rules(rule)
    for kernel in ("6.1.0-28-amd64", "2.6", "2.6.18"):
        load_rules(rule, names_of(Host(kernel=kernel)))
    with pytest.raises(Refused, match=r"came with Linux 2\.6\.18, the host runs 2\.4"):
        load_rules(rule, names_of(Host(kernel="2.4")))


def test_a_name_of_ebtables_or_arptables_that_is_registered_twice_is_an_error() -> None:
    """They have one family each, so the name alone counts."""
    with pytest.raises(TwiceRegistered, match="mark is registered twice"):
        by_plain_name((MATCHES["mark", 4], MatchType("mark", help="another")))
