"""Comments that silence findings, in each of their places."""

from __future__ import annotations

import pytest

from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario
from sim.tools.advice import advise

RULE = "iptables -A INPUT -p udp --dport 90:80 -j DROP"


def names(rules: str) -> set[str]:
    return {finding.name for finding in advise(compile_scenario(Scenario(rules=rules)))}


def test_without_a_comment_it_is_said() -> None:
    """The rule that the other cases silence."""
    assert "never-matches" in names(f"{RULE}\n")


@pytest.mark.parametrize(
    "text",
    [
        f"# chainwalk: ignore never-matches\n{RULE}\n",
        f"{RULE}  # chainwalk: ignore never-matches\n",
        f"{RULE} -m comment --comment 'chainwalk: ignore never-matches'\n",
        f"# chainwalk: ignore deprecated, never-matches\n{RULE}\n",
        f"# chainwalk: ignore all\n{RULE}\n",
        f"{RULE}\n# chainwalk: ignore never-matches everywhere\n",
    ],
)
def test_a_comment_silences_it(text: str) -> None:
    """On the line, above it, as the rule's own comment, or for the whole text."""
    assert "never-matches" not in names(text)


@pytest.mark.parametrize(
    "text",
    [
        f"# chainwalk: ignore deprecated\n{RULE}\n",
        f"# chainwalk: ignore never-matches\n\n{RULE}\n",
    ],
)
def test_other_comments_do_not(text: str) -> None:
    """Another name, or another line."""
    assert "never-matches" in names(text)
