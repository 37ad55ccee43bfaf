"""Model to the text that iptables-save prints, without the comments that hold the date."""

from __future__ import annotations

from sim.model.rules import Ruleset


def save(ruleset: Ruleset) -> str:
    """What iptables-save (or ip6tables-save) prints after a real load, counters zero.

    The kernel lists the table that was made last first.
    """
    lines: list[str] = []
    for table in reversed(ruleset.tables.values()):
        lines.append(f"*{table.name}")
        lines += [f":{chain.name} {chain.policy or '-'} [0:0]" for chain in table.chains.values()]
        lines += [rule.text for chain in table.chains.values() for rule in chain.rules]
        lines.append("COMMIT")
    return "".join(f"{line}\n" for line in lines)
