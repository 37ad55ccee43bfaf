"""Rules text to model: dumps and command lines of both families, applied in their order."""

from __future__ import annotations

from sim.extension import Names
from sim.model import Rules


def load_rules(text: str, names: Names | None = None, *, family: int | None = None) -> Rules:
    """Load a rules text as iptables-restore and iptables would.

    ``names`` is where users, groups, sets and host names are looked up
    (``sim.parser.names.names_of``); ``None``: a plain Debian host whose sets are not known.
    ``family`` is that of dumps whose text does not say; ``None``: told from their content.
    Raises ``Refused`` with every error of the text, in its order.
    """
    raise NotImplementedError
