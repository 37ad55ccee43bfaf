"""What each station of the map does, and which of this ruleset's rules live there."""

from __future__ import annotations

from sim.extensions.hooks import REGISTERED
from sim.model.rules import BRIDGE, FRAME_TABLES, Hook, Ruleset, table_name

MOST_RULES = 6  # of one chain, in a few words beside the map

WORDS = {
    "wire in": "The packet comes in from the wire.",
    "wire out": "The packet leaves on a device.",
    "bridge": "The bridge looks up which port the destination's MAC address is behind. "
    "Bridged packets do not see the routing tables.",
    "bridge out": "The route leads to a bridge: it picks the port.",
    "routing": "The routing decision: is the packet for this host, or which device and next hop?",
    "routing out": "The routing decision for what this host sends; again after OUTPUT changed it.",
    "process": "A process on this host, or the kernel itself, takes or sends the packet.",
    "ipsec fwd": "IPsec's forward policies are asked: did it come as they want?",
    "ipsec in": "IPsec unpacks what is for this host and asks its in policies; "
    "what was unpacked begins again at PREROUTING.",
    "ipsec out": "IPsec packs what an out policy asks for; the new packet begins again at OUTPUT.",
    "PREROUTING": "Every packet that comes in passes here before it is routed.",
    "INPUT": "Packets for this host pass here.",
    "FORWARD": "Packets for somebody else pass here.",
    "OUTPUT": "Packets that this host makes pass here.",
    "POSTROUTING": "Every packet passes here before it leaves.",
}
PARTS = {
    "defrag": "Fragments wait here until the packet is whole.",
    "conntrack": "conntrack finds or begins the packet's connection.",
    "confirm": "conntrack keeps a connection that came this far.",
    "synproxy": "SYNPROXY answers for the server until the handshake is done.",
}


def about_station(name: str, ruleset: Ruleset, is_there: bool) -> str:
    """Sentences, and a line for each table with rules here."""
    lines = [WORDS[name] if is_there else f"{WORDS[name]} This host has none."]
    if name in set(Hook):
        for _, what in REGISTERED[Hook(name)]:
            for table in ruleset.named(what):
                lines.append(f"{table.name}: {_counted(ruleset, table.name, name)}")
    return "\n".join(lines)


def about_frames(ruleset: Ruleset) -> str:
    """What ebtables has at the bridge, a line for each of its chains with rules."""
    lines = [
        f"{table_name(BRIDGE, table.name)} {chain}: {_counted(ruleset, table.name, chain)}"
        for table in ruleset.tables.values()
        for chain in FRAME_TABLES[BRIDGE][table.name]
    ]
    return "".join(f"\n{line}" for line in lines)


def about_platform(what: str, hook: str, ruleset: Ruleset, *, is_there: bool) -> str:
    """A table's first rules at a hook, or what conntrack's part does."""
    if what in PARTS:
        return PARTS[what] if is_there else f"{PARTS[what]} This host has none."
    if not ruleset.named(what):
        return f"No rule touches the table {what}, so the kernel does not have it."
    lines: list[str] = []
    for table in ruleset.named(what):
        chain = table.chains[hook]
        rules = [rule.text for rule in chain.rules[:MOST_RULES]]
        more = len(chain.rules) - len(rules)
        rest = [f"… and {more} more"] if more > 0 else []
        lines += [f"{table.name} {hook}: {_counted(ruleset, table.name, hook)}", *rules, *rest]
    return "\n".join(lines)


def _counted(ruleset: Ruleset, table: str, hook: str) -> str:
    chain = ruleset.tables[table].chains[hook]
    number = len(chain.rules)
    policy = f", policy {chain.policy.value}" if chain.policy else ""
    return f"{number or 'no'} rule{'' if number == 1 else 's'}{policy}"
