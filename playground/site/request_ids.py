"""One id for each request: in its log lines, in its answer, and on the page that says it failed.

Whoever reports a failure names the id, and the operator finds its lines, which hold no texts.
"""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar

from django.conf import settings

HEADER = "X-Request-ID"
_ID = re.compile(r"[0-9a-zA-Z_-]{8,64}\Z")
_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """The id of the request or socket that is being served; "" outside of one."""
    return _current.get()


def go_on(given: str) -> None:
    """Work for a request, or none, that began in another process of ours."""
    _current.set(given)


def begin(given: str = "") -> str:
    """Serve a request under a new id, or under the one that the proxy in front gave it."""
    believed = bool(settings.PROXIES) and _ID.match(given) is not None
    chosen = given if believed else secrets.token_hex(8)
    _current.set(chosen)
    return chosen
