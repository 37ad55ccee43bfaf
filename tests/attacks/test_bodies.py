"""Large bodies are refused before anything of them is kept."""

from __future__ import annotations

import asyncio
import json
from typing import Any, cast

import pytest

from playground.site.bodies import BoundedBodies

MOST = 1_000


async def _reader(scope: Any, receive: Any, send: Any) -> None:
    """An application that reads the body to its end and says how long it was."""
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            scope["gone"] = True
            return
        size += len(message["body"])
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


def _unread(application: Any, path: str, headers: dict[str, str]) -> list[Any]:
    """What is sent back to who says that 300 MB come; that nothing of them is read is asserted."""
    sent: list[Any] = []

    async def receive() -> Any:
        raise AssertionError("something of the body is read")

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(
        application(_posted(path, {"content-length": "300000000", **headers}), receive, send)
    )
    return sent


def _posted(path: str, headers: dict[str, str]) -> dict[str, Any]:
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "path": path, "method": "POST", "headers": pairs}


def _ask(
    pieces: list[bytes], headers: dict[str, str], path: str = "/"
) -> tuple[list[Any], int, dict[str, Any]]:
    """What is sent back, how many pieces were read, and the scope."""
    read, sent = 0, []
    scope = _posted(path, headers)

    async def receive() -> Any:
        nonlocal read
        read += 1
        return {
            "type": "http.request", "body": pieces[read - 1], "more_body": read < len(pieces),
        }  # fmt: skip

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(BoundedBodies(_reader, MOST)(scope, receive, send))
    return sent, read, scope


def test_a_body_within_the_limit_is_read() -> None:
    """Whole, in whatever pieces it comes."""
    sent, _, _ = _ask([b"x" * 400, b"x" * 600], {"content-length": str(MOST)})
    assert (sent[0]["status"], sent[1]["body"]) == (200, b"1000")


@pytest.mark.parametrize("length", [str(MOST + 1), "300000000", "9" * 40])
def test_a_long_body_is_refused_from_its_length(length: str) -> None:
    """Nothing of it is read."""
    sent, read, _ = _ask([b"x"], {"content-length": length})
    assert (sent[0]["status"], read) == (413, 0)


def test_a_body_in_chunks_is_refused_where_it_becomes_too_long() -> None:
    """No length is said, or a wrong one: what comes is counted, the rest is not read."""
    sent, read, scope = _ask([b"x" * 300] * 100, {"transfer-encoding": "chunked"})
    assert [message.get("status") for message in sent] == [413, None]
    assert read == 4
    assert scope["gone"]


@pytest.mark.parametrize(
    ("path", "accept"), [("/api/simulate", "text/html"), ("/", "*/*"), ("/save", "text/html,*/*")]
)
def test_programs_are_told_in_json_and_people_in_words(path: str, accept: str) -> None:
    """Who asks for a page reads that nothing typed is lost."""
    sent, _, _ = _ask([b""], {"content-length": "300000000", "accept": accept}, path)
    body = sent[1]["body"]
    if path == "/save":
        assert b"what you typed" in body
    else:
        assert json.loads(body)["error"]["reason"] == "size"


def test_htmx_gets_the_fragment_of_a_problem() -> None:
    """The page is still there: no JSON is swapped into it, and no advice to go back."""
    application = BoundedBodies(cast("Any", None), 100)
    sent = _unread(application, "/pcap", {"hx-request": "true", "accept": "*/*"})
    assert sent[0]["status"] == 413
    assert sent[1]["body"].startswith(b'<p class="problem" role="alert">The request is too large')


def test_the_site_refuses_before_any_view() -> None:
    """The application that uvicorn serves has the limit around it."""
    from playground.asgi import application

    sent = _unread(application, "/", {})
    assert sent[0]["status"] == 413
