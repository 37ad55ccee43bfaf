"""What a page's server is sent by those who mean harm: always an answer, never a 500."""

from __future__ import annotations

import json
import random

import pytest
from django.test import Client
from django.urls import get_resolver

from playground.page import gallery
from tests.environment import draws
from tests.robust.hostile import WORDS, bent
from tests.web.test_socket import awaited, opened

POSTS = ("", "save", "propose", "matrix", "cell", "pick", "read", "whatif")
FIELDS = ("line", "parent", "pick", "cell", "m_iface", "m_protocol", "m_destination", "m_sources")
NUMBERS = ("²", "٣", "-1", "9" * 5000, "1e3", "", "0", "1-", "5-2", "²-3", "1-999999999", "\ud800")


def values(chance: random.Random) -> dict[str, str]:
    """A form: an example's texts, one bent, and fields that hold anything."""
    found = {k: str(v) for k, v in gallery.first().scenario.as_json().items() if k != "seed"}
    name = chance.choice(("rules", "host", "packets", "expect", "title", "description"))
    found[name] = bent(found[name], chance)
    for field in chance.sample(FIELDS, 3):
        found[field] = chance.choice((*NUMBERS, *WORDS))
    found["m_ports"] = chance.choice((*NUMBERS, "22", "22,80"))
    return found


@pytest.mark.django_db
def test_every_form_answers() -> None:
    """400 is an answer, 500 is not; what was typed stands in the page that comes back."""
    client, chance = Client(raise_request_exception=True), random.Random("forms")
    for _ in range(draws(60, 20)):
        form = {k: v.replace("\ud800", "?") for k, v in values(chance).items()}
        answer = client.post(f"/{chance.choice(POSTS)}", form)
        assert answer.status_code < 500


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["/s/", "/examples/"])
def test_addresses_of_nothing_are_not_found(name: str) -> None:
    """Whatever stands in an address."""
    client = Client()
    for word in ("x", "x" * 5000, "%00", "..", "%2e%2e", "%ff", "x.json", "x.toml", "x.txt"):
        assert client.get(f"{name}{word}").status_code in (400, 404)


def test_no_address_takes_a_method_that_it_does_not_know() -> None:
    """DELETE and the like end before they reach anything."""
    client = Client()
    for pattern in get_resolver().url_patterns:
        route = str(pattern.pattern)
        if "<" not in route:
            assert client.delete(f"/{route}").status_code in (301, 403, 404, 405)


@awaited
async def test_hostile_messages_end_in_an_answer_or_a_close() -> None:
    """Numbers that are none, texts in error, actions that are not there."""
    chance = random.Random("socket")
    for _ in range(draws(60, 20)):
        socket = await opened()
        message = {**values(chance), "action": chance.choice(("run", "why", "rows", "check"))}
        for name in ("after", "line"):
            message[name] = chance.choice(NUMBERS)
        await socket.send_to(text_data=json.dumps(message))
        # A run always ends; after it the socket still serves.
        text = {k: v for k, v in gallery.first().scenario.as_json().items() if k != "seed"}
        await socket.send_to(text_data=json.dumps({**text, "action": "run", "after": "0"}))
        while True:
            frame = await socket.receive_from(timeout=60)
            assert 'data-done="broken"' not in frame
            if 'data-done="walked"' in frame:
                break
        await socket.disconnect()


@awaited
@pytest.mark.parametrize(
    "text", ["[" * 100_000, "null", "1", '"x"', "{", "\0", "[]", '{"action":' * 30_000]
)
async def test_what_is_no_message_closes_the_socket(text: str) -> None:
    """With a code of its own, so that the page does not come back with the same."""
    socket = await opened()
    await socket.send_to(text_data=text)
    closed = await socket.receive_output(timeout=60)
    assert closed == {"type": "websocket.close", "code": 4400}
