"""What options say they compare is what the walk compares, clause by clause."""

from __future__ import annotations

from typing import Any

import pytest

from sim.base.errors import Refused
from sim.extensions.comparison import AnyBits, Bits, Comparison, within
from sim.extensions.extension import Context, Judgement, MatchType
from sim.extensions.matchers import MATCHES
from sim.extensions.packet_fields import FIELDS
from sim.kernel.traversal import run
from sim.kernel.xtables import Walker
from sim.model.rules import Match
from sim.read.scenario import compile_scenario
from sim.tools.generate.scenario import generate
from tests.environment import draws

KINDS = {id(kind): kind for kind in MATCHES.values()}.values()
COMPARED = [(kind, o) for kind in KINDS for o in kind.options if o.compares is not None]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.by_fields], ids=lambda k: k.name)
def test_an_option_that_is_judged_by_its_field_says_what_it_compares(kind: MatchType) -> None:
    """Add ``compares=compares("a name of packet_fields.FIELDS")`` to the option."""
    plain = [option.flag for option in kind.options if option.field and not option.compares]
    assert not plain, f"in the file of {kind.name}, {plain} lack compares="


def test_fields_that_are_compared_are_known() -> None:
    """A field that nobody can read helps no index: add it to packet_fields.FIELDS."""
    for kind, option in COMPARED:
        assert option.compares is not None
        for name in option.compares.fields:
            assert name in FIELDS, f"{kind.name} {option.flag}: {name}"


def test_a_comparison_is_ranges_or_bits() -> None:
    """Negated, none of the fields may fit; without a field no clause holds."""
    ports = Comparison(("sport", "dport"), within((80, 80), (8000, 8080)))
    assert ports.holds((5, 8001))
    assert not ports.holds((5, 81))
    none = Comparison(ports.fields, ports.wanted, negated=True)
    assert none.holds((5, 81))
    assert not none.holds((80, 81))
    assert not none.holds((None, 81))
    assert 0x12 in Bits(0x02, 0x0F)
    assert 0x12 not in Bits(0x12, 0x0F)
    assert 0x12 in AnyBits(0x10)
    assert 0x12 not in AnyBits(0x01)
    assert 5 not in within((7, 3))


class Watch:
    """Compares each clause that a walk judged with what the option's data say of the packet."""

    def __init__(self) -> None:
        self.seen: dict[tuple[str, str], set[bool]] = {}
        self.wrong: list[str] = []

    def look(self, kind: MatchType, match: Match, ctx: Context, judged: Judgement) -> None:
        if judged.clauses and judged.clauses[0].flag == "" and not judged.clauses[0].held:
            return  # what the match presumes does not hold, so no option was looked at
        options = {option.flag: option for option in kind.options}
        for clause in judged.clauses:
            arg, option = match.args.get(clause.flag), options.get(clause.flag)
            if option is None or option.compares is None or arg is None or clause.held is None:
                continue
            comparison = option.compares.of(arg.value, negated=arg.negated)
            values = tuple(FIELDS[name].read(ctx) for name in comparison.fields)
            assert all(
                value is None or 0 <= value <= FIELDS[name].highest(ctx.family)
                for name, value in zip(comparison.fields, values, strict=True)
            ), (clause, values)
            self.seen.setdefault((kind.name, clause.flag), set()).add(clause.held)
            if comparison.holds(values) != clause.held:
                self.wrong.append(f"{kind.name} {clause} {comparison} {values}")


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    found = Watch()
    judge = Walker._judge

    def watched(self: Any, kind: MatchType, match: Match, ctx: Context) -> Judgement:
        judged = judge(self, kind, match, ctx)
        found.look(kind, match, ctx, judged)
        return judged

    monkeypatch.setattr(Walker, "_judge", watched)
    return found


def test_every_clause_of_random_walks_is_what_the_data_say(watch: Watch) -> None:
    """Of nearly every option that compares, both answers are seen on the way."""
    for seed in range(SEEDS):
        try:
            compiled = compile_scenario(generate(seed).scenario)
        except Refused:
            continue
        for _ in run(compiled):
            pass
    assert watch.wrong == []
    both = {key for key, answers in watch.seen.items() if answers == {True, False}}
    assert len(USUAL - both) <= draws(0, len(USUAL) // 2)


SEEDS = draws(420, 80)
USUAL = {
    ("connmark", "--mark"), ("conntrack", "--ctdir"), ("conntrack", "--ctorigdst"),
    ("conntrack", "--ctorigsrc"), ("conntrack", "--ctproto"), ("conntrack", "--ctreplsrcport"),
    ("conntrack", "--ctstate"), ("conntrack", "--ctstatus"), ("devgroup", "--src-group"),
    ("dscp", "--dscp"), ("dscp", "--dscp-class"), ("hl", "--hl-gt"), ("iprange", "--src-range"),
    ("length", "--length"), ("mac", "--mac-source"), ("mark", "--mark"), ("multiport", "--ports"),
    ("pkttype", "--pkt-type"), ("realm", "--realm"), ("state", "--state"), ("tcp", "--dport"),
    ("tcp", "--sport"), ("tcp", "--tcp-flags"), ("tcpmss", "--mss"), ("tos", "--tos"),
    ("ttl", "--ttl-eq"), ("udp", "--dport"), ("udp", "--sport"),
}  # fmt: skip
