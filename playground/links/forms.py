"""What is typed about links: saving one, what is said about it, a key, a report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms

from playground.links.models import Report
from playground.page.forms import ScenarioForm
from playground.site.forms import OrdinalField, TextField
from playground.site.limits import LIMITS
from sim.model.scenario import Scenario


class SaveForm(ScenarioForm):
    """``named``: the title that the dialog has. ``as``: under which kind of link, else public."""

    named = TextField(strip=True)

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["as"] = TextField()  # no attribute can have the name: it is Python's

    def typed(self) -> Scenario:
        scenario, named = super().typed(), self.cleaned_data["named"]
        return replace(scenario, title=named) if named else scenario


class ManageForm(forms.Form):
    """What an author does with a link; what is said about it comes with ``edit`` alone."""

    ACTIONS = ("edit", "latest", "delete", "publish", "unlist")

    action = forms.ChoiceField(choices=[(one, one) for one in ACTIONS], required=False)
    number = OrdinalField()
    title = TextField(label="Title", strip=True, max_length=LIMITS.title_characters)
    description = TextField(label="Description", max_length=LIMITS.description_characters)
    tags = TextField(label="Tags", max_length=LIMITS.tags_characters)

    def clean_action(self) -> str:
        return self.cleaned_data["action"] or "edit"


class KeyForm(forms.Form):
    """A key, or the link that it stands behind the ``#`` of."""

    key = TextField(strip=True, max_length=2_000)

    def clean_key(self) -> str:
        return str(self.cleaned_data["key"]).rpartition("#")[2]


class ReportForm(forms.Form):
    kind = forms.ChoiceField(choices=Report.Kind.choices, label="What is wrong with it")
    text = TextField(
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=LIMITS.report_characters,
        label="What the host should know",
    )
    contact = TextField(
        max_length=200,
        label="Where to answer you",
        help_text="An address, if you want an answer. Nothing else of you is kept.",
    )
