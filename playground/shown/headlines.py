"""What stands above a trace: one line for each packet of the text, and where there is none, why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sim.tell.render import protocol_text, sentence
from sim.trace import steps as t
from sim.trace.outcomes.base import Topic


@dataclass(frozen=True, slots=True)
class Headline:
    """``verdict``: a fate's, or ``unsent`` for a statement that made no packet.

    ``where``: the one word that stands beside the verdict in the list of packets: the hook that
    dropped it, the device it left on, the port it was delivered to. ``asks``: the question that
    turns its fate round, if there is an answer to look for.
    """

    seq: int
    line: int
    verdict: str
    sentence: str
    where: str = ""
    asks: str = ""

    @property
    def short(self) -> str:
        """``dropped: FORWARD``."""
        return f"{self.word}: {self.where}" if self.where else self.word

    @property
    def word(self) -> str:
        return "not sent" if self.verdict == "unsent" else self.verdict


def headline_of(step: t.Step) -> Headline | None:
    """The headline that a step is, if it is one."""
    if isinstance(step, t.Fate) and step.main:
        return Headline(
            step.seq, step.line, step.verdict, sentence(step), _where(step), _question(step)
        )
    if isinstance(step, t.Noted) and is_unsent(step):
        return Headline(step.seq, step.line, "unsent", sentence(step))
    return None


def _question(fate: t.Fate) -> str:
    if fate.verdict in ("dropped", "rejected"):
        return f"What would have let packet {fate.line} through?"
    if fate.verdict in ("forwarded", "sent", "delivered") and not fate.packet.is_arp:
        return f"What would stop packet {fate.line}?"
    return ""


def _where(fate: t.Fate) -> str:
    if fate.verdict == "undetermined":
        return ""
    if fate.out:
        return fate.out
    if fate.verdict == "delivered":
        return _port(fate)
    hook = fate.where.hook
    return str(hook.value) if hook is not None else str(fate.at).partition(":")[0]


def _port(fate: t.Fate) -> str:
    """``port 22``, or the protocol where there is none; nothing of bytes that are no packet."""
    try:
        headers = fate.packet.headers
    except ValueError:
        return ""
    return protocol_text(headers.protocol) if headers.dport is None else f"port {headers.dport}"


def fates_of(steps: Iterable[t.Step]) -> tuple[Headline, ...]:
    """The fates of the packets of the text."""
    return headlines(step for step in steps if isinstance(step, t.Fate))


def headlines(steps: Iterable[t.Step]) -> tuple[Headline, ...]:
    """Those of a trace, in its order."""
    return tuple(one for one in map(headline_of, steps) if one is not None)


def is_unsent(step: t.Step) -> bool:
    """Whether it says why its statement made no packet: a reply to nothing, impossible bytes."""
    return isinstance(step, t.Noted) and step.topic is Topic.PACKET
