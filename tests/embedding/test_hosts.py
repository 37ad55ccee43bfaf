"""Verdict and matched rule are seen in every place that a scenario is embedded in."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page, expect

from playground.links import ids, store
from playground.page import gallery
from tests.embedding.hosts import HOSTS, Host

pytestmark = pytest.mark.browser

VERDICT = "Forwarded out eth0 as 203.0.113.1:40000"
RULE = "-A POSTROUTING -o eth0 -j MASQUERADE"


@pytest.fixture(scope="module")
def pk() -> str:
    """The first example's link: the server stores it when it starts."""
    return ids.public_id(ids.canonical(store.body_of(gallery.first().scenario)))


@pytest.fixture
def wiki() -> Iterator[dict[str, str]]:
    """Another site, on an address of its own; ``page`` and ``policy`` are what it serves."""
    served = {"page": "", "policy": ""}

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if served["policy"]:
                self.send_header("Content-Security-Policy", served["policy"])
            self.end_headers()
            self.wfile.write(served["page"].encode())

        def log_message(self, *words: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    served["site"] = f"http://localhost:{httpd.server_port}"
    yield served
    httpd.shutdown()


def filled(text: str, site: str, pk: str) -> str:
    return (
        text.replace("{frame}", f"{site}/e/{pk}?step=20")
        .replace("{link}", f"{site}/s/{pk}")
        .replace("{site}", site)
        .replace("{pk}", pk)
        .replace("{words}", f"Packet 1: {VERDICT}")
    )


def opened(browser: Browser, wiki: dict[str, str], host: Host, site: str, pk: str) -> Page:
    wiki["page"] = f"<!doctype html><title>{host.name}</title>{filled(host.body, site, pk)}"
    wiki["policy"] = filled(host.policy, site, pk)
    page = browser.new_context(viewport={"width": 900, "height": 700}).new_page()
    page.goto(wiki["site"])
    return page


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_verdict_and_rule_are_seen(
    browser: Browser,
    server: str,
    wiki: dict[str, str],
    host: Host,
    pk: str,
) -> None:
    """Under the host's own sandbox and policy; where only pictures are shown, in the picture."""
    page = opened(browser, wiki, host, server, pk)
    if host.shows_frame:
        frame = page.frame_locator("iframe").first
        expect(frame.locator(".fate").first).to_contain_text(VERDICT)
        expect(frame.locator(f".rule:has-text('{RULE}')").first).to_be_attached()
    else:
        image = page.locator("img")
        assert VERDICT in str(image.get_attribute("alt"))
        assert image.evaluate("image => image.complete && image.naturalWidth") > 400
    page.context.close()


def test_the_script_makes_the_frame_as_high_as_it_is(
    browser: Browser,
    server: str,
    wiki: dict[str, str],
    pk: str,
) -> None:
    """And nobody else's message changes it."""
    host = Host("script", '<script async src="{site}/embed.js" data-id="{pk}"></script>')
    page = opened(browser, wiki, host, server, pk)
    expect(page.locator("iframe")).to_have_attribute("height", "1200")  # as high as allowed
    page.evaluate("postMessage({ type: 'chainwalk:height', height: 7 }, '*')")
    page.wait_for_timeout(200)
    expect(page.locator("iframe")).to_have_attribute("height", "1200")
    page.context.close()


def test_a_frame_steps_with_the_keyboard_and_carries_its_step_out(
    browser: Browser,
    server: str,
    pk: str,
) -> None:
    """j, m and f; the link into the playground follows."""
    page = browser.new_context(base_url=server).new_page()
    page.goto(f"/e/{pk}")
    page.keyboard.press("j")
    expect(page.locator(".step.is-current")).to_have_attribute("id", "step-1")
    page.keyboard.press("m")
    expect(page.locator(".step.is-current")).to_have_class(re.compile("is-matched"))
    step = page.locator(".step.is-current").get_attribute("id")
    expect(page.locator("#open")).to_have_attribute("href", f"{server}/s/{pk}#{step}")
    assert page.context.cookies() == []
    page.context.close()
