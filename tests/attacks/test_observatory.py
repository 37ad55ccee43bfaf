"""Headers by the rules of Mozilla's HTTP Observatory, for every kind of answer.

The rules and their points are the Observatory's own (mdn-http-observatory, ``src/grader``): from
100 on a grade is A+. What a site must have besides, TLS and a redirection to it, is in front.
"""

from __future__ import annotations

import re

import pytest
from django.http import HttpResponse
from django.test import Client
from django.test.utils import override_settings

from playground.links import store
from tests.attacks.test_headers import OPEN, PAGES, SCENARIO, _places

pytestmark = pytest.mark.django_db

# What others may frame. Everything else may be framed by nobody.
FRAMED = ("/e/{pk}", "/e/{pk}/1")
SIX_MONTHS = 15_768_000  # seconds


def _policy(said: HttpResponse) -> dict[str, list[str]]:
    parts = [part.split() for part in said.headers.get("Content-Security-Policy", "").split(";")]
    return {part[0]: part[1:] for part in parts if part}


def _of_contents(said: HttpResponse) -> int:
    """``csp-implemented-with-no-unsafe-default-src-none`` is the best there is."""
    policy = _policy(said)
    if not policy:
        return -25
    sources = [word for words in policy.values() for word in words]
    if any(word.startswith(("'unsafe-", "data:", "http:", "blob:")) for word in sources):
        return -20
    scripts = policy.get("script-src", policy.get("default-src", ["*"]))
    if "*" in scripts or "https:" in scripts:
        return -20
    return 10 if policy.get("default-src") == ["'none'"] else 5


def _of_cookies(said: HttpResponse) -> int:
    points = 0
    for name, cookie in said.cookies.items():
        if not cookie["secure"]:
            points -= 20
        if not cookie["httponly"]:  # no script of ours reads one, the token of forms included
            points -= 30 if "session" in name else 20
        if cookie["samesite"] not in ("Lax", "Strict"):
            points -= 20
    return points


def _of_other_origins(said: HttpResponse) -> int:
    """Open to all is fine for what has no cookie."""
    with_cookies = said.headers.get("Access-Control-Allow-Credentials", "").lower() == "true"
    return -50 if with_cookies and "Access-Control-Allow-Origin" in said.headers else 0


def _of_referrers(said: HttpResponse) -> int:
    safe = ("no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin")
    return 5 if said.headers.get("Referrer-Policy") in safe else -5


def _of_tls(said: HttpResponse) -> int:
    found = re.search(r"max-age=(\d+)", said.headers.get("Strict-Transport-Security", ""))
    if not found:
        return -20
    return 0 if int(found[1]) >= SIX_MONTHS else -10


def _of_sniffing(said: HttpResponse) -> int:
    return 0 if said.headers.get("X-Content-Type-Options") == "nosniff" else -5


def _of_frames(said: HttpResponse) -> int:
    """By the policy of contents, else by the older header."""
    if _policy(said).get("frame-ancestors", ["*"])[:1] != ["*"]:
        return 5
    return 0 if said.headers.get("X-Frame-Options") in ("DENY", "SAMEORIGIN") else -20


def _of_resources(said: HttpResponse) -> int:
    policy = said.headers.get("Cross-Origin-Resource-Policy")
    return {"same-origin": 10, "same-site": 10, "cross-origin": 0}.get(policy or "", 0)


RULES = (_of_contents, _of_cookies, _of_other_origins, _of_referrers, _of_tls, _of_sniffing,
         _of_frames, _of_resources)  # fmt: skip


def graded(said: HttpResponse, path: str) -> tuple[int, dict[str, int]]:
    """The points, and those that each rule gave. Extra ones count from 90 on, as there."""
    points = {rule.__name__: rule(said) for rule in RULES}
    if path in FRAMED:
        points["_of_frames"] = 0  # to be framed is what it is for
    base = 100 + sum(one for one in points.values() if one < 0)
    extra = sum(one for one in points.values() if one > 0)
    return (base + extra if base >= 90 else base), points


HTTPS = override_settings(
    SECURE_HSTS_SECONDS=31536000, SECURE_SSL_REDIRECT=True,
    CSRF_COOKIE_SECURE=True, SESSION_COOKIE_SECURE=True,
)  # fmt: skip


@pytest.mark.parametrize("path", [*PAGES, *OPEN])
def test_every_kind_of_answer_is_graded_a_plus(path: str) -> None:
    """As ``CHAINWALK_HTTPS=1`` sets it up: pages, files, feeds, pictures, errors, static files."""
    address = path.format(**_places(store.save(SCENARIO).share))
    with HTTPS:
        client = Client()
        said = client.get(address, secure=True)
        plain = Client().get(address)
    points, each = graded(said, path)
    assert points >= 100, each
    if path not in ("/healthz", "/readyz", "/metrics"):
        assert plain.status_code == 301
        assert plain.headers["Location"].startswith("https://testserver/")


def test_a_form_sets_only_safe_cookies() -> None:
    """The key of an owner and the token of forms, over TLS."""
    with HTTPS:
        answer = Client().post("/save", {"rules": "# graded\n"}, secure=True)
        assert {"chainwalk_owner", "chainwalk_owner_is_new"} <= set(answer.cookies)
        points, each = graded(answer, "/save")
        assert points >= 100, each
        answer = Client().post("/api/simulate", {"rules": 7}, "application/json", secure=True)
        points, each = graded(answer, "/api/simulate")
        assert points >= 100, each


@pytest.mark.parametrize(
    ("name", "value", "lost"),
    [
        ("Content-Security-Policy", "default-src 'self'; script-src 'unsafe-inline'", 35),
        ("Strict-Transport-Security", "max-age=60", 10),
        ("Referrer-Policy", "unsafe-url", 10),
        ("X-Content-Type-Options", "", 5),
    ],
)
def test_the_grade_falls_with_a_header(name: str, value: str, lost: int) -> None:
    """The rules above are able to say no."""
    with HTTPS:
        said = Client().get("/mine", secure=True)
    best, _ = graded(said, "/mine")
    said.headers[name] = value
    assert graded(said, "/mine")[0] <= best - lost
