"""What the editors complete and explain."""

from __future__ import annotations

import hashlib
import json
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import condition, require_safe

from playground.walks import reference as words


@cache
def _written() -> tuple[bytes, str]:
    """The reference as JSON and its ETag, which is another one whenever a word of it is."""
    body = json.dumps(words.reference()).encode()
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'


@condition(etag_func=lambda request: _written()[1])
@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """What the editors complete and explain."""
    return HttpResponse(_written()[0], content_type="application/json")
