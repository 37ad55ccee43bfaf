"""What people type is shown in twenty places and is a script in none of them.

The corpus goes through every field there is. A real browser opens each place with the site's
policy of contents switched off, so that what holds is the escaping alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext

from tests.together.people import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# ``pwned`` is a function of the browser's; whoever calls it has run a script.
CORPUS = (
    "<script>pwned()</script>",
    "<img src=x onerror=pwned()>",
    "<svg onload=pwned()>",
    "<svg><script>pwned()</script></svg>",
    "\"><img src=x onerror=pwned()>",
    "'><img src=x onerror=pwned()>",
    "\" autofocus onfocus=pwned() x=\"",
    "' autofocus onfocus=pwned() x='",
    "</textarea><script>pwned()</script>",
    "</title><script>pwned()</script>",
    "</style></script><script>pwned()</script>",
    "]]><script>pwned()</script><![CDATA[",
    "--><script>pwned()</script><!--",
    "<iframe srcdoc='<script>parent.pwned()</script>'></iframe>",
    "<details open ontoggle=pwned()>",
    "<a href=\"javascript:pwned()\">x</a>",
    "[x](javascript:pwned())",
    "[x](<javascript:pwned()>)",
    "![x](javascript:pwned())",
    "[x](data:text/html,<script>pwned()</script>)",
    "<javascript:pwned()>",
    "[a]: javascript:pwned()",
    "{{ constructor.constructor('pwned()')() }}",
    "${pwned()}",
    "<p hx-on:click=pwned() hx-on::load=pwned() hx-get=/ hx-trigger=load>",
    "<template><img src=x onerror=pwned()></template>",
    "<math><mtext><table><mglyph><style><img src=x onerror=pwned()>",
    "<meta http-equiv=refresh content=\"0;url=javascript:pwned()\">",
    "<base href=//evil.example/><link rel=stylesheet href=//evil.example/x.css>",
    "<form action=javascript:pwned()><button autofocus>x",
    "\u2028<script>pwned()</script>\u2029",
    "&lt;script&gt;pwned()&lt;/script&gt;",
    "%3Cscript%3Epwned()%3C/script%3E",
    "\\u003cscript\\u003epwned()\\u003c/script\\u003e",
    "<scr\0ipt>pwned()</scr\0ipt>".replace("\0", "\t"),
)  # fmt: skip
TEXT = "\n".join(CORPUS)
MARKDOWN = "\n\n".join(CORPUS)
SHORT = "\"><img src=x onerror=pwned()>'<svg onload=pwned()>"


def _in_quotes(text: str) -> str:
    """As iptables-save writes a comment."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


RULES = "\n".join([
    "*filter",
    ":INPUT DROP [0:0]",
    ":<img/src/onerror=pwned()> - [0:0]",  # a chain's name may hold this
    *(f"-A INPUT -m comment --comment {_in_quotes(one)} -j <img/src/onerror=pwned()>"
      for one in CORPUS if one.isprintable()),
    '-A INPUT -j LOG --log-prefix "<svg onload=pwned()>"',
    "COMMIT",
    *(f"# {one}" for one in CORPUS),
])  # fmt: skip
HOST = "interface eth0 192.0.2.1/24\n" + "\n".join(f"# {one}" for one in CORPUS)
PACKETS = "in eth0 tcp 192.0.2.9:1000 -> 192.0.2.1:23 syn\n" + "\n".join(
    f"# {one}" for one in CORPUS
)
SCENARIO = {
    "title": SHORT,
    "description": MARKDOWN,
    "rules": RULES,
    "host": HOST,
    "packets": PACKETS,
    "expect": "1: delivered\n" + "\n".join(f"# {one}" for one in CORPUS),
}
# What would run later: attributes that are scripts, addresses that are, scripts with our word.
LIVE = """() => [...document.querySelectorAll("*")].flatMap(element =>
  [...element.attributes].filter(one =>
    /^(on|hx-on)/i.test(one.name) && /pwned/.test(one.value)
    || /^(href|src|action|formaction|xlink:href|data|hx-get|hx-post)$/i.test(one.name)
      && /^(javascript|data|vbscript):/i.test(one.value.replace(/[\\0-\\x20]/g, ""))
    || /^srcdoc$/i.test(one.name)
    || element.localName === "meta" && element.httpEquiv
  ).map(one => `${element.localName} ${one.name}=${one.value}`)
).concat([...document.scripts].filter(one => one.text.includes("pwned")).map(() => "a script"))"""


