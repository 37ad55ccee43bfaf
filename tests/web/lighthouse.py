"""``python -m tests.web.lighthouse [RUNS]``: Lighthouse's figures for pages that people come to.

On a phone, as Lighthouse does by default: performance, accessibility, best practices, SEO. It is
fetched by npx (pinned here); each page is measured RUNS times (3) and the best is told, because
a busy machine only ever makes a page slower. Ends with 1 where a page has less than it should.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browsing import served
from tests.web.shots import collection, saved

LIGHTHOUSE = "lighthouse@12.2.3"  # the last that runs on Debian's node
RUNS = 3
KINDS = ("performance", "accessibility", "best-practices", "seo")
INDEXED = (100, 100, 100, 100)
# Pages that ask not to be found: SEO counts that as a fault, so it is left out.
KEPT = (99, 100, 100, 0)


def measured(url: str) -> dict[str, float]:
    """The scores of one run, and what kept it from more."""
    command = [
        "npx", "--yes", LIGHTHOUSE, url, "--quiet", "--output=json",
        f"--only-categories={','.join(KINDS)}",
        "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
    ]  # fmt: skip
    environment = {**os.environ, "CHROME_PATH": "/usr/bin/chromium"}
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    report = json.loads(answer.stdout)
    for name in KINDS[1:]:
        for one in report["categories"][name]["auditRefs"]:
            audit = report["audits"][one["id"]]
            if one["weight"] and audit["score"] is not None and audit["score"] < 1:
                print(f"    {name}: {audit['title']}")
    said = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time",
            "cumulative-layout-shift")  # fmt: skip
    print("    " + ", ".join(f"{name} {report['audits'][name]['displayValue']}" for name in said))
    return {name: round(100 * report["categories"][name]["score"]) for name in KINDS}


def made(url: str) -> dict[str, str]:
    """Addresses of a saved link, its frame and a page of a collection, made as people make them."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_context(base_url=url).new_page()
        saved(page)
        pk = re.sub(r".*/s/([^/?#]+).*", r"\1", page.url)
        collection(page)
        found = {"saved": f"/s/{pk}", "frame": f"/e/{pk}", "collection": page.url.removeprefix(url)}
        browser.close()
    return found


def main(times: int = RUNS) -> int:
    failed = 0
    with tempfile.TemporaryDirectory() as state, served(Path(state)) as url:
        links = made(url)
        pages = {
            "/": INDEXED,
            "/lessons/snat-or-masquerade/": INDEXED,
            links["collection"]: INDEXED,
            links["saved"]: KEPT,
            links["frame"]: KEPT,
        }
        for path, wanted in pages.items():
            runs = [measured(url + path) for _ in range(times)]
            best = tuple(max(run[kind] for run in runs) for kind in KINDS)
            low = any(got < least for got, least in zip(best, wanted, strict=True))
            failed += low
            print(f"{path}: {'/'.join(map(str, best))}{'  (too low)' if low else ''}")
    print(f"load {os.getloadavg()[0]:.1f}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
