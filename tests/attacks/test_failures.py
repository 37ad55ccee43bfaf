"""No character that somebody sends is a 500, and a program that asks for JSON gets JSON."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import OperationalError
from django.test import Client
from django.test.utils import override_settings

from playground.collections import folder, pages
from playground.collections.models import Collection, Event, Membership
from playground.collections.pages import Problem
from playground.links import keys, store
from sim.model.scenario import Scenario
from tests.web.test_postgres import ROOT, database

__all__ = ["database"]

# NUL, other controls, every separator that Python takes for an end of line, an unseen mark.
ODD = "".join(map(chr, (*range(0x20), 0x7F, 0x85, 0x2028, 0x2029, 0x202E, 0xFEFF, 0xFFFE)))
ODDLY = f"a{ODD}b"


def _owned(client: Client) -> Any:
    owner, key = keys.new_owner()
    client.cookies[keys.COOKIE] = key
    return owner


def attack(client: Client) -> list[tuple[str, int]]:
    """Every field that is kept or looked up, filled with what nobody types."""
    owner = _owned(client)
    share = store.save(Scenario(rules="# one\n"), owner).share
    made = pages.create(owner, "Ours", "", Collection.Visibility.LINK)
    at, page = f"/s/{share.pk}", f"/k/{made.pk}"
    invite = {"action": "invite", "role": "reader"}
    join = client.post(f"{page}/members", invite).context["link"].partition("/k/")[2]
    texts = dict.fromkeys(("rules", "host", "packets", "expect", "title", "description"), ODDLY)
    body = {**texts, "rules": "\0", "packets": "\ud800"}
    asked = [
        client.post("/save", {**texts, "parent": ODDLY, "as": ODDLY}),
        client.post("/save", {**texts, "parent": f"{share.pk}/{ODD}"}),
        client.post(f"{at}/edit", dict.fromkeys(("title", "description", "tags"), ODDLY)),
        client.post(f"{at}/edit", {"action": "latest", "number": ODDLY}),
        client.get(at),
        client.get(f"{at}.json"),
        client.get(f"{at}/{'9' * 40}"),
        client.get(f"{at}/{'9' * 40}.json"),
        client.get(f"{at}/diff/1/{'9' * 20}"),
        client.get("/mine"),
        client.get(f"{at}.svg"),
        client.get("/oembed", {"url": f"http://testserver{at}", "format": "xml"}),
        client.get("/oembed", {"url": ODDLY, "maxwidth": ODDLY}),
        client.get(f"{at}/embed", {"theme": ODDLY, "step": ODDLY}),
        client.post("/own", {"key": ODDLY * 2}),
        client.post("/k/new", {"title": ODDLY, "about": ODDLY, "visibility": "link"}),
        client.post("/k/new", {"title": "x", "visibility": ODDLY}),
        client.post(f"{page}/new", dict.fromkeys(("title", "body", "tags"), ODDLY)),
        client.post(f"{page}/edit", {
            "title": ODDLY, "about": ODDLY, "contents": ODDLY, "visibility": "link",
            "seen": client.get(f"{page}/edit").context["seen"],
        }),
        client.get(page, {"tag": ODDLY}),
        client.get(f"{page}/feed.atom"),
        client.get("/k/search", {"q": ODDLY, "in": ODDLY}),
        client.get("/k/search", {"q": ODDLY}),
        client.get("/k/search", {"q": "a", "in": "\0"}),
        client.post(f"/k/{join}", {"name": ODDLY}),
        client.post(f"{page}/members", {"action": "role", "member": ODDLY, "role": ODDLY}),
        client.post("/w/start", {"version": ODDLY}),
        client.post("/builder", {"groups": ODDLY}),
        client.post("/mask", texts),
        client.post("/advise", {**texts, "advice": ODDLY}),
    ]  # fmt: skip
    for path in ("simulate", "why", "read", "scenarios"):
        for given in (
            body, texts, {"text": ODDLY + "\ud800"}, {"\ud800\0": 1}, {"text": "", "answers": body}
        ):  # fmt: skip
            answer = client.post(f"/api/{path}", json.dumps(given), "application/json")
            assert answer.headers["Content-Type"] == "application/json"
            asked.append(answer)
    return [(str(one.request["PATH_INFO"]), one.status_code) for one in asked]


@pytest.mark.django_db
def test_no_control_character_is_an_error_of_ours() -> None:
    """In SQLite, which keeps nearly everything."""
    assert [one for one in attack(Client()) if one[1] >= 500] == []


@pytest.mark.postgres
def test_nor_in_postgresql(database: str) -> None:
    """It keeps no NUL in any text and no half character."""
    script = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.test import Client
from django.test.utils import setup_test_environment
setup_test_environment()
from tests.attacks.test_failures import attack
print([one for one in attack(Client()) if one[1] >= 500])
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "DATABASE_URL": database, "CHAINWALK_HOSTS": "testserver",
             "DJANGO_SETTINGS_MODULE": "playground.settings",
             "CHAINWALK_SAVES_A_MINUTE": "1000"},
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.django_db
def test_a_feed_of_what_was_stored_before_is_xml() -> None:
    """Titles that were kept with control characters in them."""
    made = pages.create(keys.new_owner()[0], "Ours", "", Collection.Visibility.LINK)
    Collection.objects.filter(pk=made.pk).update(title="a\x01b")
    Event.objects.create(collection=made, title="c\x1fd", text="e\x0cf")
    answer = Client().get(f"/k/{made.pk}/feed.atom")
    assert answer.status_code == 200
    found = ElementTree.fromstring(answer.content)
    assert found.findtext("{http://www.w3.org/2005/Atom}title") == "a\ufffdb"


@pytest.mark.parametrize("separator", list("\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"))
def test_an_odd_separator_in_a_folder_ends_no_line(separator: str) -> None:
    """A page's head has lines by line feeds only; what stands behind another sign is its title."""
    page = f"---\ntitle: one{separator}two\n---\nText\n".encode()
    found = folder.read({"collection.toml": b'title = "x"\n', "pages/a.md": page})
    assert found.pages["a"].title.split() in (["one", "two"], [f"one{separator}two"])


