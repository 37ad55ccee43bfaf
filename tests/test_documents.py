"""What newcomers are sent to is there: files, folders and modules that the documents name."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("sim", "playground", "tests", "templates", "static", ".github")
THERE = [f"/{path.relative_to(ROOT)}" for room in ROOMS for path in (ROOT / room).rglob("*")]
THERE += [f"/{path.name}" for path in ROOT.iterdir()]
CODE = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"[\w.-]+(?:/[\w.-]+)*\.(?:py|md|toml|lark|txt|jsonc|html)|(?:[\w.-]+/)+")
MODULE = re.compile(r"\btests(?:\.[a-z_]\w*)+")
ANY_NAME = re.compile(r"\b[A-Z]{3}")  # NAME.py stands for whatever one adds


@pytest.mark.parametrize("document", [".github/CONTRIBUTING.md", "sim/README.md"])
def test_what_a_document_names_is_there(document: str) -> None:
    """A path may begin at any folder, as the text around it says."""
    text = (ROOT / document).read_text()
    words = [word.rstrip(":,") for code in CODE.findall(text) for word in code.split()]
    files = {word.strip("/") for word in words if FILE.fullmatch(word)}
    named = {word for word in files if not ANY_NAME.search(word)}
    assert len(named) > 10
    gone = {word for word in named if not any(path.endswith(f"/{word}") for path in THERE)}
    assert not gone, f"{document} names what is gone: {', '.join(sorted(gone))}"
    modules = set(MODULE.findall(text))
    lost = {name for name in modules if find_spec(name) is None}
    assert not lost, f"{document} names modules that are gone: {', '.join(sorted(lost))}"
