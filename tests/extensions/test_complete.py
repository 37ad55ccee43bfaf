"""What every extension has beside its code; a test that fails says what to add, and where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sim.base.errors import Refused
from sim.extensions.extension import MatchType, TargetType
from sim.extensions.matchers import MATCHES
from sim.extensions.targets import TARGETS
from sim.model.rules import TABLE_HOOKS, Hook
from sim.packet.protocols import PROTOCOLS
from sim.read.rules.ruleset import load_rules
from tests.extensions.cases import HERE, Line, Scene, lines_of

Kind = MatchType | TargetType
LIVING: list[Kind] = [
    kind
    for kind in {id(each): each for each in (*MATCHES.values(), *TARGETS.values())}.values()
    if not kind.removed
]
CASES = HERE.parent / "cases"
EVERY_CASE = "\n".join(path.read_text() for path in sorted(CASES.rglob("*.toml")))
living = pytest.mark.parametrize(
    "kind", LIVING, ids=lambda kind: f"{kind.name}-{min(kind.families)}"
)


def _sign(kind: Kind) -> str:
    return "-m" if isinstance(kind, MatchType) else "-j"


def _file(kind: Kind) -> str:
    return "sim/extensions/" + ("matchers/" if isinstance(kind, MatchType) else "targets/")


def _lines(kind: Kind) -> list[Line]:
    """Its lines: none if there is no file."""
    path: Path = HERE / f"{kind.name}.t"
    found = lines_of(path) if path.exists() else iter(())
    return [line for line in found if line.scene.family in kind.families]


@living
def test_it_has_a_line_of_help(kind: Kind) -> None:
    """The page's completion shows it."""
    assert kind.help, f"add help= to {kind.name} in its file under {_file(kind)}"


@pytest.mark.parametrize(
    "kind",
    [kind for kind in LIVING if isinstance(kind, MatchType)],
    ids=lambda kind: f"{kind.name}-{min(kind.families)}",
)
def test_its_options_say_what_they_compare(kind: MatchType) -> None:
    """As data, for the index and the advisor; or the match says why some cannot."""
    lacking = [option.flag for option in kind.options if option.compares is None]
    where = f"{kind.name} in its file under {_file(kind)}"
    if lacking and kind.opaque is None:
        pytest.fail(
            f"give {', '.join(lacking)} of {where} compares= (sim/extensions/comparison.py; a new "
            "field goes into packet_fields.py), or say with opaque= why they cannot have it"
        )
    assert lacking or kind.opaque is None, f"all options of {where} compare: leave out opaque="


@living
def test_it_has_a_case_that_is_accepted(kind: Kind) -> None:
    """One line that the real tool takes, unless the reference kernel cannot load it.

    An object of nfacct is made over netlink only, so tests/cases/matches/nfacct_quota.toml
    stands for it.
    """
    if kind.not_built or kind.name == "nfacct":
        return
    assert any(line.accepted for line in _lines(kind)), (
        f"write a line with {_sign(kind)} {kind.name} that loads into tests/extensions/"
        f"{kind.name}.t and run python -m tests.extensions.record tests/extensions/{kind.name}.t"
    )


@living
def test_it_has_a_case_that_is_refused(kind: Kind) -> None:
    """One line that the real tool does not take."""
    assert any(not line.accepted for line in _lines(kind)), (
        f"write a line with {_sign(kind)} {kind.name} that is refused (a wrong value, a wrong "
        f"table) into tests/extensions/{kind.name}.t and run python -m tests.extensions.record"
    )


@living
def test_it_has_a_case_that_the_kernel_comparison_walks(kind: Kind) -> None:
    """A scenario under tests/cases whose trace the kernel agreed with."""
    if kind.not_built:
        return
    used = f"{_sign(kind)} {kind.name}"
    assert any(f"{used}{end}" in EVERY_CASE for end in (" ", "\n", '"', "'")), (
        f"write tests/cases/extensions/{kind.name}.toml whose rules use {used} (copy one that is "
        "there), fill in its trace with pytest --update tests/test_cases.py and show it to the "
        "kernel: python manage.py verify tests/cases/extensions/NAME.toml"
    )


@living
def test_its_examples_load(kind: Kind) -> None:
    """Each in one of its families at least, in a chain that it may stand in."""
    assert kind.examples, f"add examples=(...) to {kind.name} in its file under {_file(kind)}"
    if kind.name in ("nfacct", "rateest"):
        return  # they need an object of the host, or another rule
    for example in kind.examples:
        assert any(_loads(text, kind) for text in _texts(kind, example)), f"{kind.name} {example}"


def _texts(kind: Kind, example: str) -> Iterator[tuple[int, str]]:
    protocols = [name for name, number in PROTOCOLS.items() if number in kind.protocols]
    for family in sorted(kind.families):
        for table, hooks in TABLE_HOOKS.items():
            for chain in hooks:
                if (kind.tables and table not in kind.tables) or Hook(chain) not in kind.hooks:
                    continue
                for protocol in protocols or ["", "tcp", "icmp", "udp", "esp"]:
                    start = f"-p {protocol} " if protocol else ""
                    syn = "-m tcp --tcp-flags SYN SYN " if kind.name == "TCPMSS" else ""
                    rule = f"-A {chain} {start}{syn}{_sign(kind)} {kind.name} {example}"
                    yield family, f"*{table}\n{rule}\nCOMMIT\n"


def _loads(text: tuple[int, str], kind: Kind) -> bool:
    """In the scene of a line that is accepted; what is not built loads on some other kernel."""
    found = (line.scene for line in _lines(kind) if line.accepted)
    scene = Scene(kernel="6.1") if kind.not_built else next(found, Scene())
    try:
        load_rules(text[1], scene.names, family=text[0])
    except Refused:
        return False
    return True
