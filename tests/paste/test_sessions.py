"""Terminal sessions and files as people paste them yield what they must."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from sim.read.host.text import parse_host
from sim.read.rules.ruleset import load_rules
from sim.tell.save import save
from tests.paste.corpus import PASTES, read_paste, rules_of, told

SESSIONS = PASTES / "sessions"
# Their rules are what is compared here; listings (-L), nft's language and front ends are not
# rules that this reader makes.
RULES = ("01", "02", "08", "21", "32", "34", "36", "38", "40", "45", "47")
NET_TOOLS = ("07", "10")  # ifconfig and route: each of their routes here has a next hop
UNREAD = {
    "25": "sudo iptables-save",
    "27": "nft list ruleset",
    "43": "sudo iptables-save",
}
pytestmark = pytest.mark.skipif(not SESSIONS.is_dir(), reason="../shared/pastes is not here")


def session(number: str) -> tuple[str, dict[str, str]]:
    path = next(SESSIONS.glob(f"{number}-*.txt"))
    expected = Path(str(path).removesuffix(".txt") + ".expected.toml")
    return path.read_text(), tomllib.loads(expected.read_text())


@pytest.mark.parametrize("number", RULES)
def test_a_session_yields_its_rules(number: str) -> None:
    """Both families, table by table, as iptables-save would print them."""
    text, expected = session(number)
    reading = read_paste(text)
    for family, key in ((4, "rules"), (6, "rules6")):
        wanted = save(load_rules(expected.get(key, ""), family=family).of(family))
        assert rules_of(reading.rules, family, reading.host) == told(wanted)


@pytest.mark.parametrize("number", ["07", "08", "10", "32", "34", "38", "45"])
def test_a_session_yields_its_host(number: str) -> None:
    """The addresses, routes and MACs that its commands printed; 07 and 10: net-tools'."""
    text, expected = session(number)
    host = parse_host(read_paste(text).host)
    for line in expected["host"]:
        words = line.split()
        if words[0] == "interface":
            have = {str(one.address) for one in host.interfaces[words[1]].addresses}
            assert {word for word in words[2:] if "/" in word} <= have
        elif words[0] == "route":
            found = [route for route in host.routes if route.dev == words[-1]]
            assert found
            assert number not in NET_TOOLS or any(route.via for route in found)
        elif words[0] == "mac":
            assert host.interfaces[words[-1]].mac == words[1]


@pytest.mark.parametrize(("number", "cure"), UNREAD.items())
def test_what_holds_no_rules_is_one_message_with_the_cure(number: str, cure: str) -> None:
    """One entry for the block, and the command that prints what is needed."""
    text, _ = session(number)
    notes = [entry.note for entry in read_paste(text).receipt if cure in entry.note]
    assert len(notes) == 1


def test_a_file_that_a_configuration_names_is_asked_for() -> None:
    """The rules that pre-up restores are in a file that was not pasted."""
    text, _ = session("34")
    assert "/etc/iptables/rules.v4" in {one.name for one in read_paste(text).questions}


def test_legacy_tables_beside_are_said() -> None:
    """The tool's own warning, and a dump that was cut off."""
    text, _ = session("44")
    notes = " ".join(entry.note for entry in read_paste(text).receipt)
    assert "iptables-legacy-save" in notes
    assert "cut off" in notes
