"""IPv6 and settings against this machine's kernel, in the laboratory of ``ipv6_lab``."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.model.scenario import Scenario
from tests.kernel.drawn import ipv6
from tests.kernel.ipv6_lab import Seen, Told, differences, replayed

pytestmark = pytest.mark.kernel
ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "cases"
NAMES = [
    *(
        f"fragments/{name}"
        for name in (
            "atomic_with_conntrack", "malformed_with_conntrack", "malformed_for_the_host",
            "cut_again_behind_headers", "congestion_marks", "fragment_headers_in_a_row",
            "headers_in_headers", "options_of_the_first",
        )
    ),
    *(
        f"ipv6/{name}"
        for name in (
            "anycast", "source_of_errors", "route_mtu", "hop_limit", "force_forwarding",
            "redirect_of_its_own_way", "silenced_echo", "unicast_in_multicast", "solicitations",
            "no_way_back_by_any_but_the_device", "redirect_with_a_mac", "rerouted_on_its_link",
            "echo_of_a_chosen_source", "echo_to_the_unspecified", "redirects_are_limited",
            "source_named_by_the_way_back",
            "to_the_unspecified", "unknown_option_to_many",
        )
    ),
    "conntrack/bytes_of_a_cut_header",
    "matches/addrtype_anycast",
    "routing/errors_of_the_inbound_device",
    "routing/unicast_in_multicast",
]  # fmt: skip
SHARED = ROOT.parent / "shared" / "cases"
TOLD = ["c01", "c02", "c06", "c08", "c10", "c12", "c13", "c25", "c26", "c30", "c35"]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_recorded_is_what_the_kernel_does(name: str) -> None:
    """Every TRACE line and frame byte for byte, and conntrack's table at the end."""
    ours, theirs = replayed(Scenario.from_toml((CASES / f"{name}.toml").read_text("utf-8")))
    assert theirs.lines
    assert differences(ours, theirs) == []


@pytest.mark.parametrize("name", TOLD)
def test_what_was_told_is_mended(name: str) -> None:
    """Scenarios in which somebody saw another answer of the kernel's than ours."""
    path = SHARED / f"{name}.toml"
    if not path.exists():
        pytest.skip("the shared cases are not here")
    ours, theirs = replayed(Scenario.from_toml(path.read_text("utf-8")))
    assert ours.fates
    assert not ours.undetermined
    assert differences(ours, theirs) == []


@pytest.mark.parametrize("seed", range(1, 9))
def test_a_drawn_scenario_is_the_kernels(seed: int) -> None:
    """``tests.kernel.drawn`` asks as many more as there is time for."""
    ours, theirs = replayed(ipv6(seed))
    assert differences(ours, theirs) == []


def test_a_difference_of_one_bit_is_seen() -> None:
    """But not where the kernel draws the bits."""
    line = Seen("filter:INPUT:policy:1", b"\x60\x00\x01", b"\x00\x00\x03")
    for data, differs in ((b"\x60\x00\x02", False), (b"\x60\x01\x01", True)):
        ours, theirs = Told(), Told()
        ours.lines[1], theirs.lines[1] = [line], [Seen(line.place, data)]
        assert bool(differences(ours, theirs)) == differs
    assert differences(ours, Told())
