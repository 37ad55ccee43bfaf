"""What a listing did not tell of a rule, written in the rules text above the rule.

``iptables -L`` without ``-v`` prints no interfaces. Such a rule is loaded as it was printed, and
a comment above it, which the tools pass over, names what may narrow it: where the rule would
decide, the walk then says *undetermined*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_LINE = re.compile(r"#\s*Not told by the listing: (?P<what>\S.*?)\s*")
_START = "# Not told by the listing: "


def untold_line(what: Iterable[str]) -> str:
    """The comment that says of the next rule what is not told."""
    return _START + ", ".join(what)


def untold_of(comment: str) -> tuple[str, ...]:
    """What the comment says is not told of the next rule; most comments say nothing of it."""
    found = _LINE.fullmatch(comment.strip())
    return tuple(part.strip() for part in found["what"].split(",")) if found else ()
