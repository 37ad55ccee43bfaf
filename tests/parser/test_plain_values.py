"""What is shaped like a plain value is sure to be read, so templates need not read it at once."""

from __future__ import annotations

import re
from ipaddress import IPv4Interface

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.extensions.extension import EVERY_TEXT, MatchType, Option, RuleContext, TargetType
from sim.extensions.matchers import MATCHES
from sim.extensions.targets import TARGETS
from sim.read.addresses import SAVED_ADDRESS, address_list, saved_part
from sim.read.names import names_of

NAMES = names_of()
PLAIN = [
    pytest.param(kind, option, id=f"{kind.name} {option.flag}")
    for kind in {id(kind): kind for kind in (*MATCHES.values(), *TARGETS.values())}.values()
    for option in kind.options
    if option.plain
]


def test_there_are_some() -> None:
    assert len(PLAIN) > 6


@pytest.mark.parametrize(("kind", "option"), PLAIN)
@given(data=st.data())
def test_a_plain_value_is_taken_in_every_rule(
    kind: MatchType | TargetType, option: Option, data: st.DataObject
) -> None:
    shape = r"[ -~]{1,255}" if option.plain == EVERY_TEXT else option.plain
    text = data.draw(st.from_regex(re.compile(shape), fullmatch=True))
    assert option.parse is not None
    for family in kind.families:
        for protocol, negated in ((None, False), (6, False), (6, True), (17, False), (132, False)):
            context = RuleContext(family, "filter", "A", NAMES, protocol, negated)
            option.parse(text, context)


@given(text=st.from_regex(re.compile(SAVED_ADDRESS), fullmatch=True))
def test_an_address_as_it_is_saved_stands_for_one(text: str) -> None:
    network = IPv4Interface(text).network
    (part,) = address_list(text, 4, {})
    assert (part.address, part.mask) == (int(network.network_address), int(network.netmask))
    assert saved_part(text) == part
