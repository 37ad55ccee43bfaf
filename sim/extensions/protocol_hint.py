"""What to do about a rule whose ``-p`` is not the one that an extension needs."""

from __future__ import annotations

from sim.extensions.extension import RuleContext
from sim.packet.protocols import PROTOCOLS

_NAMES = {number: name for name, number in reversed(PROTOCOLS.items())}


def protocol_hint(shown: str, rule: RuleContext) -> str:
    """A rule has room for one ``-p``: where another stands there is nothing to add."""
    if rule.protocol is None:
        return f"add {shown}"
    inverted = "! " if rule.protocol_negated else ""
    return f"the rule has {inverted}-p {_NAMES.get(rule.protocol, rule.protocol)}"
