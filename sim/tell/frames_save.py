"""What ebtables-save and arptables-save print after a real load, without the comments."""

from __future__ import annotations

from sim.model.rules import Ruleset


def save(ruleset: Ruleset) -> str:
    """The text of all its tables; there is no COMMIT in it."""
    lines: list[str] = []
    for table in ruleset.tables.values():
        lines.append(f"*{table.name}")
        lines += [f":{chain.name} {chain.policy or '-'}" for chain in table.chains.values()]
        lines += [rule.text for chain in table.chains.values() for rule in chain.rules]
    return "".join(f"{line}\n" for line in lines)
