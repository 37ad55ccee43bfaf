"""The playground without script: paste, run, read, save, come back."""

from __future__ import annotations

import json
import re
import tomllib

import pytest
from django.test import Client

from playground.links import ids
from playground.page import gallery
from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario
from sim.tell.render import line, sentence
from tests.browsing import read_aloud

pytestmark = pytest.mark.django_db


def form(scenario: Scenario, **changes: str) -> dict[str, str]:
    values = {key: str(value) for key, value in scenario.as_json().items()}
    return {**values, **changes}


def unescaped(html: str) -> str:
    import html as library

    return library.unescape(html)


def test_an_example_holds_a_scenario_that_runs(client: Client) -> None:
    """Its texts are there, and so is its trace."""
    answer = client.get("/examples/home-router")
    assert answer.status_code == 200
    page = unescaped(answer.content.decode())
    example = gallery.first().scenario
    assert example.rules in page
    assert 'class="step' in page


def test_run_without_script_shows_every_step(client: Client) -> None:
    """The posted form comes back with the sentences of the whole trace, texts intact."""
    scenario = gallery.first().scenario
    answer = client.post("/", form(scenario))
    page = unescaped(answer.content.decode())
    words = read_aloud(answer.content.decode())
    for step in run(compile_scenario(scenario), flows=True):
        assert sentence(step) in words
    assert scenario.packets in page


def test_bad_input_is_shown_beside_the_text_and_nothing_is_lost(client: Client) -> None:
    """All errors at once, each with its line and caret; the texts are still in the form."""
    answer = client.post(
        "/",
        {"rules": "iptables -A INPUT --nonsense", "host": "interfase eth0", "packets": "in eth0"},
    )
    page = unescaped(answer.content.decode())
    assert "rules:1:" in page
    assert "host:1:" in page
    assert "interfase eth0</textarea>" in page
    assert "^" in page


def test_saving_leads_to_a_link_that_shows_the_same(client: Client) -> None:
    """Save answers with a redirect to /s/ID; that page has the texts and the trace."""
    scenario = gallery.first().scenario
    answer = client.post("/save", form(scenario))
    assert answer.status_code == 302
    assert re.fullmatch(r"/s/[1-9A-HJ-NP-Za-km-z]{12}", answer["Location"])
    page = unescaped(client.get(answer["Location"]).content.decode())
    assert scenario.rules in page
    assert "Forwarded" in page


def test_saving_the_same_twice_gives_one_link(client: Client) -> None:
    """The id is made from the content."""
    scenario = gallery.first().scenario
    first = client.post("/save", form(scenario))["Location"]
    second = client.post("/save", form(scenario))["Location"]
    other = client.post("/save", form(scenario, title="Another"))["Location"]
    assert first == second != other


def test_a_fork_names_what_it_came_from(client: Client) -> None:
    """Editing and saving a saved scenario makes a new one with its ancestor shown."""
    scenario = gallery.first().scenario
    first = client.post("/save", form(scenario))["Location"]
    parent = first.removeprefix("/s/")
    fork = client.post("/save", form(scenario, title="A fork", parent=parent))["Location"]
    assert f'Forked from <a href="{first}"' in client.get(fork).content.decode()


def test_the_texts_beside_a_link_are_the_scenario_and_its_trace(client: Client) -> None:
    """.toml reads back, .txt has one line a step, .json has the steps."""
    scenario = gallery.first().scenario
    link = client.post("/save", form(scenario))["Location"]
    steps = list(run(compile_scenario(scenario), flows=True))
    toml = client.get(f"{link}.toml").content.decode()
    assert tomllib.loads(toml)["rules"] == scenario.rules
    text = client.get(f"{link}.txt").content.decode()
    assert text.splitlines() == [one for step in steps for one in line(step).splitlines()]
    body = json.loads(client.get(f"{link}.json").content)
    assert [step["text"] for step in body["steps"]] == [sentence(step) for step in steps]


