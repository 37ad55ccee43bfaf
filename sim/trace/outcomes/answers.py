"""Packets of the host's own that are not sent, and statements that make none."""

from __future__ import annotations

from dataclasses import dataclass

from sim.packet.packet import Address
from sim.trace.outcomes.base import Note, Topic


@dataclass(frozen=True, slots=True)
class TooManyAnswers(Note):
    """A copy that is copied for ever."""

    topic = Topic.ENDLESS
    most: int


@dataclass(frozen=True, slots=True)
class IcmpBusy(Note):
    """icmp_xmit_lock: one ICMP at a time."""

    topic = Topic.ANSWER
    reason: str


@dataclass(frozen=True, slots=True)
class NoWayBack(Note):
    """The answer has no route."""

    topic = Topic.ANSWER
    reason: str
    to: Address


@dataclass(frozen=True, slots=True)
class AnswerBlocked(Note):
    """IPsec does not let the answer out."""

    topic = Topic.ANSWER
    reason: str


@dataclass(frozen=True, slots=True)
class TooManyErrors(Note):
    """icmp_ratelimit."""

    topic = Topic.LIMITED
    reason: str
    to: Address


@dataclass(frozen=True, slots=True)
class NotMade(Note):
    """The line describes no packet that can be."""

    topic = Topic.PACKET
    error: str


@dataclass(frozen=True, slots=True)
class NotReplied(Note):
    """The far end has nothing to answer."""

    topic = Topic.PACKET
    error: str
