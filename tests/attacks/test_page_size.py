"""A small text makes no page that takes a browser or the server down."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from playground.links import store
from playground.page.questions import opened_fold
from playground.shown.presenters import CUT_STEPS, _share
from playground.site.limits import LIMITS
from sim.model.scenario import Scenario

HOST = "interface eth0 10.0.0.1/24\n"
PACKETS = "".join(f"in eth0 udp 10.0.0.{n + 2}:1 -> 10.0.0.1:53\n" for n in range(24))
# Every chain goes to the next one twice: 2^7 walks of the last one, of a few lines.
JUMPS = (
    "*filter\n:INPUT ACCEPT [0:0]\n"
    + "".join(f":c{n} - [0:0]\n" for n in range(8))
    + "-A INPUT -j c0\n"
    + "".join(f"-A c{n} -j c{n + 1}\n" * 2 for n in range(7))
    + "-A c7 -m mark ! --mark 9\nCOMMIT\n"
)
COPIES = (
    "*mangle\n:PREROUTING ACCEPT [0:0]\n"
    + "-A PREROUTING -j TEE --gateway 10.0.0.9\n" * 40
    + "COMMIT\n"
)
MOST_BYTES = 8_000_000


@pytest.mark.django_db
@pytest.mark.parametrize("rules", [JUMPS, COPIES], ids=["jumps", "copies"])
def test_a_page_of_many_steps_is_cut_and_says_so(rules: str) -> None:
    """It was 40 MB. Every packet keeps its first and its last steps."""
    scenario = Scenario(rules=rules, host=HOST, packets=PACKETS)
    assert len(rules) + len(PACKETS) < 4_000
    pk = store.save(scenario).share.pk
    page = Client().get(f"/s/{pk}").content.decode()
    assert len(page) < MOST_BYTES
    shown = {int(seq) for seq in re.findall(r'<li id="step-(\d+)"', page)}
    assert len(shown) <= LIMITS.page_steps
    cut = [(int(a), int(b)) for a, b in re.findall(
        r'data-from="(\d+)" data-to="(\d+)"[^>]*><details><summary>[^\n]*?'
        r"are left out of this page", page)]  # fmt: skip
    assert cut
    assert max(b - a for a, b in cut) < CUT_STEPS
    left_out = {seq for a, b in cut for seq in range(a, b + 1)}
    steps = Client().get(f"/s/{pk}.json").json()["steps"]
    assert shown | left_out == {step["seq"] for step in steps}
    assert {step["seq"] for step in steps if step["kind"] == "fate" and step["main"]} <= shown
    first, last = cut[0]
    rows = opened_fold({**scenario.as_json(), "line": f"{first}-{last}"})
    assert rows.count("<li ") == last - first + 1


def test_short_packets_leave_room_for_long_ones() -> None:
    """A share is what is left, divided among those that want more."""
    assert _share([10, 10, 5000, 5000], 1020) == 500
    assert _share([10, 10], 1000) >= 10
    assert _share([], 1000) == 1000
