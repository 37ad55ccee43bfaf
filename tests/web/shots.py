"""``python -m tests.web.shots OUT URL PATH...``: screenshots of pages of a running server.

``python -m tests.web.shots OUT URL states``: of the playground's states, to be looked at: empty,
error, running, a NAT rewrite, a drop with its reasons, a bridge, a conversation.

At 390 and 1440 px, light and dark; names are made from the path. The README's picture is
``python -m tests.web.shots static/site/shot.png URL /examples/published-port``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browsing import EXAMPLE


def one(out: str, url: str) -> None:
    """One picture of the top of a page."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 960}, color_scheme="light")
        page.goto(url)
        page.wait_for_timeout(500)
        page.screenshot(path=out)
        browser.close()


def run(page: Page, **texts: str) -> None:
    """Put texts into the playground and press Run."""
    for name, text in texts.items():
        page.locator(f"#{name}").evaluate(
            "(area, text) => { area.value = text; area.dispatchEvent(new Event('input', "
            "{bubbles: true})); }",
            text,
        )
    page.locator("#run").click()


def walked(page: Page) -> None:
    page.locator("#cursor[data-done]").wait_for(state="attached", timeout=30_000)
    page.wait_for_timeout(600)


def empty(page: Page) -> None:
    run(page, rules="", host="", packets="", expect="")
    walked(page)


def error(page: Page) -> None:
    run(page, rules="*filter\n-A FORWARD -p tcp --dprot 80 -j ACCEPT\n-A INPT -j DROP\nCOMMIT\n")
    page.locator(".error").first.wait_for()
    page.wait_for_timeout(300)


def running(page: Page) -> None:
    rules = "".join(f"iptables -A FORWARD -s 10.0.0.{i % 250} -j LOG\n" for i in range(1500))
    packets = "".join(f"in eth1 udp 10.0.0.{i}:1 -> 9.9.9.9:53\n" for i in range(1, 60))
    run(page, rules=rules, packets=packets, expect="")
    page.wait_for_timeout(700)


def rewrite(page: Page) -> None:
    page.locator("#result").focus()
    for key in "rr":  # the TTL first
        page.keyboard.press(key)
    page.wait_for_timeout(600)


def drop(page: Page) -> None:
    page.locator(".ask").first.click()
    page.locator(".whatif li").first.wait_for(timeout=30_000)
    page.wait_for_timeout(300)


def bridge(page: Page) -> None:
    page.goto(page.url.removesuffix(EXAMPLE) + "/lessons/security-groups-on-a-bridge/enforced")
    page.wait_for_timeout(400)
    page.locator("#result").focus()
    for key in "mmm":
        page.keyboard.press(key)
    page.wait_for_timeout(600)


def conversation(page: Page) -> None:
    page.locator(".talk summary").click()
    page.locator(".talk").scroll_into_view_if_needed()
    page.wait_for_timeout(300)


STATES = (empty, error, running, rewrite, drop, bridge, conversation)


def states(folder: Path, url: str) -> None:
    """Every state at both widths, light and dark."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        for state in STATES:
            for width, height in ((390, 844), (1440, 900)):
                for scheme in ("light", "dark"):
                    page = browser.new_page(
                        viewport={"width": width, "height": height}, color_scheme=scheme
                    )
                    page.goto(url.rstrip("/") + EXAMPLE)
                    page.wait_for_timeout(400)
                    state(page)
                    page.screenshot(path=folder / f"{state.__name__}-{width}-{scheme}.png")
                    page.close()
        browser.close()


def main(out: str, url: str, *paths: str) -> None:
    if paths == ("states",):
        states(Path(out), url)
        return
    if out.endswith(".png"):
        one(out, url + paths[0])
        return
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        for path in paths:
            name = re.sub(r"\W+", "-", path.partition("?")[0]).strip("-") or "home"
            for width, height in ((390, 844), (1440, 900)):
                for scheme in ("light", "dark"):
                    page = browser.new_page(
                        viewport={"width": width, "height": height}, color_scheme=scheme
                    )
                    page.goto(url + path)
                    if path.endswith("?run"):
                        page.wait_for_timeout(300)
                        page.locator("#run").click()
                        page.wait_for_timeout(1500)
                    page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
                    page.close()
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
