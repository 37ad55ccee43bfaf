"""A team's accounts, attacked: guesses, fixed sessions, ``next=``, other people's roles."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.accounts import said_with_accounts

BEGIN = r"""
import re
from urllib.parse import urlencode
import django; django.setup()
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
from playground.collections.models import Collection, Membership
from playground.site.limits import LIMITS

User = get_user_model()
PASSWORDS = {"ada": "difference-engine", "ben": "analytical-engine", "cyd": "punched-cards-9"}
for name, password in PASSWORDS.items():
    User.objects.create_user(name, password=password)
User.objects.create_superuser("root", password="jacquard-loom-1")

def at(client, name, where="/login", **more):
    return client.post(where, {"username": name, "password": PASSWORDS[name], **more})

def who(client):
    found = re.search(r"Logged in as (\w+)", client.get("/k/").content.decode())
    return found[1] if found else ""

def logged_in(name):
    client = Client()
    assert at(client, name).status_code == 302
    return client
"""

GUESSES = r"""
for where in ("/login", "/admin/login/"):
    cache.clear()
    # From one network: after the limit even the right password says nothing.
    for guess in range(LIMITS.logins_a_minute):
        answer = Client().post(where, {"username": "root", "password": f"guess-{guess}"})
        assert answer.status_code == 200, where
    last = Client().post(where, {"username": "root", "password": "jacquard-loom-1"})
    assert (last.status_code, last["Retry-After"]) == (429, "60"), where
    assert "sessionid" not in last.cookies
    # Neither a whole /64 of IPv6 nor a header that the client writes is another network.
    cache.clear()
    said = {"x-forwarded-for": "10.9.8.7"}
    told = [Client(REMOTE_ADDR=f"2001:db8::{guess:x}", headers=said)
            .post(where, {"username": f"nobody{guess}", "password": "x"}).status_code
            for guess in range(LIMITS.logins_a_minute + 1)]
    assert told[-1] == 429 and told.count(429) == 1, told
    # From everywhere, at one account, however its name is written.
    cache.clear()
    told = [Client(REMOTE_ADDR=f"198.51.{guess}.7")
            .post(where, {"username": "Ada" if guess % 2 else "ADA", "password": "x"}).status_code
            for guess in range(LIMITS.guesses_an_account + 1)]
    assert told[-1] == 429 and told.count(429) == 1, told
    assert at(Client(REMOTE_ADDR="203.0.113.9"), "ben", where).status_code in (200, 302)
# A guess at a name that is there reads like one at a name that is not.
cache.clear()
texts = [re.sub(r'value="[^"]*"', "", Client().post("/login", {"username": name, "password": "x"})
         .content.decode()) for name in ("ada", "nobody")]
assert texts[0] == texts[1]
"""

SESSIONS = r"""
# A session that somebody else fixed is not the one that is logged in afterwards.
victim = Client()
victim.cookies["sessionid"] = "f" * 32
token = "t" * 32
victim.cookies["csrftoken"] = token
assert at(victim, "ada").status_code == 302
cookie = victim.cookies["sessionid"]
assert cookie.value != "f" * 32
assert victim.cookies["csrftoken"].value != token
assert cookie["httponly"] and cookie["samesite"] == "Lax"
thief = Client()
thief.cookies["sessionid"] = "f" * 32
assert who(thief) == ""
# Whoever logs in where another is logged in gets a session of their own.
shared = logged_in("ben")
assert who(shared) == "ben"
old = shared.cookies["sessionid"].value
shared.post("/logout")
assert at(shared, "cyd").status_code == 302
assert shared.cookies["sessionid"].value != old
# Logged out, the cookie is nobody's; a new password ends the other sessions.
stolen = Client()
stolen.cookies["sessionid"] = victim.cookies["sessionid"].value
assert who(stolen) == "ada"
assert victim.get("/logout").status_code == 405
victim.post("/logout")
assert who(stolen) == ""
other = logged_in("ben")
user = User.objects.get(username="ben")
user.set_password("a-new-one-9"); user.save()
assert who(other) == ""
# Forms of other sites have no token.
strict = Client(enforce_csrf_checks=True)
for where in ("/login", "/logout", "/k/new", "/admin/login/"):
    assert strict.post(where, {"username": "cyd", "password": "x"}).status_code == 403, where
"""

NEXT = r"""
AWAY = ("https://evil.example/", "//evil.example/", "///evil.example", "/\\evil.example",
        "\\\\evil.example", "https:evil.example", "http:///evil.example", "javascript:alert(1)",
        "https://testserver@evil.example/", "https://testserver.evil.example/", "data:text/html,x",
        " //evil.example", "\t//evil.example", "/\t/evil.example", "/\r\n/evil.example")
