"""Requests that are work are answered by a worker process, as Django would answer them here."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from contextlib import aclosing
from functools import cache
from io import BytesIO
from typing import Any, NamedTuple

from django.core import signals
from django.core.handlers.base import BaseHandler
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve, set_script_prefix

from playground.site import metrics
from playground.site.bodies import Application, Message, Receive, Scope, Send
from playground.site.costs import work_seconds
from playground.site.observed import view_of
from playground.site.rates import network_of
from playground.site.requests import FrugalRequest
from playground.walks.pool import Lost, Pool, pool_here

_PLAIN = (
    "type", "asgi", "http_version", "method", "scheme", "path", "raw_path", "query_string",
    "root_path", "headers", "client", "server",
)  # fmt: skip


class Answer(NamedTuple):
    """A whole response."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    view: str  # its name, for the metrics


class Offloaded:
    """An ASGI application for HTTP, whose views that are work (``site.costs``) run in the pool."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        pool = pool_here()
        seconds = _seconds(scope)
        if pool is None or not seconds:
            await self.application(scope, receive, send)
            return
        begun = time.perf_counter()
        body = await _body(receive)
        if body is None:
            return
        working = asyncio.create_task(_answer(pool, scope, body, seconds))
        leaving = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                return
            answer = working.result()
        except Lost as lost:
            scope["chainwalk.lost"] = lost.reason
            await self.application(scope, _said_again(body), send)
            return
        finally:
            for task in (working, leaving):
                task.cancel()
            await asyncio.gather(working, leaving, return_exceptions=True)
        # The worker counted it, too, but nobody asks a worker for its metrics.
        method = metrics.method_of(scope["method"])
        metrics.answered(method, answer.view, answer.status, time.perf_counter() - begun)
        with contextlib.suppress(OSError):  # the client is gone
            await send({
                "type": "http.response.start", "status": answer.status, "headers": answer.headers,
            })  # fmt: skip
            await send({"type": "http.response.body", "body": answer.body})


def _seconds(scope: Scope) -> int:
    """What its view may take of a core; 0: it is no work."""
    try:
        return work_seconds(resolve(scope["path"]).func)
    except (Resolver404, UnicodeError):
        return 0


async def _body(receive: Receive) -> bytes | None:
    """``None``: the client went away."""
    parts = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _said_again(body: bytes) -> Receive:
    """What was received already, for another reader."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        await asyncio.Event().wait()  # whoever waits for the client to go is cancelled
        raise AssertionError

    return receive


async def _answer(pool: Pool, scope: Scope, body: bytes, seconds: int) -> Answer:
    """Raises ``Lost``."""
    plain = {name: scope[name] for name in _PLAIN if name in scope}
    client = network_of(str((scope.get("client") or ("",))[0]))
    pieces = pool.pieces(answered, plain, body, client=client, seconds=seconds)
    async with aclosing(pieces):
        async for piece in pieces:
            assert isinstance(piece, Answer)
            return piece
    raise Lost("gone")


# ---- in the worker


@cache
def _handler() -> BaseHandler:
    """All middleware and views, as the server's own."""
    handler = BaseHandler()
    handler.load_middleware()
    return handler


def warm(path: str) -> None:
    """Answer for a page, so that what pages need is there."""
    answered(
        {"type": "http", "method": "GET", "path": path, "query_string": b"",
         "headers": [(b"host", b"localhost")]}, b"",
    )  # fmt: skip


def answered(scope: dict[str, Any], body: bytes) -> Answer:
    """What Django answers to a request. Raises ``MemoryError``: Django would answer 500."""
    handler = _handler()
    set_script_prefix(scope.get("root_path") or "/")
    signals.request_started.send(sender=Offloaded, scope=scope)
    request = FrugalRequest(scope, BytesIO(body))
    failed: list[BaseException | None] = []

    def note(**_: object) -> None:
        failed.append(sys.exc_info()[1])

    signals.got_request_exception.connect(note)
    response = handler.get_response(request)
    try:
        if any(isinstance(error, MemoryError) for error in failed):
            raise MemoryError
        return Answer(
            response.status_code, _headers(response), _content(response), view_of(request)
        )
    finally:
        response.close()


def _content(response: HttpResponseBase) -> bytes:
    if response.streaming:
        return b"".join(map(response.make_bytes, response))
    return bytes(getattr(response, "content", b""))


def _headers(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    cookies = [
        cookie.OutputString().strip().encode("ascii") for cookie in response.cookies.values()
    ]
    return headers + [(b"Set-Cookie", cookie) for cookie in cookies]
