"""What is typed anywhere: it is refused whole, told beside its field, and comes back as it was."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from playground.collections.models import Collection, Page
from playground.embedding.options import HIGHEST, OptionsForm
from playground.page.forms import PasteForm, ScenarioForm
from playground.site.forms import ManyField, OrdinalField, TextField
from playground.site.limits import LIMITS

LONG = "t" * (LIMITS.title_characters + 1)
TOO_LONG = f"It has {len(LONG)} characters; at most {LIMITS.title_characters} are taken."


@given(st.text())
def test_a_text_is_kept_but_for_what_nothing_can_keep(typed: str) -> None:
    """Blanks at its ends too; line ends become ours, NUL and half characters a sign."""
    text = TextField().clean(typed)
    assert "\r" not in text
    assert "\0" not in text
    assert len(text) <= len(typed)
    if not any(one in "\r\0" or 0xD800 <= ord(one) < 0xE000 for one in typed):
        assert text == typed


@pytest.mark.parametrize(("text", "is_taken"), [("é" * 5, True), ("é" * 6, False)])
def test_bytes_are_counted_as_they_are_stored(text: str, is_taken: bool) -> None:
    """Not characters; what is one too long is refused, never cut."""
    field = TextField(most_bytes=10)
    if is_taken:
        assert field.clean(text) == text
        return
    with pytest.raises(ValidationError, match="It has 12 bytes; at most 10 are taken"):
        field.clean(text)


@pytest.mark.parametrize("text", ["-1", "x", "1e3", "²", "٣", "9" * 10])
def test_a_number_that_names_something_is_one_from_1(text: str) -> None:
    """Other scripts' digits and what no line can have are told; nothing is 0."""
    with pytest.raises(ValidationError, match="Write a number from 1"):
        OrdinalField().clean(text)
    assert [OrdinalField().clean(one) for one in ("", None, "0", " 12 ")] == [0, 0, 0, 12]


def test_many_values_of_one_name_come_in_their_order() -> None:
    """Empty ones are none."""
    assert ManyField().clean(["a\r\n", "", "b"]) == ["a\n", "b"]
    assert ManyField().clean(None) == []


def test_a_scenario_over_its_limit_is_there_all_the_same() -> None:
    """The page shows what was typed, with what is wrong at its place."""
    form = ScenarioForm({"title": LONG, "rules": "one\r\ntwo"})
    assert not form.is_valid()
    assert (form.scenario.title, form.scenario.rules) == (LONG, "one\ntwo")
    assert [drawn.error.where for drawn in form.page()["errors"]] == ["scenario"]


def test_the_answers_to_a_paste_are_known_by_their_names() -> None:
    """The button's comes last and says more than the field beside it."""
    form = PasteForm(QueryDict("answer:a=field&answer:a=button&answered:b=yes&answer:c=+&rules=x"))
    assert (form.before, form.answers) == ({"b": "yes"}, {"a": "button"})
    assert form.is_of_bench


@pytest.mark.parametrize("wrong", [{"step": "x"}, {"from": "-1"}, {"theme": "neon"}, {"h": "tall"}])
def test_a_frame_never_breaks_and_its_chooser_says_what_is_wrong(wrong: dict[str, str]) -> None:
    """The options are those that make sense."""
    form = OptionsForm({"to": "9", "chrome": "none", **wrong})
    assert (form.options.last, form.options.bare) == (9, True)
    assert set(form.errors) == set(wrong)
    assert OptionsForm({"h": "99999"}).options.height == HIGHEST


@pytest.mark.django_db
def test_the_chooser_keeps_what_was_typed(client: Client) -> None:
    """Beside what is wrong with it."""
    link = client.post("/save", {"rules": "iptables -A INPUT -j DROP"})["Location"]
    html = client.get(f"{link}/embed", {"step": "nine"}).content.decode()
    assert 'name="step" value="nine"' in html
    assert "Step: Write a number from 1." in html


@pytest.mark.django_db
def test_a_collection_and_its_pages_come_back_when_they_are_refused(client: Client) -> None:
    """Its settings and its pages too; nothing is stored."""
    made = client.post("/k/new", {"title": LONG, "about": "mine", "visibility": "link"})
    html = made.content.decode()
    assert made.status_code == 400
    assert TOO_LONG in html
    assert f'value="{LONG}"' in html
    assert "mine</textarea>" in html
    assert not Collection.objects.exists()
    at = client.post("/k/new", {"title": "Ours", "visibility": "link"})["Location"]
    for typed in (
        {"title": LONG},
        {"title": "A", "tags": "x" * (LIMITS.tags_characters + 1)},
        {"title": "A", "number": "-"},
    ):
        refused = client.post(f"{at}new", {"body": "what I wrote", **typed})
        assert refused.status_code == 400
        assert "what I wrote</textarea>" in refused.content.decode()
        assert 'role="alert"' in refused.content.decode()
    assert not Page.objects.exists()
    refused = client.post(f"{at}edit", {"title": LONG, "about": "new words", "visibility": "link"})
    assert refused.status_code == 400
    assert "new words</textarea>" in refused.content.decode()
    assert Collection.objects.get().title == "Ours"


@pytest.mark.django_db
def test_search_answers_with_its_hits_or_a_whole_page(client: Client) -> None:
    """Words over the limit are told and stay in their field."""
    at = client.post("/k/new", {"title": "Ours", "visibility": "public"})["Location"]
    client.post(f"{at}new", {"title": "Uplinks", "body": "two of them"})
    swap = {"HX-Request": "true"}
    whole = client.get("/k/search", {"q": "uplinks"})
    part = client.get("/k/search", {"q": "uplinks"}, headers=swap)
    assert "<html" in whole.content.decode()
    assert "<html" not in part.content.decode()
    for answer in (whole, part):
        assert ">Uplinks</a>" in answer.content.decode()
        assert "1 page with <q>uplinks</q>" in answer.content.decode()
        assert "HX-Request" in answer["Vary"]
    words = "w" * 201
    refused = client.get("/k/search", {"q": words})
    assert refused.status_code == 422
    assert f'value="{words}"' in refused.content.decode()
    assert "It has 201 characters; at most 200 are taken." in refused.content.decode()


@pytest.mark.django_db
def test_groups_over_their_limit_come_back(client: Client) -> None:
    """With the limit in bytes."""
    text = "#" * (LIMITS.packets_bytes + 1)
    refused = client.post("/builder", {"groups": text})
    assert refused.status_code == 413
    assert f"at most {LIMITS.packets_bytes:,} are taken" in refused.content.decode()
    assert f"{text}</textarea>" in refused.content.decode()


@pytest.mark.django_db
def test_a_leader_is_told_that_a_step_is_none(client: Client) -> None:
    """Nobody is moved; a number that is one moves everybody."""
    link = client.post("/save", {"rules": "iptables -A INPUT -j DROP"})["Location"]
    version = f"{link.rpartition('/')[2]}/1"
    walk = client.post("/w/", {"version": version})["Location"]
    refused = client.post(f"{walk}lead", {"step": "nine"})
    assert refused.status_code == 422
    assert "Everyone to step: Write a number from 1." in refused.content.decode()
    assert client.post(f"{walk}lead", {"step": "1"}).status_code == 302
    assert client.post("/w/", {"version": "x" * 61}).status_code == 404
