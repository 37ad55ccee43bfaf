"""What an operator sees and may do where a team has accounts."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from tests.accounts import said_with_accounts

SCRIPT = r"""
import json, re
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.contrib.auth import get_user_model
from django.test import Client
from playground.collections import pages
from playground.collections.models import Collection
from playground.links import keys, store, takedown
from playground.page import gallery
from playground.together import sessions

User = get_user_model()
User.objects.create_superuser("ada", password="difference-engine")
User.objects.create_user("ben", password="analytical-engine")
owner, key = keys.new_owner()
link = store.save(gallery.first().scenario, owner)
collection = pages.create(owner, "Our site", "about it", "members")
walk = sessions.start(link, "a" * 32, 9)

admin, other = Client(), Client()
assert admin.login(username="ada", password="difference-engine")
assert other.login(username="ben", password="analytical-engine")
at = "/admin/playground"
assert other.get(f"{at}/share/")["Location"].startswith("/admin/login/")

def html(address):
    answer = admin.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()

# Found by what it says; the texts are there to be read, and nothing to type into.
assert link.share.pk in html(f"{at}/share/?q=home+router"), "by title"
assert link.share.pk not in html(f"{at}/share/?q=no+such+title")
# The list says whose it is and how long, and no text of a ruleset.
nobodys = store.save(gallery.everything()[1].scenario)
listed = html(f"{at}/share/")
assert 'field-kind_of_owner">key<' in listed and 'field-kind_of_owner">nobody<' in listed
length = len(json.dumps(link.version.document.body))
shown = int(re.findall(r'field-size">(\d+)<', html(f"{at}/share/?owner=key"))[0])
assert abs(shown - length) < 50, (shown, length)
assert "MASQUERADE" not in listed and "POSTROUTING" not in listed
for kind, pk in (("key", link.share.pk), ("nobody", nobodys.share.pk)):
    found = html(f"{at}/share/?owner={kind}")
    assert [one in found for one in (link.share.pk, nobodys.share.pk)] == [
        one == pk for one in (link.share.pk, nobodys.share.pk)], kind
takedown.report(link.share, "abuse", "it is spam", "")
assert 'field-open_reports">1<' in html(f"{at}/share/?owner=key")
assert "it is spam" in html(f"{at}/report/") and "MASQUERADE" not in html(f"{at}/report/")
shown = html(f"{at}/share/{link.share.pk}/change/")
assert "MASQUERADE" in shown and "<textarea" not in shown and 'name="title"' not in shown
assert str(owner)[:8] in html(f"{at}/owner/") and key not in html(f"{at}/owner/{owner.pk}/change/")
shelf = html(f"{at}/collection/?q=about+it")
assert "Our site" in shelf and 'field-people">1<' in shelf and 'field-untrue">0<' in shelf
page = pages.save_page(collection, pages.Draft("A page", "text"), owner)
type(page).objects.filter(pk=page.pk).update(broken=["1: forwarded"])
assert 'field-untrue">1<' in html(f"{at}/collection/")
sessions.join(walk.pk, "b" * 32)
assert 'field-people">1<' in html(f"{at}/session/")
assert "<textarea" not in html(f"{at}/collection/{collection.pk}/change/")
assert "<textarea" not in html(f"{at}/session/{walk.pk}/change/")
assert admin.get(f"{at}/share/add/").status_code == 403
typed = {"title": "x"}
assert admin.post(f"{at}/share/{link.share.pk}/change/", typed).status_code == 403

# Deleted, a link says so to everybody; a walk together is over.
chosen = {"action": "delete_selected", "_selected_action": [link.share.pk]}
assert link.share.pk in admin.post(f"{at}/share/", chosen).content.decode(), "asked first"
assert Client().get(f"/s/{link.share.pk}").status_code == 200
admin.post(f"{at}/share/", chosen | {"post": "yes"})
assert Client().get(f"/s/{link.share.pk}").status_code == 410
chosen = {"action": "delete_selected", "_selected_action": [walk.pk], "post": "yes"}
admin.post(f"{at}/session/", chosen)
assert Client().get(f"/w/{walk.pk}/").status_code == 404
admin.post(f"{at}/collection/{collection.pk}/delete/", {"post": "yes"})
assert not Collection.objects.exists()
print("all as said")
"""


def test_an_operator_finds_reads_and_deletes(tmp_path: Path) -> None:
    """Links, owners, collections, walks; texts are read-only; who is no operator is sent away."""
    assert said_with_accounts(SCRIPT, tmp_path) == "all as said"


@pytest.mark.django_db
def test_without_accounts_there_is_no_admin(client: Client) -> None:
    """The page is not there."""
    assert client.get("/admin/").status_code == 404
