"""Reports of links, and links that the host took down, on every way to them."""

from __future__ import annotations

import html
import io
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.test.utils import override_settings
from django.utils import timezone

from playground.collections import pages
from playground.collections.models import Collection
from playground.collections.pages import draft_of, save_page
from playground.links import keys, store, takedown
from playground.links.models import Act, Document, Report, Share
from playground.site.limits import LIMITS
from sim.model.scenario import Scenario
from tests.accounts import said_with_accounts

pytestmark = pytest.mark.django_db
SECRET = "what-nobody-may-read"
SCENARIO = Scenario(
    title="A title",
    rules=f"iptables -A INPUT -m comment --comment {SECRET} -j ACCEPT\n",
    host="interface eth0 192.0.2.1/24\n",
    packets="in eth0 udp 192.0.2.9:1 -> 192.0.2.1:2\n",
)

PAGES = ("/s/{pk}", "/s/{pk}/1", "/s/{pk}/latest", "/s/{pk}/embed", "/s/{pk}/diff/1/1",
         "/s/{pk}/report", "/e/{pk}", "/e/{pk}/1")  # fmt: skip
TEXTS = ("/s/{pk}.toml", "/s/{pk}.txt", "/s/{pk}/1.txt", "/s/{pk}.svg", "/s/{pk}.png",
         "/s/{pk}/1.png", "/oembed?url=http://testserver/s/{pk}")  # fmt: skip
OBJECTS = ("/s/{pk}.json", "/s/{pk}/1.json", "/api/scenarios/{pk}", "/api/scenarios/{pk}/1",
           "/s/{pk}/diff/1/1.json")  # fmt: skip


@pytest.mark.parametrize("status", [takedown.GONE, takedown.ILLEGAL])
@pytest.mark.parametrize("path", [*PAGES, *TEXTS, *OBJECTS])
def test_every_address_of_it_says_so(path: str, status: int) -> None:
    """With a plain sentence, and with nothing of what it held; put back, it is as before."""
    pk = store.save(SCENARIO).share.pk
    address = path.format(pk=pk)
    before = Client().get(address)
    assert before.status_code == 200
    assert takedown.take_down(pk, "ada", status=status)
    answer = Client().get(address, headers={"if-none-match": before.headers.get("ETag", '"x"')})
    assert answer.status_code == status
    said = answer.content.decode()
    assert "he host of this site took it down" in said
    assert ("for legal reasons" in said) is (status == takedown.ILLEGAL)
    assert SECRET not in said
    if path in OBJECTS:
        assert answer.json()["error"]["reason"] == "gone"
    assert takedown.put_back(pk, "ada")
    assert Client().get(address).status_code == 200


def test_lists_and_pages_of_others_show_it_no_more() -> None:
    """Among forks, in a collection, in its feed, its zip and its search, and in a walk together."""
    parent = store.save(Scenario(rules="# parent\n"))
    owner, key = keys.new_owner()
    found = store.save(SCENARIO, owner, parent=parent)
    made = pages.create(owner, "Ours", "", Collection.Visibility.PUBLIC)
    save_page(made, draft_of("First", f"/s/{found.share.pk}\n", ""), owner)
    client = Client()
    client.cookies[keys.COOKIE] = key
    session = client.post("/w/", {"version": found.path})["Location"]
    at, pk = f"/k/{made.pk}", found.share.pk
    marks = {f"/s/{parent.share.pk}": pk, "/mine": pk, f"{at}/p/first": SECRET, session: SECRET}
    for path, mark in marks.items():
        assert mark in client.get(path).content.decode(), path
    takedown.take_down(pk, "ada")
    for path in (*marks, f"{at}/", f"{at}/feed.atom", f"{at}/export.zip", "/k/"):
        answer = client.get(path)
        assert answer.status_code == (410 if path == session else 200), path
        assert marks.get(path, SECRET).encode() not in answer.content, path


def test_its_owner_cannot_bring_it_back() -> None:
    """Neither by the forms nor by saving the text."""
    owner, key = keys.new_owner()
    share = store.save(SCENARIO, owner).share
    client = Client()
    client.cookies[keys.COOKIE] = key
    takedown.take_down(share.pk, "ada", status=takedown.ILLEGAL)
    for action in ("edit", "publish", "latest", "delete"):
        form = {"action": action, "number": "1"}
        assert client.post(f"/s/{share.pk}/edit", form).status_code == 451
    with pytest.raises(store.Barred):
        store.save(SCENARIO, owner)
    assert Client().get(f"/s/{share.pk}").status_code == 451


