"""``python -m tests.web.shots OUT URL PATH...``: screenshots of pages of a running server.

At 390 and 1440 px, light and dark; names are made from the path. The README's picture is
``python -m tests.web.shots static/playground/shot.png URL /examples/published-port``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright


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


def main(out: str, url: str, *paths: str) -> None:
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
                        page.get_by_role("button", name="Run").click()
                        page.wait_for_timeout(1500)
                    page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
                    page.close()
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
