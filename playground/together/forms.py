"""What is typed about walks together; names are said on the socket (``names.cleaned``)."""

from __future__ import annotations

from django import forms

from playground.site.forms import OrdinalField, TextField
from playground.site.ordinals import ordinal


class StartForm(forms.Form):
    """``version``: of which link, as it stands in addresses: an id, or an id and a number."""

    version = TextField(strip=True, max_length=60)

    def clean_version(self) -> tuple[str, int | None]:
        pk, _, number = str(self.cleaned_data["version"]).partition("/")
        return pk, ordinal(number) or None


class LeadForm(forms.Form):
    """The leader's next step, or the ``end`` for everybody."""

    step = OrdinalField(label="Everyone to step")
    end = forms.BooleanField(required=False)
