"""Writing and reading pages, roles, conflicts, and what is no longer true."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from playground.collections import pages, people
from playground.collections.pages import draft_of
from playground.links import store
from playground.models import Collection, Entry, Membership
from playground.page import gallery
from tests.collections.conftest import Person, somebody

BROKEN = replace(gallery.first().scenario, title="Wrong", expect="1: dropped\n")


def write(person: Person, collection: Collection, path: str = "new", **values: Any) -> Any:
    given = {"title": "A page", "body": "Text.", "tags": "", "number": "0", **values}
    return person.client.post(f"/k/{collection.pk}/{path}", given)


def seen(person: Person, collection: Collection) -> str:
    """What the settings' form says it was begun from."""
    form = person.client.get(f"/k/{collection.pk}/edit").content.decode()
    found = re.search(r'name="seen" value="(\w+)"', form)
    return found[1] if found else ""


def test_a_collection_is_made_without_an_account(db: None, client: Client) -> None:
    """The first save makes a key; whoever has it owns the collection."""
    answer = client.post("/k/new", {"title": "Ours", "about": "x", "visibility": "link"})
    assert answer.status_code == 302
    front = client.get(answer["Location"]).content.decode()
    assert "New page" in front
    assert "/own#" in front
    assert "/own#" not in client.get(answer["Location"]).content.decode()
    stranger = Client().get(answer["Location"]).content.decode()
    assert "Ours" in stranger
    assert "New page" not in stranger


def test_a_link_on_a_line_of_its_own_becomes_a_scenario(
    person: Person, collection: Collection, saved: store.Found
) -> None:
    """With a host or without; the page shows its fates, walked now."""
    body = (
        f"See:\n\nhttp://testserver/s/{saved.share.pk}\n\nand in a line /s/{saved.share.pk} too.\n"
    )
    answer = write(person, collection, body=body)
    assert answer.status_code == 302
    page = person.client.get(answer["Location"]).content.decode()
    assert "Forwarded out eth0" in page
    assert f'href="/s/{saved.share.pk}"' in page
    assert "✓ as expected" in page
    stored = collection.pages.get()
    name = Entry.objects.get().name
    assert f"\n{{{{ {name} }}}}\n" in stored.body
    assert stored.body.count(saved.share.pk) == 1


def test_an_unknown_scenario_is_told_and_the_text_comes_back(
    person: Person, collection: Collection
) -> None:
    """Nothing typed is lost."""
    answer = write(person, collection, body="Mine.\n\n{{ nothing }}\n")
    assert answer.status_code == 400
    text = answer.content.decode()
    assert "There is no scenario nothing" in text
    assert "Mine." in text
    assert collection.pages.count() == 0
    assert write(person, collection, body="/s/123456789ABC\n").status_code == 400


def test_two_who_write_at_once_lose_nothing(person: Person, collection: Collection) -> None:
    """The second is shown what differs, and saves again."""
    page = pages.save_page(collection, draft_of("A", "first\n", ""), person.owner)
    path = f"p/{page.slug}/edit"
    assert write(person, collection, path, body="theirs", number="1").status_code == 302
    answer = write(person, collection, path, body="mine", number="1")
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "<del>theirs</del>" in text
    assert re.search(r"<textarea[^>]*>\nmine", text)
    assert write(person, collection, path, body="both", number="2").status_code == 302
    page.refresh_from_db()
    assert (page.body, page.number) == ("both\n", 3)
    history = person.client.get(f"/k/{collection.pk}/p/{page.slug}/history").content.decode()
    assert "Revision 1" in history
    assert "<ins>theirs</ins>" in history