def test_a_link_that_is_not_there_says_so(client: Client) -> None:
    """404, not a crash."""
    assert client.get("/s/nothere").status_code == 404


def test_too_many_saves_in_a_minute_are_refused_with_the_text_kept(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """429 with Retry-After, and the form still filled in."""
    monkeypatch.setattr("playground.links.views.may_save", lambda request: False)
    answer = client.post("/save", form(gallery.first().scenario))
    assert answer.status_code == 429
    assert answer["Retry-After"] == "60"
    assert gallery.first().scenario.packets in unescaped(answer.content.decode())


def test_a_text_over_its_limit_is_refused(client: Client) -> None:
    """A packets text of more than its limit is answered with one clear error."""
    answer = client.post("/", {"rules": "", "host": "", "packets": "# x\n" * 40_000})
    assert "at most" in answer.content.decode()


def test_every_page_forbids_framing_and_inline_code(client: Client) -> None:
    """The policy has no unsafe word, and no page holds an inline script or style."""
    answer = client.get("/")
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    page = answer.content.decode()
    assert re.search(r"<script(?![^>]*\ssrc=)", page) is None
    assert " style=" not in page
    assert re.search(r"\son\w+=", page) is None


def test_ids_spell_nothing_unwanted() -> None:
    """An id with an unwanted word in it is salted again."""
    for number in range(2000):
        found = ids.public_id(str(number).encode())
        assert len(found) == 12
        assert not any(word in found.lower() for word in ids.UNWANTED)


def test_propose_fills_in_a_visible_host(client: Client) -> None:
    """A host is written into the form for the person to see and edit."""
    answer = client.post(
        "/propose",
        {
            "rules": "iptables -t nat -A POSTROUTING -o eth0 -j MASQUERADE",
            "host": "",
            "packets": "in eth1 tcp 192.168.1.10:40000 -> 198.51.100.7:443 syn",
        },
    )
    page = unescaped(answer.content.decode())
    assert re.search(r"interface eth0 \S+/\d+", page)
    assert re.search(r"interface eth1 192\.168\.1\.", page)


def test_a_redirection_that_sudo_does_not_cover_is_told(client: Client) -> None:
    """`sudo echo 1 > /proc/...` changes nothing for a normal user, and the page says why."""
    answer = client.post(
        "/",
        {
            "rules": "iptables -P FORWARD ACCEPT",
            "host": "interface eth0 203.0.113.1/24\nsudo echo 1 > /proc/sys/net/ipv4/ip_forward",
            "packets": "in eth0 tcp 198.51.100.7:1 -> 192.0.2.1:2 syn",
        },
    )
    page = unescaped(answer.content.decode())
    assert re.search(r'id="notes-host" class="notes"><li>[^<]*sudo', page)
    assert "Dropped by routing" in page


def test_the_gallery_shows_each_example_with_its_picture_and_fates(client: Client) -> None:
    """One click away: a title, a map, a sentence, the fates; and a link to walk it."""
    page = client.get("/examples/").content.decode()
    names = [example.name for example in gallery.everything()]
    assert all(f'href="/examples/{name}"' in page for name in names)
    assert page.count('class="map is-wide ') == len(names)
    assert "Forwarded out eth0 as 203.0.113.1:40000" in page


def test_what_stands_in_the_editors_can_be_read_as_a_paste(client: Client) -> None:
    """Without script nothing is read as it is pasted: a button does it, for all three."""
    listed = "2: eth7: <BROADCAST,UP> mtu 1500\n    inet 192.0.2.7/24\n"
    paste = f"root@gw:~# iptables -P INPUT DROP\n{listed}"
    texts = {"rules": paste, "host": "", "packets": ""}
    page = unescaped(client.post("/read", texts).content.decode())
    assert "iptables -P INPUT DROP\n" in page
    assert "root@gw" not in page.partition('name="rules"')[2].partition("</textarea>")[0]
    assert "2: eth7:" in page.partition('name="host"')[2].partition("</textarea>")[0]
    assert 'data-proposed="packets">' in page
