"""The states that -m conntrack and -m state ask for, and the one a packet is in.

A state is read from the packet, not from its entry: the same entry is NEW for one packet and
ESTABLISHED for the next (XT_CONNTRACK_STATE_BIT in uapi xt_conntrack.h).
"""

from __future__ import annotations

from sim.base.values import OneOf
from sim.extensions.comparison import AnyBits
from sim.extensions.ct_template import entry
from sim.extensions.extension import Context, ParseValue, RuleContext

# As iptables-save orders them; SNAT and DNAT are bits of the entry, not states of a packet.
STATES = ("INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED", "SNAT", "DNAT")
PLAIN_STATES = STATES[:5]
# The order in which the tools try the names, which decides what an abbreviation means.
_TRIED = ("INVALID", "NEW", "ESTABLISHED", "RELATED", "UNTRACKED", "SNAT", "DNAT")


def listed(names: tuple[str, ...], tried: tuple[str, ...], what: str) -> ParseValue:
    """A comma list of names that may be cut short; kept in the order of ``names``."""

    def parse(text: str, rule: RuleContext) -> OneOf:
        chosen = set()
        for word in text.split(","):
            fits = [name for name in tried if name.startswith(word.upper())]
            if not word or not fits:
                raise ValueError(
                    f'"{word}" is no {what}: a list without blanks of {", ".join(names)}'
                )
            chosen.add(fits[0])
        return OneOf(tuple(name for name in names if name in chosen))

    return parse


def wanted_states(value: OneOf) -> AnyBits:
    """A bit for each of ``STATES``."""
    return AnyBits(sum(1 << STATES.index(state) for state in value.members))


def states(*, nat: bool) -> ParseValue:
    names = STATES if nat else PLAIN_STATES
    return listed(names, tuple(name for name in _TRIED if name in names), "state")


def seen_states(ctx: Context) -> tuple[str, ...]:
    """The packet's state, and SNAT or DNAT if its entry is translated."""
    flow = entry(ctx)
    found: list[str] = [ctx.packet.ct_state]
    if flow is not None:
        found += [bit.replace("SRC_NAT", "SNAT").replace("DST_NAT", "DNAT")
                  for bit in ("SRC_NAT", "DST_NAT") if bit in flow.status]  # fmt: skip
    return tuple(found)
