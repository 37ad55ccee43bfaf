"""Frozen dataclasses that are made quickly are what ``dataclass`` makes of them."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, field
from dataclasses import replace as plain_replace

import pytest

from sim.base.frozen import dataclass, replace
from sim.packet.packet import Packet
from sim.trace.steps import HookEntered, Where


@dataclass(frozen=True, slots=True)
class Made:
    number: int
    word: str = "none"
    many: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    first: int
    second: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived(Base):
    third: int


WHERE = Where(chain="INPUT", rule=1)
STEP = HookEntered(seq=1, line=1, where=WHERE, packet=Packet(b"E"))


def test_fields_are_set_as_they_are_given() -> None:
    """By place or by name; what is left out has its default, and a list of its own."""
    assert (Made(1).number, Made(1).word, Made(1).many) == (1, "none", [])
    assert Made(1, many=[3]) == Made(number=1, word="none", many=[3])
    assert Made(1).many is not Made(1).many
    assert repr(Derived(first=1, third=3)) == "Derived(first=1, second=2, third=3)"
    assert list(inspect.signature(Derived).parameters) == ["first", "second", "third"]


@pytest.mark.parametrize("thing", [Made(1), Derived(first=1, third=3), WHERE, STEP, STEP.packet])
def test_nobody_changes_what_is_made(thing: object) -> None:
    """Neither a field of its own nor one of its base, nor one that it has not."""
    for name in (*type(thing).__slots__, "seq", "first"):  # type: ignore[attr-defined]
        with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
            setattr(thing, name, 1)
    with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
        del thing.number  # type: ignore[attr-defined]


@pytest.mark.parametrize("wrong", [{}, {"number": 1, "other": 2}, {"word": "a"}])
def test_what_does_not_fit_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(TypeError):
        Made(**wrong)  # type: ignore[arg-type]


def test_a_copy_with_other_fields_is_what_dataclasses_makes() -> None:
    assert replace(STEP, line=7) == plain_replace(STEP, line=7)
    assert replace(STEP, line=7) != STEP
    assert type(replace(WHERE, rule=2)) is Where
    assert hash(replace(WHERE, rule=1)) == hash(WHERE)
    assert replace(Base(first=1), second=5) == Base(first=1, second=5)  # not a quick one
    with pytest.raises((AttributeError, TypeError)):
        replace(WHERE, nothing=1)  # type: ignore[call-arg]


def test_it_can_be_copied_and_sent() -> None:
    for thing in (Made(1, many=[2]), Derived(first=1, third=3)):
        assert pickle.loads(pickle.dumps(thing)) == thing == copy.deepcopy(thing)


@dataclass(frozen=True, slots=True)
class Doubled:
    """``__post_init__`` is called; what else a class says of itself stays."""

    number: int
    double: list[int] = field(default_factory=list, compare=False, repr=False)

    def __post_init__(self) -> None:
        self.double.append(2 * self.number)

    def __str__(self) -> str:
        return "two"


class Below(Made):
    """A plain class below a frozen one, with room for more."""


def test_a_class_keeps_what_it_says_of_itself() -> None:
    made = Doubled(2)
    assert (made.double, str(made), repr(made)) == ([4], "two", "Doubled(number=2)")
    assert replace(made, number=3, double=[]).double == [6]
    assert made == Doubled(2, [9]) != Doubled(3)
    assert hash(made) == hash(Doubled(2, [9]))


def test_a_class_below_a_frozen_one_is_made_as_well() -> None:
    below = Below(1, many=[2])
    assert (type(below), below.number, below.word, below.many) == (Below, 1, "none", [2])
    assert below != Made(1, many=[2])


def test_classes_that_look_alike_are_not_equal() -> None:
    assert Base(first=1, second=2) != Derived(first=1, second=2, third=3)
    assert Made(1) != 1
    assert {Base(first=1): "a"}[Base(first=1)] == "a"


def test_what_is_not_frozen_is_the_library_s() -> None:
    @dataclass(slots=True)
    class Open:
        number: int = 1

    thing = Open()
    thing.number = 2
    assert replace(thing, number=3) == Open(3)