@dataclass
class Planted:
    """Where the corpus lies now."""

    server: str
    visitor: Visitor
    places: dict[str, str] = field(default_factory=dict)

    @property
    def token(self) -> str:
        return str(self.visitor.http.cookies.get("csrftoken"))


@pytest.fixture(scope="module")
def planted(server: str) -> Planted:
    """Saved, edited, reported, forked, put into a collection, and walked together."""
    visitor = Visitor(server)
    saved = visitor.post("/save", "/", **SCENARIO).url.rpartition("/")[2]
    visitor.post(f"/s/{saved}/edit", f"/s/{saved}", action="edit", title=SHORT,
                 description=MARKDOWN, tags=f"{SHORT},{CORPUS[0]},{CORPUS[2]}")  # fmt: skip
    again = {**SCENARIO, "rules": f"{RULES}\n# <script>pwned(2)</script>"}
    visitor.post("/save", f"/s/{saved}", **{**again, "parent": f"{saved}/1", "as": "version"})
    home = visitor.post("/k/new", "/k/new", title=SHORT, about=MARKDOWN, visibility="public",
                        name=SHORT).url.removeprefix(server)  # fmt: skip
    body = f"# {SHORT}\n\n/s/{saved}\n\n{MARKDOWN}\n\n```\n{TEXT}\n```\n"
    made = visitor.post(f"{home}new", f"{home}new", title=SHORT, body=body, tags=SHORT, number="0")
    page = made.url.removeprefix(server)
    assert "/p/" in page, made.text
    walk = visitor.begin(saved)
    seat = visitor.join(walk)
    seat.say(name=CORPUS[2])
    seat.leave()
    kept = Planted(server, visitor)
    asked = quote(SHORT)
    kept.places = {
        "page": f"/s/{saved}",
        "first version": f"/s/{saved}/1",
        "embed": f"/e/{saved}",
        "picture": f"/s/{saved}.svg",
        "chooser": f"/s/{saved}/embed",
        "difference": f"/s/{saved}/diff/1/2",
        "text": f"/s/{saved}.txt",
        "json": f"/s/{saved}.json",
        "report": f"/s/{saved}/report",
        "my links": "/mine",
        "collection": home,
        "its page": page,
        "its history": f"{page}/history",
        "its editor": f"{page}/edit",
        "its feed": f"{home}feed.atom",
        "its members": f"{home}members",
        "search": f"/k/search?q={asked}",
        "shelf": "/k/",
        "together": walk,
        "not found": f"/{asked}",
        "no such link": f"/s/{asked}",
        "no such invitation": f"/k/join/{quote(CORPUS[0], safe='')}",
        "oembed": f"/oembed?format=xml&url={quote(f'{server}/s/{saved}', safe='')}",
        "oembed refused": f"/oembed?url={asked}&format={asked}",
        "api refused": f"/api/{asked}",
        "fragment": f"/#{asked}",
    }
    return kept


PLACES = (
    "page", "first version", "embed", "picture", "chooser", "difference", "text", "json", "report",
    "my links", "collection", "its page", "its history", "its editor", "its feed", "its members",
    "search", "shelf", "together", "not found", "no such link", "no such invitation", "oembed",
    "oembed refused", "api refused", "fragment",
)  # fmt: skip


