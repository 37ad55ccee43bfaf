"""The socket is for our own pages: a page's origin has scheme, host and port (RFC 6454)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, cast
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import validate_host

Scope = MutableMapping[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]
Origin = tuple[str, str, int]
_PORTS = {"http": 80, "https": 443}


class OwnOrigin:
    """An ASGI application that pages of this very origin reach, and no others.

    ``CSRF_TRUSTED_ORIGINS`` are taken, too, as they are for forms.
    """

    def __init__(self, application: Application) -> None:
        self.application = application
        self.denied = cast("Application", WebsocketDenier())

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if is_own(scope):
            await self.application(scope, receive, send)
        else:
            await self.denied(scope, receive, send)


def is_own(scope: Scope) -> bool:
    """Whether the page that opens the socket is ours. One without an origin is not."""
    headers = [(name.lower(), value.decode("latin-1")) for name, value in scope["headers"]]
    said = [value for name, value in headers if name == b"origin"]
    hosts = [value for name, value in headers if name == b"host"]
    if len(said) != 1 or len(hosts) != 1:
        return False
    origin = _origin(said[0])
    if origin is None:
        return False
    if origin in {_origin(trusted) for trusted in settings.CSRF_TRUSTED_ORIGINS}:
        return True
    own = _origin(f"{_scheme(scope, headers)}://{hosts[0]}")
    return origin == own and validate_host(_host(origin), settings.ALLOWED_HOSTS)


def _scheme(scope: Scope, headers: Iterable[tuple[bytes, str]]) -> str:
    """How the page was fetched; behind a proxy, as the setting says that the proxy tells it."""
    secure: tuple[str, str] | None = getattr(settings, "SECURE_PROXY_SSL_HEADER", None)
    if secure:
        name = secure[0].removeprefix("HTTP_").replace("_", "-").lower().encode()
        told = next((value for header, value in headers if header == name), "")
        return "https" if told.split(",")[0].strip() == secure[1] else "http"
    return "https" if scope.get("scheme") in ("wss", "https") else "http"


def _origin(text: str) -> Origin | None:
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    return parts.scheme, parts.hostname, port or _PORTS[parts.scheme]


def _host(origin: Origin) -> str:
    return f"[{origin[1]}]" if ":" in origin[1] else origin[1]
