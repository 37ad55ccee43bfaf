"""The words that people read: turns that were collected because they read wrong stay out.

Each was found in the product once, and has a plain sentence in its place. Add to the list what a
reader stumbles over; it holds for templates, scripts, Python and Markdown alike.
"""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

READ = (".html", ".js", ".py", ".md", ".svg", ".toml")
OURS = ("sim/", "playground/", "templates/", "static/", "README.md", ".github/")
# What stands in the list, and what to say instead.
TURNS = {
    "to mend before": "errors to fix before this can run",
    "Nothing to walk": "No packets yet",
    "nothing has loads": "interfaces that don't exist never match",
    "SNAT says it": "SNAT fits better",
    r"Ask for the (?:port|source|address)": "Match the original port",
    "each tried in the engine": "each was simulated",
    "None was tried": "No single-change fix found",
    "sends because of it": "the host's reply",
    r"(?:walk|trace)s? (?:is|are) not of": "these results are out of date",
    "What you pasted is sorted": "Split your paste",
    "none yet that you may": "No collections yet",
    r"no page in it": "No pages yet",
    "Make it what": "Replace contents",
    r">(?:Take it|Leave it|Let go of it|Delete it)<": "a verb with its object",
    "lose days to": "that cost people days",
    r"Out come\b": "This generates",
    "cookie is looked at": "cookies are ignored",
    r"another fate|same fate by|first other step": "outcome changed",
    "no scenario under this": "This link doesn't exist, or was mistyped",
    "as many as may be|as many .* as may be": "full",
    r"is reached by way of": "Route: A via B",
    r"conntrack (?:begins a|keeps the|forgets the) connection": "conntrack confirms",
    r"rejected: answered with": "the host answers with",
    r"rule outside a table": "this rule isn't inside a table",
    r"What it is about stands": "Background:",
    r"\bshall reach\b": "should reach",
    r"SNAT says": "SNAT fits better",
}


@cache
def texts() -> dict[str, str]:
    """Every file of ours that holds words, by its path."""
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True)
    paths = [path for path in listed.stdout.splitlines() if path.endswith(READ)]
    return {
        path: Path(path).read_text()
        for path in paths
        if path.startswith(OURS) and "/vendor/" not in path and Path(path).is_file()
    }


@pytest.mark.parametrize("turn", TURNS)
def test_a_turn_that_read_wrong_stays_out(turn: str) -> None:
    """Say instead what stands beside it in the list."""
    found = [
        f"{path}:{text.count(chr(10), 0, match.start()) + 1}"
        for path, text in texts().items()
        for match in re.finditer(turn, text)
    ]
    assert not found, f"say: {TURNS[turn]}"


def test_the_list_is_held_against_everything_that_people_read() -> None:
    """Templates, scripts, the engine's words, lessons and the README."""
    paths = set(texts())
    for wanted in ("templates/page/page.html", "static/page/page.js", "README.md",
                   "sim/tell/render.py", "playground/lessons/traversal/lesson.md"):  # fmt: skip
        assert wanted in paths