def test_what_is_no_longer_true_stands_at_the_top(person: Person, collection: Collection) -> None:
    """And on the front page, in the feed, and in what the command says."""
    good = store.save(gallery.first().scenario, person.owner, is_listed=False)
    page = pages.save_page(collection, draft_of("A", f"/s/{good.share.pk}\n", ""), person.owner)
    address = f"/k/{collection.pk}/p/{page.slug}"
    assert "No longer true" not in person.client.get(address).content.decode()
    store.add_version(good.share, person.owner, BROKEN)
    shown = person.client.get(address).content.decode()
    assert "No longer true" in shown
    assert "expected dropped" in shown
    assert "1 page is no longer true" in person.client.get(f"/k/{collection.pk}/").content.decode()
    feed = person.client.get(f"/k/{collection.pk}/feed.atom").content.decode()
    assert "No longer true: A" in feed
    with pytest.raises(SystemExit, match="1"):
        call_command("collection", "check")
    store.add_version(good.share, person.owner, gallery.first().scenario)
    with pytest.raises(SystemExit, match="0"):
        call_command("collection", "check", collection.pk)
    assert "True again: A" in person.client.get(f"/k/{collection.pk}/feed.atom").content.decode()


def test_a_scenario_whose_link_is_gone_is_told(person: Person, collection: Collection) -> None:
    """The page stays readable."""
    good = store.save(gallery.first().scenario, person.owner, is_listed=False)
    page = pages.save_page(collection, draft_of("A", f"/s/{good.share.pk}\n", ""), person.owner)
    store.let_go(good.share, person.owner)
    shown = person.client.get(f"/k/{collection.pk}/p/{page.slug}").content.decode()
    assert "not there any more" in shown
    assert "No longer true" in shown


@pytest.mark.parametrize(
    ("role", "may_read", "may_write", "may_invite"),
    [
        ("", False, False, False),
        ("reader", True, False, False),
        ("editor", True, True, False),
        ("owner", True, True, True),
    ],
)
def test_roles(
    person: Person, role: str, may_read: bool, may_write: bool, may_invite: bool
) -> None:
    """Members only: each role may do what it says, and nothing else."""
    collection = pages.create(person.owner, "Secret", "", "members")
    page = pages.save_page(collection, draft_of("A", "x\n", ""), person.owner)
    other = somebody()
    if role:
        Membership.objects.create(collection=collection, owner=other.owner, role=role)
    base = f"/k/{collection.pk}"
    for path in ("/", f"/p/{page.slug}", f"/p/{page.slug}/history", "/feed.atom", "/export.zip"):
        assert (other.client.get(base + path).status_code == 200) == may_read, path
    assert (write(other, collection).status_code == 302) == may_write
    assert (write(other, collection, f"p/{page.slug}/edit", number="1").status_code == 302) == (
        may_write
    )
    edit = {"title": "New", "about": "", "visibility": "members", "contents": ""}
    edit["seen"] = seen(person, collection)
    assert (other.client.post(f"{base}/edit", edit).status_code == 302) == may_write
    opening = edit | {"visibility": "public", "seen": seen(person, collection)}
    opened = other.client.post(f"{base}/edit", opening)
    assert (opened.status_code == 302) == may_invite
    invited = other.client.post(f"{base}/members", {"action": "invite", "role": "owner"})
    assert (invited.status_code == 200) == may_invite
    gone = other.client.post(f"{base}/edit", {"action": "delete"})
    assert (gone.status_code == 302) == may_invite
    assert Collection.objects.filter(pk=collection.pk).exists() != may_invite


def test_an_invitation_makes_a_member_when_its_button_is_pressed(
    person: Person, collection: Collection
) -> None:
    """Following the link alone does nothing; withdrawn, it is over; a higher role stays."""
    answer = person.client.post(
        f"/k/{collection.pk}/members", {"action": "invite", "role": "editor"}
    )
    link = re.search(r"/k/join/[\w-]+", answer.content.decode())
    assert link is not None
    other = Client()
    assert "invited as editor" in other.get(link[0]).content.decode()
    assert collection.members.count() == 1
    assert other.post(link[0], {"name": "Ada"}).status_code == 302
    assert collection.members.get(name="Ada").role == "editor"
    assert other.get(link[0]).status_code == 404
    address = f"/k/join/{people.invite(collection, 'reader')}"
    person.client.post(address)
    assert people.role_of(collection, person.owner) == "owner"
    invite = collection.invites.get()
    values = {"action": "withdraw", "invite": str(invite.pk)}
    person.client.post(f"/k/{collection.pk}/members", values)
    assert Client().post(address).status_code == 404


