"""Facts of one word that go into the host as they are.

Each is a line of the host text: the name of its field of ``Host`` (``model/host.py``), and one
word. The terminal says which kind of word, and ``values.py`` reads it.
"""

from __future__ import annotations

PLAIN = {
    "kernel": "RELEASE",
    "uptime": "AGE",
}


def shapes() -> str:
    """The lines' shapes, for ``host.lark``."""
    lines = (f'"{name}" {terminal} -> {name}' for name, terminal in PLAIN.items())
    return "".join(f"%extend fact: {line}\n" for line in lines)
