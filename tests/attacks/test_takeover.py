"""What is stored stays whose it is; what is deleted stays deleted."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from django.db import connection
from django.test import Client

from playground.collections import folder, pages, zipped
from playground.collections.folder import Folder
from playground.collections.models import Collection
from playground.collections.pages import Draft, Problem
from playground.links import keys, store, traces
from playground.links.models import Owner, Share
from playground.site.rates import network_of, within
from sim.model.scenario import Scenario

pytestmark = pytest.mark.django_db

FIRST, SECOND = Scenario(rules="# the first\n"), Scenario(rules="# the second\n")


def _make() -> Owner:
    return keys.new_owner()[0]


def test_what_nobody_owns_is_never_claimed() -> None:
    """Saved without a key; whoever saves the same text later may list it, not change it."""
    found = store.save(FIRST)
    owner = _make()
    again = store.save(FIRST, owner)
    assert again.share.pk == found.share.pk
    with pytest.raises(store.NotYours):
        store.add_version(again.share, owner, SECOND)
    with pytest.raises(store.NotYours):
        store.edit(again.share, owner, title="mine", description="", tags=())
    assert store.is_claimed(again.share, owner)


def test_who_only_lists_a_link_cannot_delete_it() -> None:
    """Letting go of it takes it off the list."""
    store.save(FIRST)
    owner = _make()
    share = store.save(FIRST, owner).share
    assert store.let_go(share, owner) is False
    assert store.find(share.pk).scenario == FIRST


def test_a_deleted_version_stays_deleted() -> None:
    """Somebody saves the text of its first version: they get a link of their own."""
    author, other = _make(), _make()
    share = store.save(FIRST, author).share
    store.add_version(share, author, SECOND)
    assert store.let_go(share, author)
    found = store.save(FIRST, other)
    assert found.share.pk != share.pk
    assert store.is_author(found.share, other)
    with pytest.raises(store.Gone):
        store.find(share.pk, 2)


def test_a_text_can_be_saved_however_often_it_was_deleted() -> None:
    """Ids grow by a letter each time, and do not run out."""
    author = _make()
    for _ in range(40):
        assert store.let_go(store.save(FIRST, author).share, author)
    assert store.find(store.save(FIRST, author).share.pk).scenario == FIRST
    assert Share.objects.filter(deleted=None).count() == 1


def test_a_page_of_another_site_cannot_save() -> None:
    """Neither with a body that needs no leave, nor does it get leave."""
    address = "/api/scenarios"
    body = json.dumps(FIRST.as_json())
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = Client().post(address, body, content_type=kind)
        assert (answer.status_code, answer.json()["error"]["reason"]) == (415, "type")
    assert "Access-Control-Allow-Origin" not in Client().options(address).headers
    assert Client().post(address, body, content_type="application/json").status_code == 201


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("192.0.2.1", "192.0.2.1"),
        ("", ""),
    ],
)
def test_a_rate_counts_networks_of_ipv6(address: str, network: str) -> None:
    """One customer has 2^64 addresses."""
    assert network_of(address) == network


def test_all_addresses_of_a_network_share_a_rate() -> None:
    """The third call of one /64 is one too many."""
    asked = [within("attack", f"2001:db8:7:7::{number:x}", 2) for number in range(3)]
    assert asked == [True, True, False]


def test_nothing_is_walked_while_the_database_is_locked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A folder's scenarios and pages are walked before and behind the transaction."""
    depths: list[int] = []
    outside = len(connection.savepoint_ids)
    walk = traces.walk

    def watched(scenario: Scenario) -> object:
        depths.append(len(connection.savepoint_ids))
        return walk(scenario)

    def checked(*args: object) -> list[str]:
        depths.append(len(connection.savepoint_ids))
        return []

    monkeypatch.setattr(traces, "walk", watched)
    monkeypatch.setattr(pages, "broken", checked)
    owner = _make()
    made = pages.create(owner, "Ours", "", Collection.Visibility.LINK)
    given = Folder(
        "Ours", "", Collection.Visibility.LINK, "",
        pages={"one": Draft("One", "{{ a }}\n")}, scenarios={"a": FIRST, "b": SECOND},
    )  # fmt: skip
    folder.take(made, given, owner)
    assert len(depths) == 3
    assert set(depths) == {outside}


def test_a_damaged_lzma_zip_is_no_zip() -> None:
    """It raises an error of its own, which was a 500."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("collection.toml", b"title = 'x'\n" * 500)
    data = bytearray(made.getvalue())
    at = data.index(b"collection.toml") + len("collection.toml")
    for place in range(at + 9, at + 40):
        data[place] ^= 0xFF
    with pytest.raises(Problem, match="no zip file"):
        zipped.unpacked(bytes(data))
