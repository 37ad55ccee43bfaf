"""Facts that go into the host as they are.

Each is a line of the host text: the name of its field of ``Host`` (``model/host.py``), and its
words. A terminal for each says which kind of word it is, and ``values.py`` reads it. The field
holds the value of one word; of several, a tuple of their values.
"""

from __future__ import annotations

PLAIN = {
    "kernel": "RELEASE",
    "uptime": "AGE",
}


def shapes() -> str:
    """The lines' shapes, for ``host.lark``."""
    lines = (f'"{name}" {terminals} -> {name}' for name, terminals in PLAIN.items())
    return "".join(f"%extend fact: {line}\n" for line in lines)