def _tries(key: str, at: str, pk: str) -> dict[str, Any]:
    """Every way to save the text again: as somebody new, as its owner, in a zip."""
    client = Client()
    client.cookies[keys.COOKIE] = key
    texts = {**SCENARIO.as_json(), "title": "under another title"}
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("collection.toml", 'title = "Ours"\n')
        archive.writestr("scenarios/one.toml", SCENARIO.to_toml())
    upload = SimpleUploadedFile("a.zip", zipped.getvalue())
    return {
        "form": Client().post("/save", {**texts, "as": "unlisted"}),
        "version": client.post("/save", {**texts, "as": "version", "parent": pk}),
        "api": Client().post("/api/scenarios", texts, content_type="application/json"),
        "zip": client.post(f"{at}/take", {"zip": upload}),
    }


def test_what_is_illegal_cannot_be_saved_again() -> None:
    """By nobody, under no title, also when its texts are dropped; put back, it can be."""
    owner, key = keys.new_owner()
    share = store.save(SCENARIO, owner).share
    other = store.save(Scenario(rules="# another\n"), owner)
    made = pages.create(owner, "Ours", "", Collection.Visibility.LINK)
    takedown.take_down(share.pk, "ada", status=takedown.ILLEGAL)
    Share.objects.filter(pk=share.pk).update(deleted=timezone.now() - timedelta(days=9_999))
    store.collect()
    assert not Document.objects.filter(body__rules=SCENARIO.rules).exists()
    for way, answer in _tries(key, f"/k/{made.pk}", other.share.pk).items():
        said = answer.content.decode()
        assert answer.status_code == (400 if way == "zip" else 451), way
        assert "took this text down for legal reasons" in html.unescape(said), way
    assert not Document.objects.filter(body__rules=SCENARIO.rules).exists()
    assert SCENARIO.rules.strip() in html.unescape(
        Client().post("/save", SCENARIO.as_json()).content.decode()
    )


def test_what_was_put_back_or_is_only_unwanted_can_be_saved() -> None:
    """The text is barred for legal reasons alone, and while they last."""
    pk = store.save(SCENARIO).share.pk
    takedown.take_down(pk, "ada", status=takedown.ILLEGAL)
    takedown.put_back(pk, "ada")
    assert store.save(SCENARIO).share.pk == pk
    takedown.take_down(pk, "ada", status=takedown.GONE)
    assert store.save(SCENARIO).share.pk != pk


def test_what_its_owner_deleted_is_left() -> None:
    """Taking it down changes nothing, and putting it back is no way around the owner."""
    owner, _ = keys.new_owner()
    share = store.save(SCENARIO, owner).share
    store.let_go(share, owner)
    assert not takedown.take_down(share.pk, "ada")
    assert not takedown.put_back(share.pk, "ada")
    assert Client().get(f"/s/{share.pk}").status_code == 410
    with pytest.raises(store.NotFound):
        takedown.take_down("nothing", "ada")


def test_texts_are_dropped_after_the_days_of_the_setting() -> None:
    """Until then it can be put back; then ``collect`` drops them, and the link still says so."""
    share = store.save(SCENARIO).share
    takedown.take_down(share.pk, "ada")
    store.collect()
    assert Document.objects.exists()
    long_ago = timezone.now() - timedelta(days=LIMITS.takedown_days, seconds=1)
    Share.objects.update(deleted=long_ago)
    store.collect()
    assert not Document.objects.exists()
    assert not takedown.put_back(share.pk, "ada")
    assert "took it down" in Client().get(f"/s/{share.pk}").content.decode()


def _send(pk: str, client: Client | None = None, **form: str) -> Any:
    told = {"kind": "private", "text": "my address", **form}
    return (client or Client()).post(f"/s/{pk}/report", told)


def test_a_report_reaches_the_host_and_is_closed_by_what_follows() -> None:
    """From the page's link to the command's list; who sent it is not kept."""
    pk = store.save(SCENARIO).share.pk
    page = Client().get(f"/s/{pk}").content.decode()
    assert f'href="/s/{pk}/report"' in page
    assert "Thank you" in _send(pk, Client(REMOTE_ADDR="198.51.100.77")).content.decode()
    (kept,) = Report.objects.all()
    assert (kept.kind, kept.text, kept.contact, kept.closed) == ("private", "my address", "", None)
    assert "198.51.100.77" not in str(vars(kept))
    takedown.take_down(pk, "ada", "as reported")
    kept.refresh_from_db()
    assert kept.closed is not None


def test_a_report_that_is_none_comes_back_with_its_text() -> None:
    """Too long, of no kind: the form says what is wrong."""
    pk = store.save(SCENARIO).share.pk
    answer = _send(pk, kind="nonsense")
    assert answer.status_code == 422
    assert "my address" in answer.content.decode()
    assert _send(pk, text="x" * (LIMITS.report_characters + 1)).status_code == 422
    assert not Report.objects.exists()