for there in AWAY:
    for where in ("/login", "/admin/login/"):
        cache.clear()
        for form in ({"next": there}, {}):
            asked = where if form else f"{where}?{urlencode({'next': there})}"
            client = Client()
            answer = client.post(asked, {"username": "root", "password": "jacquard-loom-1", **form})
            assert answer.status_code == 302, (there, answer.status_code)
            assert answer["Location"] == "/k/", (there, answer["Location"])
        # Already logged in, and while logging out.
        answer = client.get("/login", {"next": there})
        assert answer["Location"] == "/k/", (there, answer["Location"])
        answer = client.post("/logout", {"next": there})
        assert answer["Location"] == "/k/", (there, answer["Location"])
cache.clear()
assert at(Client(), "ada", next="/k/new")["Location"] == "/k/new"
"""

ROLES = r"""
owner, editor, reader, stranger = logged_in("ada"), logged_in("ben"), logged_in("cyd"), Client()
made = {"title": "Ours", "about": "secret-about", "visibility": "members"}
home = owner.post("/k/new", made)["Location"]
other = owner.post("/k/new", made | {"title": "Another"})["Location"]
def invited(role, to=home):
    page = owner.post(f"{to}members", {"action": "invite", "role": role}).content.decode()
    return re.search(r"/k/join/[\w-]+", page)[0]
for client, role in ((editor, "editor"), (reader, "reader")):
    assert client.post(invited(role), {}).status_code == 302
PAGE = {"title": "A page", "body": "text", "tags": "", "number": "0"}
assert owner.post(f"{home}new", PAGE).status_code == 302
for client, statuses in ((stranger, (404, 404, 404)), (reader, (200, 403, 403)),
                         (editor, (200, 200, 403)), (owner, (200, 200, 200))):
    read, write, manage = statuses
    for path in ("", "p/a-page", "feed.atom", "export.zip", "p/a-page/history"):
        assert client.get(home + path).status_code == read, (path, read)
    for path in ("new", "p/a-page/edit"):
        assert client.get(home + path).status_code == write, (path, write)
    assert client.get(f"{home}members").status_code == manage
# Forms that a page does not show to who may not: nothing changes.
one = Collection.objects.get(title="Ours")
mine = {member.owner.user.username: member for member in one.members.all()}
for client in (stranger, reader, editor):
    for path, form in (("members", {"action": "invite", "role": "owner"}),
                       ("members", {"action": "role", "member": mine["cyd"].pk, "role": "owner"}),
                       ("members", {"action": "role", "member": mine["ada"].pk, "role": ""}),
                       ("edit", made | {"action": "delete", "sure": "yes", "delete": "1"})):
        client.post(home + path, form)
for client in (stranger, reader):
    client.post(f"{home}new", PAGE | {"title": "Forced"})
    client.post(f"{home}p/a-page/edit", PAGE | {"body": "forced", "number": "1"})
    client.post(f"{home}p/a-page/edit", {"action": "delete", "delete": "1", "number": "1"})
one.refresh_from_db()
assert {name: member.role for name, member in mine.items()} == {
    name: one.members.get(pk=member.pk).role for name, member in mine.items()}
assert [page.body.strip() for page in one.pages.all()] == ["text"]
assert one.invites.count() == 0
# An owner of one collection has no say in another's members.
cache.clear()
third = logged_in("cyd").post("/k/new", made | {"title": "Theirs"})["Location"]
owner.post(f"{home}members", {"action": "role", "role": "",
           "member": Collection.objects.get(title="Theirs").members.get().pk})
assert Collection.objects.get(title="Theirs").members.count() == 1
# An invitation works once, and never lowers or doubles a role.
token = invited("editor")
assert reader.post(token, {}).status_code == 302
assert stranger.post(token, {"username": "eve", "password1": "long-enough-9",
                             "password2": "long-enough-9"}).status_code == 404
assert not User.objects.filter(username="eve").exists()
# A member who is shown out is out at once, everywhere.
owner.post(f"{home}members", {"action": "role", "member": mine["ben"].pk, "role": ""})
assert editor.get(f"{home}p/a-page").status_code == 404
assert "A page" not in editor.get("/k/search?q=page").content.decode()
# The admin's pages are for operators: others are told so, without a loop.
for client in (owner, reader):
    led = client.get("/admin/", follow=True)
    assert led.status_code == 200 and "Log in" in led.content.decode()
    assert client.get("/admin/playground/share/").status_code == 302
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(GUESSES, id="guesses"),
        pytest.param(SESSIONS, id="fixed-sessions"),
        pytest.param(NEXT, id="next"),
        pytest.param(ROLES, id="roles"),
    ],
)
def test_accounts_withstand(attack: str, tmp_path: Path) -> None:
    """In a process of its own, where accounts are switched on."""
    script = BEGIN + attack + "\nprint('withstood')\n"
    assert said_with_accounts(script, tmp_path) == "withstood"
