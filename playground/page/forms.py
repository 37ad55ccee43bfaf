"""What the workbench sends: its texts, and what is asked of them. Each button has its form here."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse

from playground.page import gallery
from playground.page.walked import page_of
from playground.shown.presenters import ERROR_PLACES, drawn
from playground.site.forms import ManyField, OrdinalField, TextField
from playground.site.htmx import answered
from playground.site.limits import LIMITS
from playground.walks import matrix, pasted, runs
from playground.walks import pcap as captures
from sim.base.errors import Refused
from sim.model.scenario import Scenario

TOO_LARGE = 413


class ScenarioForm(forms.Form):
    """The texts. ``scenario`` is there when they are refused, too: the page shows them again.

    ``refused``: which of them is over its limit (``runs.within_limits``).
    """

    title = TextField()
    description = TextField()
    rules = TextField()
    host = TextField()
    packets = TextField()
    expect = TextField()
    parent = TextField()

    scenario = Scenario()
    refused: Refused | None = None

    def clean(self) -> None:
        self.scenario = self.typed()
        try:
            runs.within_limits(self.scenario)
        except Refused as refused:
            self.refused = refused
            self.add_error(None, str(refused))

    def typed(self) -> Scenario:
        """The scenario that the fields say."""
        return runs.scenario_of(self.cleaned_data)

    @property
    def origin(self) -> str:
        """The link that the texts came from, as it stands in addresses; empty for none."""
        return str(self.cleaned_data["parent"])

    def page(self) -> dict[str, Any]:
        """What the page that comes back shows, with its errors if there are any."""
        context = page_of(self.scenario, self.origin)
        if self.refused is not None:
            context["errors"] = drawn(self.refused, self.scenario)
        return context


class ExampleForm(ScenarioForm):
    """``example``: whose texts they were; ``None`` for the name of none."""

    example = TextField()

    def clean_example(self) -> gallery.Example | None:
        return gallery.by_name(self.cleaned_data["example"])


class WhatIfForm(ScenarioForm):
    """``line``: of the statement whose packet is asked about."""

    line = OrdinalField()


class AdviceForm(ScenarioForm):
    """``advice``: the key of the finding whose fix is to be made."""

    advice = TextField()


class MatrixForm(ScenarioForm):
    """``matrix``: what is asked for; its ``problem`` says why it cannot be had."""

    m_iface = TextField()
    m_protocol = TextField()
    m_sources = TextField()
    m_destination = TextField()
    m_ports = TextField()

    def clean(self) -> None:
        super().clean()
        self.matrix = matrix.wanted(self.cleaned_data)
        if self.matrix.problem:
            self.add_error(None, self.matrix.problem)


class CellForm(MatrixForm):
    """``cell``: the packet of the cell that is to be walked."""

    cell = TextField(strip=True)


class CaptureForm(ScenarioForm):
    """``pcap``: the packets of the file, which is not kept."""

    pcap = forms.FileField(
        allow_empty_file=True,
        error_messages={
            "required": "Choose a file first: a pcap or pcapng file, such as “tcpdump -w FILE” "
            "writes.",
        },
    )

    def clean(self) -> None:
        super().clean()
        self.found: captures.Capture | None = None
        file = self.cleaned_data.get("pcap")
        if file is None:
            return
        try:
            self.found = captures.read(file.read(captures.MOST_BYTES + 1), self.scenario.host)
        except captures.Unreadable as error:
            self.add_error("pcap", str(error))


class PickForm(ScenarioForm):
    """``pick``: the chosen lines of a capture; ``mend``: their checksums are to be put right."""

    pick = ManyField()
    mend = forms.BooleanField(required=False)


class _Files(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name)


class FilesField(forms.Field):
    """Any number of files under one name."""

    widget = _Files

    def to_python(self, value: Any) -> list[UploadedFile[Any]]:
        return [*value]


class PasteForm(ScenarioForm):
    """A paste, files, or what stands in the editors; ``before`` and ``answers`` to its questions.

    ``whole``: the paste with the text of each file behind it. ``capture``: the name and the bytes
    of a file among them that is one; nothing else is read then.
    """

    ANSWER, ANSWERED = "answer:", "answered:"

    paste = TextField()
    file = FilesField(required=False)

    def clean(self) -> None:
        super().clean()
        self.capture: tuple[str, bytes] | None = None
        texts = [self.cleaned_data["paste"]]
        for file in self.cleaned_data["file"]:
            data = file.read(LIMITS.paste_bytes + 1)
            if captures.is_capture(data):
                rest = file.read(captures.MOST_BYTES + 1 - len(data))
                self.capture = str(file.name), data + rest
                return
            texts.append(TextField().to_python(pasted.decoded(data)))
        self.whole = "".join(text.rstrip("\n") + "\n" for text in texts if text.strip())
        if self.is_of_bench:
            return
        if not self.whole:
            self.add_error("paste", "There is nothing in the box yet. Paste something, or choose "
                           "a file.")  # fmt: skip
        elif len(self.whole.encode()) > LIMITS.paste_bytes:
            message = f"That is more than {LIMITS.paste_bytes:,} bytes, the most that is taken."
            self.add_error("paste", forms.ValidationError(message, "size"))

    @property
    def is_of_bench(self) -> bool:
        """Whether the editors are meant: the first page has none."""
        return "rules" in self.data

    @property
    def before(self) -> dict[str, str]:
        return self._named(self.ANSWERED)

    @property
    def answers(self) -> dict[str, str]:
        return self._named(self.ANSWER)

    def _named(self, prefix: str) -> dict[str, str]:
        """The answers; their names are the questions'. A button says more than the field beside
        it, and comes behind it."""
        found: dict[str, str] = {}
        sent = forms.MultipleHiddenInput()
        for name in self.data:
            values = sent.value_from_datadict(self.data, self.files, name)
            said = [text for text in ManyField().to_python(values) if text.strip()]
            if name.startswith(prefix) and said:
                found[name.removeprefix(prefix)] = said[-1].strip("\n")
        return found


Form = TypeVar("Form", bound=ScenarioForm)
View = Callable[[HttpRequest], HttpResponse]


def takes(kind: type[Form]) -> Callable[[Callable[[HttpRequest, Form], HttpResponse]], View]:
    """The view gets its form, filled; texts over a limit come back at once, with what is wrong."""

    def taking(view: Callable[[HttpRequest, Form], HttpResponse]) -> View:
        @wraps(view)
        def answer(request: HttpRequest) -> HttpResponse:
            form = kind(request.POST, request.FILES)
            form.full_clean()
            if form.refused is None:
                return view(request, form)
            context = form.page() | {"texts": ERROR_PLACES}
            return answered(
                request, "page/page.html", "page/_refused_swap.html", context, status=TOO_LARGE
            )

        return answer

    return taking
