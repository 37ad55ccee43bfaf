"""Links that hold a whole scenario: read for ever, never more than they may be."""

from __future__ import annotations

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.links import fragment
from playground.page import gallery
from sim.model.scenario import Scenario

# Handed out by earlier versions; these lines are never changed, only added to.
FOREVER = {
    "v1.RczPCsIwDAbwVwk927kWQdaDMPDiRYfoA8w2Y__oSpuJIL67mYKeEpLf9z0FdTSiMKKEsfMDNFMEvGMUKxHnERN_ukD1"
    "jVeQJRyO1fUCsof9-VSxaadEC_GEsaktAlKbgyp0lmc6U2u9YRRqOyB9qvwXzC78UGEUyN0_YzRH8BHQLs3KgItTCOj4mpCH"
    "2b7e": Scenario(
        title="A link for ever",
        rules="iptables -A INPUT -j DROP",
        host="interface eth0 192.0.2.1/24",
        packets="in eth0 udp 192.0.2.9:1 -> 192.0.2.1:2",
        expect="1: dropped",
        seed=7,
    ),
}


def packed(text: bytes) -> str:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packer.compress(text) + packer.flush()
    return "v1." + base64.urlsafe_b64encode(body).rstrip(b"=").decode()


@pytest.mark.parametrize("example", gallery.everything(), ids=lambda example: example.name)
def test_every_example_fits_and_comes_back(example: gallery.Example) -> None:
    """Well below the length that programs cut."""
    assert fragment.read(fragment.written(example.scenario)) == example.scenario


@pytest.mark.parametrize("link", FOREVER)
def test_an_old_link_opens_for_ever(link: str) -> None:
    """What was ever handed out is read."""
    assert fragment.read(link) == FOREVER[link]


@given(st.text(st.characters(blacklist_categories=("Cs",))), st.integers(0, 2**31))
def test_any_text_comes_back(text: str, seed: int) -> None:
    """Whatever characters it has."""
    scenario = Scenario(rules=text, host=text[::-1], seed=seed)
    assert fragment.read(f"#{fragment.written(scenario)}") == scenario


def test_one_that_is_too_long_is_refused_with_its_length() -> None:
    """Programs cut long links: better to say so."""
    sources = (f"10.{i % 251}.{i * 7 % 253}.{i * 31 % 255}" for i in range(9000))
    rules = "".join(f"iptables -A INPUT -s {source} -j DROP\n" for source in sources)
    with pytest.raises(fragment.TooLong, match="characters"):
        fragment.written(Scenario(rules=rules))


@pytest.mark.parametrize(
    "text",
    [
        "", "v1.", "v2.abc", "v1.!!!", "v1.AAAA", "v1." + "A" * 5000, packed(b"[]"), packed(b"{"),
        packed(b'{"rules": 1}'), packed(b'{"rules": "\\ud800"}'), packed(b"[" * 100_000),
        packed(b'{"rules":"' + b"a" * 5_000_000 + b'"}'), packed(b'{"rules":"a"}')[:-3],
    ],
)  # fmt: skip
def test_a_damaged_link_is_refused(text: str) -> None:
    """Never an exception that is not ours, never a scenario that swells without end."""
    with pytest.raises(ValueError, match="link"):
        fragment.read(text)


def test_what_a_later_version_adds_is_left_alone() -> None:
    """A link may hold more than this version knows."""
    assert fragment.read(packed(b'{"rules":"x","colour":"red"}')) == Scenario(rules="x")