def test_the_last_owner_stays(person: Person, collection: Collection) -> None:
    """Nobody locks everybody out."""
    me = collection.members.get()
    values = {"action": "role", "member": str(me.pk), "role": "reader"}
    assert person.client.post(f"/k/{collection.pk}/members", values).status_code == 403
    assert collection.members.get().role == "owner"


def test_order_and_sections(person: Person, collection: Collection) -> None:
    """As its contents say; a page that they do not name comes last."""
    for title in ("First", "Second", "Third"):
        pages.save_page(collection, draft_of(title, "x\n", "dns"), person.owner)
    values = {"title": "T", "about": "", "visibility": "link",
              "contents": "third\n# Drops\n  first \nno-such-page\n",
              "seen": seen(person, collection)}  # fmt: skip
    assert person.client.post(f"/k/{collection.pk}/edit", values).status_code == 302
    front = person.client.get(f"/k/{collection.pk}/").content.decode()
    found = re.findall(r"<h2>(.*?)</h2>|/p/([a-z-]+)\"", front)
    names = [section or slug for section, slug in found if (section or slug) in
             {"Drops", "first", "second", "third"}]  # fmt: skip
    assert names == ["third", "Drops", "first", "second"]
    assert "third" in person.client.get(f"/k/{collection.pk}/?tag=dns").content.decode()
    assert "/p/third" not in person.client.get(f"/k/{collection.pk}/?tag=x").content.decode()


def test_markdown_brings_no_script(person: Person, collection: Collection) -> None:
    """What a page says is text."""
    body = "<script>alert(1)</script>\n\n[x](javascript:alert(1))\n"
    page = pages.save_page(collection, draft_of("<b>T</b>", body, ""), person.owner)
    shown = person.client.get(f"/k/{collection.pk}/p/{page.slug}").content.decode()
    assert "<script>alert" not in shown
    assert 'href="javascript' not in shown
    assert "<b>T</b>" not in shown


def test_settings_written_at_once_are_told(person: Person, collection: Collection) -> None:
    """The second is asked; what was typed comes back."""
    values = {"title": "Mine", "about": "my words", "visibility": "link", "contents": "",
              "seen": seen(person, collection)}  # fmt: skip
    pages.describe(collection, "Theirs", "their words", "link", "")
    answer = person.client.post(f"/k/{collection.pk}/edit", values)
    assert answer.status_code == 400
    assert "my words" in answer.content.decode()
    collection.refresh_from_db()
    assert collection.about == "their words"


def test_a_page_that_was_deleted_meanwhile_is_saved_again(
    person: Person, collection: Collection
) -> None:
    """What was typed is not lost; and nobody deletes what they have not seen."""
    page = pages.save_page(collection, draft_of("A", "x\n", ""), person.owner)
    path = f"p/{page.slug}/edit"
    pages.save_page(collection, draft_of("A", "newer\n", "", 1), person.owner, page.slug)
    assert write(person, collection, path, action="delete", number="1").status_code == 409
    assert write(person, collection, path, action="delete", number="2").status_code == 302
    assert write(person, collection, path, body="mine", number="2").status_code == 302
    assert collection.pages.get().body == "mine\n"


def test_a_link_in_code_is_only_text(
    person: Person, collection: Collection, saved: store.Found
) -> None:
    """Whatever stands between fences stays."""
    body = f"```\n/s/{saved.share.pk}\n```\n\n/s/{saved.share.pk}\n"
    page = pages.save_page(collection, draft_of("A", body, ""), person.owner)
    assert page.body.startswith(f"```\n/s/{saved.share.pk}\n```\n\n{{{{ ")


def test_forms_want_the_cookie_that_protects_them(person: Person, collection: Collection) -> None:
    """Another site cannot send them."""
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = person.client.cookies
    for path in ("new", "edit", "members", "take"):
        assert strict.post(f"/k/{collection.pk}/{path}", {"title": "T"}).status_code == 403
