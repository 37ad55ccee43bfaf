"""Random scenarios: always the same for a seed, always readable, over every extension."""

from __future__ import annotations

from collections.abc import Callable

from sim.base.errors import Refused, SourceError
from sim.extensions.matchers import MATCHES
from sim.extensions.targets import TARGETS
from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario
from sim.tools.generate.scenario import WEIGHTS, generate
from tests.environment import draws


def test_a_seed_is_a_scenario() -> None:
    """The same number twice is the same scenario; another number is another one."""
    assert generate(7) == generate(7)
    assert generate(7) != generate(8)


def test_what_is_not_spoiled_is_accepted() -> None:
    """Host and packets are always read; rules too, unless they were spoiled on purpose."""
    for seed in range(draws(60, 20)):
        made = generate(seed)
        errors = errors_of(made.scenario)
        assert made.is_spoiled or not errors
        assert {error.where for error in errors} <= {"rules"}


def errors_of(scenario: Scenario) -> tuple[SourceError, ...]:
    try:
        compile_scenario(scenario)
    except Refused as refused:
        return refused.errors
    return ()


def test_some_rulesets_are_spoiled() -> None:
    """What the tools refuse must be tried too."""
    assert 0 < sum(generate(seed).is_spoiled for seed in range(200)) < 60


def test_every_modelled_extension_has_random_arguments() -> None:
    """An extension that is executed is proven: by arguments drawn to meet packets, or by examples.

    Those that the reference kernel cannot load are not drawn.
    """
    matches = [kind for kind in MATCHES.values() if kind.is_modelled and not kind.removed]
    targets = [kind for kind in TARGETS.values() if kind.apply and not kind.removed]
    for kind in (*matches, *targets):
        drawn = kind.examples or kind.draw
        assert drawn or kind.not_built, f"add examples=(...) to {kind.name} in its file"


def test_weights_give_more_of_what_they_name() -> None:
    """IPv6, bridges, what is beyond conversations, and time; all of it is read."""

    def share(weight: str, has: Callable[[Scenario], bool]) -> tuple[int, int]:
        plain, heavy = ([generate(seed, w).scenario for seed in range(60)] for w in ((), (weight,)))
        return sum(map(has, plain)), sum(map(has, heavy))

    signs: dict[str, Callable[[Scenario], bool]] = {
        "ipv6": lambda one: "2001:db8" in one.packets,
        "bridge": lambda one: "bridge br0" in one.host,
        "farther": lambda one: ' hex "6' in one.packets,
        "time": lambda one: "wait 2" in one.packets,
    }
    assert set(signs) == set(WEIGHTS)
    for weight, sign in signs.items():
        plain, heavy = share(weight, sign)
        assert heavy > plain, weight


def test_weighted_scenarios_are_read() -> None:
    """With all weights at once, host and packets have no errors; nor have rules, if not spoiled."""
    for seed in range(draws(40, 15)):
        made = generate(seed, WEIGHTS)
        errors = errors_of(made.scenario)
        assert made.is_spoiled or not errors
        assert {error.where for error in errors} <= {"rules"}
