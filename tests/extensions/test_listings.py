"""How ``iptables -L -n`` prints each extension, against what the real tool printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.extensions.extension import MatchType, TargetType
from sim.extensions.listing import Listing, ListingPart, listed, saved_options
from sim.extensions.matchers import MATCHES
from sim.extensions.targets import TARGETS
from sim.model.rules import Rule, Target
from sim.read.rules.ruleset import load_rules
from tests.conformance.oracle import Oracle
from tests.extensions.cases import Line
from tests.extensions.listings import FILES, asked, key_of, real_listings, recorded, squeezed

KINDS = list({id(kind): kind for kind in (*MATCHES.values(), *TARGETS.values())}.values())
LIVING = [kind for kind in KINDS if not kind.removed]
RECORDED = recorded()


def _of_rule(rule: Rule, family: int) -> str:
    words = [listed(MATCHES[m.name, family], m.args, family) for m in rule.matches]
    if isinstance(rule.target, Target):
        words.append(listed(TARGETS[rule.target.name, family], rule.target.args, family))
    return squeezed(" ".join(filter(None, words)))


def _ours(line: Line) -> str:
    scene, chain = line.scene, line.scene.chains[0]
    rules = load_rules(line.text(chain), scene.names, family=scene.family).of(scene.family)
    found = rules.tables[scene.table].chains[chain].rules
    return " | ".join(_of_rule(rule, scene.family) for rule in found)


@pytest.mark.parametrize("kind", LIVING, ids=lambda kind: f"{kind.name}{min(kind.families)}")
def test_every_living_extension_says_how_it_is_listed(kind: MatchType | TargetType) -> None:
    """Only what the reference kernel cannot load goes without: nobody could ask."""
    assert kind.listing is not None or kind.not_built, (
        f"add listing= to {kind.name} in its file (sim/extensions/listing.py has the nouns)"
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_rules_are_listed_as_the_real_tool_lists_them(path: Path) -> None:
    """Every accepted line of the ``.t`` files, behind its addresses.

    A line that is new is recorded by ``python -m tests.extensions.listings``.
    """
    wrong = []
    for line in asked(path):
        mine = _ours(line)
        if mine != RECORDED.get(key_of(path, line)):
            wrong.append(
                f"{line.arguments}\n  tool {RECORDED.get(key_of(path, line))}\n  ours {mine}"
            )
    assert not wrong, "\n".join(wrong)


@pytest.mark.kernel
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_real_tool_still_lists_them_so(path: Path) -> None:
    """The recording is what iptables-legacy prints here."""
    lines = list(asked(path))
    with Oracle() as oracle:
        for line, words in zip(lines, real_listings(lines, oracle), strict=True):
            assert RECORDED[key_of(path, line)] == words, line.arguments


def test_a_template_has_the_negation_where_the_tool_prints_it() -> None:
    """Beside the value, before the words, or as another sign."""
    listing = Listing(
        "x", {"--a": "a{s}:{n}{}", "--b": "{N}b", "--c": ListingPart("{eq} {}", str.upper)}
    )
    assert listing('! --a 1:2 ! --b --c "two words"') == "x as:!1:2 ! b == TWO WORDS"
    assert saved_options('! --a "q\\"uote"')[0].value == 'q"uote'
