"""``CHAINWALK_ACCOUNTS=1``: a team's logins beside keys."""

from __future__ import annotations

from pathlib import Path

from django.test import Client

from tests.accounts import said_with_accounts

SCRIPT = r"""
import re
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.contrib.auth import get_user_model
from django.test import Client
from playground import models
from playground.page import gallery
from playground.collections import people
from playground.models import Collection

User = get_user_model()
User.objects.create_user("ada", password="difference-engine")
ada = Client()

# Without a login nobody makes a collection; the form is led to the login and back.
asked = ada.post("/k/new", {"title": "T", "about": "", "visibility": "members"})
assert asked.status_code == 302 and asked["Location"] == "/login?next=/k/new", asked["Location"]
wrong = ada.post("/login", {"username": "ada", "password": "no"})
assert "correct username and password" in wrong.content.decode()
ADA = {"username": "ada", "password": "difference-engine"}
right = ada.post("/login?next=/k/new", ADA | {"next": "/k/new"})
assert right["Location"] == "/k/new"
away = Client().post("/login", ADA | {"next": "https://evil.example/"})
assert away["Location"] == "/k/", away["Location"]

made = ada.post("/k/new", {"title": "T", "about": "", "visibility": "members"})
pk = Collection.objects.get().pk
assert made["Location"] == f"/k/{pk}/"
assert "chainwalk_owner" not in made.cookies, "who is logged in needs no key"
assert "Logged in as ada" in ada.get(f"/k/{pk}/").content.decode()
assert Client().get(f"/k/{pk}/").status_code == 404

# A saved scenario is the account's, on every machine where one logs in.
first = gallery.first().scenario
values = {name: str(value) for name, value in first.as_json().items()}
link = ada.post("/save", values | {"as": "unlisted"})["Location"]
elsewhere = Client()
elsewhere.force_login(User.objects.get(username="ada"))
assert link in elsewhere.get("/mine").content.decode()

# An invitation makes an account, and a member by its name.
page = ada.post(f"/k/{pk}/members", {"action": "invite", "role": "reader"}).content.decode()
token = re.search(r"/k/join/[\w-]+", page)[0]
ben = Client()
assert "password" in ben.get(token).content.decode()
weak = ben.post(token, {"username": "ben", "password1": "123", "password2": "123"})
assert weak.status_code == 200 and "too short" in weak.content.decode()
assert not User.objects.filter(username="ben").exists()
chosen = {"password1": "analytical-9", "password2": "analytical-9"}
joined = ben.post(token, chosen | {"username": "ben"})
assert joined["Location"] == f"/k/{pk}/", joined
assert ben.get(f"/k/{pk}/").status_code == 200
assert ben.get(f"/k/{pk}/new").status_code == 403
assert Collection.objects.get().members.get(name="ben").role == "reader"

# What is embedded elsewhere sets no cookie and does not ask who reads.
frame = ben.get(link.replace("/s/", "/e/"))
assert frame.status_code == 200 and not frame.cookies and "Cookie" not in frame.get("Vary", "")

ben.post("/logout")
assert ben.get(f"/k/{pk}/").status_code == 404
for _ in range(12):
    last = Client().post("/login", {"username": "ada", "password": "no"})
assert last.status_code == 429 and last["Retry-After"] == "60"
print("all as said")
"""


def test_a_team_with_accounts(tmp_path: Path) -> None:
    """Log in, make, invite, join with a new account, log out; guesses are counted."""
    assert said_with_accounts(SCRIPT, tmp_path) == "all as said"


def test_without_it_there_is_no_login(client: Client) -> None:
    """The page is not there."""
    assert client.get("/login").status_code == 404
