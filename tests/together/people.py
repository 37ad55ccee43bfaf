"""Somebody who walks along, without a browser: a cookie and a socket to a real server."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

PATIENCE = 10  # seconds; a test fails after that, it never waits for so long


class Visitor:
    """A browser: the cookies that it was given, and the pages that it asks for."""

    def __init__(self, server: str, certificate: str = "") -> None:
        self.server = server
        self.certificate = certificate
        self.http = requests.Session()
        self.http.trust_env = not certificate
        self.http.verify = certificate or True
        self.http.headers["Referer"] = server  # what Django asks of forms over https

    def page(self, path: str) -> str:
        answer = self.http.get(self.server + path, timeout=PATIENCE)
        answer.raise_for_status()
        return answer.text

    def post(self, path: str, page: str, **form: str) -> requests.Response:
        """Post a form that stands on a page."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page(page))
        assert token
        values = {**form, "csrfmiddlewaretoken": token[1]}
        return self.http.post(self.server + path, values, timeout=PATIENCE)

    def begin(self, scenario: str) -> str:
        """Begin a walk through a saved scenario; the session's path."""
        found = self.post("/w/", f"/s/{scenario}", version=f"{scenario}/1")
        assert found.status_code == 200
        return urlsplit(found.url).path

    def join(self, path: str, server: str = "", **headers: str) -> Seat:
        """Open the session's page and its socket."""
        self.page(path)
        url = (server or self.server) + path
        return Seat(self.cookies(path), url, headers, self.certificate)

    def cookies(self, path: str) -> str:
        prepared = self.http.prepare_request(requests.Request("GET", self.server + path))
        return str(prepared.headers.get("Cookie", ""))


class Seat:
    """An open socket of a session."""

    def __init__(
        self, cookies: str, url: str, headers: dict[str, str], certificate: str = ""
    ) -> None:
        there = urlsplit(url)
        self.path = there.path
        self.opened = connect(
            f"{'wss' if certificate else 'ws'}://{there.netloc}{there.path}socket",
            ssl=ssl.create_default_context(cafile=certificate) if certificate else None,
            additional_headers={
                "Cookie": cookies,
                "Origin": f"{there.scheme}://{there.netloc}",
                **headers,
            },
        )
        self.socket: ClientConnection = self.opened.__enter__()
        self.at = -1
        self.leads = False
        self.people: list[list[Any]] = []
        self.heard: list[dict[str, Any]] = []

    def say(self, **message: Any) -> None:
        self.socket.send(json.dumps(message))

    def until(self, wanted: Callable[[Seat], bool]) -> None:
        """Listen until it is so."""
        while not wanted(self):
            message = json.loads(self.socket.recv(timeout=PATIENCE))
            self.heard.append(message)
            self.at = message.get("at", self.at)
            self.leads = message.get("leads", self.leads)
            self.people = message.get("people", self.people)

    def closing(self) -> int:
        """The code with which the server ends it."""
        try:
            while True:
                self.socket.recv(timeout=PATIENCE)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 0

    def names(self) -> list[str]:
        return [name for _, name, _, _ in self.people]

    def leave(self) -> None:
        self.opened.__exit__(None, None, None)
