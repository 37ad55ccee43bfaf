"""The forms of collections: what is typed, its limits, and what is said when it is too much."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError

from playground.collections.models import Collection
from playground.collections.pages import Draft, draft_of
from playground.collections.people import Role
from playground.site.fields import LineField, OrdinalField, TextField
from playground.site.limits import LIMITS

LONG_TITLE = f"A title has at most {LIMITS.title_characters} characters."
LONG_ABOUT = f"What it is about has at most {LIMITS.description_characters} characters."


def in_bytes(text: str) -> None:
    """Raises ``ValidationError`` for what is more than a page may have."""
    if len(text.encode()) > LIMITS.page_bytes:
        raise ValidationError(f"A page has at most {LIMITS.page_bytes} bytes.")


class AboutForm(forms.Form):
    """Everything of a collection but its pages."""

    title = LineField(
        required=True,
        max_length=LIMITS.title_characters,
        error_messages={"required": "A collection needs a title.", "max_length": LONG_TITLE},
    )
    about = TextField(
        max_length=LIMITS.description_characters,
        error_messages={"max_length": LONG_ABOUT},
    )
    wrong = "Who may read it: everybody, who has the link, or members only."
    visibility = forms.ChoiceField(
        choices=Collection.Visibility.choices,
        widget=forms.RadioSelect,
        error_messages={"required": wrong, "invalid_choice": wrong},
    )


class NewForm(AboutForm):
    """A collection from nothing, or from a folder, whose file may say the title."""

    zip = forms.FileField(required=False)

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]  # handed on as they are
        if self.files.get("zip") is not None:
            self.fields["title"].required = False


class SettingsForm(AboutForm):
    """``seen``: how it was when the form was shown."""

    contents = TextField(validators=[in_bytes])
    seen = forms.CharField(required=False, widget=forms.HiddenInput)


class PageForm(forms.Form):
    """A page; ``number`` is the revision that was begun from."""

    title = LineField(
        required=True,
        max_length=LIMITS.title_characters,
        error_messages={"required": "A page needs a title.", "max_length": LONG_TITLE},
    )
    tags = LineField(
        max_length=1000, error_messages={"max_length": "Tags have at most 1000 characters."}
    )
    body = TextField(validators=[in_bytes])
    number = OrdinalField()

    def draft(self) -> Draft:
        said = self.cleaned_data
        return draft_of(said["title"], said["body"], said["tags"], said["number"])


class RoleForm(forms.Form):
    """``invite`` and ``member``: of whom it is, where it is anybody's already."""

    role = forms.ChoiceField(choices=[("", "none"), *Role.choices], required=False)
    invite = OrdinalField()
    member = OrdinalField()


class NameForm(forms.Form):
    """Whoever joins says how the others see them."""

    name = LineField(max_length=60)
