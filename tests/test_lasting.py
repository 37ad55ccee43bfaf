"""What is sent away or stored means the same in the next process: no ETag, no key from hash().

Python salts the hashes of texts anew in each process (PYTHONHASHSEED), so a key made of them is
another one after a restart, or in the worker beside.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = [file for room in ("sim", "playground") for file in sorted((ROOT / room).rglob("*.py"))]

TAGS = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "playground.settings"
import django
django.setup()
from django.test import Client, override_settings
with override_settings(ALLOWED_HOSTS=["*"], SECURE_SSL_REDIRECT=False):
    answer = Client().get("/reference.json")
    print(answer.status_code, answer["ETag"])
"""


def calls_of_hash(tree: ast.AST) -> Iterator[int]:
    """The lines that use the built-in, but for ``__hash__``: what it gives stays in the process."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef) and node.name == "__hash__":
            continue
        if isinstance(node, ast.Name) and node.id == "hash" and isinstance(node.ctx, ast.Load):
            yield node.lineno
        yield from calls_of_hash(node)


def test_nothing_is_made_of_a_hash_that_ends_with_the_process():
    """hashlib, or zlib.crc32 where nobody cheats, says the same for ever."""
    found = [
        f"{file.relative_to(ROOT)}:{line}"
        for file in FILES
        for line in calls_of_hash(ast.parse(file.read_text()))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("etag = hash(title)", [1]),
        ("tags = map(hash, titles)", [1]),
        ("class A:\n    def __hash__(self):\n        return hash(self.b)", []),
        ("from x import jhash\njhash(1)\nhash_of(2)\na.hash(3)", []),
    ],
)
def test_the_built_in_is_told_from_its_namesakes(text: str, lines: list[int]):
    """``jhash`` is the kernel's, and lasts; a reference to ``hash`` counts as a call."""
    assert list(calls_of_hash(ast.parse(text))) == lines


@pytest.mark.slow
def test_two_processes_agree_on_an_etag():
    """As two workers behind one address: with other salts the reference has the same ETag."""
    told = [
        subprocess.run(
            [sys.executable, "-c", TAGS],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": salt},
            capture_output=True,
            text=True,
            timeout=120,
        )
        for salt in ("1", "2")
    ]
    assert told[0].stdout.startswith("200 "), told[0].stderr
    assert told[0].stdout == told[1].stdout
