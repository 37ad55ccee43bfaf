"""Every outcome is a noun with words of its own, and the words stand in one room."""

from __future__ import annotations

import importlib
import pkgutil
import types
import typing
from collections.abc import Iterator
from dataclasses import fields
from enum import Enum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

import pytest

import sim.tell.wording
import sim.trace.outcomes
from sim.base.backends import SECURITY
from sim.model.flow import Flow, FlowTuple, SctpState, TcpState
from sim.model.ipsec import Policy, Selector, State, XfrmDirection
from sim.model.rules import BRIDGE
from sim.packet.packet import Packet
from sim.tell.wording import word
from sim.trace.outcomes.base import Cause, Note, Noun, Topic, Why
from sim.trace.outcomes.bridge import NoPort
from sim.trace.outcomes.conntrack import NoTransport
from sim.trace.outcomes.decided import Because, ByDevice, ByPart, ByPolicy, ByRule
from sim.trace.outcomes.ipsec import LookUp

A = IPv4Address("192.0.2.1")
NET = IPv4Network("192.0.2.0/24")
WAY = FlowTuple(A, A, 17, 1, 2)
NAMED: dict[str, Any] = {
    "elsewhere": (A,),
    "errno": "EPERM",
    "backend": "nft",
    "known": SECURITY,
    "address": IPv4Interface("192.0.2.1/24"),
}
SAMPLES: dict[Any, Any] = {
    str: "x",
    int: 4,
    int | None: 4,
    bool: True,
    Packet: Packet(bytes.fromhex("4500001c000000004011000000000000c0000201c0000202") + bytes(8)),
    TcpState | SctpState: TcpState.SYN_SENT,
    Policy: Policy(XfrmDirection.OUT, Selector(NET, NET)),
    State: State(A, A, 50, 1, selector=Selector(NET, NET)),
    Flow: Flow(1, WAY, WAY),
    Because: Because(),
    ByRule | ByPolicy: ByRule(4, "filter", "INPUT", 1),
    tuple[str, ...]: ("x",),
    tuple[State, ...]: (State(A, A, 51, 1),),
    LookUp: LookUp.BLOCK,
}


def _modules() -> Iterator[types.ModuleType]:
    for found in pkgutil.iter_modules(sim.trace.outcomes.__path__):
        yield importlib.import_module(f"sim.trace.outcomes.{found.name}")


NOUNS = sorted(
    {
        thing
        for module in _modules()
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, Noun)
    }
    - {Noun, Why, Note, Cause},
    key=lambda noun: noun.__name__,
)


def _sample(kind: Any) -> Any:
    if kind in SAMPLES:
        return SAMPLES[kind]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    choices = typing.get_args(kind)
    if kind is Cause or Cause in choices:
        return NoTransport()
    if IPv4Address in choices or kind is IPv4Address:
        return A
    raise LookupError(f"add a sample of {kind} to SAMPLES")


def _made(noun: type[Any]) -> Any:
    hints = typing.get_type_hints(noun)
    return noun(
        **{
            field.name: NAMED[field.name] if field.name in NAMED else _sample(hints[field.name])
            for field in fields(noun)
        }
    )


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.__name__)
def test_every_noun_has_words(noun: type[Any]) -> None:
    """Whoever adds a noun is told to word it in the file of its subject in sim.tell.wording."""
    said = word(_made(noun))
    assert said
    if issubclass(noun, Note):
        assert noun.topic in Topic
        assert said.endswith(".")


def test_words_stand_in_the_file_of_their_subject() -> None:
    """A noun of ``outcomes.bridge`` is worded in ``wording.bridge``."""
    for noun in NOUNS:
        subject = noun.__module__.rpartition(".")[2]
        module = importlib.import_module(f"sim.tell.wording.{subject}")
        assert noun in module.WORDS, f"word {noun.__name__} in sim/tell/wording/{subject}.py"


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (ByRule(4, "filter", "INPUT", 3), "filter:INPUT rule 3"),
        (ByRule(4, "filter", "A:B", 1), "filter:A:B rule 1"),
        (ByRule(BRIDGE, "nat", "vm", 2), "bridge nat:vm rule 2"),
        (ByPolicy(6, "filter", "FORWARD"), "filter:FORWARD policy"),
        (ByPart.ROUTING, "routing"),
        (ByDevice("bridge"), "bridge"),
    ],
)
def test_who_decided_has_one_text(at: object, text: str) -> None:
    """It is what JSON and expectations show; nothing reads it back."""
    assert str(at) == text


def test_a_device_called_like_a_part_is_none() -> None:
    """A device may be called ``bridge``; that is no decision of the bridge."""
    assert ByDevice("bridge") != ByPart.BRIDGE
    assert word(NoPort("br0", "02:00:00:00:00:01")) == (
        "Dropped by br0: no port leads to 02:00:00:00:00:01."
    )
