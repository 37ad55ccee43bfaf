"""Doors: a packet gets in, though rules that were meant for it would keep it out.

DNAT sends a packet past INPUT through FORWARD (docker's published ports, past ufw and fail2ban),
and what is for the host itself never meets FORWARD. What the other chain would have said of the
packet as it came in is read here rule for rule, as far as it can be told.
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.frozen import dataclass, replace
from sim.base.values import address_text
from sim.kernel.stack.core import Stack
from sim.model.rules import Chain, Hook, Jump, Rule, Standard, Table, Target, Verdict
from sim.packet.headers import PORT_PROTOCOLS
from sim.packet.kinds import CtState
from sim.packet.packet import Packet
from sim.tools.why.misses import Weighed, alone, every_clause
from sim.tools.why.misses import told as closest
from sim.tools.why.story import Story, asked_by
from sim.trace.steps import HookEntered, Step

MOST_READ = 2_000  # rules of the other chain
_STOPPING = frozenset({"DROP", "REJECT"})
_SOURCE = frozenset({"-s", "--match-set"})
_ADDRESSED = _SOURCE | {"--dport", "--dports", "-d"}


@dataclass(frozen=True, slots=True)
class Door:
    """``other``: the built-in chain that the packet never met. ``number`` 0: its policy or end.

    ``by_source``: the rule is about this sender, not only about the port. ``is_general``: it is
    about neither, it ends the chain for whatever comes so far.
    """

    other: str
    chain: str
    number: int
    target: str
    by_source: bool
    is_general: bool = False

    @property
    def place(self) -> str:
        if not self.number:
            return f"filter {self.chain}'s policy"
        return f"filter {self.chain} rule {self.number}"


def open_door(stack: Stack, story: Story) -> Door | None:
    """The rule that was meant to keep the packet out; ``None``: there is none, or nobody knows."""
    if not story.passed or not story.in_iface or story.in_iface == "lo" or story.is_bridged:
        return None
    nat = next((n for n in story.rewrites() if n.manip == "DST" and not n.undo), None)
    hook = next((s for s in story.steps if isinstance(s, HookEntered)), None)
    table = stack.rules.of(story.first.family).tables.get("filter")
    if hook is None or table is None:
        return None
    packet = replace(story.first, ct_state=CtState.NEW)
    if story.fate.verdict == "forwarded" and nat is not None:
        asked = asked_by(story, nat)
        # A port forward past a closed INPUT is what its writer wants; docker's are not all wanted.
        is_tools = asked is not None and asked.where.chain == "DOCKER"
        found = _Read(stack, packet, hook, table, "INPUT").verdict()
        return found if found is not None and (not found.is_general or is_tools) else None
    if story.fate.verdict == "delivered" and nat is None:
        found = _Read(stack, packet, hook, table, "FORWARD").verdict()
        return found if found is not None and found.by_source else None
    return None


class _Unknown(Exception):
    """A rule of which cannot be told whether it matches."""


class _Read:
    """What a built-in chain would say of a packet."""

    def __init__(self, stack: Stack, packet: Packet, step: Step, table: Table, chain: str) -> None:
        self.stack, self.packet, self.table, self.top = stack, packet, table, chain
        self.step = replace(
            step, packet=packet, where=replace(step.where, hook=Hook(chain), table="filter")
        )
        self.left = MOST_READ

    def verdict(self) -> Door | None:
        chain = self.table.chains.get(self.top)
        if chain is None:
            return None
        try:
            ended, door = self._chain(chain, frozenset(), 0)
        except _Unknown:
            return None
        if ended:
            return door
        if chain.policy is Verdict.DROP:
            return Door(self.top, self.top, 0, "DROP", False, is_general=True)
        return None

    def _chain(self, chain: Chain, flags: frozenset[str], depth: int) -> tuple[bool, Door | None]:
        """Did it end here, and with which door? No door: it was accepted."""
        for rule in chain.rules:
            self.left -= 1
            if self.left < 0 or depth > 16:
                raise _Unknown
            target = rule.target
            held = self._held(rule, _says_something(target))
            if held is None:
                continue
            both = flags | held
            if isinstance(target, Jump):
                inner = self.table.chains.get(target.chain)
                if inner is None:
                    raise _Unknown
                ended, door = self._chain(inner, both, depth + 1)
                if ended or target.goto:
                    return ended, door
                continue
            name = _name(target)
            if name in _STOPPING:
                by_source, is_general = bool(both & _SOURCE), not both & _ADDRESSED
                place = self.top, chain.name, rule.number, name
                return True, Door(*place, by_source, is_general)
            if name == "ACCEPT":
                return True, None
            if name == "RETURN":
                return False, None
        return False, None

    def _held(self, rule: Rule, matters: bool) -> frozenset[str] | None:
        """The options of a rule that matches; ``None``: it does not match, or does not matter."""
        if not matters:
            return None
        clauses = list(every_clause(self.stack, self.packet, self.step, rule, None))
        if any(clause.held is False for clause in clauses):
            return None
        known = {clause.match for clause in clauses} | {"comment"}
        if any(match.name not in known for match in rule.matches):
            raise _Unknown
        return frozenset(clause.flag for clause in clauses if not clause.negated)


def _name(target: object) -> str:
    if isinstance(target, Standard):
        return target.verdict.value
    return target.name if isinstance(target, Target) else ""


def _says_something(target: object) -> bool:
    return isinstance(target, Jump) or _name(target) in _STOPPING | {"ACCEPT", "RETURN"}


def told(story: Story, door: Door) -> str:
    """The door as a sentence of a symptom."""
    way = "INPUT" if door.other == "FORWARD" else "FORWARD"
    what = "would drop it" if door.target == "DROP" else "would reject it"
    return (
        f"Packet {story.line} gets through, though {door.place} {what}: the packet goes through "
        f"{way} and never meets {door.other}."
    )


def same_in(story: Story, door: Door) -> str:
    """The rule as it must be where the packet does come by."""
    headers = story.first.headers
    words = [f"-i {story.in_iface}"]
    if door.by_source:
        words.append(f"-s {address_text(headers.src)}")
    elif headers.protocol in PORT_PROTOCOLS and headers.dport is not None:
        words.append(f"-m conntrack --ctorigdstport {headers.dport} --ctdir ORIGINAL")
    return f"{' '.join(words)} -j {door.target}"


def doors(stack: Stack, story: Story) -> Iterator[str]:
    """The sentences of the open doors of a packet."""
    headers = story.first.headers
    is_loopback = headers.dst.version == 4 and headers.dst.is_loopback
    if story.passed and story.in_iface not in ("", "lo") and is_loopback:
        yield (
            f"Packet {story.line} comes from the wire of {story.in_iface} and gets through to "
            f"{address_text(headers.dst)}, which is meant for this host alone."
        )
        return
    door = open_door(stack, story)
    if door is not None:
        yield told(story, door)
        return
    missed = before_nat(stack, story)
    if missed is not None:
        miss = closest(story, missed)
        yield (
            f"Packet {story.line} gets through, though {miss.place} looks meant to stop it: it "
            f"{miss.differing[0]}."
        )


def before_nat(stack: Stack, story: Story) -> Weighed | None:
    """A rule that would stop the packet, had DNAT left it as it came; ``None``: there is none."""
    came = {"--dport": str(story.first.headers.dport), "-d": str(story.first.headers.dst)}
    if not any(nat.manip == "DST" and not nat.undo for nat in story.rewrites()):
        return None
    for weighed in alone(stack, story, frozenset({"DROP", "REJECT"})):
        clause = weighed.failing[0]
        if clause.negated or weighed.step.where.table_name != "filter":
            continue
        if came.get(clause.flag) == clause.want.removesuffix("/32"):
            return weighed
    return None
