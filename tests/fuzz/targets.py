"""What is fed, by name: a function of bytes that lets nothing out but a fault of ours."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import quote

import django
from django.apps import apps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")
os.environ["CHAINWALK_PLAIN_STATIC"] = "1"
# What bounds a run bounds one input, too: a fuzzer wants many, not long ones.
for name, value in {"STEPS": 2_000, "RUN_SECONDS": 2, "WALKS_A_MINUTE": 10**9,
                    "API_CALLS_A_MINUTE": 10**9, "SAVES_A_MINUTE": 10**9}.items():  # fmt: skip
    os.environ.setdefault(f"CHAINWALK_{name}", str(value))
if "CHAINWALK_STATE_DIR" not in os.environ:
    os.environ["CHAINWALK_STATE_DIR"] = tempfile.mkdtemp(prefix="cw-fuzz-")
if not apps.ready:
    django.setup()

from django.test import Client  # noqa: E402 -- needs Django set up

from playground.collections import folder, zipped  # noqa: E402 -- the same
from playground.collections.pages import Problem  # noqa: E402 -- the same
from playground.page.questions import QUESTIONS, checked  # noqa: E402 -- the same
from playground.page.stream import fragments_of  # noqa: E402 -- the same
from playground.walks import pasted, pcap, runs  # noqa: E402 -- the same
from sim.base.errors import Refused  # noqa: E402 -- the same
from sim.model.scenario import Scenario  # noqa: E402 -- the same
from sim.tell.render import line  # noqa: E402 -- the same

HOST = "interface eth0 192.0.2.1/24\nroute default via 192.0.2.254 dev eth0\n"
RULES = "*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\nCOMMIT\n"
PACKETS = "in eth0 tcp 192.0.2.9:1000 -> 192.0.2.1:22 syn\n"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _walked(**texts: str) -> None:
    """Read, walk and print; a refusal is an answer."""
    scenario = Scenario(**{"rules": RULES, "host": HOST, "packets": PACKETS, **texts})
    for step in runs.walk_of(scenario).steps:
        line(step)


def rules(data: bytes) -> None:
    _walked(rules=_text(data))


def host(data: bytes) -> None:
    _walked(host=_text(data))


def packets(data: bytes) -> None:
    _walked(packets=_text(data))


def expect(data: bytes) -> None:
    _walked(expect=_text(data))


def paste(data: bytes) -> None:
    pasted.read([_text(data)], {}).as_json()


def toml(data: bytes) -> None:
    try:
        scenario = Scenario.from_toml(_text(data))
        Scenario.from_toml(scenario.to_toml())
    except Refused:
        return


def capture(data: bytes) -> None:
    try:
        pcap.read(data, HOST)
    except pcap.Unreadable:
        return


def collection(data: bytes) -> None:
    """A zip file, unpacked and read."""
    try:
        folder.read(zipped.unpacked(data))
    except Problem:
        return


def message(data: bytes) -> None:
    """What a page says over its socket: one question of each kind with its values."""
    try:
        values = json.loads(_text(data))
    except (ValueError, RecursionError):
        return
    if not isinstance(values, dict):
        return
    question = QUESTIONS.get(str(values.get("action")), checked)
    question(values)
    for _ in fragments_of(values):
        pass


@cache
def _client() -> Client:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return Client(HTTP_HOST="localhost")


def _is_answered(answer: Any) -> None:
    assert answer.status_code < 500, answer.status_code


def body(data: bytes) -> None:
    """The first byte says to which address of the API the rest is posted."""
    paths = ("simulate", "why", "read", "scenarios")
    path = paths[data[0] % len(paths)] if data else paths[0]
    _is_answered(_client().post(f"/api/{path}", data[1:], content_type="application/json"))


def url(data: bytes) -> None:
    """A path with its query; what a client library would not send is percent-encoded."""
    address = "/" + quote(data.lstrip(b"/"), safe="/?&=%:@,;+-._~")
    _is_answered(_client().get(address))


TARGETS: dict[str, Callable[[bytes], None]] = {
    one.__name__: one
    for one in (rules, host, packets, expect, paste, toml, capture, collection, message, body, url)
}
