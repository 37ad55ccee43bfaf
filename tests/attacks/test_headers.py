"""Every kind of answer tells browsers what it may be used for."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.test.utils import override_settings

from playground.collections import pages
from playground.collections.models import Collection
from playground.links import keys, store
from playground.links.models import Share
from playground.page import gallery
from playground.site.limits import LIMITS
from playground.site.origins import is_own
from sim.model.scenario import Scenario

pytestmark = pytest.mark.django_db
SCENARIO = Scenario(rules="# headers\n", packets="")

PAGES = ("/", "/examples/", "/mine", "/own", "/builder", "/lessons/", "/k/", "/k/new", "/api/",
         "/k/search?q=x", "/nothing", "/s/aaaaaaaaaaaa", "/robots.txt", "/favicon.ico",
         "/reference.json", "/.well-known/security.txt", "/s/{pk}", "/s/{pk}/1", "/s/{pk}.toml",
         "/s/{pk}.txt", "/s/{pk}/diff/1/1", "/s/{pk}/diff/1/1.json", "/s/{pk}/embed",
         "/k/{collection}/", "/k/{collection}/feed.atom", "/k/{collection}/export.zip",
         "/k/join/nobody", "/w/nothing/", "/examples/{example}", "/lessons/first-steps",
         "/static/site/page.css", "/api/nothing", "/limits", "/healthz", "/readyz",
         "/metrics")  # fmt: skip
OPEN = ("/e/{pk}", "/e/{pk}/1", "/s/{pk}.svg", "/s/{pk}.png", "/embed.js", "/s/{pk}.json",
        "/api/limits", "/api/scenarios/{pk}", "/oembed?url=http://testserver/s/{pk}")  # fmt: skip


def _places(share: Share) -> dict[str, str]:
    owner, _ = keys.new_owner()
    made = pages.create(owner, "Ours", "", Collection.Visibility.LINK)
    example = gallery.everything()[0].name
    return {"pk": str(share.pk), "collection": str(made.pk), "example": example}


@pytest.mark.parametrize("path", [*PAGES, *OPEN])
def test_every_kind_of_answer_has_its_headers(path: str) -> None:
    """Also errors, files, feeds and static ones."""
    address = path.format(**_places(store.save(SCENARIO).share))
    answer = Client().get(address)
    assert answer.status_code < 500
    said = answer.headers
    assert said["X-Content-Type-Options"] == "nosniff"
    assert said["Referrer-Policy"] == "same-origin"
    assert said["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in said["Permissions-Policy"]
    wanted = "cross-origin" if path in OPEN else "same-origin"
    assert said["Cross-Origin-Resource-Policy"] == wanted
    if not path.startswith("/static/"):
        assert "default-src 'none'" in said["Content-Security-Policy"]
    assert "Server" not in said


@pytest.mark.parametrize("name", ["svg", "png", "json", "toml", "txt"])
def test_what_is_unlisted_is_in_no_cache_and_no_index(name: str) -> None:
    """Its pictures and files are as private as its page."""
    hidden = store.save(SCENARIO, is_listed=False).share
    said = Client().get(f"/s/{hidden.pk}.{name}").headers
    assert said["Cache-Control"] == "private, no-store"
    assert said["X-Robots-Tag"] == "noindex"
    public = store.save(SCENARIO).share
    assert "no-store" not in Client().get(f"/s/{public.pk}.{name}").headers.get("Cache-Control", "")


@pytest.mark.parametrize("path", ["/s/{pk}", "/e/{pk}", "/s/{pk}/embed", "/s/{pk}/diff/1/1"])
def test_pages_of_unlisted_links_are_private(path: str) -> None:
    """No proxy keeps them for others."""
    hidden = store.save(SCENARIO, is_listed=False).share
    said = Client().get(path.format(pk=hidden.pk)).headers
    assert said["X-Robots-Tag"] == "noindex"
    assert said["Cache-Control"].startswith("private")


def test_security_txt_names_whom_the_setting_names() -> None:
    """RFC 9116: Contact and Expires; nobody is named where nobody is set."""
    assert Client().get("/.well-known/security.txt").status_code == 404
    with override_settings(SECURITY_CONTACT=["mailto:security@example.com"]):
        text = Client().get("/.well-known/security.txt").content.decode()
    assert "Contact: mailto:security@example.com\n" in text
    assert "\nExpires: 20" in text


def _scope(origin: str | None, host: str, scheme: str = "ws", **more: str) -> dict[str, Any]:
    headers = [(b"host", host.encode())]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    headers += [(name.encode(), value.encode()) for name, value in more.items()]
    return {"type": "websocket", "scheme": scheme, "headers": headers}


@pytest.mark.parametrize(
    ("origin", "host", "scheme", "is_ours"),
    [
        ("http://localhost:8000", "localhost:8000", "ws", True),
        ("http://localhost", "localhost:80", "ws", True),
        ("https://localhost", "localhost", "wss", True),
        ("http://[::1]:8000", "[::1]:8000", "ws", True),
        ("http://localhost:9000", "localhost:8000", "ws", False),
        ("https://localhost:8000", "localhost:8000", "ws", False),
        ("http://localhost", "localhost", "wss", False),
        ("http://127.0.0.1:8000", "localhost:8000", "ws", False),
        ("http://evil.example", "evil.example", "ws", False),
        ("http://localhost:x", "localhost:8000", "ws", False),
        ("null", "localhost:8000", "ws", False),
        (None, "localhost:8000", "ws", False),
    ],
)
def test_a_socket_is_for_pages_of_the_same_origin(
    origin: str | None, host: str, scheme: str, is_ours: bool
) -> None:
    """Scheme, host and port; another program on another port of this machine is another site."""
    with override_settings(ALLOWED_HOSTS=["localhost", "127.0.0.1", "[::1]"]):
        assert is_own(_scope(origin, host, scheme)) is is_ours


def test_behind_a_proxy_the_scheme_is_what_it_says() -> None:
    """As for forms: the header of the setting, or an origin that is trusted by name."""
    proxied = {"x-forwarded-proto": "https"}
    with override_settings(
        ALLOWED_HOSTS=["c.example"], SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")
    ):
        assert is_own(_scope("https://c.example", "c.example", **proxied))
        assert not is_own(_scope("http://c.example", "c.example", **proxied))
        assert not is_own(_scope("https://c.example", "c.example"))
    with override_settings(CSRF_TRUSTED_ORIGINS=["https://c.example"]):
        assert is_own(_scope("https://c.example", "inner:8000"))


@pytest.mark.parametrize("path", ["/s/{pk}", "/e/{pk}", "/s/{pk}.svg", "/s/{pk}.txt",
                                  "/s/{pk}.json", "/s/{pk}/diff/1/1"])  # fmt: skip
def test_what_costs_a_walk_has_a_rate(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many from one network in a minute, whatever is asked for; then 429 with the time."""
    address = path.format(pk=store.save(SCENARIO).share.pk)
    counted = []

    def within(what: str, address: str, most: int) -> bool:
        counted.append((what, most))
        return False

    monkeypatch.setattr("playground.site.costs.within", within)
    answer = Client().get(address)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert counted == [("walks", LIMITS.walks_a_minute)]
    if path.endswith(".json"):
        assert answer.json()["error"]["reason"] == "rate"


def test_a_run_that_comes_too_often_keeps_what_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The form of a page without script comes back."""
    monkeypatch.setattr("playground.site.costs.within", lambda *args: False)
    answer = Client().post("/", {"rules": "# typed with care\n"})
    assert answer.status_code == 429
    assert b"# typed with care" in answer.content
