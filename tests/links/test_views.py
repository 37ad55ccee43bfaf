"""Links in the browser: what their owners may do, what others see, what is kept from whom."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from playground.links import keys, store
from playground.links.differences import between
from playground.page import gallery
from sim.model.scenario import Scenario

pytestmark = pytest.mark.django_db
FIRST = gallery.first().scenario


def form(**changes: str) -> dict[str, str]:
    texts = {k: str(v) for k, v in FIRST.as_json().items() if k != "seed"}
    return {**texts, **changes}


def saved(client: Client, **changes: str) -> str:
    return str(client.post("/save", form(**changes))["Location"])


def page(client: Client, link: str) -> str:
    return client.get(link).content.decode()


def test_the_first_save_makes_a_key_and_shows_it_once() -> None:
    """In a cookie that no script reads, and as a link whose secret is behind the #."""
    client = Client()
    link = saved(client)
    cookie = client.cookies[keys.COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    first, second = page(client, link), page(client, link)
    assert f"/own#{cookie.value}" in first
    assert cookie.value not in second


def test_a_key_brought_to_another_browser_opens_ones_links() -> None:
    """By its link or by itself; a wrong one says so."""
    client, other = Client(), Client()
    link = saved(client)
    key = client.cookies[keys.COOKIE].value
    assert other.post("/own", {"key": "x" * 30}).status_code == 404
    assert other.post("/own", {"key": f"http://here/own#{key}"}).status_code == 302
    assert link in page(other, "/mine")
    assert "Manage this link" in page(other, link)
    assert "Manage this link" not in page(Client(), link)


def test_the_author_edits_and_deletes_others_do_not() -> None:
    """403 for others; after deleting 410 in every form, saying why."""
    client, stranger = Client(), Client()
    link = saved(client)
    saved(stranger, title="Something else")
    change = {"action": "edit", "title": "Mine", "description": "**bold**", "tags": "NAT, dns"}
    assert stranger.post(f"{link}/edit", change).status_code == 403
    assert client.post(f"{link}/edit", change).status_code == 302
    text = page(client, link)
    assert "<h1>Mine</h1>" in text
    assert "<strong>bold</strong>" in text
    assert "dns · nat" in text
    assert stranger.post(f"{link}/edit", {"action": "delete"}).status_code == 403
    assert client.post(f"{link}/edit", {"action": "delete"}).status_code == 302
    for address in (link, f"{link}/1", f"{link}.json", f"{link}.txt", f"{link}/diff/1/1"):
        assert client.get(address).status_code == 410


def test_a_new_version_is_the_latest_and_the_old_one_stays() -> None:
    """With what differs between them, in the texts and in the packets' fates."""
    client = Client()
    link = saved(client)
    rules = FIRST.rules.replace(":FORWARD DROP", ":FORWARD ACCEPT").replace("-A LAN -p tcp", "#")
    parent = link.removeprefix("/s/") + "/1"
    assert saved(client, rules=rules, parent=parent, **{"as": "version"}) == link
    assert "what differs from the first" in page(client, link)
    assert store.find(link.removeprefix("/s/"), 1).scenario.rules == FIRST.rules
    text = page(client, f"{link}/diff/1/2")
    assert "Packet 4: outcome changed" in text
    assert ":FORWARD <mark>ACCEPT</mark> [0:0]</ins>" in text
    assert "Both walks of packet 4, side by side" in text
    found = json.loads(client.get(f"{link}/diff/1/2.json").content)
    fates = {one["packet"]: one["fate_changed"] for one in found["packets"]}
    assert fates == {1: False, 4: True}, "packet 1 takes another number of steps to the same"
    assert client.get(f"{link}/7").status_code == 404


def test_a_packet_that_passes_by_another_rule_has_the_same_fate() -> None:
    """Its sentence names the rule, but a number that moved is no other fate."""
    rules = "*filter\n:FORWARD DROP [0:0]\n{}-A FORWARD -p udp -j ACCEPT\nCOMMIT\n"
    host = (
        "interface eth0 10.0.0.1/24\ninterface eth1 10.0.1.1/24\nsysctl net.ipv4.ip_forward = 1\n"
    )
    packets = "in eth0 udp 10.0.0.2:1000 -> 10.0.1.2:53\n"
    before = Scenario(rules=rules.format(""), host=host, packets=packets)
    after = Scenario(rules=rules.format("-A FORWARD -p tcp -j DROP\n"), host=host, packets=packets)
    (packet,) = between(before, after).packets
    assert packet.before.endswith("accepted by filter FORWARD rule 1.")
    assert packet.after.endswith("accepted by filter FORWARD rule 2.")
    assert not packet.fate_changed


def test_somebody_elses_new_version_is_a_fork() -> None:
    """Whatever the form says."""
    client, other = Client(), Client()
    link = saved(client)
    parent = link.removeprefix("/s/") + "/1"
    fork = saved(other, title="A fork", parent=parent, **{"as": "version"})
    assert fork != link
    assert "Forked from" in page(other, fork)
    assert client.get(f"{fork}/diff/fork").status_code == 200


def test_two_links_of_one_title_are_told_apart_in_their_difference() -> None:
    """By their ids; those of other titles need none."""
    client, other = Client(), Client()
    link = saved(client, title="The router")
    parent = link.removeprefix("/s/") + "/1"
    rules = "*filter\n:INPUT DROP\nCOMMIT\n"
    twin = saved(other, title="The router", parent=parent, rules=rules)
    named = saved(other, title="The other router", parent=parent, rules=rules + "\n")
    html = client.get(f"{twin}/diff/fork").content.decode()
    for one in (link, twin):
        assert f"The router ({one.removeprefix('/s/')}), version 1</a>" in html
    assert "The router, version 1</a>" in client.get(f"{named}/diff/fork").content.decode()


def test_an_unlisted_link_is_not_told_to_anybody() -> None:
    """No other site is told, no index, a random id, and no place among the forks."""
    client = Client()
    public = saved(client)
    parent = public.removeprefix("/s/")
    link = saved(client, title="Hidden", parent=parent, **{"as": "unlisted"})
    answer = client.get(link)
    # Not "no-referrer": then a browser says "Origin: null" with the page's own forms.
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Robots-Tag"] == "noindex"
    assert len(link.removeprefix("/s/")) == 22
    assert link not in page(Client(), public)


def test_a_description_is_markdown_and_nothing_else() -> None:
    """No script, no foreign picture, no link that runs something."""
    client = Client()
    hostile = "<script>x</script> [a](javascript:alert(1)) ![p](https://elsewhere/p.png) <b onx=1>"
    text = page(client, saved(client, description=hostile))
    prose = re.search(r'<div class="prose">(.*?)</div>', text, re.S)
    assert prose is not None
    assert "<script" not in prose[1]
    assert 'href="javascript' not in prose[1]
    assert "<img" not in prose[1]
    assert "<b" not in prose[1]


def test_a_page_says_when_its_trace_is_another_one_now() -> None:
    """The step, what it was and what it is."""
    client = Client()
    link = saved(client)
    document = store.find(link.removeprefix("/s/")).version.document
    document.trace_hash = "0" * 64
    document.save()
    assert "This engine" in page(client, link)


def test_saving_leads_to_what_was_saved() -> None:
    """Also where the author of the same text has moved the link on to another version."""
    author, other = Client(), Client()
    link = saved(author)
    changed = form(packets="in eth1 udp 192.168.100.9:1 -> 8.8.8.8:53", expect="")
    author.post("/save", {**changed, "as": "version", "parent": f"{link[3:]}/1"})
    assert saved(other) == f"{link}/1"
    assert "udp 192.168.100.9" in page(other, link)
    assert "udp 192.168.100.9" not in page(other, f"{link}/1")


def test_a_fork_does_not_tell_the_address_of_an_unlisted_one() -> None:
    """Only to who has that link among theirs."""
    author, other = Client(), Client()
    hidden = saved(author, title="Hidden", **{"as": "unlisted"})
    fork = saved(author, title="A public fork", parent=f"{hidden[3:]}/1")
    again = saved(other, title="A fork of it", parent=f"{fork[3:]}/1")
    assert hidden in page(author, fork)
    assert author.get(f"{fork}/diff/fork").status_code == 200
    for link in (fork, again):
        text = page(other, link)
        assert hidden not in text
        assert "Hidden" not in text
        assert "an unlisted one" in text
    assert "A public fork" in page(other, again)
    assert other.get(f"{fork}/diff/fork").status_code == 404
    assert other.get(f"{again}/diff/fork").status_code == 200
