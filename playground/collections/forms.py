"""What is typed about collections, their pages and their members."""

from __future__ import annotations

from typing import Any

from django import forms

from playground.collections.models import Collection
from playground.collections.people import Role
from playground.site.forms import OrdinalField, TextField
from playground.site.limits import LIMITS


class CollectionForm(forms.Form):
    """A new collection, perhaps from a folder as a zip file."""

    title = TextField(label="Title", strip=True, max_length=LIMITS.title_characters)
    about = TextField(label="What it is about", max_length=LIMITS.description_characters)
    visibility = forms.ChoiceField(
        label="Who may read it", choices=Collection.Visibility.choices, required=False
    )
    zip = forms.FileField(required=False, allow_empty_file=True)

    @property
    def data_of_zip(self) -> bytes:
        """As much of the file as is needed to say that it is too large."""
        file = self.cleaned_data.get("zip")
        return b"" if file is None else bytes(file.read(LIMITS.zip_bytes + 1))


class SettingsForm(CollectionForm):
    """``seen``: what the collection was when the form was shown. ``action``: perhaps ``delete``."""

    contents = TextField(label="Contents", most_bytes=LIMITS.page_bytes)
    seen = TextField()
    action = TextField()


class PageForm(forms.Form):
    """``number``: of the revision that the text was begun from. ``action``: perhaps ``delete``."""

    title = TextField(label="Title", strip=True, max_length=LIMITS.title_characters)
    tags = TextField(label="Tags", max_length=LIMITS.tags_characters)
    body = TextField(label="Text", most_bytes=LIMITS.page_bytes)
    number = OrdinalField()
    action = TextField()


class MembersForm(forms.Form):
    """What an owner does: make a link for a role, withdraw one, set a member's role (or none)."""

    action = forms.ChoiceField(choices=[(one, one) for one in ("invite", "withdraw", "role")])
    role = forms.ChoiceField(choices=Role.choices, required=False)
    invite = OrdinalField()
    member = OrdinalField()


class JoinForm(forms.Form):
    name = TextField(label="Your name", strip=True, max_length=LIMITS.name_characters)


class SearchForm(forms.Form):
    """``q``: the words; ``in``: the one collection that is searched, if any."""

    q = TextField(strip=True, max_length=LIMITS.search_characters)

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["in"] = TextField(max_length=43)  # no attribute can have the name


class TagForm(forms.Form):
    tag = TextField()