@dataclass
class Watched:
    """A browser that tells what ran, and asks nobody outside."""

    context: BrowserContext
    ran: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def watched(browser: Browser, planted: Planted) -> Iterator[Watched]:
    context = browser.new_context(base_url=planted.server, bypass_csp=True)
    found = Watched(context)
    context.expose_binding("pwned", lambda source, *given: found.ran.append(source["frame"].url))
    context.route(
        lambda url: not url.startswith(planted.server), lambda route: route.abort("failed")
    )
    context.add_cookies([
        {"name": one.name, "value": one.value or "", "url": planted.server}
        for one in planted.visitor.http.cookies
    ])  # fmt: skip
    yield found
    context.close()


def test_the_browser_would_tell(watched: Watched) -> None:
    """The corpus runs where nobody escapes it: else all the rest would prove nothing."""
    page = watched.context.new_page()
    page.set_content(f"<body>{CORPUS[1]}{CORPUS[0]}</body>")
    page.wait_for_timeout(500)
    page.close()
    assert watched.ran
    watched.ran.clear()


@pytest.mark.parametrize("place", PLACES)
def test_nothing_that_was_typed_runs(place: str, planted: Planted, watched: Watched) -> None:
    """Neither by itself, nor as an attribute that waits for a click, nor as a link."""
    assert set(PLACES) == set(planted.places)
    page = watched.context.new_page()
    try:
        page.goto(planted.places[place], wait_until="load")
        page.wait_for_timeout(150)
        live = page.evaluate(LIVE)
    finally:
        page.close()
    assert (watched.ran, live) == ([], [])


def test_nor_what_a_run_streams_or_refuses(planted: Planted, watched: Watched) -> None:
    """Typed into the page, walked over the socket; then with an error in each text."""
    page = watched.context.new_page()
    try:
        for bad in ("", "\n".join(CORPUS)):
            page.goto("/examples/home-router")
            for name in ("rules", "host", "packets"):
                text = SCENARIO[name] + ("\n" + bad if bad else "")
                page.locator(f"#{name}").evaluate(
                    "(area, text) => { area.value = text;"
                    " area.dispatchEvent(new Event('input', {bubbles: true})); }",
                    text,
                )
            page.keyboard.press("Control+Enter")
            page.wait_for_timeout(2500)
            assert (watched.ran, page.evaluate(LIVE)) == ([], [])
    finally:
        page.close()


def test_nor_the_answers_to_forms(planted: Planted, watched: Watched) -> None:
    """Each form's refusal, its masked preview, and an oEmbed answer put into a page."""
    visitor, texts = planted.visitor, SCENARIO
    saved = planted.places["report"].rpartition("/")[0]
    odd = dict.fromkeys(("rules", "host", "packets", "expect", "title"), TEXT)
    answers = [
        visitor.post("/", "/", **odd),
        visitor.post("/mask", "/", **texts),
        visitor.post(f"{saved}/report", f"{saved}/report", kind=SHORT, text=TEXT, contact=SHORT),
        visitor.post("/own", "/own", key=SHORT * 2),
        visitor.post("/save", "/", **odd, parent=SHORT),
        visitor.post("/k/new", "/k/new", title="", about=TEXT, visibility=SHORT),
        requests.post(f"{planted.server}/save", data=odd, timeout=30),  # no token
    ]
    shown = [answer.text for answer in answers]
    told = requests.get(
        f"{planted.server}/oembed", {"url": f"{planted.server}{saved}"}, timeout=30
    ).json()
    shown.append(f"<!doctype html><title>host</title>{told['html']}")
    assert "pwned" in json.dumps(told)  # its title is the text as it was typed
    page = watched.context.new_page()
    try:
        page.goto("/robots.txt")  # scripts and styles of the answers are found from here
        for html in shown:
            page.set_content(html)
            page.wait_for_timeout(150)
            assert (watched.ran, page.evaluate(LIVE)) == ([], []), html[:400]
    finally:
        page.close()