def test_reports_are_bounded() -> None:
    """By the minute and network, and by link: nobody fills the table."""
    pk = store.save(SCENARIO).share.pk
    told = [_send(pk).status_code for _ in range(LIMITS.reports_a_minute + 1)]
    assert told == [200] * LIMITS.reports_a_minute + [429]
    share = Share.objects.get(pk=pk)
    for _ in range(LIMITS.reports_open + 5):
        takedown.report(share, "other", "", "")
    assert Report.objects.count() == LIMITS.reports_open


def test_a_site_may_want_no_reports() -> None:
    """No form, and no link to it."""
    pk = store.save(SCENARIO).share.pk
    with override_settings(REPORTS=False):
        assert Client().get(f"/s/{pk}/report").status_code == 404
        assert "/report" not in Client().get(f"/s/{pk}").content.decode()


def test_the_command_does_what_the_admin_does(capsys: pytest.CaptureFixture[str]) -> None:
    """For hosts without accounts: list, take down, put back, and the log of it."""
    pk = store.save(SCENARIO).share.pk
    _send(pk, contact="me@example.org")
    call_command("takedown")
    assert f"/s/{pk} private (me@example.org)\n    my address\n" in capsys.readouterr().out
    call_command("takedown", pk, "--legal", "--why", "court order 7")
    assert Client().get(f"/s/{pk}").status_code == 451
    call_command("takedown", pk, "--undo")
    _send(pk)
    call_command("takedown", pk, "--dismiss")
    capsys.readouterr()
    call_command("takedown")
    assert capsys.readouterr().out == ""
    call_command("takedown", "--log")
    told = [line.split(" ", 2)[2] for line in capsys.readouterr().out.splitlines()]
    assert told == [
        f"manage.py dismissed reports of {pk}",
        f"manage.py put back {pk}",
        f"manage.py took down for legal reasons {pk}: court order 7",
    ]
    for words in (("nothing",), (pk, "--undo"), (pk, "--dismiss")):
        with pytest.raises(CommandError):
            call_command("takedown", *words)


ADMIN = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.contrib.auth import get_user_model
from django.test import Client
from playground.links import store
from playground.links.models import Act, Report
from playground.page import gallery

User = get_user_model()
User.objects.create_superuser("ada", password="difference-engine")
User.objects.create_user("ben", password="analytical-engine", is_staff=True)
link = store.save(gallery.first().scenario).share
at = "/admin/playground"
assert Client().post(f"/s/{link.pk}/report", {"kind": "abuse", "text": "spam"}).status_code == 200
admin, other = Client(), Client()
assert admin.login(username="ada", password="difference-engine")
assert other.login(username="ben", password="analytical-engine")
assert "spam" in admin.get(f"{at}/report/").content.decode()
chosen = {"action": "take_down_legally", "_selected_action": [Report.objects.get().pk],
          "why": "court order 7"}
assert other.post(f"{at}/report/", chosen).status_code == 403
assert Client().get(f"/s/{link.pk}").status_code == 200
assert admin.post(f"{at}/report/", chosen).status_code == 302
assert Client().get(f"/s/{link.pk}").status_code == 451
shown = admin.get(f"{at}/act/").content.decode()
assert "court order 7" in shown and "ada" in shown and link.pk in shown
assert admin.post(f"{at}/act/{Act.objects.get().pk}/delete/", {"post": "yes"}).status_code == 403
chosen = {"action": "put_back", "_selected_action": [link.pk], "why": ""}
admin.post(f"{at}/share/", chosen)
assert Client().get(f"/s/{link.pk}").status_code == 200
admin.post(f"{at}/share/", {"action": "delete_selected", "_selected_action": [link.pk],
                            "post": "yes"})
told = [*Act.objects.order_by("pk").values_list("who", "what")]
assert told == [("ada", "took down for legal reasons"), ("ada", "put back"), ("ada", "deleted")]
print("all as said")
"""


@pytest.mark.slow
def test_the_admin_takes_down_and_writes_it_down(tmp_path: Path) -> None:
    """By report or by link, with a reason; staff without the right to delete may not."""
    assert said_with_accounts(ADMIN, tmp_path) == "all as said"


def test_each_act_is_one_line_of_the_log() -> None:
    """Who, what, which link, why; a link that was left leaves none."""
    pk = store.save(SCENARIO).share.pk
    takedown.take_down(pk, "ada", "why not")
    takedown.put_back(pk, "ben")
    takedown.put_back(pk, "ben")
    told = Act.objects.order_by("pk").values_list("who", "what", "link", "why")
    assert [*told] == [("ada", "took down", pk, "why not"), ("ben", "put back", pk, "")]
