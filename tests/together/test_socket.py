"""Walking together over a real server's sockets: who may step, what the others are told."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus

from playground.links import ids, store
from playground.page import gallery
from playground.site.limits import LIMITS
from tests.together.people import Seat, Visitor

PK = ids.public_id(ids.canonical(store.body_of(gallery.first().scenario)))


def begun(server: str) -> tuple[Visitor, str, Seat]:
    leader = Visitor(server)
    path = leader.begin(PK)
    return leader, path, leader.join(path)


def test_the_leader_steps_and_the_others_are_told(server: str) -> None:
    """Step after step, whoever came when."""
    _, path, leader = begun(server)
    early = Visitor(server).join(path)
    leader.until(lambda seat: seat.leads and len(seat.people) == 2)
    leader.say(step=3)
    early.until(lambda seat: seat.at == 3)
    leader.say(step=7)
    early.until(lambda seat: seat.at == 7)
    late = Visitor(server).join(path)
    late.until(lambda seat: seat.at == 7)
    assert not early.leads
    assert not late.leads
    for seat in (leader, early, late):
        seat.leave()


def test_who_does_not_lead_moves_nobody(server: str) -> None:
    """Nor hands over, nor ends it: only the cookie that leads may."""
    _, path, leader = begun(server)
    other = Visitor(server).join(path)
    other.until(lambda seat: len(seat.people) == 2)
    leader.until(lambda seat: len(seat.people) == 2)
    other.say(step=5)
    other.say(end=True)
    other.say(hand=other.people[1][0])
    leader.say(step=2)
    other.until(lambda seat: seat.at > 0)
    assert other.at == 2
    assert not other.leads
    for seat in (leader, other):
        seat.leave()


def test_a_step_is_kept_inside_the_trace(server: str) -> None:
    """Whatever number is sent, nobody is sent where there is no step."""
    _, path, leader = begun(server)
    other = Visitor(server).join(path)
    other.until(lambda seat: len(seat.people) == 2)
    leader.say(step=999_999)
    other.until(lambda seat: seat.at > 0)
    assert other.at < 999
    leader.say(step=-4)
    other.until(lambda seat: seat.at == 0)
    for seat in (leader, other):
        seat.leave()


def test_handed_over_the_other_leads(server: str) -> None:
    """And who handed over follows."""
    _, path, leader = begun(server)
    other = Visitor(server).join(path)
    leader.until(lambda seat: len(seat.people) == 2)
    number = next(number for number, _, _, is_me in leader.people if not is_me)
    leader.say(hand=number)
    other.until(lambda seat: seat.leads)
    leader.until(lambda seat: not seat.leads)
    other.say(step=4)
    leader.until(lambda seat: seat.at == 4)
    leader.say(step=1)
    other.say(step=5)
    leader.until(lambda seat: seat.at == 5)
    for seat in (leader, other):
        seat.leave()


def test_names_are_friendly_chosen_and_short(server: str) -> None:
    """One is given, another may be chosen; addresses are nowhere."""
    _, _, leader = begun(server)
    leader.until(lambda seat: bool(seat.people))
    given = leader.names()[0]
    assert len(given.split()) == 2
    leader.say(name="  Ro\u202ebin\n<b>of</b> the " + "x" * 99)
    leader.until(lambda seat: seat.names() != [given])
    name = leader.names()[0]
    assert name.startswith("Robin <b>of</b> the xx")
    assert len(name) == LIMITS.together_name_characters
    leader.say(name="   ")
    leader.say(step=1)
    assert "127.0.0.1" not in json.dumps(leader.heard)
    leader.leave()


def test_who_leaves_is_not_here_any_more(server: str) -> None:
    """And who comes back has the same name."""
    _, path, leader = begun(server)
    visitor = Visitor(server)
    other = visitor.join(path)
    leader.until(lambda seat: len(seat.people) == 2)
    name = next(name for _, name, leads, _ in leader.people if not leads)
    other.leave()
    leader.until(lambda seat: len(seat.people) == 1)
    again = visitor.join(path)
    leader.until(lambda seat: len(seat.people) == 2)
    assert name in leader.names()
    for seat in (leader, again):
        seat.leave()


def test_two_tabs_of_one_browser_are_one_person(server: str) -> None:
    """Who is still here when one of them is closed."""
    _, path, leader = begun(server)
    visitor = Visitor(server)
    first, second = visitor.join(path), visitor.join(path)
    leader.until(lambda seat: len(seat.people) == 2)
    first.leave()
    third = Visitor(server).join(path)
    leader.until(lambda seat: len(seat.people) == 3)
    for seat in (leader, second, third):
        seat.leave()


def test_the_end_is_the_end_for_everybody(server: str) -> None:
    """Sockets close with the code of what is over; the page answers 410."""
    visitor, path, leader = begun(server)
    other = Visitor(server).join(path)
    other.until(lambda seat: len(seat.people) == 2)
    leader.say(end=True)
    assert other.closing() == 4410
    assert leader.closing() == 4410
    assert visitor.http.get(server + path, timeout=10).status_code == 410


@pytest.mark.parametrize("text", ["nonsense", "[]", "7", "null", "x" * 5000])
def test_what_is_no_message_closes_the_socket(server: str, text: str) -> None:
    """With a code that tells the page not to try again."""
    _, _, leader = begun(server)
    leader.socket.send(text)
    assert leader.closing() == 4400


@pytest.mark.parametrize(
    "message",
    [{}, {"step": "3"}, {"step": True}, {"step": 1e9}, {"step": None}, {"hand": []}, {"name": 7},
     {"name": "\ud800"}, {"end": 1}, {"step": 10**400}],
)  # fmt: skip
def test_values_of_other_kinds_do_no_harm(server: str, message: dict[str, object]) -> None:
    """The socket stays open and the session goes on."""
    _, path, leader = begun(server)
    other = Visitor(server).join(path)
    other.until(lambda seat: len(seat.people) == 2)
    leader.socket.send(json.dumps(message))
    leader.say(step=6)
    other.until(lambda seat: seat.at == 6)
    for seat in (leader, other):
        seat.leave()


def test_who_talks_too_much_is_closed(server: str) -> None:
    """So that one page cannot keep the server busy."""
    _, _, leader = begun(server)
    for step in range(30 * LIMITS.together_messages_a_second):
        try:
            leader.say(step=step)
        except Exception:
            break
    assert leader.closing() == 4429


def test_other_sites_may_not_open_it(server: str) -> None:
    """The origin is checked before anything is read."""
    _, path, leader = begun(server)
    for origin in ("https://evil.example", "null"):
        with pytest.raises(InvalidStatus):
            Visitor(server).join(path, Origin=origin)
    leader.leave()


def test_an_unknown_session_says_so(server: str) -> None:
    """As a page and as a socket."""
    nowhere = f"{server}/w/{'x' * 22}/"
    assert Visitor(server).http.get(nowhere, timeout=10).status_code == 404
    assert Seat("", nowhere, {}).closing() == 4404


def test_an_unlisted_link_is_not_given_away(server: str) -> None:
    """Who walks along sees the texts, but not the address under which they stay."""
    leader = Visitor(server)
    saved = leader.post("/save", "/", rules=":INPUT x", packets="", **{"as": "unlisted"})
    secret = urlsplit(saved.url).path.rpartition("/")[2]
    assert leader.post("/w/", f"/s/{secret}", version=f"{secret}/1").status_code == 409
    texts = gallery.first().scenario.as_json()
    form = {name: str(texts[name]) for name in ("rules", "host", "packets", "title")}
    saved = leader.post("/save", "/", **form, **{"as": "unlisted"})
    secret = urlsplit(saved.url).path.rpartition("/")[2]
    path = urlsplit(leader.post("/w/", f"/s/{secret}", version=f"{secret}/1").url).path
    assert secret in leader.page(path)
    assert secret not in Visitor(server).page(path)
    assert secret not in path


def test_a_page_that_does_not_lead_posts_in_vain(server: str) -> None:
    """403, and nothing moved."""
    leader = Visitor(server)
    path = leader.begin(PK)
    other = Visitor(server)
    assert other.http.get(server + path, timeout=10).status_code == 200
    pages = {"step": other.post(f"{path}lead", path, step="4")}
    pages["end"] = other.post(f"{path}lead", path, end="1")
    assert {name: answer.status_code for name, answer in pages.items()} == {
        "step": 403,
        "end": 403,
    }
    assert "has not begun" in other.page(path)
