"""Bodies of requests are refused while they come in, before anything of them is kept.

Django reads a body to its end before a view can say no; a server in front may have no limit.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from playground.site import request_ids

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class BoundedBodies:
    """An ASGI application whose HTTP requests have bodies of at most ``most`` bytes.

    A longer one is answered with 413: at once where its length is said, else when it has come to
    be longer. The application then sees a client that is gone.
    """

    def __init__(self, application: Application, most: int) -> None:
        self.application = application
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        if _said_length(scope) > self.most:
            await _refuse(scope, send, self.most)
            return
        counted = 0
        is_refused = is_answered = False

        async def bounded() -> Message:
            nonlocal counted, is_refused
            if is_refused:
                return {"type": "http.disconnect"}
            message = await receive()
            if message["type"] == "http.request":
                counted += len(message.get("body", b""))
            if counted <= self.most:
                return message
            is_refused = True
            if not is_answered:
                await _refuse(scope, send, self.most)
            return {"type": "http.disconnect"}

        async def answer(message: Message) -> None:
            nonlocal is_answered
            if is_refused:
                return  # what the application says of the client that it takes for gone
            is_answered = True
            await send(message)

        await self.application(scope, bounded, answer)


def _said_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name.lower() == b"content-length" and value.isdigit():
            return int(value) if len(value) < 20 else 1 << 63
    return 0


async def _refuse(scope: Scope, send: Send, most: int) -> None:
    """413: JSON for programs, a sentence for people, the fragment of a problem for htmx."""
    told = f"The request is too large: at most {most} bytes are taken."
    asked = request_ids.begin()
    accepts = b",".join(value for name, value in scope["headers"] if name.lower() == b"accept")
    is_swap = any(name.lower() == b"hx-request" for name, _ in scope["headers"])
    is_program = scope["path"].startswith("/api/") or b"text/html" not in accepts
    if is_swap:  # the page is still there, with all that was typed
        body = f'<p class="problem" role="alert">{told}</p>'.encode()
        kind = b"text/html; charset=utf-8"
    elif is_program:
        body = json.dumps({"error": {"reason": "size", "message": told, "request": asked}}).encode()
        kind = b"application/json"
    else:
        body = f"{told} Go back: your browser has kept what you typed.\n".encode()
        kind = b"text/plain; charset=utf-8"
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"referrer-policy", b"same-origin"),
        (request_ids.HEADER.lower().encode(), asked.encode()),
        (b"connection", b"close"),  # the rest of the body is not read
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
