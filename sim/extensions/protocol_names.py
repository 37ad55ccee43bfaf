"""The value of -p, read and printed as the tools do (libxtables/xtables.c)."""

from __future__ import annotations

from sim.extensions.args import integer
from sim.packet.protocols import PROTOCOL_ALIASES, PROTOCOLS

# What the tools know by heart, before they ask the machine's list (xtables_chain_protos).
TOOL_PROTOCOLS = {
    "tcp": 6, "sctp": 132, "udp": 17, "udplite": 136, "icmp": 1, "ipv6-icmp": 58, "icmpv6": 58,
    "esp": 50, "ah": 51, "mobility-header": 135, "ipv6-mh": 135, "mh": 135, "all": 0,
}  # fmt: skip

_NAMES = {number: name for name, number in reversed(PROTOCOLS.items())}
_NAMES |= {number: name for name, number in reversed(TOOL_PROTOCOLS.items()) if number}


def protocol_number(text: str) -> int:
    """A protocol by number or name. The tools have made the name lower case already."""
    try:
        return integer(text, 0, 255)
    except ValueError:
        pass
    for names in (TOOL_PROTOCOLS, PROTOCOLS, PROTOCOL_ALIASES):
        if text in names:
            return names[text]
    raise ValueError(f'"{text}" is not a protocol: a number from 0 to 255, or a name such as tcp')


def protocol_name(number: int) -> str:
    """How iptables-save prints a protocol."""
    return _NAMES.get(number) or str(number)
