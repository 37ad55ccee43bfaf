"""The body of an API call, read: its size, its JSON, the scenario or the paste in it.

What a call may hold besides stands in ``answers`` as types, which ``openapi`` describes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, get_args, get_type_hints

from django.http import HttpRequest

from playground.links import answers
from playground.site.limits import LIMITS
from playground.site.plain import typed_text
from playground.walks import entering, pasted, runs
from playground.walks.entering import Entered
from sim.base.budget import spent_from
from sim.base.errors import Refused, SourceError, Span
from sim.model.scenario import Scenario
from sim.read.paste.model import Reading

MOST_BYTES = LIMITS.body_bytes
# What a value is to be, in words: a member of ``answers.Asking`` or ``answers.Saving``.
_WORDS = {bool: "is true or false", int: "is the number of a statement"}
Beside = TypeVar("Beside", answers.Asking, answers.Saving)


class Unreadable(Exception):
    """The body of a call cannot be taken: what the refusal says (``api.refusal``)."""

    def __init__(
        self,
        status: int,
        reason: answers.Reason,
        message: str,
        errors: Iterable[SourceError] = (),
    ) -> None:
        super().__init__(message)
        self.status, self.reason, self.message = status, reason, message
        self.errors = tuple(errors)


class Call:
    """A JSON object that a program sent. Every method may raise ``Unreadable``."""

    def __init__(self, request: HttpRequest) -> None:
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
            raise Unreadable(413, "size", f"at most {MOST_BYTES} bytes are taken")
        try:
            value = json.loads(request.body)
        except (ValueError, RecursionError) as error:
            raise Unreadable(400, "json", f"the body is not JSON: {error}") from None
        if not isinstance(value, dict):
            raise Unreadable(400, "json", "the body is JSON but no object")
        self.body: dict[str, Any] = value

    def take(self, kind: type[Beside]) -> Beside:
        """What stands beside the texts, taken out: the rest is a scenario or a paste."""
        found: dict[str, Any] = {}
        for name, hint in get_type_hints(kind).items():
            if name not in self.body:
                continue
            value, wanted = self.body.pop(name), get_args(hint) or (hint,)
            if type(value) not in wanted:  # not isinstance: a boolean is no number here
                raise Unreadable(400, "json", f'"{name}" {_WORDS[wanted[0]]}')
            found[name] = value
        return kind(**found)

    def scenario(self) -> Scenario:
        """The texts, within their limits."""
        try:
            scenario = Scenario.from_json(self.body)
            runs.within_limits(scenario)
        except Refused as refused:
            raise refused_texts(refused) from None
        return scenario

    def entered(self) -> Entered:
        """The scenario to walk: the texts, or a paste with answers to what it asks."""
        if "text" not in self.body:
            scenario, receipt = pasted.mended_with_receipt(self.scenario())
            return Entered(scenario, receipt)
        if strange := sorted(self.body.keys() - {"text", "answers"}):
            message = f'a paste has "text" and "answers" alone, not "{strange[0]}"'
            raise Unreadable(400, "json", message)
        found = self._pasted(lambda text, said: entering.entered([text], said, bare=True))
        if found.is_empty and not found.is_open:
            errors = [
                SourceError(
                    f"{entry.form}: {entry.note or 'left aside'}",
                    Span(entry.first, 1, entry.last, 2),
                    where="text",
                )
                for entry in found.receipt
            ]
            raise Unreadable(422, "refused", "nothing in the paste could be read", errors)
        return found

    def reading(self) -> Reading:
        """A paste, read and not made a scenario of."""
        with spent_from(runs.reading()):
            return self._pasted(lambda text, said: pasted.read([text], said))

    def _pasted(self, read: Callable[[str, dict[str, str]], Read]) -> Read:
        text, given = self.body.get("text"), self.body.get("answers", {})
        if not isinstance(text, str) or not isinstance(given, dict):
            raise Unreadable(400, "json", '"text" is text, "answers" an object of names and values')
        if len(text.encode(errors="replace")) > LIMITS.paste_bytes:
            raise Unreadable(413, "size", f"at most {LIMITS.paste_bytes} bytes are taken")
        return read(typed_text(text), pasted.answers_of(given))


Read = TypeVar("Read", Entered, Reading)


def refused_texts(refused: Refused) -> Unreadable:
    """Texts that cannot be read, with their errors."""
    return Unreadable(422, "refused", "the scenario cannot be read", refused.errors)
