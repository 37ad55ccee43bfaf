"""A search for packets that match rules which were said never to match.

Packets are solved for: each field is drawn from what the rule itself asks of it and from the
edges of what the rules before it ask, so that a wrong claim is found by few packets. The engine
walks them; what it does to a packet is what counts.
"""

from __future__ import annotations

import struct
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from random import Random

from sim.base.intervals import Intervals, both
from sim.extensions.extension import Request
from sim.kernel.stack.core import Stack
from sim.kernel.traversal import WAYS
from sim.kernel.xtables import Walker
from sim.model.rules import Chain, Hook, IpPart, Jump, Rule, Table, Verdict
from sim.packet.packet import Owner, Packet
from sim.tools.advice.boxes import STATES, Box, at_hook, device
from sim.tools.advice.case import Case, Reached, Spot
from sim.tools.advice.never import contradiction, shadows
from sim.trace.recorder import Place
from sim.trace.steps import RuleTried, Step

TESTED = "TESTED"


@dataclass(frozen=True)
class Claim:
    """``spot`` can never match, because of those before it (none: because of itself)."""

    spot: Spot
    reached: Reached
    by: tuple[Spot, ...] = ()

    def __str__(self) -> str:
        return f"{self.spot.rule.text}  behind  {[each.rule.text for each in self.by]}"


def claims(case: Case) -> Iterator[Claim]:
    for reached in case.chains():
        for spot in reached.spots:
            if reached.hooks and contradiction(spot, reached):
                yield Claim(spot, reached)
    for shadow in shadows(case):
        spot = shadow.spot
        yield Claim(spot, case.table(spot.family, spot.table)[spot.chain], shadow.by)


class Search:
    """Walks packets through the rules of a claim on the host of its case."""

    def __init__(self, case: Case, random: Random) -> None:
        self.case = case
        self.random = random
        self.stack = Stack(case.compiled, WAYS)
        names = {
            named.name + "0" * named.prefix
            for spot in case.spots()
            for named in (spot.rule.ip.in_iface, spot.rule.ip.out_iface)
            if named is not None
        }
        self.devices = sorted({name[:15] for name in names if name} | {"lo", "other0"})

    def counterexample(self, claim: Claim, packets: int) -> Packet | None:
        """A packet that the rule matches all the same."""
        table = self._table(claim)
        walker = Walker(claim.spot.family, self.stack.runtime, self.stack.recorder)
        hooks = sorted(claim.reached.hooks)
        for _ in range(packets):
            hook = self.random.choice(hooks)
            packet, place = self._packet(claim, hook)
            number = len(claim.by) + 1
            for step in walker.walk(table, packet, place, _perform):
                if (
                    isinstance(step, RuleTried)
                    and step.where.chain == TESTED
                    and step.where.rule == number
                    and step.held
                ):
                    return packet
        return None

    def _table(self, claim: Claim) -> Table:
        """The claim's rules alone in a chain that every hook jumps to, beside the real chains."""
        found = self.case.compiled.rules.of(claim.spot.family).tables[claim.spot.table]
        own = (*claim.by, claim.spot)
        rules = tuple(replace(spot.rule, number=at) for at, spot in enumerate(own, 1))
        entry = Rule(1, IpPart(), (), Jump(TESTED))
        hooks = {hook.value: Chain(hook.value, Verdict.ACCEPT, (entry,)) for hook in Hook}
        return Table(found.name, {**found.chains, **hooks, TESTED: Chain(TESTED, None, rules)})

    def _packet(self, claim: Claim, hook: Hook) -> tuple[Packet, Place]:
        spot, family = claim.spot, claim.spot.family
        here = at_hook(hook, spot.table, family)
        box = spot.box.meet(here)
        others = [other.box for other in claim.by]
        draw = {
            name: self._value(box, here, others, name)
            for name in ("src", "dst", "protocol", "later_fragment", "sport", "dport", "state",
                         "flags", "icmp")
        }  # fmt: skip
        owner = self.random.choice([None, Owner(0, 0), Owner(1000, 1000)])
        packet = Packet(
            packet_bytes(family, draw, self.random),
            mark=self.random.choice([0, 1, 2, 0x4000]),
            owner=owner,
            ct_state=STATES[draw["state"]],
        )
        into, out = (self._device(box, here, name) for name in ("iif", "oif"))
        return packet, Place(hook, into, out)

    def _value(self, box: Box, here: Box, others: list[Box], name: str) -> int:
        values = box.get(name) or here.get(name)
        if self.random.random() < 0.1:
            values = here.get(name)
        edges = [
            edge + step
            for other in others
            for low, high in other.get(name)[:4]
            for edge in (low, high)
            for step in (-1, 0, 1)
            if any(a <= edge + step <= b for a, b in values)
        ]
        low, high = self.random.choice(values)
        return self.random.choice([low, high, self.random.randint(low, high), *edges])

    def _device(self, box: Box, here: Box, name: str) -> str:
        wanted: Intervals = both(box.get(name), here.get(name))
        fits = [each for each in self.devices if both(device(each), wanted)]
        has_none = both(here.get(name), ((0, 0),))
        must_be_none = here.get(name) == ((0, 0),)
        if must_be_none or (has_none and self.random.random() < 0.3):
            return ""
        return self.random.choice(fits or self.devices)


def _perform(packet: Packet, place: Place, request: Request) -> Generator[Step, None, Packet]:
    return packet
    yield


def packet_bytes(family: int, draw: dict[str, int], random: Random) -> bytes:
    """A packet with these fields; what they do not say is plain."""
    protocol, body = draw["protocol"], bytearray(random.randbytes(40))
    body[12] = 0x50
    struct.pack_into(">HH", body, 0, draw["sport"], draw["dport"])
    if protocol == 6:
        body[13] = draw["flags"]
    elif protocol in (1, 58):
        struct.pack_into(">H", body, 0, draw["icmp"])
    later = draw["later_fragment"]
    if family == 4:
        header = struct.pack(
            ">BBHHHBBHII", 0x45, 0, 20 + len(body), 1, 185 if later else 0, 64, protocol, 0,
            draw["src"], draw["dst"],
        )  # fmt: skip
        return header + bytes(body)
    fragment = struct.pack(">BBHI", protocol, 0, 185 << 3, 1) if later else b""
    after = 44 if later else protocol
    length = len(fragment) + len(body)
    ends = draw["src"].to_bytes(16) + draw["dst"].to_bytes(16)
    return struct.pack(">IHBB", 6 << 28, length, after, 64) + ends + fragment + bytes(body)