def test_a_folder_with_nul_names_the_file() -> None:
    """TOML may write one; no database keeps it."""
    made = {"collection.toml": b'title = "x"\n', "scenarios/a.toml": b'rules = "\\u0000"\n'}
    with pytest.raises(Problem, match=r"scenarios/a\.toml"):
        folder.read(made)


@pytest.mark.django_db
def test_a_zip_with_nul_in_its_words_is_taken() -> None:
    """U+FFFD stands for it, as for one that is typed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("collection.toml", 'title = "a\\u0000b"\nabout = "\\u0000"\n')
        archive.writestr("pages/a.md", "---\ntitle: \0\n---\n\0\n")
    packed.seek(0)
    packed.name = "x.zip"
    answer = Client().post("/k/new", {"visibility": "link", "zip": packed})
    assert answer.status_code == 302, answer.context["problem"]
    assert Membership.objects.get().collection.title == "a\ufffdb"


FAILING = (
    ("get", "/api/nothing", 404, "unknown"),
    ("get", "/s/aaaaaaaaaaaa.json", 404, "unknown"),
    ("get", "/nothing.json", 404, "unknown"),
    ("get", "/s/aaaaaaaaaaaa", 404, "unknown"),
    ("delete", "/reference.json", 405, "method"),
    ("delete", "/api/openapi.json", 405, "method"),
    ("delete", "/save", 405, "method"),
    ("put", "/api/", 405, "method"),
    ("post", "/save", 403, "forbidden"),
)


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path", "status", "reason"), FAILING)
def test_programs_get_json_whatever_fails(method: str, path: str, status: int, reason: str) -> None:
    """By the address, or by what they accept."""
    client = Client(enforce_csrf_checks=status == 403)
    answer = getattr(client, method)(path, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/json")
    error = answer.json()["error"]
    assert error["reason"] == reason
    assert error["message"]


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "is_json"), [("/api/limits", True), ("/mine", False)])
def test_a_fault_of_ours_is_said_in_the_form_that_was_asked_for(
    path: str, is_json: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500; people read a page, programs JSON."""

    def broken(*args: object, **named: object) -> object:
        raise RuntimeError("secret-of-the-ruleset")

    monkeypatch.setattr("playground.links.api.asdict", broken)
    monkeypatch.setattr("playground.links.keys.owner_of", broken)
    answer = Client(raise_request_exception=False).get(path)
    assert answer.status_code == 500
    assert b"secret" not in answer.content
    if is_json:
        assert answer.json()["error"]["reason"] == "broken"
    else:
        assert b"<main" in answer.content


@pytest.mark.django_db
def test_a_damaged_request_is_said_as_json_to_programs() -> None:
    """A host that is not ours, too many fields: Django's own 400s."""
    answer = Client().get("/api/limits", headers={"Host": "else.where"})
    assert (answer.status_code, answer.json()["error"]["reason"]) == (400, "bad")
    with override_settings(DATA_UPLOAD_MAX_NUMBER_FIELDS=2):
        many = {str(number): "" for number in range(9)}
        answer = Client(headers={"Accept": "application/json"}).post("/save", many)
        assert (answer.status_code, answer.json()["error"]["reason"]) == (400, "bad")
        assert Client().post("/save", many).status_code == 400


@pytest.mark.django_db
def test_a_page_that_keeps_a_form_keeps_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a password nor a key comes back in a page."""

    def busy(*args: object) -> object:
        raise OperationalError("database is locked")

    monkeypatch.setattr("playground.links.keys.with_key", busy)
    answer = Client().post("/own", {"key": "k" * 30, "password1": "secret", "title": "\n<kept>"})
    text = answer.content.decode()
    assert answer.status_code == 503
    assert "k" * 30 not in text
    assert "secret" not in text
    assert "\n\n&lt;kept&gt;</textarea>" in text
